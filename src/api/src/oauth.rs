//! The OAuth endpoints that answer JSON: tokens, revocation, user info and metadata. The consent page belongs
//! to `web`.

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use axum::Json;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::CurrentUser;
use super::{entities, scope};
use portico_domain::model::oauth::{ALL_SCOPES, App, Scopes};
use portico_http::openapi::ErrorResponse;
use portico_http::routing::{Documented as _, get, post};
use portico_http::{ApiResult, CurrentInstance, Params, Problem};
use portico_service::Error;
use portico_service::access::apps;
use portico_service::access::tokens::{self, ExchangeInput};
use portico_service::instance::Instance;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .api_route(
            "/oauth/token",
            post_with(token, |done| {
                done.response::<200, Json<entities::Token>>().response::<401, Json<ErrorResponse>>()
            }),
        )
        .endpoint("/oauth/revoke", post(revoke))
        .endpoint("/oauth/userinfo", get(user_info).post(user_info))
        .endpoint("/.well-known/oauth-authorization-server", get(metadata))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct TokenParams {
    grant_type: String,
    client_id: String,
    client_secret: String,
    code: String,
    redirect_uri: String,
    code_verifier: Option<String>,
    scope: String,
    token: String,
}

async fn token(
    here: CurrentInstance,
    headers: HeaderMap,
    Params(ask): Params<TokenParams>,
) -> ApiResult<Response> {
    let app = client(&here, &headers, &ask).await?;
    let issued = match ask.grant_type.as_str() {
        "authorization_code" => {
            let exchange =
                ExchangeInput { code: ask.code, redirect_uri: ask.redirect_uri, verifier: ask.code_verifier };
            tokens::exchange(&here, &app, exchange)
                .await
                .map_err(|error| grant_fault("invalid_grant", error))?
        }
        "client_credentials" => {
            let scopes = Scopes::parse(&ask.scope).map_err(|unknown| invalid_scope(unknown.to_string()))?;
            tokens::issue_for_app(&here, &app, scopes)
                .await
                .map_err(|error| grant_fault("invalid_scope", error))?
        }
        "" => return Err(fault("invalid_request", "The parameter grant_type is missing")),
        _ => {
            let supported = "The supported grant types are authorization_code and client_credentials";
            return Err(fault("unsupported_grant_type", supported));
        }
    };
    let (token, secret) = issued;
    let shown = entities::Token::render(&secret, &token.scopes, token.created_at);
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(shown)).into_response())
}

async fn revoke(
    here: CurrentInstance,
    headers: HeaderMap,
    Params(ask): Params<TokenParams>,
) -> ApiResult<Json<entities::Empty>> {
    let found = credentials(&headers, &ask);
    let unauthorized = || {
        let why = "You are not authorized to revoke this token";
        Problem::oauth(StatusCode::FORBIDDEN, "unauthorized_client", why)
    };
    let app = apps::authenticate(&here, &found.0, &found.1).await?.ok_or_else(unauthorized)?;
    match tokens::revoke(&here, &app, &ask.token).await {
        Ok(()) => Ok(Json(entities::Empty {})),
        Err(Error::Refused(_)) => Err(unauthorized()),
        Err(error) => Err(error.into()),
    }
}

/// Authenticates the app by its credentials. Elk registers again when it receives `invalid_client`.
async fn client(instance: &Instance, headers: &HeaderMap, ask: &TokenParams) -> ApiResult<App> {
    let (id, secret) = credentials(headers, ask);
    let found = apps::authenticate(instance, &id, &secret).await?;
    found.ok_or_else(|| {
        let why = "Client authentication failed due to unknown client, no client authentication included, \
                   or unsupported authentication method.";
        Problem::oauth(StatusCode::UNAUTHORIZED, "invalid_client", why)
    })
}

/// The app's credentials: HTTP Basic (percent-encoded, RFC 6749 section 2.3.1), or parameters.
fn credentials(headers: &HeaderMap, ask: &TokenParams) -> (String, String) {
    basic(headers).unwrap_or_else(|| (ask.client_id.clone(), ask.client_secret.clone()))
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let (kind, encoded) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !kind.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (id, secret) = text.split_once(':')?;
    let plain = |part: &str| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned();
    Some((plain(id), plain(secret)))
}

fn fault(code: &'static str, description: impl Into<String>) -> Problem {
    Problem::oauth(StatusCode::BAD_REQUEST, code, description.into())
}

fn invalid_scope(why: String) -> Problem {
    fault("invalid_scope", format!("The requested scope is invalid, unknown, or malformed: {why}"))
}

fn grant_fault(code: &'static str, error: Error) -> Problem {
    match error {
        Error::Invalid(faults) => fault(code, faults.join(" ")),
        Error::Refused(_) => invalid_scope("the app did not register this scope".to_owned()),
        other => other.into(),
    }
}

async fn user_info(here: CurrentInstance, me: CurrentUser<scope::OnlyProfile>) -> Json<Value> {
    Json(json!({
        "iss": here.urls.at("/"),
        "sub": me.uri,
        "name": me.name(),
        "preferred_username": me.username,
        "profile": me.url,
        "picture": me.avatar_url.clone().unwrap_or_else(|| here.urls.default_avatar()),
    }))
}

async fn metadata(here: CurrentInstance, _: Parts) -> Json<Value> {
    let urls = &here.urls;
    Json(json!({
        "issuer": urls.at("/"),
        "authorization_endpoint": urls.at("/oauth/authorize"),
        "token_endpoint": urls.at("/oauth/token"),
        "revocation_endpoint": urls.at("/oauth/revoke"),
        "userinfo_endpoint": urls.at("/oauth/userinfo"),
        "app_registration_endpoint": urls.at("/api/v1/apps"),
        "service_documentation": "https://docs.joinmastodon.org/",
        "scopes_supported": ALL_SCOPES,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    }))
}
