//! The caller's preferences.

use aide::axum::ApiRouter;
use axum::Json;

use super::auth::CurrentUser;
use super::{entities, scope};
use portico_http::routing::{Documented as _, get};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new().endpoint("/api/v1/preferences", get(preferences))
}

async fn preferences(me: CurrentUser<scope::ReadAccounts>) -> Json<entities::Preferences> {
    Json(entities::Preferences::render(&me.user))
}
