//! The notification policy and notification requests.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::CurrentUser;
use super::pages::Paged;
use super::{entities, scope};
use portico_domain::model::RequestId;
use portico_domain::model::notification_policy::Verdict;
use portico_http::paging::{AccountPaging, Newer};
use portico_http::routing::{Documented as _, get, post};
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::reading::notification_requests;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        // Interop(masto.js): sends PUT where PATCH is documented; Mastodon accepts both.
        .endpoint("/api/v2/notifications/policy", get(policy).patch(set_policy).put(set_policy))
        .endpoint("/api/v1/notifications/policy", get(old_policy).patch(set_old_policy).put(set_old_policy))
        .endpoint("/api/v1/notifications/requests", get(list))
        .endpoint("/api/v1/notifications/requests/accept", post(accept_many))
        .endpoint("/api/v1/notifications/requests/dismiss", post(dismiss_many))
        .endpoint("/api/v1/notifications/requests/merged", get(merged))
        .endpoint("/api/v1/notifications/requests/{id}", get(show))
        .endpoint("/api/v1/notifications/requests/{id}/accept", post(accept))
        .endpoint("/api/v1/notifications/requests/{id}/dismiss", post(dismiss))
}

/// The treatment of notifications, by kind of sender: `accept`, `filter` (they wait for a decision) or
/// `drop`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct NotificationPolicyParams {
    for_not_following: Option<String>,
    for_not_followers: Option<String>,
    for_new_accounts: Option<String>,
    for_private_mentions: Option<String>,
    for_limited_accounts: Option<String>,
    for_bots: Option<String>,
}

/// The older form of the policy: whether notifications are filtered, by kind of sender.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct V1NotificationPolicyParams {
    filter_not_following: Option<bool>,
    filter_not_followers: Option<bool>,
    filter_new_accounts: Option<bool>,
    filter_private_mentions: Option<bool>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct NotificationRequestIds {
    id: Vec<RequestId>,
}

fn verdict(word: Option<&str>) -> ApiResult<Option<Verdict>> {
    let fault = || Problem::invalid(&["A policy must be accept, filter or drop".to_owned()]);
    word.map(|word| word.parse::<Verdict>().map_err(|_| fault())).transpose()
}

async fn policy(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadNotifications>,
) -> ApiResult<Json<entities::NotificationPolicy>> {
    let (policy, requests, waiting) = notification_requests::show_policy(&here, me.id).await?;
    Ok(Json(entities::NotificationPolicy::render(&policy, requests, waiting)))
}

async fn set_policy(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteNotifications>,
    Params(rules): Params<NotificationPolicyParams>,
) -> ApiResult<Json<entities::NotificationPolicy>> {
    let not_following = verdict(rules.for_not_following.as_deref())?;
    let not_followers = verdict(rules.for_not_followers.as_deref())?;
    let new_accounts = verdict(rules.for_new_accounts.as_deref())?;
    let private_mentions = verdict(rules.for_private_mentions.as_deref())?;
    let limited_accounts = verdict(rules.for_limited_accounts.as_deref())?;
    let bots = verdict(rules.for_bots.as_deref())?;
    let changed = notification_requests::set_policy(&here, me.id, move |policy| {
        policy.not_following = not_following.unwrap_or(policy.not_following);
        policy.not_followers = not_followers.unwrap_or(policy.not_followers);
        policy.new_accounts = new_accounts.unwrap_or(policy.new_accounts);
        policy.private_mentions = private_mentions.unwrap_or(policy.private_mentions);
        policy.limited_accounts = limited_accounts.unwrap_or(policy.limited_accounts);
        policy.bots = bots.unwrap_or(policy.bots);
    });
    let (policy, requests, waiting) = changed.await?;
    Ok(Json(entities::NotificationPolicy::render(&policy, requests, waiting)))
}

async fn old_policy(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadNotifications>,
) -> ApiResult<Json<entities::V1NotificationPolicy>> {
    let (policy, requests, waiting) = notification_requests::show_policy(&here, me.id).await?;
    Ok(Json(entities::V1NotificationPolicy::render(&policy, requests, waiting)))
}

async fn set_old_policy(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteNotifications>,
    Params(rules): Params<V1NotificationPolicyParams>,
) -> ApiResult<Json<entities::V1NotificationPolicy>> {
    let changed = notification_requests::set_policy(&here, me.id, move |policy| {
        let wait = |wait: Option<bool>, now: Verdict| match wait {
            Some(true) => Verdict::Filter,
            Some(false) => Verdict::Accept,
            None => now,
        };
        policy.not_following = wait(rules.filter_not_following, policy.not_following);
        policy.not_followers = wait(rules.filter_not_followers, policy.not_followers);
        policy.new_accounts = wait(rules.filter_new_accounts, policy.new_accounts);
        policy.private_mentions = wait(rules.filter_private_mentions, policy.private_mentions);
    });
    let (policy, requests, waiting) = changed.await?;
    Ok(Json(entities::V1NotificationPolicy::render(&policy, requests, waiting)))
}

async fn list(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadNotifications>,
    paging: AccountPaging,
) -> ApiResult<Paged<entities::NotificationRequest>> {
    let page = notification_requests::list(&here, me.id, paging.request).await?;
    let links = paging.links(&here.urls, &page, Newer::MinId);
    let shown = page.items.iter().map(|view| entities::NotificationRequest::render(view, &here.urls));
    Ok(Paged(links, Json(shown.collect())))
}

async fn show(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadNotifications>,
    Path(id): Path<RequestId>,
) -> ApiResult<Json<entities::NotificationRequest>> {
    let view = notification_requests::show(&here, me.id, id).await?;
    Ok(Json(entities::NotificationRequest::render(&view, &here.urls)))
}

async fn accept(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteNotifications>,
    Path(id): Path<RequestId>,
) -> ApiResult<Json<entities::Empty>> {
    notification_requests::show(&here, me.id, id).await?;
    notification_requests::accept(&here, me.id, vec![id]).await?;
    Ok(Json(entities::Empty {}))
}

async fn dismiss(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteNotifications>,
    Path(id): Path<RequestId>,
) -> ApiResult<Json<entities::Empty>> {
    notification_requests::show(&here, me.id, id).await?;
    notification_requests::dismiss(&here, me.id, vec![id]).await?;
    Ok(Json(entities::Empty {}))
}

async fn accept_many(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteNotifications>,
    Params(NotificationRequestIds { id }): Params<NotificationRequestIds>,
) -> ApiResult<Json<entities::Empty>> {
    notification_requests::accept(&here, me.id, id).await?;
    Ok(Json(entities::Empty {}))
}

async fn dismiss_many(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteNotifications>,
    Params(NotificationRequestIds { id }): Params<NotificationRequestIds>,
) -> ApiResult<Json<entities::Empty>> {
    notification_requests::dismiss(&here, me.id, id).await?;
    Ok(Json(entities::Empty {}))
}

/// Always true: accepted notifications are merged into the list immediately.
async fn merged(_: CurrentUser<scope::ReadNotifications>) -> Json<entities::MergedRequests> {
    Json(entities::MergedRequests { merged: true })
}
