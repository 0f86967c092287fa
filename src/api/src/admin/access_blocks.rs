//! Blocks of e-mail domains, e-mail addresses and IP ranges.

use std::net::IpAddr;

use aide::axum::ApiRouter;
use aide::axum::routing::{get, post};
use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::auth::Staff;
use super::super::pages::Paged;
use super::super::{entities, scope};
use super::{AdminPaging, moderator, paged};
use portico_domain::model::EntryId;
use portico_http::address::client_address;
use portico_http::{Answer, Here, Params, Path, Problem};
use portico_service::moderation::{self, IpChange, Severity};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .api_route("/api/v1/admin/email_domain_blocks", get(domains).post(block_domain))
        .api_route("/api/v1/admin/email_domain_blocks/{id}", get(show_domain).delete(lift_domain))
        .api_route("/api/v1/admin/canonical_email_blocks", get(emails).post(block_email))
        .api_route("/api/v1/admin/canonical_email_blocks/test", post(test_email))
        .api_route("/api/v1/admin/canonical_email_blocks/{id}", get(show_email).delete(lift_email))
        .api_route("/api/v1/admin/ip_blocks", get(networks).post(block_network))
        .api_route("/api/v1/admin/ip_blocks/{id}", get(show_network).put(change_network).delete(lift_network))
}

type DomainReader = Staff<scope::AdminReadEmailDomainBlocks>;
type DomainWriter = Staff<scope::AdminWriteEmailDomainBlocks>;
type EmailReader = Staff<scope::AdminReadCanonicalEmailBlocks>;
type EmailWriter = Staff<scope::AdminWriteCanonicalEmailBlocks>;
type NetworkReader = Staff<scope::AdminReadIpBlocks>;
type NetworkWriter = Staff<scope::AdminWriteIpBlocks>;
type Domain = Answer<Json<entities::AdminEmailDomainBlock>>;
type Email = Answer<Json<entities::AdminCanonicalEmailBlock>>;
type Network = Answer<Json<entities::AdminIpBlock>>;

#[derive(Debug, Deserialize, JsonSchema)]
struct NewDomain {
    domain: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Address {
    email: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct NewEmail {
    /// The e-mail address, unless its hash is given.
    email: Option<String>,
    /// The SHA-256 of the canonical e-mail address, in hexadecimal.
    canonical_email_hash: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct NewNetwork {
    /// An IP address, or a range such as 192.0.2.0/24.
    ip: Option<String>,
    /// `sign_up_requires_approval`, `sign_up_block` or `no_access`.
    severity: Option<String>,
    comment: Option<String>,
    /// The duration in seconds; 0 for no end.
    expires_in: Option<i64>,
}

impl NewNetwork {
    fn read(self) -> Answer<IpChange> {
        let fault = || Problem::invalid(&["Severity is not included in the list".to_owned()]);
        let severity = self.severity.map(|word| Severity::parse(&word).ok_or_else(fault)).transpose()?;
        Ok(IpChange { ip: self.ip, severity, comment: self.comment, expires_in: self.expires_in })
    }
}

/// The caller's IP address.
struct Caller(IpAddr);

impl aide::OperationInput for Caller {}

impl<T: Send + Sync> FromRequestParts<T> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &T) -> Answer<Self> {
        let here = Here::from_request_parts(parts, state).await?;
        Ok(Self(client_address(parts, &here.network)))
    }
}

async fn domains(
    here: Here,
    me: DomainReader,
    paging: AdminPaging,
) -> Answer<Paged<entities::AdminEmailDomainBlock>> {
    let page = moderation::email_domain_blocks(&here, &moderator(&me), paging.request).await?;
    Ok(paged(&here, &paging, &page, entities::AdminEmailDomainBlock::render))
}

async fn show_domain(here: Here, me: DomainReader, Path(id): Path<EntryId>) -> Domain {
    let block = moderation::email_domain_block(&here, &moderator(&me), id).await?;
    Ok(Json(entities::AdminEmailDomainBlock::render(&block)))
}

async fn block_domain(here: Here, me: DomainWriter, Params(new): Params<NewDomain>) -> Domain {
    let block = moderation::block_email_domain(&here, &moderator(&me), &new.domain).await?;
    Ok(Json(entities::AdminEmailDomainBlock::render(&block)))
}

async fn lift_domain(here: Here, me: DomainWriter, Path(id): Path<EntryId>) -> Domain {
    let block = moderation::lift_email_domain_block(&here, &moderator(&me), id).await?;
    Ok(Json(entities::AdminEmailDomainBlock::render(&block)))
}

async fn emails(
    here: Here,
    me: EmailReader,
    paging: AdminPaging,
) -> Answer<Paged<entities::AdminCanonicalEmailBlock>> {
    let page = moderation::email_blocks(&here, &moderator(&me), paging.request).await?;
    Ok(paged(&here, &paging, &page, entities::AdminCanonicalEmailBlock::render))
}

async fn show_email(here: Here, me: EmailReader, Path(id): Path<EntryId>) -> Email {
    let block = moderation::find_email_block(&here, &moderator(&me), id).await?;
    Ok(Json(entities::AdminCanonicalEmailBlock::render(&block)))
}

async fn test_email(
    here: Here,
    me: EmailReader,
    Params(Address { email }): Params<Address>,
) -> Answer<Json<Vec<entities::AdminCanonicalEmailBlock>>> {
    let found = moderation::test_email(&here, &moderator(&me), &email).await?;
    Ok(Json(found.iter().map(entities::AdminCanonicalEmailBlock::render).collect()))
}

async fn block_email(here: Here, me: EmailWriter, Params(new): Params<NewEmail>) -> Email {
    let hash = match (new.canonical_email_hash, new.email) {
        (Some(hash), _) if !hash.is_empty() => hash,
        (_, Some(email)) if !email.is_empty() => moderation::canonical_hash(&email),
        _ => return Err(Problem::missing("email")),
    };
    let block = moderation::block_email(&here, &moderator(&me), &hash).await?;
    Ok(Json(entities::AdminCanonicalEmailBlock::render(&block)))
}

async fn lift_email(here: Here, me: EmailWriter, Path(id): Path<EntryId>) -> Email {
    let block = moderation::lift_email_block(&here, &moderator(&me), id).await?;
    Ok(Json(entities::AdminCanonicalEmailBlock::render(&block)))
}

async fn networks(
    here: Here,
    me: NetworkReader,
    paging: AdminPaging,
) -> Answer<Paged<entities::AdminIpBlock>> {
    let page = moderation::ip_blocks(&here, &moderator(&me), paging.request).await?;
    Ok(paged(&here, &paging, &page, entities::AdminIpBlock::render))
}

async fn show_network(here: Here, me: NetworkReader, Path(id): Path<EntryId>) -> Network {
    let block = moderation::find_ip_block(&here, &moderator(&me), id).await?;
    Ok(Json(entities::AdminIpBlock::render(&block)))
}

async fn block_network(
    here: Here,
    me: NetworkWriter,
    caller: Caller,
    Params(new): Params<NewNetwork>,
) -> Network {
    let block = moderation::block_address(&here, &moderator(&me), new.read()?, caller.0).await?;
    Ok(Json(entities::AdminIpBlock::render(&block)))
}

async fn change_network(
    here: Here,
    me: NetworkWriter,
    caller: Caller,
    Path(id): Path<EntryId>,
    Params(new): Params<NewNetwork>,
) -> Network {
    let block = moderation::change_ip_block(&here, &moderator(&me), id, new.read()?, caller.0).await?;
    Ok(Json(entities::AdminIpBlock::render(&block)))
}

async fn lift_network(here: Here, me: NetworkWriter, Path(id): Path<EntryId>) -> Network {
    let block = moderation::lift_ip_block(&here, &moderator(&me), id).await?;
    Ok(Json(entities::AdminIpBlock::render(&block)))
}
