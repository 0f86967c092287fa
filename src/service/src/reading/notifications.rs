//! Reading and dismissing notifications. They are written in the transaction of the action that causes them.

use std::collections::HashMap;

use crate::instance::Instance;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::account::Account;
use portico_domain::model::notification::{Notification, NotificationKind};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::view::NotificationView;
use portico_domain::model::{AccountId, NotificationId};
use portico_domain::policy::notifications::NotificationGroup;
use portico_domain::policy::reach::{Scope, scope};
use portico_store::Reader;

pub use portico_store::NotificationFilter;

/// The name of the marker for read notifications.
const MARKER: &str = "notifications";

fn scope_of(instance: &Instance, me: AccountId) -> Scope {
    scope(&Viewer::Local(me), &setting(instance))
}

/// Lists `me`'s notifications.
pub async fn list(
    instance: &Instance,
    me: AccountId,
    filter: NotificationFilter,
    page: PageRequest,
) -> Result<Page<NotificationView>> {
    let scope = scope_of(instance, me);
    instance
        .store
        .read(move |reader| {
            let found = reader.list_notifications(me, &scope, &filter, &page)?;
            let views = reader.notification_views(me, found.items.clone())?;
            Ok(found.with_items(views))
        })
        .await
}

/// Returns one of `me`'s notifications.
///
/// # Errors
/// `NotFound` also for one that is no longer visible.
pub async fn show(instance: &Instance, me: AccountId, id: NotificationId) -> Result<NotificationView> {
    let scope = scope_of(instance, me);
    instance
        .store
        .read(move |reader| {
            let found = reader.find_notification(me, &scope, id)?.ok_or(Error::NotFound("notification"))?;
            reader.notification_views(me, vec![found])?.pop().ok_or(Error::NotFound("notification"))
        })
        .await
}

/// Counts the notifications after the marker, up to `limit`.
pub async fn unread_count(
    instance: &Instance,
    me: AccountId,
    filter: NotificationFilter,
    limit: i64,
) -> Result<usize> {
    let scope = scope_of(instance, me);
    instance
        .store
        .read(move |reader| {
            let marker = reader.list_markers(me, &[MARKER.to_owned()])?.pop();
            let since_id = marker.and_then(|marker| marker.last_read_id.parse().ok());
            let page = PageRequest { since_id, ..PageRequest::first(limit) };
            Ok(reader.list_notifications(me, &scope, &filter, &page)?.items.len())
        })
        .await
}

/// Returns the id of the last read notification, from the marker.
pub async fn read_up_to(instance: &Instance, me: AccountId) -> Result<Option<i64>> {
    instance
        .store
        .read(move |reader| {
            let marker = reader.list_markers(me, &[MARKER.to_owned()])?.pop();
            Ok(marker.and_then(|marker| marker.last_read_id.parse().ok()))
        })
        .await
}

/// Deletes all of `me`'s notifications.
pub async fn clear(instance: &Instance, me: AccountId) -> Result<()> {
    instance.store.write(move |tx| Ok(tx.delete_notifications(me)?)).await
}

/// Deletes one of `me`'s notifications.
pub async fn dismiss(instance: &Instance, me: AccountId, id: NotificationId) -> Result<()> {
    instance
        .store
        .write(
            move |tx| {
                if tx.delete_notification(me, id)? { Ok(()) } else { Err(Error::NotFound("notification")) }
            },
        )
        .await
}

/// A group of notifications.
#[derive(Debug, Clone)]
pub struct GroupedNotification {
    /// The key: of a group, or of a single ungrouped notification.
    pub key: String,
    /// The number of notifications.
    pub count: usize,
    /// The newest notification.
    pub newest: NotificationView,
    /// A sample of the acting accounts, newest first.
    pub accounts: Vec<Account>,
    /// The oldest and the newest id on this page.
    pub on_page: (NotificationId, NotificationId),
}

/// Maximum number of accounts in a group's sample.
const SAMPLE: usize = 8;
/// Maximum number of notifications counted in a group.
const COUNTED: i64 = 1_000;

/// The kinds to group; `None` for all that can be grouped.
pub type GroupedKinds = Option<Vec<NotificationKind>>;

fn group_of(view: &NotificationView, kinds: &GroupedKinds) -> Option<NotificationGroup> {
    let one = &view.notification;
    let wanted = kinds.as_ref().is_none_or(|kinds| kinds.contains(&one.kind));
    NotificationGroup::for_notification(one.kind, one.status_id, one.created_at).filter(|_| wanted)
}

/// Lists groups of `me`'s notifications, paged by notification id. A group may appear again on a later page.
pub async fn groups(
    instance: &Instance,
    me: AccountId,
    filter: NotificationFilter,
    kinds: GroupedKinds,
    page: PageRequest,
) -> Result<Page<GroupedNotification>> {
    let scope = scope_of(instance, me);
    instance
        .store
        .read(move |reader| {
            let found = reader.list_notifications(me, &scope, &filter, &page)?;
            let views = reader.notification_views(me, found.items.clone())?;
            let groups = whole(reader, me, &scope, views, &kinds)?;
            Ok(found.with_items(groups))
        })
        .await
}

/// Returns the key of an ungrouped notification.
pub fn ungrouped_key(id: NotificationId) -> String {
    format!("ungrouped-{id}")
}

/// Groups notifications, in the order of each group's first one, and loads all members of each group. Takes a
/// fixed number of queries.
fn whole(
    reader: &mut Reader<'_>,
    me: AccountId,
    scope: &Scope,
    views: Vec<NotificationView>,
    kinds: &GroupedKinds,
) -> Result<Vec<GroupedNotification>> {
    let mut groups: Vec<NotificationGroup> = views.iter().filter_map(|view| group_of(view, kinds)).collect();
    groups.sort_unstable_by_key(NotificationGroup::key);
    groups.dedup();
    let mut members: HashMap<NotificationGroup, Vec<Notification>> = HashMap::new();
    if !groups.is_empty() {
        let filter = NotificationFilter { groups, ..NotificationFilter::default() };
        let all = reader.list_notifications(me, scope, &filter, &PageRequest::first(COUNTED))?;
        for one in all.items {
            if let Some(group) = NotificationGroup::for_notification(one.kind, one.status_id, one.created_at)
            {
                members.entry(group).or_default().push(one);
            }
        }
    }
    let newest: Vec<Notification> = members.values().filter_map(|all| all.first().cloned()).collect();
    let newest = reader.notification_views(me, newest)?;
    let sample = |all: &[Notification]| all.iter().take(SAMPLE).map(|one| one.from_id.0).collect::<Vec<_>>();
    let people = reader.accounts_by_id(&members.values().flat_map(|all| sample(all)).collect::<Vec<_>>())?;
    let mut shown: Vec<GroupedNotification> = Vec::new();
    for view in views {
        let id = view.notification.id;
        let group = group_of(&view, kinds);
        let key = group.map_or_else(|| ungrouped_key(id), |group| group.key());
        if let Some(known) = shown.iter_mut().find(|known| known.key == key) {
            known.on_page.0 = known.on_page.0.min(id);
            known.on_page.1 = known.on_page.1.max(id);
            continue;
        }
        let all = group.and_then(|group| members.get(&group)).map_or(&[][..], Vec::as_slice);
        let first = all.first().map_or(id, |one| one.id);
        let named = sample(all).iter().filter_map(|id| people.get(id).cloned()).collect::<Vec<_>>();
        shown.push(GroupedNotification {
            key,
            count: all.len().max(1),
            accounts: if named.is_empty() { vec![view.account.clone()] } else { named },
            newest: newest.iter().find(|known| known.notification.id == first).cloned().unwrap_or(view),
            on_page: (id, id),
        });
    }
    Ok(shown)
}

/// Returns the group with this key.
///
/// # Errors
/// `NotFound` if the group is empty.
pub async fn group(instance: &Instance, me: AccountId, key: String) -> Result<GroupedNotification> {
    let scope = scope_of(instance, me);
    instance
        .store
        .read(move |reader| {
            let first = match NotificationGroup::parse(&key) {
                Some(group) => {
                    let filter = NotificationFilter { groups: vec![group], ..NotificationFilter::default() };
                    let found = reader.list_notifications(me, &scope, &filter, &PageRequest::first(1))?;
                    found.items.into_iter().next()
                }
                None => {
                    let id = key.strip_prefix("ungrouped-").and_then(|id| id.parse().ok());
                    let id = id.ok_or(Error::NotFound("group"))?;
                    reader.find_notification(me, &scope, id)?
                }
            };
            let first = first.ok_or(Error::NotFound("group"))?;
            let view = reader.notification_views(me, vec![first])?.pop().ok_or(Error::NotFound("group"))?;
            whole(reader, me, &scope, vec![view], &None)?.pop().ok_or(Error::NotFound("group"))
        })
        .await
}

/// Lists the acting accounts of a group, newest first.
///
/// # Errors
/// `NotFound` if the group is empty.
pub async fn people_of_group(instance: &Instance, me: AccountId, key: String) -> Result<Vec<Account>> {
    let shown = group(instance, me, key.clone()).await?;
    let Some(group) = NotificationGroup::parse(&key) else { return Ok(shown.accounts) };
    let scope = scope_of(instance, me);
    instance
        .store
        .read(move |reader| {
            let filter = NotificationFilter { groups: vec![group], ..NotificationFilter::default() };
            let all = reader.list_notifications(me, &scope, &filter, &PageRequest::first(COUNTED))?;
            let ids: Vec<i64> = all.items.iter().map(|one| one.from_id.0).collect();
            let mut people = reader.accounts_by_id(&ids)?;
            Ok(ids.iter().filter_map(|id| people.remove(id)).collect())
        })
        .await
}

/// Deletes a group of `me`'s notifications; idempotent.
pub async fn dismiss_group(instance: &Instance, me: AccountId, key: String) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            if let Some(group) = NotificationGroup::parse(&key) {
                tx.delete_group(me, &group)?;
            } else if let Some(id) = key.strip_prefix("ungrouped-").and_then(|id| id.parse().ok()) {
                tx.delete_notification(me, id)?;
            }
            Ok(())
        })
        .await
}
