//! Blocks of e-mail domains, e-mail addresses and IP ranges.

use std::net::IpAddr;

use aide::axum::ApiRouter;
use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::auth::CurrentUser;
use super::super::pages::Paged;
use super::super::{entities, scope};
use super::{AdminPaging, moderator, paged};
use portico_domain::model::EntryId;
use portico_http::address::client_address;
use portico_http::routing::{Documented as _, get, post};
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::moderation::{self, IpBlockChange, IpBlockSeverity};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/admin/email_domain_blocks", get(domains).post(block_domain))
        .endpoint("/api/v1/admin/email_domain_blocks/{id}", get(show_domain).delete(lift_domain))
        .endpoint("/api/v1/admin/canonical_email_blocks", get(emails).post(block_email))
        .endpoint("/api/v1/admin/canonical_email_blocks/test", post(test_email))
        .endpoint("/api/v1/admin/canonical_email_blocks/{id}", get(show_email).delete(lift_email))
        .endpoint("/api/v1/admin/ip_blocks", get(networks).post(block_network))
        .endpoint("/api/v1/admin/ip_blocks/{id}", get(show_network).put(change_network).delete(lift_network))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct EmailDomainBlockParams {
    domain: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct EmailTestParams {
    email: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct CanonicalEmailBlockParams {
    /// The e-mail address, unless its hash is given.
    email: Option<String>,
    /// The SHA-256 of the canonical e-mail address, in hexadecimal.
    canonical_email_hash: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct IpBlockParams {
    /// An IP address, or a range such as 192.0.2.0/24.
    ip: Option<String>,
    /// `sign_up_requires_approval`, `sign_up_block` or `no_access`.
    severity: Option<String>,
    comment: Option<String>,
    /// The duration in seconds; 0 for no end.
    expires_in: Option<i64>,
}

impl IpBlockParams {
    fn read(self) -> ApiResult<IpBlockChange> {
        let fault = || Problem::invalid(&["Severity is not included in the list".to_owned()]);
        let severity =
            self.severity.map(|word| word.parse::<IpBlockSeverity>().map_err(|_| fault())).transpose()?;
        Ok(IpBlockChange { ip: self.ip, severity, comment: self.comment, expires_in: self.expires_in })
    }
}

/// The caller's IP address.
struct ClientAddress(IpAddr);

impl aide::OperationInput for ClientAddress {}

impl<T: Send + Sync> FromRequestParts<T> for ClientAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &T) -> ApiResult<Self> {
        let here = CurrentInstance::from_request_parts(parts, state).await?;
        Ok(Self(client_address(parts, &here.network)))
    }
}

async fn domains(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminReadEmailDomainBlocks>,
    paging: AdminPaging,
) -> ApiResult<Paged<entities::AdminEmailDomainBlock>> {
    let page = moderation::email_domain_blocks(&here, &moderator(&me), paging.request).await?;
    Ok(paged(&here, &paging, &page, entities::AdminEmailDomainBlock::render))
}

async fn show_domain(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminReadEmailDomainBlocks>,
    Path(id): Path<EntryId>,
) -> ApiResult<Json<entities::AdminEmailDomainBlock>> {
    let block = moderation::email_domain_block(&here, &moderator(&me), id).await?;
    Ok(Json(entities::AdminEmailDomainBlock::render(&block)))
}

async fn block_domain(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteEmailDomainBlocks>,
    Params(new): Params<EmailDomainBlockParams>,
) -> ApiResult<Json<entities::AdminEmailDomainBlock>> {
    let block = moderation::block_email_domain(&here, &moderator(&me), &new.domain).await?;
    Ok(Json(entities::AdminEmailDomainBlock::render(&block)))
}

async fn lift_domain(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteEmailDomainBlocks>,
    Path(id): Path<EntryId>,
) -> ApiResult<Json<entities::AdminEmailDomainBlock>> {
    let block = moderation::lift_email_domain_block(&here, &moderator(&me), id).await?;
    Ok(Json(entities::AdminEmailDomainBlock::render(&block)))
}

async fn emails(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminReadCanonicalEmailBlocks>,
    paging: AdminPaging,
) -> ApiResult<Paged<entities::AdminCanonicalEmailBlock>> {
    let page = moderation::email_blocks(&here, &moderator(&me), paging.request).await?;
    Ok(paged(&here, &paging, &page, entities::AdminCanonicalEmailBlock::render))
}

async fn show_email(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminReadCanonicalEmailBlocks>,
    Path(id): Path<EntryId>,
) -> ApiResult<Json<entities::AdminCanonicalEmailBlock>> {
    let block = moderation::find_email_block(&here, &moderator(&me), id).await?;
    Ok(Json(entities::AdminCanonicalEmailBlock::render(&block)))
}

async fn test_email(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminReadCanonicalEmailBlocks>,
    Params(EmailTestParams { email }): Params<EmailTestParams>,
) -> ApiResult<Json<Vec<entities::AdminCanonicalEmailBlock>>> {
    let found = moderation::test_email(&here, &moderator(&me), &email).await?;
    Ok(Json(found.iter().map(entities::AdminCanonicalEmailBlock::render).collect()))
}

async fn block_email(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteCanonicalEmailBlocks>,
    Params(new): Params<CanonicalEmailBlockParams>,
) -> ApiResult<Json<entities::AdminCanonicalEmailBlock>> {
    let hash = match (new.canonical_email_hash, new.email) {
        (Some(hash), _) if !hash.is_empty() => hash,
        (_, Some(email)) if !email.is_empty() => moderation::canonical_hash(&email),
        _ => return Err(Problem::missing("email")),
    };
    let block = moderation::block_email(&here, &moderator(&me), &hash).await?;
    Ok(Json(entities::AdminCanonicalEmailBlock::render(&block)))
}

async fn lift_email(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteCanonicalEmailBlocks>,
    Path(id): Path<EntryId>,
) -> ApiResult<Json<entities::AdminCanonicalEmailBlock>> {
    let block = moderation::lift_email_block(&here, &moderator(&me), id).await?;
    Ok(Json(entities::AdminCanonicalEmailBlock::render(&block)))
}

async fn networks(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminReadIpBlocks>,
    paging: AdminPaging,
) -> ApiResult<Paged<entities::AdminIpBlock>> {
    let page = moderation::ip_blocks(&here, &moderator(&me), paging.request).await?;
    Ok(paged(&here, &paging, &page, entities::AdminIpBlock::render))
}

async fn show_network(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminReadIpBlocks>,
    Path(id): Path<EntryId>,
) -> ApiResult<Json<entities::AdminIpBlock>> {
    let block = moderation::find_ip_block(&here, &moderator(&me), id).await?;
    Ok(Json(entities::AdminIpBlock::render(&block)))
}

async fn block_network(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteIpBlocks>,
    caller: ClientAddress,
    Params(new): Params<IpBlockParams>,
) -> ApiResult<Json<entities::AdminIpBlock>> {
    let block = moderation::block_address(&here, &moderator(&me), new.read()?, caller.0).await?;
    Ok(Json(entities::AdminIpBlock::render(&block)))
}

async fn change_network(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteIpBlocks>,
    caller: ClientAddress,
    Path(id): Path<EntryId>,
    Params(new): Params<IpBlockParams>,
) -> ApiResult<Json<entities::AdminIpBlock>> {
    let block = moderation::change_ip_block(&here, &moderator(&me), id, new.read()?, caller.0).await?;
    Ok(Json(entities::AdminIpBlock::render(&block)))
}

async fn lift_network(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteIpBlocks>,
    Path(id): Path<EntryId>,
) -> ApiResult<Json<entities::AdminIpBlock>> {
    let block = moderation::lift_ip_block(&here, &moderator(&me), id).await?;
    Ok(Json(entities::AdminIpBlock::render(&block)))
}
