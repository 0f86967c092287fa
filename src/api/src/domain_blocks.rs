//! The caller's own blocks of domains.

use aide::axum::ApiRouter;
use axum::Json;
use portico_service::social::domain_blocks;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::CurrentUser;
use super::pages::Paged;
use super::{entities, scope};
use portico_http::paging::{Newer, Paging};
use portico_http::routing::{Documented as _, get};
use portico_http::{ApiResult, CurrentInstance, Params};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new().endpoint("/api/v1/domain_blocks", get(list).post(block).delete(unblock))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct PersonalDomainBlockParams {
    domain: String,
}

async fn list(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadBlocks>,
    paging: Paging<100, 200>,
) -> ApiResult<Paged<String>> {
    let page = domain_blocks::list(&here, me.id, paging.request).await?;
    let links = paging.links(&here.urls, &page, Newer::SinceId);
    Ok(Paged(links, Json(page.items)))
}

async fn block(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteBlocks>,
    Params(PersonalDomainBlockParams { domain }): Params<PersonalDomainBlockParams>,
) -> ApiResult<Json<entities::Empty>> {
    domain_blocks::block(&here, &me, &domain).await?;
    Ok(Json(entities::Empty {}))
}

async fn unblock(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteBlocks>,
    Params(PersonalDomainBlockParams { domain }): Params<PersonalDomainBlockParams>,
) -> ApiResult<Json<entities::Empty>> {
    domain_blocks::unblock(&here, me.id, &domain).await?;
    Ok(Json(entities::Empty {}))
}
