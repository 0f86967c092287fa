//! The organisations of partners, for signed-in staff. An extension of Portico.

use aide::axum::ApiRouter;
use axum::Json;

use super::auth::CurrentUser;
use super::{entities, scope};
use portico_http::routing::{Documented as _, get};
use portico_http::{ApiResult, CurrentInstance, Path};
use portico_service::people::organisations;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new().endpoint("/api/portico/v1/organisations/{domain}", get(show))
}

async fn show(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
    Path(domain): Path<String>,
) -> ApiResult<Json<entities::Organisation>> {
    let found = organisations::show(&here, me.id, &domain).await?;
    Ok(Json(entities::Organisation::render(&found, &here.urls)))
}
