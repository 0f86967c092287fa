//! The profile directory: accounts that chose to be listed.

use aide::axum::ApiRouter;
use axum::Json;
use portico_service::people::directory;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::OptionalUser;
use super::{entities, scope};
use portico_http::paging::Offset;
use portico_http::routing::{Documented as _, get};
use portico_http::{ApiResult, CurrentInstance, Params, Problem};
use portico_service::people::directory::DirectoryOrder;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new().endpoint("/api/v1/directory", get(directory))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct DirectoryQuery {
    /// `active` (most recently posted first) or `new` (newest first).
    order: Option<String>,
    local: Option<bool>,
}

async fn directory(
    here: CurrentInstance,
    who: OptionalUser<scope::Read>,
    page: Offset<40, 80>,
    Params(listing): Params<DirectoryQuery>,
) -> ApiResult<Json<Vec<entities::Account>>> {
    let order = match listing.order.as_deref() {
        None | Some("active") => DirectoryOrder::Active,
        Some("new") => DirectoryOrder::New,
        Some(_) => return Err(Problem::bad_request("order must be active or new")),
    };
    let local = listing.local.unwrap_or(false);
    let found = directory::list(&here, who.viewer(), order, local, page.limit, page.offset).await?;
    Ok(Json(entities::Account::render_all(&found, &here.urls)))
}
