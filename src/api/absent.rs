//! What clients ask for at their start and is not here: the truthful answer is an empty list, where a 404
//! would show as an error. Only reading; to write any of it is answered 404 like any unknown path.

use aide::axum::ApiRouter;
use aide::axum::routing::get;
use axum::Json;

type Nothing = Json<[(); 0]>;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new().api_route("/api/v1/custom_emojis", get(open))
}

/// Clients ask for these before anybody signs in.
async fn open() -> Nothing {
    Json([])
}
