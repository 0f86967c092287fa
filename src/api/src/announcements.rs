//! Announcements of the instance's operators.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::CurrentUser;
use super::entities::{Announcement, Empty};
use super::scope;
use portico_domain::model::AnnouncementId;
use portico_http::routing::{Documented as _, get, post, put};
use portico_http::{ApiResult, CurrentInstance, Params, Path};
use portico_service::publishing::announcements;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/announcements", get(list))
        .endpoint("/api/v1/announcements/{id}/dismiss", post(dismiss))
        .endpoint("/api/v1/announcements/{id}/reactions/{name}", put(react).delete(take_back))
}

/// Whether to include announcements that the caller has dismissed.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AnnouncementsQuery {
    with_dismissed: bool,
}

async fn list(
    here: CurrentInstance,
    me: CurrentUser<scope::Read>,
    Params(wanted): Params<AnnouncementsQuery>,
) -> ApiResult<Json<Vec<Announcement>>> {
    let found = announcements::list(&here, me.id, wanted.with_dismissed).await?;
    Ok(Json(found.iter().map(|view| Announcement::render(view, &here.urls)).collect()))
}

async fn dismiss(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path(id): Path<AnnouncementId>,
) -> ApiResult<Json<Empty>> {
    announcements::dismiss(&here, me.id, id).await?;
    Ok(Json(Empty {}))
}

async fn react(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFavourites>,
    Path((id, name)): Path<(AnnouncementId, String)>,
) -> ApiResult<Json<Empty>> {
    announcements::react(&here, me.id, id, &name, true).await?;
    Ok(Json(Empty {}))
}

async fn take_back(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFavourites>,
    Path((id, name)): Path<(AnnouncementId, String)>,
) -> ApiResult<Json<Empty>> {
    announcements::react(&here, me.id, id, &name, false).await?;
    Ok(Json(Empty {}))
}
