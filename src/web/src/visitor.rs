//! The viewer of a page: finds the session of a request.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use portico_http::Here;
use portico_service::Viewer;
use portico_service::instance::Instance;
use portico_service::sessions::{self, SignedIn};

use super::cookies::Cookie;
use super::{ErrorPage, page::redirect};

/// The viewer of a page, signed in or not.
#[derive(Debug, Clone, Default)]
pub(super) struct Visitor(pub Option<Arc<SignedIn>>);

impl Visitor {
    /// Returns the session of a signed-in user.
    pub(super) fn who(&self) -> Option<&SignedIn> {
        self.0.as_deref()
    }

    /// Returns the viewer as `policy` expects it.
    pub(super) fn viewer(&self) -> Viewer {
        self.who().map_or(Viewer::Anonymous, |who| Viewer::Local(who.account.id))
    }

    /// Whether the viewer is not signed in and the instance has no public pages. Such a viewer gets the
    /// sign-in page for every path, so that responses do not disclose what exists.
    pub(super) fn is_shut_out(&self, instance: &Instance) -> bool {
        self.0.is_none() && !instance.settings.public_pages
    }
}

/// Finds the session of each request once, and renews the cookie when the session is renewed.
pub(super) async fn recognise(here: Here, mut request: Request, next: Next) -> Response {
    let found = match Cookie::Session.read(request.headers(), &here) {
        Some(secret) => match sessions::find(&here, &secret).await {
            Ok(found) => found.map(|who| (secret, who)),
            Err(error) => return ErrorPage::from(error).into_response(),
        },
        None => None,
    };
    let (renewed, who) = match found {
        Some((secret, who)) => (who.renewed.then_some(secret), Some(Arc::new(who))),
        None => (None, None),
    };
    request.extensions_mut().insert(Visitor(who));
    let mut response = next.run(request).await;
    // A handler that ended or replaced the session has set the cookie itself.
    if let Some(secret) = renewed
        && !response.headers().contains_key(axum::http::header::SET_COOKIE)
    {
        Cookie::Session.set(&mut response, &here, &secret);
    }
    response
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

/// Redirects to the sign-in page, which leads back to `path`.
pub(super) fn to_sign_in(path: &str) -> Result<Response, ErrorPage> {
    let next: String = serde_urlencoded::to_string([("next", path)]).unwrap_or_default();
    redirect(axum::http::StatusCode::SEE_OTHER, &format!("/sign-in?{next}"))
}
