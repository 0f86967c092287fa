//! Who calls: finds the token of a request, and gives handlers a [`Staff`] with the scope they need.
//!
//! A token stands in the Authorization header, or as `access_token` in the query or a form. A call that
//! needs a person answers 401 without a working token (clients then sign their user out, so never for a
//! mere lack of scope), 403 for a scope that was not granted, and 422 for an app's own token.

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::scope::Scope;
use crate::http::address::client_address;
use crate::http::limits::{Limits, Rule, Subject, Verdict};
use crate::http::{Answer, Here, Problem, params};
use crate::instance::Instance;
use crate::model::account::Account;
use crate::model::oauth::Token;
use crate::model::user::User;
use crate::service::Viewer;
use crate::service::tokens::{self, Caller, Standing};

/// Longest token that is looked at.
const LONGEST_TOKEN: usize = 1_000;
const INVALID: &str = "The access token is invalid";

/// What the request's token came to; put into the request by [`identify`].
#[derive(Debug, Clone)]
enum Presented {
    Nothing,
    Bad(Problem),
    Caller(Arc<Caller>),
}

/// The counters of the client API.
#[derive(Debug, Clone, Default)]
pub struct Counters(pub Arc<Limits>);

/// A signed-in person, whose token grants the scope `S`.
#[derive(Debug, Clone)]
pub struct Staff<S> {
    caller: Arc<Caller>,
    /// The person.
    pub user: User,
    /// The account that speaks for them.
    pub account: Account,
    scope: PhantomData<S>,
}

impl<S> Staff<S> {
    /// The token they call with.
    pub fn token(&self) -> &Token {
        &self.caller.token
    }

    /// Them, as policy sees them.
    pub fn viewer(&self) -> Viewer {
        Viewer::Staff(self.account.id)
    }
}

impl<S> Deref for Staff<S> {
    type Target = Account;
    fn deref(&self) -> &Account {
        &self.account
    }
}

/// Whoever calls: a signed-in person whose token grants `S`, or a visitor where the instance lets
/// visitors read.
#[derive(Debug, Clone)]
pub struct MaybeStaff<S>(pub Option<Staff<S>>);

impl<S> MaybeStaff<S> {
    /// Them, as policy sees them.
    pub fn viewer(&self) -> Viewer {
        self.0.as_ref().map_or(Viewer::Anonymous, Staff::viewer)
    }
}

/// Whoever calls, as policy sees them, for what is open to everybody and tells some more: without a working
/// token of a person, a visitor.
#[derive(Debug, Clone)]
pub struct Anyone(pub Viewer);

/// Any working token, an app's own as well.
#[derive(Debug, Clone)]
pub struct AnyToken(pub Token);

/// Finds out who calls, and counts the call: by user or app when the token works, else by address, so
/// that one office behind one address is not one caller, and made-up tokens escape no limit.
pub async fn identify(
    State(counters): State<Counters>,
    here: Here,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let presented = present(&here, &parts).await;
    let verdict = count(&here, &counters.0, &parts, &presented);
    let mut response = if verdict.allowed {
        parts.extensions.insert(presented);
        parts.extensions.insert(counters);
        next.run(Request::from_parts(parts, body)).await
    } else {
        Problem::too_many(verdict.retry_after(here.now())).into_response()
    };
    // A stricter rule may have told its own numbers.
    if !response.headers().contains_key("x-ratelimit-limit") {
        verdict.tell(response.headers_mut());
    }
    response
}

async fn present(instance: &Instance, parts: &Parts) -> Presented {
    let Some(secret) = secret(parts) else { return Presented::Nothing };
    if secret.is_empty() || secret.len() > LONGEST_TOKEN {
        return Presented::Bad(Problem::unauthorized(INVALID));
    }
    match tokens::caller(instance, &secret).await {
        Ok(Standing::Valid(caller)) => Presented::Caller(Arc::from(caller)),
        Ok(Standing::Unknown) => Presented::Bad(Problem::unauthorized(INVALID)),
        Ok(Standing::Revoked) => Presented::Bad(Problem::unauthorized("The access token was revoked")),
        Ok(Standing::Disabled) => Presented::Bad(Problem::forbidden("Your login is currently disabled")),
        Err(error) => Presented::Bad(error.into()),
    }
}

/// The token of a request. Basic credentials are an app's, at the token endpoint.
pub(super) fn secret(parts: &Parts) -> Option<String> {
    if let Some(value) = parts.headers.get(header::AUTHORIZATION) {
        let (kind, secret) = value.to_str().ok()?.trim().split_once(' ')?;
        return kind.eq_ignore_ascii_case("bearer").then(|| secret.trim().to_owned());
    }
    params::find(parts, "access_token").or_else(|| by_protocol(parts))
}

/// A browser cannot set headers on a WebSocket but one, so clients put the token there.
fn by_protocol(parts: &Parts) -> Option<String> {
    let named = parts.headers.get(header::SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()?;
    let is_socket = parts.uri.path().trim_end_matches('/') == "/api/v1/streaming";
    is_socket.then(|| named.split(',').next().unwrap_or_default().trim().to_owned())
}

fn count(instance: &Instance, limits: &Limits, parts: &Parts, presented: &Presented) -> Verdict {
    let subject = match presented {
        Presented::Caller(caller) => {
            let user = caller.user.as_ref().map(|(user, _)| user.id.0);
            Subject::Caller(user.unwrap_or(caller.token.id.0))
        }
        Presented::Nothing | Presented::Bad(_) => Subject::address(client_address(parts, &instance.network)),
    };
    let rule = Rule { times: instance.settings.request_limit, ..Rule::API };
    limits.count(instance.urls.domain(), rule, subject, instance.now())
}

/// Counts one more of something rarer than a call, and refuses when it is too often.
///
/// # Errors
/// 429.
pub fn allow(instance: &Instance, counters: &Counters, rule: Rule, subject: Subject) -> Answer<()> {
    let verdict = counters.0.count(instance.urls.domain(), rule, subject, instance.now());
    if verdict.allowed { Ok(()) } else { Err(Problem::too_many(verdict.retry_after(instance.now()))) }
}

fn presented(parts: &Parts) -> Answer<Option<Arc<Caller>>> {
    match parts.extensions.get::<Presented>() {
        None | Some(Presented::Nothing) => Ok(None),
        Some(Presented::Bad(problem)) => Err(problem.clone()),
        Some(Presented::Caller(caller)) => Ok(Some(Arc::clone(caller))),
    }
}

fn staff<S: Scope>(caller: Arc<Caller>) -> Answer<Staff<S>> {
    let Some((user, account)) = caller.user.clone() else {
        return Err(Problem::unprocessable("This method requires an authenticated user"));
    };
    if !S::ANY_OF.iter().any(|scope| caller.token.scopes.grants(scope)) {
        return Err(Problem::forbidden("This action is outside the authorized scopes"));
    }
    Ok(Staff { caller, user, account, scope: PhantomData })
}

impl<S: Scope, T: Sync> FromRequestParts<T> for Staff<S> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &T) -> Answer<Self> {
        let caller = presented(parts)?;
        staff(caller.ok_or_else(|| Problem::unauthorized(INVALID))?)
    }
}

impl<S: Scope, T: Send + Sync> FromRequestParts<T> for MaybeStaff<S> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &T) -> Answer<Self> {
        let caller = presented(parts)?.filter(|caller| caller.user.is_some());
        let Some(caller) = caller else {
            let here = Here::from_request_parts(parts, state).await?;
            if here.settings.public_pages {
                return Ok(Self(None));
            }
            return Err(Problem::unauthorized("This method requires an authenticated user"));
        };
        Ok(Self(Some(staff(caller)?)))
    }
}

impl<T: Sync> FromRequestParts<T> for Anyone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &T) -> Answer<Self> {
        let person = presented(parts).ok().flatten().and_then(|caller| caller.user.clone());
        Ok(Self(person.map_or(Viewer::Anonymous, |(_, account)| Viewer::Staff(account.id))))
    }
}

impl<T: Sync> FromRequestParts<T> for AnyToken {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &T) -> Answer<Self> {
        let caller = presented(parts)?;
        caller.map(|caller| Self(caller.token.clone())).ok_or_else(|| Problem::unauthorized(INVALID))
    }
}

impl<T: Sync> FromRequestParts<T> for Counters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &T) -> Answer<Self> {
        let found = parts.extensions.get::<Self>().cloned();
        found.ok_or_else(|| Problem::internal(&"the counters of the client API are not in the request"))
    }
}
