//! Grouped notifications (v2).

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::CurrentUser;
use super::notifications::NotificationsQuery;
use super::{entities, scope};
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::page::{Page, PageRequest};
use portico_http::paging::{AccountPaging, Newer, limit_of};
use portico_http::routing::{Documented as _, get, post};
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::reading::notifications::{self, GroupedKinds};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .api_route(
            "/api/v2/notifications",
            get_with(list, |done| done.response::<200, Json<entities::GroupedNotifications>>()),
        )
        .endpoint("/api/v2/notifications/unread_count", get(unread_count))
        .endpoint("/api/v2/notifications/{group_key}", get(show))
        .endpoint("/api/v2/notifications/{group_key}/dismiss", post(dismiss))
        .endpoint("/api/v2/notifications/{group_key}/accounts", get(accounts))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct GroupedNotificationsQuery {
    /// The kinds that may be grouped; default is all that can be.
    grouped_types: Option<Vec<String>>,
    /// `full` (whole accounts) or `partial_avatars` (only avatars, except for the most recent accounts).
    expand_accounts: Option<String>,
}

impl GroupedNotificationsQuery {
    fn kinds(&self) -> GroupedKinds {
        let words = self.grouped_types.as_ref()?;
        Some(words.iter().filter_map(|word| word.parse::<NotificationKind>().ok()).collect())
    }

    fn partial(&self) -> ApiResult<bool> {
        match self.expand_accounts.as_deref() {
            None | Some("full") => Ok(false),
            Some("partial_avatars") => Ok(true),
            Some(_) => Err(Problem::bad_request("expand_accounts must be full or partial_avatars")),
        }
    }
}

async fn list(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadNotifications>,
    paging: AccountPaging,
    Params(narrow): Params<NotificationsQuery>,
    Params(together): Params<GroupedNotificationsQuery>,
) -> ApiResult<Response> {
    let partial = together.partial()?;
    let page = match narrow.filter() {
        Some(filter) => notifications::groups(&here, me.id, filter, together.kinds(), paging.request).await?,
        None => Page::from_rows(&paging.request, Vec::new()),
    };
    let links = paging.links(&here.urls, &page, Newer::MinId);
    let shown = entities::GroupedNotifications::render(&page.items, partial, &here.urls);
    Ok((links, Json(shown)).into_response())
}

async fn show(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadNotifications>,
    Path(key): Path<String>,
) -> ApiResult<Json<entities::GroupedNotifications>> {
    let group = notifications::group(&here, me.id, key).await?;
    Ok(Json(entities::GroupedNotifications::render(&[group], false, &here.urls)))
}

async fn accounts(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteNotifications>,
    Path(key): Path<String>,
) -> ApiResult<Json<Vec<entities::Account>>> {
    let people = notifications::people_of_group(&here, me.id, key).await?;
    Ok(Json(entities::Account::render_all(&people, &here.urls)))
}

async fn dismiss(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteNotifications>,
    Path(key): Path<String>,
) -> ApiResult<Json<entities::Empty>> {
    notifications::dismiss_group(&here, me.id, key).await?;
    Ok(Json(entities::Empty {}))
}

/// Counts the groups that are newer than the read marker.
async fn unread_count(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadNotifications>,
    Params(narrow): Params<NotificationsQuery>,
    Params(together): Params<GroupedNotificationsQuery>,
) -> ApiResult<Json<entities::Count>> {
    let limit = limit_of(narrow.limit.as_deref(), 100, 1_000)?;
    let Some(filter) = narrow.filter() else { return Ok(Json(entities::Count { count: 0 })) };
    let since_id = notifications::read_up_to(&here, me.id).await?;
    let page = PageRequest { since_id, ..PageRequest::first(limit) };
    let groups = notifications::groups(&here, me.id, filter, together.kinds(), page).await?;
    Ok(Json(entities::Count { count: groups.items.len() }))
}
