//! Circles: named sets of accounts to address posts to. An extension of Portico.

use aide::axum::ApiRouter;
use aide::axum::routing::get;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::Staff;
use super::pages::{AccountsPage, accounts_page};
use super::{entities, scope};
use portico_domain::model::{AccountId, CircleId, StatusId};
use portico_http::paging::AccountPaging;
use portico_http::{Answer, Here, Params, Path};
use portico_service::social::circles;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .api_route("/api/portico/v1/circles", get(all).post(create))
        .api_route("/api/portico/v1/circles/{id}", get(show).put(rename).delete(delete))
        .api_route("/api/portico/v1/circles/{id}/accounts", get(members).post(add).delete(remove))
        .api_route("/api/portico/v1/statuses/{id}/addressed", get(addressed))
}

type Reader = Staff<scope::ReadLists>;
type Writer = Staff<scope::WriteLists>;

/// The attributes of a circle.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Form {
    /// The name of the circle; only its owner sees it.
    title: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Named {
    account_ids: Vec<AccountId>,
}

/// Lists the caller's circles.
async fn all(here: Here, me: Reader) -> Answer<Json<Vec<entities::Circle>>> {
    let found = circles::list_all(&here, me.id).await?;
    Ok(Json(found.iter().map(entities::Circle::render).collect()))
}

/// Returns a circle.
async fn show(here: Here, me: Reader, Path(id): Path<CircleId>) -> Answer<Json<entities::Circle>> {
    Ok(Json(entities::Circle::render(&circles::show(&here, me.id, id).await?)))
}

/// Creates a circle.
async fn create(here: Here, me: Writer, Params(form): Params<Form>) -> Answer<Json<entities::Circle>> {
    Ok(Json(entities::Circle::render(&circles::create(&here, me.id, &form.title).await?)))
}

/// Renames a circle.
async fn rename(
    here: Here,
    me: Writer,
    Path(id): Path<CircleId>,
    Params(form): Params<Form>,
) -> Answer<Json<entities::Circle>> {
    Ok(Json(entities::Circle::render(&circles::rename(&here, me.id, id, &form.title).await?)))
}

/// Deletes a circle. Posts that were addressed to it keep their recipients.
async fn delete(here: Here, me: Writer, Path(id): Path<CircleId>) -> Answer<Json<entities::Empty>> {
    circles::delete(&here, me.id, id).await?;
    Ok(Json(entities::Empty {}))
}

/// Lists the members of a circle.
async fn members(
    here: Here,
    me: Reader,
    Path(id): Path<CircleId>,
    paging: AccountPaging,
) -> Answer<AccountsPage> {
    let page = circles::members(&here, me.id, id, paging.request).await?;
    Ok(accounts_page(&here, &paging, &page))
}

/// Adds local or remote accounts to a circle. They are not notified.
async fn add(
    here: Here,
    me: Writer,
    Path(id): Path<CircleId>,
    Params(named): Params<Named>,
) -> Answer<Json<entities::Circle>> {
    Ok(Json(entities::Circle::render(&circles::add(&here, me.id, id, named.account_ids).await?)))
}

/// Removes accounts from a circle.
async fn remove(
    here: Here,
    me: Writer,
    Path(id): Path<CircleId>,
    Params(named): Params<Named>,
) -> Answer<Json<entities::Circle>> {
    Ok(Json(entities::Circle::render(&circles::remove(&here, me.id, id, named.account_ids).await?)))
}

/// Lists the recipients of a post that it does not mention.
async fn addressed(
    here: Here,
    me: Staff<scope::ReadStatuses>,
    Path(id): Path<StatusId>,
) -> Answer<Json<entities::Addressed>> {
    Ok(Json(entities::Addressed::render(&circles::show_addressed(&here, me.id, id).await?, &here.urls)))
}
