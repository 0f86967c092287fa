//! The caller's preferences.

use aide::axum::ApiRouter;
use aide::axum::routing::get;
use axum::Json;

use super::auth::CurrentUser;
use super::{entities, scope};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new().api_route("/api/v1/preferences", get(preferences))
}

async fn preferences(me: CurrentUser<scope::ReadAccounts>) -> Json<entities::Preferences> {
    Json(entities::Preferences::render(&me.user))
}
