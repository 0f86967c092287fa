//! Scheduled posts: returning, rescheduling and cancelling them. They are created by the endpoint that
//! creates posts.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::CurrentUser;
use super::entities::{Empty, ScheduledStatus};
use super::pages::Paged;
use super::scope;
use portico_domain::model::{ScheduledId, Timestamp};
use portico_http::paging::{Newer, StatusPaging};
use portico_http::routing::{Documented as _, get};
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::publishing::scheduled;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/scheduled_statuses", get(list))
        .endpoint("/api/v1/scheduled_statuses/{id}", get(show).put(reschedule).delete(cancel))
}

/// The new time of a scheduled post.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ScheduledStatusParams {
    scheduled_at: Option<String>,
}

/// Parses a time in ISO 8601.
pub(super) fn moment(text: Option<&str>) -> ApiResult<Option<Timestamp>> {
    let text = text.filter(|text| !text.is_empty());
    let fault = || Problem::invalid(&["Scheduled at must be a date and time (ISO 8601)".to_owned()]);
    text.map(|text| Timestamp::parse(text).ok_or_else(fault)).transpose()
}

async fn list(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadStatuses>,
    paging: StatusPaging,
) -> ApiResult<Paged<ScheduledStatus>> {
    let page = scheduled::list(&here, me.id, paging.request).await?;
    let shown = page.items.iter().map(|view| ScheduledStatus::render(view, &here.urls)).collect();
    Ok(Paged(paging.links(&here.urls, &page, Newer::MinId), Json(shown)))
}

async fn show(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadStatuses>,
    Path(id): Path<ScheduledId>,
) -> ApiResult<Json<ScheduledStatus>> {
    let view = scheduled::show(&here, me.id, id).await?;
    Ok(Json(ScheduledStatus::render(&view, &here.urls)))
}

async fn reschedule(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    Path(id): Path<ScheduledId>,
    Params(wish): Params<ScheduledStatusParams>,
) -> ApiResult<Json<ScheduledStatus>> {
    let at = moment(wish.scheduled_at.as_deref())?;
    let view = scheduled::reschedule(&here, me.id, id, at).await?;
    Ok(Json(ScheduledStatus::render(&view, &here.urls)))
}

async fn cancel(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    Path(id): Path<ScheduledId>,
) -> ApiResult<Json<Empty>> {
    scheduled::cancel(&here, me.id, id).await?;
    Ok(Json(Empty {}))
}
