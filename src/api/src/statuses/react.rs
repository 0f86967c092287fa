//! Interactions with a status. Each is idempotent.

use axum::Json;

use crate::auth::{CurrentUser, RateLimitCounters, allow};
use crate::{entities, scope};
use portico_domain::model::StatusId;
use portico_domain::model::view::StatusView;
use portico_http::limits::{RateLimit, Subject};
use portico_http::{ApiResult, CurrentInstance, Path};
use portico_service::publishing::{boosts, favourites, pins};
use portico_service::reading::bookmarks;
use portico_service::social::thread_mutes;

fn status_response(
    here: &CurrentInstance,
    view: portico_service::Result<StatusView>,
) -> ApiResult<Json<entities::Status>> {
    Ok(Json(entities::Status::render(&view?, &here.urls)))
}

/// Favourites a status.
pub(super) async fn favourite(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFavourites>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<entities::Status>> {
    status_response(&here, favourites::add(&here, me.id, id).await)
}

/// Removes a favourite.
pub(super) async fn unfavourite(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFavourites>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<entities::Status>> {
    status_response(&here, favourites::remove(&here, me.id, id).await)
}

/// Boosts a status; returns the boost.
pub(super) async fn reblog(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<entities::Status>> {
    status_response(&here, boosts::add(&here, &me, id).await)
}

/// Removes a boost; returns the boosted status.
pub(super) async fn unreblog(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    counters: RateLimitCounters,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<entities::Status>> {
    allow(&here, &counters, RateLimit::DELETIONS, Subject::Caller(me.user.id.0))?;
    status_response(&here, boosts::remove(&here, &me, id).await)
}

/// Bookmarks a status.
pub(super) async fn bookmark(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteBookmarks>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<entities::Status>> {
    status_response(&here, bookmarks::add(&here, me.id, id).await)
}

/// Removes a bookmark.
pub(super) async fn unbookmark(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteBookmarks>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<entities::Status>> {
    status_response(&here, bookmarks::remove(&here, me.id, id).await)
}

/// Pins a status of the caller to the profile.
pub(super) async fn pin(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<entities::Status>> {
    status_response(&here, pins::add(&here, &me, id).await)
}

/// Unpins a status.
pub(super) async fn unpin(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<entities::Status>> {
    status_response(&here, pins::remove(&here, &me, id).await)
}

/// Mutes the thread of a status: nothing in it causes notifications any more.
pub(super) async fn mute(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteMutes>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<entities::Status>> {
    status_response(&here, thread_mutes::set_muted(&here, me.id, id, true).await)
}

/// Unmutes the thread of a status.
pub(super) async fn unmute(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteMutes>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<entities::Status>> {
    status_response(&here, thread_mutes::set_muted(&here, me.id, id, false).await)
}
