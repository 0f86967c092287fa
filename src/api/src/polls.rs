//! Polls: returning one, and voting.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::{CurrentUser, OptionalUser};
use super::{entities, scope};
use portico_domain::model::StatusId;
use portico_http::routing::{Documented as _, get, post};
use portico_http::{ApiResult, CurrentInstance, Params, Path};
use portico_service::publishing::polls;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/polls/{id}", get(show))
        .endpoint("/api/v1/polls/{id}/votes", post(vote))
}

/// The choices of a voter.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct VoteParams {
    /// The indices of the chosen options, from 0.
    choices: Vec<i64>,
}

/// Returns a poll.
async fn show(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadStatuses>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<entities::Poll>> {
    let view = polls::show(&here, who.viewer(), id).await?;
    Ok(Json(entities::Poll::render(&view)))
}

/// Votes in a poll.
async fn vote(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    Path(id): Path<StatusId>,
    Params(ballot): Params<VoteParams>,
) -> ApiResult<Json<entities::Poll>> {
    let view = polls::vote(&here, me.id, id, ballot.choices).await?;
    Ok(Json(entities::Poll::render(&view)))
}
