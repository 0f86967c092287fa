//! The notification policy, and the notification requests of filtered senders.

use crate::instance::Instance;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::live::Live;
use portico_domain::model::notification_policy::{
    NotificationPolicy, NotificationRequest, NotificationRequestView,
};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::{AccountId, RequestId};
use portico_domain::policy::reach::{Scope, scope};
use portico_store::{Reader, Tx};

/// Maximum number of requests per call.
const MOST: usize = 100;

/// Returns the account's notification policy, the number of requests, and the number of notifications waiting
/// in them.
pub async fn show_policy(instance: &Instance, me: AccountId) -> Result<(NotificationPolicy, i64, i64)> {
    instance.store.read(move |reader| load_policy(reader, me)).await
}

fn load_policy(reader: &mut Reader<'_>, me: AccountId) -> Result<(NotificationPolicy, i64, i64)> {
    let policy = reader.find_notification_policy(me)?;
    let (requests, waiting) = reader.count_filtered_notifications(me)?;
    Ok((policy, requests, waiting))
}

/// Changes the account's notification policy; applies to notifications from now on.
pub async fn set_policy(
    instance: &Instance,
    me: AccountId,
    change: impl Fn(&mut NotificationPolicy) + Send + 'static,
) -> Result<(NotificationPolicy, i64, i64)> {
    instance
        .store
        .write(move |tx| {
            let mut policy = tx.find_notification_policy(me)?;
            change(&mut policy);
            tx.set_notification_policy(me, &policy)?;
            load_policy(tx, me)
        })
        .await
}

/// Lists the account's notification requests.
pub async fn list(
    instance: &Instance,
    me: AccountId,
    page: PageRequest,
) -> Result<Page<NotificationRequestView>> {
    let scope = scope(&Viewer::Local(me), &setting(instance));
    instance
        .store
        .read(move |reader| {
            let found = reader.notification_request_page(me, &page)?;
            let views = load_views(reader, me, &scope, found.items.clone())?;
            Ok(found.with_items(views))
        })
        .await
}

/// Returns one of the account's notification requests.
pub async fn show(instance: &Instance, me: AccountId, id: RequestId) -> Result<NotificationRequestView> {
    let scope = scope(&Viewer::Local(me), &setting(instance));
    instance
        .store
        .read(move |reader| {
            let found = reader.find_notification_request(me, id)?.ok_or(Error::NotFound("request"))?;
            load_views(reader, me, &scope, vec![found])?.pop().ok_or(Error::NotFound("request"))
        })
        .await
}

fn load_views(
    reader: &mut Reader<'_>,
    me: AccountId,
    scope: &Scope,
    found: Vec<NotificationRequest>,
) -> Result<Vec<NotificationRequestView>> {
    let from: Vec<i64> = found.iter().map(|request| request.from_id.0).collect();
    let people = reader.accounts_by_id(&from)?;
    let about: Vec<_> = found.iter().filter_map(|request| request.last_status_id).collect();
    let seen = reader.filter_visible(scope, &about)?;
    let statuses = reader.status_views(Some(me), &seen)?;
    let view = |request: NotificationRequest| {
        let last = request.last_status_id;
        let last_status = statuses.iter().find(|view| Some(view.status.id) == last).cloned();
        Some(NotificationRequestView {
            account: people.get(&request.from_id.0)?.clone(),
            request,
            last_status,
        })
    };
    Ok(found.into_iter().filter_map(view).collect())
}

/// Accepts requests: delivers their notifications, and future ones from the same accounts. Ignores requests
/// of other accounts.
pub async fn accept(instance: &Instance, me: AccountId, ids: Vec<RequestId>) -> Result<()> {
    decide(instance, me, ids, |tx, me, request| {
        tx.accept_notification_request(me, request)?;
        Ok(tx.publish(Live::NotificationsMerged { account: me })?)
    })
    .await
}

/// Dismisses requests together with their notifications. Ignores requests of other accounts.
pub async fn dismiss(instance: &Instance, me: AccountId, ids: Vec<RequestId>) -> Result<()> {
    decide(instance, me, ids, |tx, me, request| Ok(tx.dismiss_notification_request(me, request)?)).await
}

async fn decide(
    instance: &Instance,
    me: AccountId,
    ids: Vec<RequestId>,
    how: impl Fn(&mut Tx<'_>, AccountId, &NotificationRequest) -> Result<()> + Send + 'static,
) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            for id in ids.iter().take(MOST) {
                if let Some(request) = tx.find_notification_request(me, *id)? {
                    how(tx, me, &request)?;
                }
            }
            Ok::<_, Error>(())
        })
        .await
}
