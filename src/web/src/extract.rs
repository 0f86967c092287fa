//! Extractors of page handlers: the viewer of a page, a signed-in user, and the segments of a path.

use std::convert::Infallible;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use portico_http::CurrentInstance;
use portico_service::Viewer;
use portico_service::access::sessions;
use portico_service::instance::Instance;

use crate::cookies::Cookie;
use crate::{ErrorPage, page::redirect};

/// The session of a signed-in user. As an extractor it rejects every request without a session (see
/// [`NotSignedIn`]).
#[derive(Debug, Clone)]
pub(crate) struct SignedIn(Arc<sessions::SignedInSession>);

impl SignedIn {
    /// Returns the user as `policy` expects a viewer.
    pub(crate) fn viewer(&self) -> Viewer {
        Viewer::Local(self.account.id)
    }
}

impl Deref for SignedIn {
    type Target = sessions::SignedInSession;
    fn deref(&self) -> &sessions::SignedInSession {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = NotSignedIn;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NotSignedIn> {
        let visitor = parts.extensions.get::<Visitor>();
        let session = visitor.and_then(|visitor| visitor.0.clone());
        session.ok_or_else(|| match parts.method {
            Method::GET | Method::HEAD => NotSignedIn::Page(parts.uri.to_string()),
            _ => NotSignedIn::Form,
        })
    }
}

/// Rejection of a request without a session.
#[derive(Debug)]
pub(crate) enum NotSignedIn {
    /// A page was requested: redirects to the sign-in page, which leads back to this path.
    Page(String),
    /// A form was sent. Its session has ended, so its CSRF token is no longer valid.
    Form,
}

impl IntoResponse for NotSignedIn {
    fn into_response(self) -> Response {
        match self {
            Self::Page(path) => to_sign_in(&path).unwrap_or_else(IntoResponse::into_response),
            Self::Form => ErrorPage::forged().into_response(),
        }
    }
}

/// The viewer of a page, signed in or not.
#[derive(Debug, Clone, Default)]
pub(crate) struct Visitor(Option<SignedIn>);

impl Visitor {
    /// Returns the session of a signed-in user.
    pub(crate) fn who(&self) -> Option<&SignedIn> {
        self.0.as_ref()
    }

    /// Returns the viewer as `policy` expects it.
    pub(crate) fn viewer(&self) -> Viewer {
        self.who().map_or(Viewer::Anonymous, SignedIn::viewer)
    }

    /// Whether the viewer is not signed in and the instance has no public pages. Such a viewer gets the
    /// sign-in page for every path, so that responses do not disclose what exists.
    pub(crate) fn is_shut_out(&self, instance: &Instance) -> bool {
        self.0.is_none() && !instance.settings.public_pages
    }
}

impl From<SignedIn> for Visitor {
    fn from(who: SignedIn) -> Self {
        Self(Some(who))
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

/// The variable segments of a path. A segment of the wrong form answers with the page for 404.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ErrorPage;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ErrorPage> {
        let portico_http::Path(segments) = portico_http::Path::from_request_parts(parts, state).await?;
        Ok(Self(segments))
    }
}

/// Finds the session of each request once, and renews the cookie when the session is renewed.
pub(crate) async fn identify_visitor(here: CurrentInstance, mut request: Request, next: Next) -> Response {
    let found = match Cookie::Session.read(request.headers(), &here) {
        Some(secret) => match sessions::find(&here, &secret).await {
            Ok(found) => found.map(|session| (secret, session)),
            Err(error) => return ErrorPage::from(error).into_response(),
        },
        None => None,
    };
    let (renewed, session) = match found {
        Some((secret, session)) => (session.renewed.then_some(secret), Some(SignedIn(Arc::new(session)))),
        None => (None, None),
    };
    request.extensions_mut().insert(Visitor(session));
    let mut response = next.run(request).await;
    // A handler that ended or replaced the session has set the cookie itself.
    if let Some(secret) = renewed
        && !response.headers().contains_key(axum::http::header::SET_COOKIE)
    {
        Cookie::Session.set(&mut response, &here, &secret);
    }
    response
}

/// Redirects to the sign-in page, which leads back to `path`.
pub(crate) fn to_sign_in(path: &str) -> Result<Response, ErrorPage> {
    let next: String = serde_urlencoded::to_string([("next", path)]).unwrap_or_default();
    redirect(StatusCode::SEE_OTHER, &format!("/sign-in?{next}"))
}
