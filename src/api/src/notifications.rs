//! Notifications.

use aide::axum::ApiRouter;
use axum::Json;
use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::CurrentUser;
use super::pages::Paged;
use super::{entities, scope};
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::{AccountId, NotificationId};
use portico_http::paging::{AccountPaging, Newer, limit_of};
use portico_http::routing::{Documented as _, get, post};
use portico_http::{ApiResult, CurrentInstance, Params, Path};
use portico_service::reading::notifications::{self, NotificationFilter};

/// The default and the maximum number up to which unread notifications are counted.
const COUNTED: (i64, i64) = (100, 1_000);

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/notifications", get(list))
        .endpoint("/api/v1/notifications/clear", post(clear))
        .endpoint("/api/v1/notifications/dismiss", post(dismiss_named))
        .endpoint("/api/v1/notifications/unread_count", get(unread_count))
        .endpoint("/api/v1/notifications/{id}", get(show))
        .endpoint("/api/v1/notifications/{id}/dismiss", post(dismiss))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct NotificationsQuery {
    types: Vec<String>,
    exclude_types: Vec<String>,
    account_id: Option<String>,
    pub(super) limit: Option<String>,
    /// Whether to include filtered notifications, which wait for the caller's decision.
    include_filtered: Option<bool>,
}

impl NotificationsQuery {
    /// The filter for the query; `None` when no notification can match, because no account has the given id.
    /// Unknown kinds are ignored: clients request all that they know.
    pub(super) fn filter(&self) -> Option<NotificationFilter> {
        let known = |words: &[String]| -> Vec<NotificationKind> {
            words.iter().filter_map(|word| word.parse::<NotificationKind>().ok()).collect()
        };
        Some(NotificationFilter {
            kinds: (!self.types.is_empty()).then(|| known(&self.types)),
            except: known(&self.exclude_types),
            from: self.account_id.as_ref().map(|id| id.parse::<AccountId>()).transpose().ok()?,
            waiting_too: self.include_filtered == Some(true),
            groups: Vec::new(),
        })
    }
}

async fn list(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadNotifications>,
    paging: AccountPaging,
    Params(narrow): Params<NotificationsQuery>,
) -> ApiResult<Paged<entities::Notification>> {
    let Some(filter) = narrow.filter() else { return Ok(Paged(HeaderMap::new(), Json(Vec::new()))) };
    let page = notifications::list(&here, me.id, filter, paging.request).await?;
    let links = paging.links(&here.urls, &page, Newer::MinId);
    Ok(Paged(links, Json(entities::Notification::render_all(&page.items, &here.urls))))
}

async fn show(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadNotifications>,
    Path(id): Path<NotificationId>,
) -> ApiResult<Json<entities::Notification>> {
    let view = notifications::show(&here, me.id, id).await?;
    Ok(Json(entities::Notification::render(&view, &here.urls)))
}

async fn unread_count(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadNotifications>,
    Params(narrow): Params<NotificationsQuery>,
) -> ApiResult<Json<entities::Count>> {
    let (usual, most) = COUNTED;
    let limit = limit_of(narrow.limit.as_deref(), usual, most)?;
    let count = match narrow.filter() {
        Some(filter) => notifications::unread_count(&here, me.id, filter, limit).await?,
        None => 0,
    };
    Ok(Json(entities::Count { count }))
}

async fn clear(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteNotifications>,
) -> ApiResult<Json<entities::Empty>> {
    notifications::clear(&here, me.id).await?;
    Ok(Json(entities::Empty {}))
}

async fn dismiss(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteNotifications>,
    Path(id): Path<NotificationId>,
) -> ApiResult<Json<entities::Empty>> {
    notifications::dismiss(&here, me.id, id).await?;
    Ok(Json(entities::Empty {}))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct NotificationIdParams {
    id: NotificationId,
}

async fn dismiss_named(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteNotifications>,
    Params(named): Params<NotificationIdParams>,
) -> ApiResult<Json<entities::Empty>> {
    dismiss(here, me, Path(named.id)).await
}
