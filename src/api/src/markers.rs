//! The caller's read markers and preferences.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::CurrentUser;
use super::{entities, scope};
use portico_http::routing::{Documented as _, get};
use portico_http::{ApiResult, CurrentInstance, Params};
use portico_service::reading::markers;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new().endpoint("/api/v1/markers", get(list_markers).post(set_markers))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct MarkersQuery {
    timeline: Vec<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct MarkersParams {
    home: Option<MarkerParams>,
    notifications: Option<MarkerParams>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct MarkerParams {
    last_read_id: String,
}

async fn list_markers(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadStatuses>,
    Params(wanted): Params<MarkersQuery>,
) -> ApiResult<Json<entities::Markers>> {
    let found = markers::list(&here, me.id, wanted.timeline).await?;
    Ok(Json(entities::Marker::render_all(&found)))
}

async fn set_markers(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    Params(marks): Params<MarkersParams>,
) -> ApiResult<Json<entities::Markers>> {
    let [home, notifications] = markers::TIMELINES;
    let marks = [(home, marks.home), (notifications, marks.notifications)];
    let given = marks.into_iter().filter_map(|(name, mark)| mark.map(|mark| (name, mark.last_read_id)));
    let now = markers::set(&here, me.id, given.collect()).await?;
    Ok(Json(entities::Marker::render_all(&now)))
}
