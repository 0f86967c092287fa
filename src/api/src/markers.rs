//! The caller's read markers and preferences.

use aide::axum::ApiRouter;
use aide::axum::routing::get;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::Staff;
use super::{entities, scope};
use portico_http::{Answer, Here, Params};
use portico_service::markers;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .api_route("/api/v1/markers", get(list_markers).post(set_markers))
        .api_route("/api/v1/preferences", get(preferences))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Wanted {
    timeline: Vec<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Marks {
    home: Option<Mark>,
    notifications: Option<Mark>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Mark {
    last_read_id: String,
}

async fn list_markers(
    here: Here,
    me: Staff<scope::ReadStatuses>,
    Params(wanted): Params<Wanted>,
) -> Answer<Json<entities::Markers>> {
    let found = markers::list(&here, me.id, wanted.timeline).await?;
    Ok(Json(entities::Marker::render_all(&found)))
}

async fn set_markers(
    here: Here,
    me: Staff<scope::WriteStatuses>,
    Params(marks): Params<Marks>,
) -> Answer<Json<entities::Markers>> {
    let [home, notifications] = markers::TIMELINES;
    let marks = [(home, marks.home), (notifications, marks.notifications)];
    let given = marks.into_iter().filter_map(|(name, mark)| mark.map(|mark| (name, mark.last_read_id)));
    let now = markers::set(&here, me.id, given.collect()).await?;
    Ok(Json(entities::Marker::render_all(&now)))
}

async fn preferences(me: Staff<scope::ReadAccounts>) -> Json<entities::Preferences> {
    Json(entities::Preferences::render(&me.user))
}
