//! Circles: named sets of accounts to address posts to. An extension of Portico.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::CurrentUser;
use super::pages::{AccountsPage, accounts_page};
use super::{entities, scope};
use portico_domain::model::{AccountId, CircleId, StatusId};
use portico_http::paging::AccountPaging;
use portico_http::routing::{Documented as _, get};
use portico_http::{ApiResult, CurrentInstance, Params, Path};
use portico_service::social::circles;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/portico/v1/circles", get(all).post(create))
        .endpoint("/api/portico/v1/circles/{id}", get(show).put(rename).delete(delete))
        .endpoint("/api/portico/v1/circles/{id}/accounts", get(members).post(add).delete(remove))
        .endpoint("/api/portico/v1/statuses/{id}/addressed", get(addressed))
}

/// The attributes of a circle.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct CircleParams {
    /// The name of the circle; only its owner sees it.
    title: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct CircleAccountsParams {
    account_ids: Vec<AccountId>,
}

/// Lists the caller's circles.
async fn all(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadLists>,
) -> ApiResult<Json<Vec<entities::Circle>>> {
    let found = circles::list_all(&here, me.id).await?;
    Ok(Json(found.iter().map(entities::Circle::render).collect()))
}

/// Returns a circle.
async fn show(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadLists>,
    Path(id): Path<CircleId>,
) -> ApiResult<Json<entities::Circle>> {
    Ok(Json(entities::Circle::render(&circles::show(&here, me.id, id).await?)))
}

/// Creates a circle.
async fn create(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteLists>,
    Params(form): Params<CircleParams>,
) -> ApiResult<Json<entities::Circle>> {
    Ok(Json(entities::Circle::render(&circles::create(&here, me.id, &form.title).await?)))
}

/// Renames a circle.
async fn rename(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteLists>,
    Path(id): Path<CircleId>,
    Params(form): Params<CircleParams>,
) -> ApiResult<Json<entities::Circle>> {
    Ok(Json(entities::Circle::render(&circles::rename(&here, me.id, id, &form.title).await?)))
}

/// Deletes a circle. Posts that were addressed to it keep their recipients.
async fn delete(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteLists>,
    Path(id): Path<CircleId>,
) -> ApiResult<Json<entities::Empty>> {
    circles::delete(&here, me.id, id).await?;
    Ok(Json(entities::Empty {}))
}

/// Lists the members of a circle.
async fn members(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadLists>,
    Path(id): Path<CircleId>,
    paging: AccountPaging,
) -> ApiResult<AccountsPage> {
    let page = circles::members(&here, me.id, id, paging.request).await?;
    Ok(accounts_page(&here, &paging, &page))
}

/// Adds local or remote accounts to a circle. They are not notified.
async fn add(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteLists>,
    Path(id): Path<CircleId>,
    Params(named): Params<CircleAccountsParams>,
) -> ApiResult<Json<entities::Circle>> {
    Ok(Json(entities::Circle::render(&circles::add(&here, me.id, id, named.account_ids).await?)))
}

/// Removes accounts from a circle.
async fn remove(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteLists>,
    Path(id): Path<CircleId>,
    Params(named): Params<CircleAccountsParams>,
) -> ApiResult<Json<entities::Circle>> {
    Ok(Json(entities::Circle::render(&circles::remove(&here, me.id, id, named.account_ids).await?)))
}

/// Lists the recipients of a post that it does not mention.
async fn addressed(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadStatuses>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<entities::CircleAudience>> {
    Ok(Json(entities::CircleAudience::render(&circles::show_addressed(&here, me.id, id).await?, &here.urls)))
}
