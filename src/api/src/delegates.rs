//! Delegates: accounts that may post and reply in the caller's name, and a record of what they posted. An
//! extension of Portico, under its own namespace; for signed-in staff.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::CurrentUser;
use super::entities::{DelegatedStatus, Delegation, Empty};
use super::pages::Paged;
use super::scope;
use portico_domain::model::{AccountId, Timestamp};
use portico_http::paging::{Newer, StatusPaging};
use portico_http::routing::{Documented as _, delete, get};
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::publishing::delegates::{self, DelegationInput};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/portico/v1/delegates", get(list).post(appoint))
        .endpoint("/api/portico/v1/delegates/leaders", get(leaders))
        .endpoint("/api/portico/v1/delegates/record", get(record))
        .endpoint("/api/portico/v1/delegates/{id}", delete(dismiss))
}

/// The delegate to appoint, and what the delegate may do.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct DelegateParams {
    /// The id of the delegate's account.
    account_id: Option<AccountId>,
    /// Whether the delegate may post.
    post: bool,
    /// Whether the delegate may reply.
    answer: bool,
    /// When the delegation ends: a date or a time. Without it, the delegation lasts until it is revoked.
    until: Option<String>,
}

/// Lists the caller's delegates.
async fn list(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
) -> ApiResult<Json<Vec<Delegation>>> {
    let found = delegates::list(&here, me.id).await?;
    Ok(Json(found.iter().map(|view| Delegation::render(view, &here.urls)).collect()))
}

/// Makes an account the caller's delegate. Replaces an existing delegation to it.
async fn appoint(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Params(form): Params<DelegateParams>,
) -> ApiResult<Json<Delegation>> {
    let account = form.account_id.ok_or_else(|| Problem::missing("account_id"))?;
    let fault = || Problem::invalid(&["Until must be a date or a time".to_owned()]);
    let until = form.until.filter(|text| !text.is_empty());
    let until = until.map(|text| Timestamp::parse(&text).ok_or_else(fault)).transpose()?;
    let wish = DelegationInput { may_post: form.post, may_answer: form.answer, until };
    let view = delegates::appoint(&here, me.id, account, wish).await?;
    Ok(Json(Delegation::render(&view, &here.urls)))
}

/// Revokes a delegation, with immediate effect.
async fn dismiss(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<Empty>> {
    delegates::dismiss(&here, me.id, id).await?;
    Ok(Json(Empty {}))
}

/// Lists the accounts in whose name the caller may post or reply.
async fn leaders(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
) -> ApiResult<Json<Vec<Delegation>>> {
    let found = delegates::leaders(&here, me.id).await?;
    Ok(Json(found.iter().map(|view| Delegation::render(view, &here.urls)).collect()))
}

/// The account whose record to list.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct DelegatedStatusesQuery {
    /// For moderators: the account in whose name delegates posted; default is the caller's own.
    account_id: Option<AccountId>,
}

/// Lists what delegates posted in the caller's name, newest first.
async fn record(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
    paging: StatusPaging,
    Params(whose): Params<DelegatedStatusesQuery>,
) -> ApiResult<Paged<DelegatedStatus>> {
    let leader = whose.account_id.unwrap_or(me.id);
    let page = delegates::record(&here, me.id, leader, paging.request).await?;
    let shown = page.items.iter().map(|entry| DelegatedStatus::render(entry, &here.urls)).collect();
    Ok(Paged(paging.links(&here.urls, &page, Newer::MinId), Json(shown)))
}
