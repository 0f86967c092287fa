//! The reaches that the caller may choose for a post, with labels for a form. An extension of Portico.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::CurrentUser;
use super::{entities, scope};
use portico_domain::model::StatusId;
use portico_http::routing::{Documented as _, get};
use portico_http::{ApiResult, CurrentInstance, Params};
use portico_service::publishing::statuses;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new().endpoint("/api/portico/v1/reaches", get(all))
}

/// The post to be written.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ReachesQuery {
    /// The status that it replies to.
    in_reply_to_id: Option<StatusId>,
    /// The status that it quotes.
    quoted_status_id: Option<StatusId>,
}

/// Lists the reaches that a new post of the caller may have.
async fn all(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadStatuses>,
    Params(asked): Params<ReachesQuery>,
) -> ApiResult<Json<entities::Reaches>> {
    let offer =
        statuses::list_reach_options(&here, &me.user, asked.in_reply_to_id, asked.quoted_status_id).await?;
    Ok(Json(entities::Reaches::render(&offer)))
}
