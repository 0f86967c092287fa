//! Authentication: finds the token of a request, and gives handlers a [`CurrentUser`] with the scope they need.
//!
//! A token is sent in the Authorization header, or as `access_token` in the query or a form. A call that
//! needs a user answers 401 without a valid token (clients then sign their user out, so never because of a
//! missing scope), 403 for a scope that was not granted, and 422 for an app's own token.

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::scope::RequiredScope;
use portico_domain::model::account::Account;
use portico_domain::model::oauth::Token;
use portico_domain::model::user::User;
use portico_http::address::client_address;
use portico_http::limits::{Limits, RateLimit, RateLimitState, Subject};
use portico_http::{ApiResult, CurrentInstance, Problem, params};
use portico_service::Viewer;
use portico_service::access::tokens::{self, Caller, TokenStatus};
use portico_service::instance::Instance;

/// The longest token that is looked up.
const LONGEST_TOKEN: usize = 1_000;
const INVALID: &str = "The access token is invalid";

/// The caller that the request's token stands for; added to the request by [`identify`].
#[derive(Debug, Clone)]
enum PresentedToken {
    Nothing,
    Bad(Problem),
    Caller(Arc<Caller>),
}

/// The rate limit counters of the client API.
#[derive(Debug, Clone, Default)]
pub struct RateLimitCounters(pub Arc<Limits>);

/// The signed-in user, whose token grants the scope `S`.
#[derive(Debug, Clone)]
pub struct CurrentUser<S> {
    caller: Arc<Caller>,
    /// The user.
    pub user: User,
    /// The user's account.
    pub account: Account,
    scope: PhantomData<S>,
}

impl<S> CurrentUser<S> {
    /// The token of the request.
    pub fn token(&self) -> &Token {
        &self.caller.token
    }

    /// The caller as a viewer, for policy.
    pub fn viewer(&self) -> Viewer {
        Viewer::Local(self.account.id)
    }
}

impl<S> Deref for CurrentUser<S> {
    type Target = Account;
    fn deref(&self) -> &Account {
        &self.account
    }
}

/// The signed-in user, whose token grants `S`, or an anonymous visitor if the instance lets visitors read.
#[derive(Debug, Clone)]
pub struct OptionalUser<S>(pub Option<CurrentUser<S>>);

impl<S> OptionalUser<S> {
    /// The caller as a viewer, for policy.
    pub fn viewer(&self) -> Viewer {
        self.0.as_ref().map_or(Viewer::Anonymous, CurrentUser::viewer)
    }
}

/// The caller as a viewer, for endpoints that are public but show more to staff. Without a valid user token
/// the viewer is anonymous.
#[derive(Debug, Clone)]
pub struct RequestViewer(pub Viewer);

/// Any valid token, an app's own included.
#[derive(Debug, Clone)]
pub struct AnyToken(pub Token);

/// Identifies the caller, and counts the call: by user or app when the token is valid, else by address. So an
/// office behind one address does not share one limit, and invented tokens do not escape theirs.
pub async fn identify(
    State(counters): State<RateLimitCounters>,
    here: CurrentInstance,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let presented_caller = resolve_token(&here, &parts).await;
    let verdict = count(&here, &counters.0, &parts, &presented_caller);
    let mut response = if verdict.allowed {
        parts.extensions.insert(presented_caller);
        parts.extensions.insert(counters);
        next.run(Request::from_parts(parts, body)).await
    } else {
        Problem::too_many(verdict.retry_after(here.now())).into_response()
    };
    // The handler may have set the numbers of a stricter limit.
    if !response.headers().contains_key("x-ratelimit-limit") {
        verdict.write_headers(response.headers_mut());
    }
    response
}

async fn resolve_token(instance: &Instance, parts: &Parts) -> PresentedToken {
    let Some(secret) = secret(parts) else { return PresentedToken::Nothing };
    if secret.is_empty() || secret.len() > LONGEST_TOKEN {
        return PresentedToken::Bad(Problem::unauthorized(INVALID));
    }
    match tokens::find_caller(instance, &secret).await {
        Ok(TokenStatus::Valid(caller)) => PresentedToken::Caller(Arc::from(caller)),
        Ok(TokenStatus::Unknown) => PresentedToken::Bad(Problem::unauthorized(INVALID)),
        Ok(TokenStatus::Revoked) => {
            PresentedToken::Bad(Problem::unauthorized("The access token was revoked"))
        }
        Ok(TokenStatus::Disabled) => {
            PresentedToken::Bad(Problem::forbidden("Your login is currently disabled"))
        }
        Err(error) => PresentedToken::Bad(error.into()),
    }
}

/// Returns the token of a request. Basic credentials are not tokens: they authenticate an app at the token
/// endpoint.
pub(super) fn secret(parts: &Parts) -> Option<String> {
    if let Some(value) = parts.headers.get(header::AUTHORIZATION) {
        let (kind, secret) = value.to_str().ok()?.trim().split_once(' ')?;
        return kind.eq_ignore_ascii_case("bearer").then(|| secret.trim().to_owned());
    }
    params::find(parts, "access_token").or_else(|| by_protocol(parts))
}

/// Browsers can set only this header on a WebSocket, so clients put the token there.
fn by_protocol(parts: &Parts) -> Option<String> {
    let named = parts.headers.get(header::SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()?;
    let is_socket = parts.uri.path().trim_end_matches('/') == "/api/v1/streaming";
    is_socket.then(|| named.split(',').next().unwrap_or_default().trim().to_owned())
}

fn count(
    instance: &Instance,
    limits: &Limits,
    parts: &Parts,
    presented_caller: &PresentedToken,
) -> RateLimitState {
    let subject = match presented_caller {
        PresentedToken::Caller(caller) => {
            let user = caller.user.as_ref().map(|(user, _)| user.id.0);
            Subject::Caller(user.unwrap_or(caller.token.id.0))
        }
        PresentedToken::Nothing | PresentedToken::Bad(_) => {
            Subject::address(client_address(parts, &instance.network))
        }
    };
    let rule = RateLimit { times: instance.settings.request_limit, ..RateLimit::API };
    limits.count(instance.urls.domain(), rule, subject, instance.now())
}

/// Counts one call against a limit stricter than that of the whole API.
///
/// # Errors
/// 429 if the limit is exceeded.
pub fn allow(
    instance: &Instance,
    counters: &RateLimitCounters,
    rule: RateLimit,
    subject: Subject,
) -> ApiResult<()> {
    let verdict = counters.0.count(instance.urls.domain(), rule, subject, instance.now());
    if verdict.allowed { Ok(()) } else { Err(Problem::too_many(verdict.retry_after(instance.now()))) }
}

fn presented_caller(parts: &Parts) -> ApiResult<Option<Arc<Caller>>> {
    match parts.extensions.get::<PresentedToken>() {
        None | Some(PresentedToken::Nothing) => Ok(None),
        Some(PresentedToken::Bad(problem)) => Err(problem.clone()),
        Some(PresentedToken::Caller(caller)) => Ok(Some(Arc::clone(caller))),
    }
}

fn current_user<S: RequiredScope>(caller: Arc<Caller>) -> ApiResult<CurrentUser<S>> {
    let Some((user, account)) = caller.user.clone() else {
        return Err(Problem::unprocessable("This method requires an authenticated user"));
    };
    if !S::ANY_OF.iter().any(|scope| caller.token.scopes.grants(scope)) {
        return Err(Problem::forbidden("This action is outside the authorized scopes"));
    }
    Ok(CurrentUser { caller, user, account, scope: PhantomData })
}

impl<S: RequiredScope, T: Sync> FromRequestParts<T> for CurrentUser<S> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &T) -> ApiResult<Self> {
        let caller = presented_caller(parts)?;
        current_user(caller.ok_or_else(|| Problem::unauthorized(INVALID))?)
    }
}

impl<S: RequiredScope, T: Send + Sync> FromRequestParts<T> for OptionalUser<S> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &T) -> ApiResult<Self> {
        let caller = presented_caller(parts)?.filter(|caller| caller.user.is_some());
        let Some(caller) = caller else {
            let here = CurrentInstance::from_request_parts(parts, state).await?;
            if here.settings.public_pages {
                return Ok(Self(None));
            }
            return Err(Problem::unauthorized("This method requires an authenticated user"));
        };
        Ok(Self(Some(current_user(caller)?)))
    }
}

impl<T: Sync> FromRequestParts<T> for RequestViewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &T) -> ApiResult<Self> {
        let person = presented_caller(parts).ok().flatten().and_then(|caller| caller.user.clone());
        Ok(Self(person.map_or(Viewer::Anonymous, |(_, account)| Viewer::Local(account.id))))
    }
}

impl<T: Sync> FromRequestParts<T> for AnyToken {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &T) -> ApiResult<Self> {
        let caller = presented_caller(parts)?;
        caller.map(|caller| Self(caller.token.clone())).ok_or_else(|| Problem::unauthorized(INVALID))
    }
}

impl<T: Sync> FromRequestParts<T> for RateLimitCounters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &T) -> ApiResult<Self> {
        let found = parts.extensions.get::<Self>().cloned();
        found.ok_or_else(|| Problem::internal(&"the request carries no API rate limit counters"))
    }
}
