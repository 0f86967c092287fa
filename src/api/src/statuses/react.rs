//! Interactions with a status. Each is idempotent.

use axum::Json;

use crate::auth::{Counters, Staff, allow};
use crate::{entities, scope};
use portico_domain::model::StatusId;
use portico_domain::model::view::StatusView;
use portico_http::limits::{Rule, Subject};
use portico_http::{Answer, Here, Path};
use portico_service::publishing::{boosts, favourites, pins};
use portico_service::reading::bookmarks;
use portico_service::social::thread_mutes;

type Shown = Answer<Json<entities::Status>>;

fn shown(here: &Here, view: portico_service::Result<StatusView>) -> Shown {
    Ok(Json(entities::Status::render(&view?, &here.urls)))
}

/// Favourites a status.
pub(super) async fn favourite(
    here: Here,
    me: Staff<scope::WriteFavourites>,
    Path(id): Path<StatusId>,
) -> Shown {
    shown(&here, favourites::add(&here, me.id, id).await)
}

/// Removes a favourite.
pub(super) async fn unfavourite(
    here: Here,
    me: Staff<scope::WriteFavourites>,
    Path(id): Path<StatusId>,
) -> Shown {
    shown(&here, favourites::remove(&here, me.id, id).await)
}

/// Boosts a status; returns the boost.
pub(super) async fn reblog(here: Here, me: Staff<scope::WriteStatuses>, Path(id): Path<StatusId>) -> Shown {
    shown(&here, boosts::add(&here, &me, id).await)
}

/// Removes a boost; returns the boosted status.
pub(super) async fn unreblog(
    here: Here,
    me: Staff<scope::WriteStatuses>,
    counters: Counters,
    Path(id): Path<StatusId>,
) -> Shown {
    allow(&here, &counters, Rule::DELETIONS, Subject::Caller(me.user.id.0))?;
    shown(&here, boosts::remove(&here, &me, id).await)
}

/// Bookmarks a status.
pub(super) async fn bookmark(
    here: Here,
    me: Staff<scope::WriteBookmarks>,
    Path(id): Path<StatusId>,
) -> Shown {
    shown(&here, bookmarks::add(&here, me.id, id).await)
}

/// Removes a bookmark.
pub(super) async fn unbookmark(
    here: Here,
    me: Staff<scope::WriteBookmarks>,
    Path(id): Path<StatusId>,
) -> Shown {
    shown(&here, bookmarks::remove(&here, me.id, id).await)
}

/// Pins a status of the caller to the profile.
pub(super) async fn pin(here: Here, me: Staff<scope::WriteAccounts>, Path(id): Path<StatusId>) -> Shown {
    shown(&here, pins::add(&here, &me, id).await)
}

/// Unpins a status.
pub(super) async fn unpin(here: Here, me: Staff<scope::WriteAccounts>, Path(id): Path<StatusId>) -> Shown {
    shown(&here, pins::remove(&here, &me, id).await)
}

/// Mutes the thread of a status: nothing in it causes notifications any more.
pub(super) async fn mute(here: Here, me: Staff<scope::WriteMutes>, Path(id): Path<StatusId>) -> Shown {
    shown(&here, thread_mutes::set_muted(&here, me.id, id, true).await)
}

/// Unmutes the thread of a status.
pub(super) async fn unmute(here: Here, me: Staff<scope::WriteMutes>, Path(id): Path<StatusId>) -> Shown {
    shown(&here, thread_mutes::set_muted(&here, me.id, id, false).await)
}
