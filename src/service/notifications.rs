//! Notifications: showing them, and taking them away. They are written in the transaction of what they
//! tell of.

use super::{Error, Result, Viewer, setting};
use crate::instance::Instance;
use crate::model::account::Account;
use crate::model::notification::NotificationKind;
use crate::model::page::{Page, PageRequest};
use crate::model::view::NotificationView;
use crate::model::{AccountId, NotificationId};
use crate::policy::notices::Group;
use crate::policy::reach::{Scope, scope};
use crate::store::Reader;

pub use crate::store::NotificationFilter;

/// The marker that says how far they are read.
const MARKER: &str = "notifications";

fn scope_of(instance: &Instance, me: AccountId) -> Scope {
    scope(&Viewer::Staff(me), &setting(instance))
}

/// A page of `me`'s notifications.
///
/// # Errors
/// Any database error.
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

/// One notification of `me`'s.
///
/// # Errors
/// `NotFound` for somebody else's, and for one that is no longer shown.
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

/// How many notifications came after the marker, counted up to `limit`.
///
/// # Errors
/// Any database error.
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

/// How far `me` has read, by the marker.
///
/// # Errors
/// Any database error.
pub async fn read_up_to(instance: &Instance, me: AccountId) -> Result<Option<i64>> {
    instance
        .store
        .read(move |reader| {
            let marker = reader.list_markers(me, &[MARKER.to_owned()])?.pop();
            Ok(marker.and_then(|marker| marker.last_read_id.parse().ok()))
        })
        .await
}

/// Takes all of `me`'s notifications away.
///
/// # Errors
/// Any database error.
pub async fn clear(instance: &Instance, me: AccountId) -> Result<()> {
    instance.store.write(move |tx| Ok(tx.delete_notifications(me)?)).await
}

/// Takes one notification of `me`'s away.
///
/// # Errors
/// `NotFound` for somebody else's, and for one that is not there.
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

/// Notifications that are shown together.
#[derive(Debug, Clone)]
pub struct Grouped {
    /// Their key: of a group, or of one that is always shown by itself.
    pub key: String,
    /// How many they are.
    pub count: usize,
    /// The newest of them.
    pub newest: NotificationView,
    /// Who did it, the newest first; a few of them.
    pub accounts: Vec<Account>,
    /// The oldest and the newest of them on this page.
    pub on_page: (NotificationId, NotificationId),
}

/// How many people of a group are named.
const SAMPLE: usize = 8;
/// How many notifications of a group are counted.
const COUNTED: i64 = 1_000;

/// Which kinds are shown together; none said for all that can be.
pub type GroupedKinds = Option<Vec<NotificationKind>>;

fn group_of(view: &NotificationView, kinds: &GroupedKinds) -> Option<Group> {
    let one = &view.notification;
    let wanted = kinds.as_ref().is_none_or(|kinds| kinds.contains(&one.kind));
    Group::of(one.kind, one.status_id, one.created_at).filter(|_| wanted)
}

/// A page of groups of `me`'s notifications; cut by the notifications' ids. A group may show again on a
/// later page.
///
/// # Errors
/// Any database error.
pub async fn groups(
    instance: &Instance,
    me: AccountId,
    filter: NotificationFilter,
    kinds: GroupedKinds,
    page: PageRequest,
) -> Result<Page<Grouped>> {
    let scope = scope_of(instance, me);
    instance
        .store
        .read(move |reader| {
            let found = reader.list_notifications(me, &scope, &filter, &page)?;
            let views = reader.notification_views(me, found.items.clone())?;
            let mut groups: Vec<Grouped> = Vec::new();
            for view in views {
                let id = view.notification.id;
                let group = group_of(&view, &kinds);
                let key = group.map_or_else(|| alone(id), |group| group.key());
                match groups.iter_mut().find(|known| known.key == key) {
                    Some(known) => known.on_page.0 = known.on_page.0.min(id),
                    None => groups.push(whole(reader, me, &scope, group, view)?),
                }
            }
            Ok(found.with_items(groups))
        })
        .await
}

/// The key of a notification that is shown by itself.
pub fn alone(id: NotificationId) -> String {
    format!("ungrouped-{id}")
}

/// The group of a notification, with all that belongs to it.
fn whole(
    reader: &mut Reader<'_>,
    me: AccountId,
    scope: &Scope,
    group: Option<Group>,
    newest: NotificationView,
) -> Result<Grouped> {
    let id = newest.notification.id;
    let Some(group) = group else {
        let accounts = vec![newest.account.clone()];
        return Ok(Grouped { key: alone(id), count: 1, newest, accounts, on_page: (id, id) });
    };
    let filter = NotificationFilter { group: Some(group), ..NotificationFilter::default() };
    let all = reader.list_notifications(me, scope, &filter, &PageRequest::first(COUNTED))?;
    let sample: Vec<i64> = all.items.iter().take(SAMPLE).map(|one| one.from_id.0).collect();
    let mut people = reader.accounts_by_id(&sample)?;
    let accounts = sample.iter().filter_map(|id| people.remove(id)).collect();
    let newest = match all.items.first().filter(|one| one.id != id) {
        Some(first) => reader.notification_views(me, vec![first.clone()])?.pop().unwrap_or(newest),
        None => newest,
    };
    Ok(Grouped { key: group.key(), count: all.items.len(), newest, accounts, on_page: (id, id) })
}

/// The group with this key.
///
/// # Errors
/// `NotFound` if there is nothing in it.
pub async fn group(instance: &Instance, me: AccountId, key: String) -> Result<Grouped> {
    let scope = scope_of(instance, me);
    instance
        .store
        .read(move |reader| {
            let (group, first) = match Group::parse(&key) {
                Some(group) => {
                    let filter = NotificationFilter { group: Some(group), ..NotificationFilter::default() };
                    let found = reader.list_notifications(me, &scope, &filter, &PageRequest::first(1))?;
                    (Some(group), found.items.into_iter().next())
                }
                None => {
                    let id = key.strip_prefix("ungrouped-").and_then(|id| id.parse().ok());
                    let id = id.ok_or(Error::NotFound("group"))?;
                    (None, reader.find_notification(me, &scope, id)?)
                }
            };
            let first = first.ok_or(Error::NotFound("group"))?;
            let view = reader.notification_views(me, vec![first])?.pop().ok_or(Error::NotFound("group"))?;
            whole(reader, me, &scope, group, view)
        })
        .await
}

/// Who did what a group tells of, the newest first.
///
/// # Errors
/// `NotFound` if there is nothing in it.
pub async fn people_of_group(instance: &Instance, me: AccountId, key: String) -> Result<Vec<Account>> {
    let shown = group(instance, me, key.clone()).await?;
    let Some(group) = Group::parse(&key) else { return Ok(shown.accounts) };
    let scope = scope_of(instance, me);
    instance
        .store
        .read(move |reader| {
            let filter = NotificationFilter { group: Some(group), ..NotificationFilter::default() };
            let all = reader.list_notifications(me, &scope, &filter, &PageRequest::first(COUNTED))?;
            let ids: Vec<i64> = all.items.iter().map(|one| one.from_id.0).collect();
            let mut people = reader.accounts_by_id(&ids)?;
            Ok(ids.iter().filter_map(|id| people.remove(id)).collect())
        })
        .await
}

/// Takes a group of `me`'s away; without one, nothing happens.
///
/// # Errors
/// Any database error.
pub async fn dismiss_group(instance: &Instance, me: AccountId, key: String) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            if let Some(group) = Group::parse(&key) {
                tx.delete_group(me, &group)?;
            } else if let Some(id) = key.strip_prefix("ungrouped-").and_then(|id| id.parse().ok()) {
                tx.delete_notification(me, id)?;
            }
            Ok(())
        })
        .await
}
