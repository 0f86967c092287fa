//! Polls: returning one, and voting.

use aide::axum::ApiRouter;
use aide::axum::routing::{get, post};
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::{MaybeStaff, Staff};
use super::{entities, scope};
use portico_domain::model::StatusId;
use portico_http::{Answer, Here, Params, Path};
use portico_service::publishing::polls;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .api_route("/api/v1/polls/{id}", get(show))
        .api_route("/api/v1/polls/{id}/votes", post(vote))
}

/// The choices of a voter.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Ballot {
    /// The indices of the chosen options, from 0.
    choices: Vec<i64>,
}

/// Returns a poll.
async fn show(
    here: Here,
    who: MaybeStaff<scope::ReadStatuses>,
    Path(id): Path<StatusId>,
) -> Answer<Json<entities::Poll>> {
    let view = polls::show(&here, who.viewer(), id).await?;
    Ok(Json(entities::Poll::render(&view)))
}

/// Votes in a poll.
async fn vote(
    here: Here,
    me: Staff<scope::WriteStatuses>,
    Path(id): Path<StatusId>,
    Params(ballot): Params<Ballot>,
) -> Answer<Json<entities::Poll>> {
    let view = polls::vote(&here, me.id, id, ballot.choices).await?;
    Ok(Json(entities::Poll::render(&view)))
}
