//! Lists and their timelines.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::CurrentUser;
use super::pages::{AccountsPage, StatusesPage, accounts_page, statuses_page};
use super::{entities, scope};
use portico_domain::model::list::RepliesPolicy;
use portico_domain::model::{AccountId, ListId};
use portico_http::paging::{AccountPaging, StatusPaging};
use portico_http::routing::{Documented as _, get};
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::social::lists::{self, ListInput};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/lists", get(all).post(create))
        .endpoint("/api/v1/lists/{id}", get(show).put(change).delete(delete))
        .endpoint("/api/v1/lists/{id}/accounts", get(members).post(add).delete(remove))
        .endpoint("/api/v1/timelines/list/{id}", get(timeline))
        .endpoint("/api/v1/accounts/{id}/lists", get(with))
}

/// The attributes of a list.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ListParams {
    /// The name of the list.
    title: Option<String>,
    /// The replies that the list shows: `followed`, `list` or `none`.
    replies_policy: Option<String>,
    /// Whether the posts of its members are hidden from the home timeline.
    exclusive: Option<bool>,
}

impl ListParams {
    fn wish(self) -> ApiResult<ListInput> {
        let word = self.replies_policy.as_deref();
        let replies = word.map(|word| {
            let known = word.parse::<RepliesPolicy>().ok();
            known.ok_or_else(|| Problem::invalid(&["Replies policy is not included in the list".to_owned()]))
        });
        Ok(ListInput { title: self.title, replies: replies.transpose()?, exclusive: self.exclusive })
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ListAccountsParams {
    account_ids: Vec<AccountId>,
}

/// Selects all members at once, with `limit=0`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ListMembersQuery {
    limit: Option<String>,
}

/// The most members returned for `limit=0`, which means all.
const ALL: i64 = 10_000;

async fn all(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadLists>,
) -> ApiResult<Json<Vec<entities::List>>> {
    let found = lists::list_all(&here, me.id).await?;
    Ok(Json(found.iter().map(entities::List::render).collect()))
}

async fn show(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadLists>,
    Path(id): Path<ListId>,
) -> ApiResult<Json<entities::List>> {
    Ok(Json(entities::List::render(&lists::show(&here, me.id, id).await?)))
}

async fn with(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadLists>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<Vec<entities::List>>> {
    portico_service::people::accounts::get(&here, me.viewer(), id).await?;
    let found = lists::list_containing(&here, me.id, id).await?;
    Ok(Json(found.iter().map(entities::List::render).collect()))
}

async fn create(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteLists>,
    Params(form): Params<ListParams>,
) -> ApiResult<Json<entities::List>> {
    Ok(Json(entities::List::render(&lists::create(&here, me.id, form.wish()?).await?)))
}

async fn change(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteLists>,
    Path(id): Path<ListId>,
    Params(form): Params<ListParams>,
) -> ApiResult<Json<entities::List>> {
    Ok(Json(entities::List::render(&lists::change(&here, me.id, id, form.wish()?).await?)))
}

async fn delete(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteLists>,
    Path(id): Path<ListId>,
) -> ApiResult<Json<entities::Empty>> {
    lists::delete(&here, me.id, id).await?;
    Ok(Json(entities::Empty {}))
}

async fn members(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadLists>,
    Path(id): Path<ListId>,
    paging: AccountPaging,
    Params(whole): Params<ListMembersQuery>,
) -> ApiResult<AccountsPage> {
    let mut request = paging.request;
    if whole.limit.as_deref() == Some("0") {
        request.limit = ALL;
    }
    let page = lists::members(&here, me.id, id, request).await?;
    Ok(accounts_page(&here, &paging, &page))
}

async fn add(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteLists>,
    Path(id): Path<ListId>,
    Params(named): Params<ListAccountsParams>,
) -> ApiResult<Json<entities::Empty>> {
    lists::add(&here, me.id, id, named.account_ids).await?;
    Ok(Json(entities::Empty {}))
}

async fn remove(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteLists>,
    Path(id): Path<ListId>,
    Params(named): Params<ListAccountsParams>,
) -> ApiResult<Json<entities::Empty>> {
    lists::remove(&here, me.id, id, named.account_ids).await?;
    Ok(Json(entities::Empty {}))
}

async fn timeline(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadLists>,
    Path(id): Path<ListId>,
    paging: StatusPaging,
) -> ApiResult<StatusesPage> {
    let page = lists::timeline(&here, me.id, id, paging.request).await?;
    Ok(statuses_page(&here, &paging, &page))
}
