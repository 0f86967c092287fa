//! Registration of client apps, and verification of their tokens.

use aide::axum::ApiRouter;
use axum::Json;
use axum::extract::FromRequestParts as _;
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::{AnyToken, RateLimitCounters, allow};
use super::entities;
use portico_http::address::client_address;
use portico_http::limits::{RateLimit, Subject};
use portico_http::routing::{Documented as _, get, post};
use portico_http::{ApiResult, CurrentInstance, Params};
use portico_service::access::apps::{self, NewApp};
use portico_service::access::tokens;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/apps", post(register))
        .endpoint("/api/v1/apps/verify_credentials", get(verify))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AppParams {
    client_name: String,
    redirect_uris: Vec<String>,
    scopes: String,
    website: Option<String>,
}

async fn register(
    here: CurrentInstance,
    mut parts: Parts,
) -> ApiResult<Json<entities::CredentialApplication>> {
    let counters = RateLimitCounters::from_request_parts(&mut parts, &()).await?;
    let Params(said) = Params::<AppParams>::from_request_parts(&mut parts, &()).await?;
    let address = Subject::address(client_address(&parts, &here.network));
    allow(&here, &counters, RateLimit::APPS, address)?;
    let new = NewApp {
        name: said.client_name,
        // A single text may hold several URIs, one per line; an array has one per item.
        redirect_uris: said
            .redirect_uris
            .iter()
            .flat_map(|uris| uris.split_whitespace())
            .map(str::to_owned)
            .collect(),
        scopes: said.scopes,
        website: said.website,
    };
    let (app, secret) = apps::register(&here, new).await?;
    Ok(Json(entities::CredentialApplication::render(&app, &secret, here.push.public())))
}

async fn verify(here: CurrentInstance, AnyToken(token): AnyToken) -> ApiResult<Json<entities::Application>> {
    let app = tokens::find_app(&here, &token).await?;
    let shown = app.map_or_else(
        || entities::Application::command_line(&token, here.push.public()),
        |app| entities::Application::render(&app, here.push.public()),
    );
    Ok(Json(shown))
}
