//! How far the caller may make posts go, in people's words: what a form offers. Portico's own.

use aide::axum::ApiRouter;
use aide::axum::routing::get;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::Staff;
use super::{entities, scope};
use crate::http::{Answer, Here, Params};
use crate::model::StatusId;
use crate::service::statuses;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new().api_route("/api/portico/v1/reaches", get(all))
}

/// What is to be written.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Asked {
    /// What it answers.
    in_reply_to_id: Option<StatusId>,
    /// What it quotes.
    quoted_status_id: Option<StatusId>,
}

/// Lists how far a new post of the caller's may go.
async fn all(
    here: Here,
    me: Staff<scope::ReadStatuses>,
    Params(asked): Params<Asked>,
) -> Answer<Json<entities::Reaches>> {
    let offer = statuses::offer(&here, &me.user, asked.in_reply_to_id, asked.quoted_status_id).await?;
    Ok(Json(entities::Reaches::render(&offer)))
}
