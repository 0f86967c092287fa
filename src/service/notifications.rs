//! Notifications: showing them, and taking them away. They are written in the transaction of what they
//! tell of.

use super::{Error, Result, Viewer, setting};
use crate::instance::Instance;
use crate::model::page::{Page, PageRequest};
use crate::model::view::NotificationView;
use crate::model::{AccountId, NotificationId};
use crate::policy::reach::{Scope, scope};

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
