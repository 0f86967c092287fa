//! The sign-in page, signing in with a password, and signing out.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{RequestExt as _, response::IntoResponse as _};
use serde::Deserialize;

use portico_http::CurrentInstance;
use portico_http::address::client_address;
use portico_http::limits::{Limits, RateLimit, Subject};
use portico_service::Error;
use portico_service::access::{sessions, sign_in};
use portico_service::instance::Instance;

use crate::cookies::Cookie;
use crate::extract::Visitor;
use crate::forms::{CsrfForm, EmptyForm, before_sign_in};
use crate::page::{PageResult, Shell, redirect, render_with};
use crate::{ErrorPage, icons};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    shell: Shell,
    form_token: String,
    next: String,
    name: String,
    is_for_app: bool,
    problem: Option<&'static str>,
}

/// Query parameters: the path to redirect to, and whether to ask users who are already signed in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SignInQuery {
    next: String,
    again: String,
}

/// The sign-in form.
#[derive(Deserialize)]
pub(super) struct SignInForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// Renders the sign-in page.
pub(super) async fn show(
    here: CurrentInstance,
    visitor: Visitor,
    headers: HeaderMap,
    asked: Result<Query<SignInQuery>, axum::extract::rejection::QueryRejection>,
) -> PageResult {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    if visitor.who().is_some() && asked.again.is_empty() {
        return redirect(StatusCode::SEE_OTHER, local_path(&asked.next));
    }
    page(&here, &headers, StatusCode::OK, local_path(&asked.next), "", None)
}

/// Signs in, and redirects to the requested path. Rate limited by address and by name.
pub(super) async fn submit(
    State(limits): State<Arc<Limits>>,
    here: CurrentInstance,
    visitor: Visitor,
    request: Request,
) -> PageResult {
    let (parts, body) = request.into_parts();
    let address = Subject::address(client_address(&parts, &here.network));
    let headers = parts.headers.clone();
    let CsrfForm(typed) = Request::from_parts(parts, body).extract::<CsrfForm<SignInForm>, _>().await?;
    let now = here.now();
    let domain = here.settings.domain.as_str();
    let name = Subject::name(&typed.name);
    for (rule, subject) in [(RateLimit::SIGN_IN_ADDRESS, address), (RateLimit::SIGN_IN_NAME, name.clone())] {
        let verdict = limits.count(domain, rule, subject, now);
        if !verdict.allowed {
            return Err(ErrorPage::too_many(verdict.retry_after(now)));
        }
    }
    let next = local_path(&typed.next);
    match sign_in::with_password(&here, &typed.name, &typed.password).await {
        Ok(secret) => {
            limits.forgive(domain, RateLimit::SIGN_IN_NAME, name);
            // Every sign-in creates a new session; the browser's previous one is ended.
            if let Some(old) = visitor.who() {
                sessions::end(&here, &old.session).await?;
            }
            let mut response = redirect(StatusCode::SEE_OTHER, next)?;
            Cookie::Session.set(&mut response, &here, &secret);
            Cookie::Form.clear(&mut response, &here);
            Ok(response)
        }
        Err(Error::SignIn) => {
            let problem = Some("The name or the password is wrong. Check both and try again.");
            page(&here, &headers, StatusCode::UNPROCESSABLE_ENTITY, next, &typed.name, problem)
        }
        Err(other) => Err(other.into()),
    }
}

/// Signs out.
pub(super) async fn sign_out(here: CurrentInstance, visitor: Visitor, request: Request) -> Response {
    match end_session(&here, &visitor, request).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn end_session(here: &CurrentInstance, visitor: &Visitor, request: Request) -> PageResult {
    let Some(who) = visitor.who() else { return redirect(StatusCode::SEE_OTHER, "/") };
    request.extract::<CsrfForm<EmptyForm>, _>().await?;
    sessions::end(here, &who.session).await?;
    let mut response = redirect(StatusCode::SEE_OTHER, "/")?;
    Cookie::Session.clear(&mut response, here);
    Ok(response)
}

fn page(
    here: &Instance,
    headers: &HeaderMap,
    status: StatusCode,
    next: &str,
    name: &str,
    problem: Option<&'static str>,
) -> PageResult {
    let (form_token, new_cookie) = before_sign_in(headers, here);
    let page = SignInPage {
        shell: Shell::new(here, None),
        form_token,
        next: next.to_owned(),
        name: name.chars().take(200).collect(),
        is_for_app: next.starts_with("/oauth/authorize"),
        problem,
    };
    let mut response = render_with(status, &page)?;
    if let Some(secret) = new_cookie {
        Cookie::Form.set(&mut response, here, &secret);
    }
    Ok(response)
}

/// Returns the path to redirect to if it is on this instance; the front page otherwise. Browsers read
/// `//host` and `/\host` as another host, and remove tabs and line breaks first.
fn local_path(next: &str) -> &str {
    let mut bytes = next.bytes();
    let is_local = bytes.next() == Some(b'/')
        && !matches!(bytes.next(), Some(b'/' | b'\\'))
        && next.bytes().all(|b| (0x21..0x7f).contains(&b) && b != b'\\');
    if is_local { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s76_only_paths_of_this_instance_are_gone_on_to() {
        for good in ["/", "/@alice/1", "/oauth/authorize?client_id=a&redirect_uri=https%3A%2F%2Fx.example%2F"]
        {
            assert_eq!(local_path(good), good);
        }
        for bad in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " //evil.example",
            "javascript:alert(1)",
            "@evil.example",
            ".evil.example",
            "/ü",
        ] {
            assert_eq!(local_path(bad), "/", "{bad:?}");
        }
    }
}
