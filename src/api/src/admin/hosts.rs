//! Allowed and blocked hosts; and, as an extension of Portico, the tier of each host.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::auth::CurrentUser;
use super::super::pages::Paged;
use super::super::{entities, scope};
use super::{AdminPaging, moderator, paged};
use portico_domain::model::EntryId;
use portico_http::routing::{Documented as _, get};
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::moderation::{self, HostBlockInput, HostSeverity};
use portico_service::partners::peers as hosts;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/admin/domain_allows", get(allows).post(allow))
        .endpoint("/api/v1/admin/domain_allows/{id}", get(show_allow).delete(lift_allow))
        .endpoint("/api/v1/admin/domain_blocks", get(blocks).post(block))
        .endpoint("/api/v1/admin/domain_blocks/{id}", get(show_block).put(update).delete(lift_block))
        .endpoint("/api/portico/v1/admin/peers", get(peers))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct HostParams {
    domain: String,
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct HostBlockParams {
    /// `suspend` (no federation), `silence` (visible only to its followers) or `noop` (only media or reports
    /// are rejected).
    severity: Option<String>,
    reject_media: Option<bool>,
    reject_reports: Option<bool>,
    private_comment: Option<String>,
    public_comment: Option<String>,
    obfuscate: Option<bool>,
}

impl HostBlockParams {
    fn read(self) -> ApiResult<HostBlockInput> {
        let fault = || Problem::invalid(&["Severity is not included in the list".to_owned()]);
        let limit =
            self.severity.map(|word| word.parse::<HostSeverity>().map_err(|_| fault())).transpose()?;
        Ok(HostBlockInput {
            limit,
            reject_media: self.reject_media,
            reject_reports: self.reject_reports,
            private_comment: self.private_comment,
            public_comment: self.public_comment,
            obfuscate: self.obfuscate,
        })
    }
}

async fn allows(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminReadDomainAllows>,
    paging: AdminPaging,
) -> ApiResult<Paged<entities::AdminDomainAllow>> {
    let page = moderation::allows(&here, &moderator(&me), paging.request).await?;
    Ok(paged(&here, &paging, &page, entities::AdminDomainAllow::render))
}

async fn show_allow(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminReadDomainAllows>,
    Path(id): Path<EntryId>,
) -> ApiResult<Json<entities::AdminDomainAllow>> {
    let host = moderation::find_allow(&here, &moderator(&me), id).await?;
    Ok(Json(entities::AdminDomainAllow::render(&host)))
}

async fn allow(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteDomainAllows>,
    Params(HostParams { domain }): Params<HostParams>,
) -> ApiResult<Json<entities::AdminDomainAllow>> {
    let host = moderation::allow(&here, &moderator(&me), &domain).await?;
    Ok(Json(entities::AdminDomainAllow::render(&host)))
}

async fn lift_allow(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteDomainAllows>,
    Path(id): Path<EntryId>,
) -> ApiResult<Json<entities::AdminDomainAllow>> {
    let host = moderation::lift_allow(&here, &moderator(&me), id).await?;
    Ok(Json(entities::AdminDomainAllow::render(&host)))
}

async fn blocks(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminReadDomainBlocks>,
    paging: AdminPaging,
) -> ApiResult<Paged<entities::AdminDomainBlock>> {
    let page = moderation::blocks(&here, &moderator(&me), paging.request).await?;
    Ok(paged(&here, &paging, &page, entities::AdminDomainBlock::render))
}

async fn show_block(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminReadDomainBlocks>,
    Path(id): Path<EntryId>,
) -> ApiResult<Json<entities::AdminDomainBlock>> {
    let host = moderation::find_block(&here, &moderator(&me), id).await?;
    Ok(Json(entities::AdminDomainBlock::render(&host)))
}

async fn block(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteDomainBlocks>,
    Params(HostParams { domain }): Params<HostParams>,
    Params(rules): Params<HostBlockParams>,
) -> ApiResult<Json<entities::AdminDomainBlock>> {
    let host = moderation::set_block(&here, &moderator(&me), &domain, rules.read()?).await?;
    Ok(Json(entities::AdminDomainBlock::render(&host)))
}

async fn update(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteDomainBlocks>,
    Path(id): Path<EntryId>,
    Params(rules): Params<HostBlockParams>,
) -> ApiResult<Json<entities::AdminDomainBlock>> {
    let host = moderation::update_block(&here, &moderator(&me), id, rules.read()?).await?;
    Ok(Json(entities::AdminDomainBlock::render(&host)))
}

async fn lift_block(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteDomainBlocks>,
    Path(id): Path<EntryId>,
) -> ApiResult<Json<entities::AdminDomainBlock>> {
    let host = moderation::lift_block(&here, &moderator(&me), id).await?;
    Ok(Json(entities::AdminDomainBlock::render(&host)))
}

/// Lists every host that has a tier. For a partner without an agreement in force, states the reason.
async fn peers(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminReadDomainAllows>,
) -> ApiResult<Json<Vec<entities::AdminPeer>>> {
    let all = hosts::with_agreements(&here, &moderator(&me)).await?;
    Ok(Json(all.iter().map(|(host, lapsed)| entities::AdminPeer::render(host, *lapsed)).collect()))
}
