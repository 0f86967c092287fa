//! Who is looking at a page.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::http::Here;
use crate::instance::Instance;
use crate::service::Viewer;
use crate::service::sessions::{self, SignedIn};

use super::cookies::Cookie;
use super::{ErrorPage, page::redirect};

/// Whoever is looking: signed in or not.
#[derive(Debug, Clone, Default)]
pub(super) struct Visitor(pub Option<Arc<SignedIn>>);

impl Visitor {
    /// The session, if there is one.
    pub(super) fn who(&self) -> Option<&SignedIn> {
        self.0.as_deref()
    }

    /// The same, as policy knows viewers.
    pub(super) fn viewer(&self) -> Viewer {
        self.who().map_or(Viewer::Anonymous, |who| Viewer::Staff(who.account.id))
    }

    /// Whether this is a stranger where strangers see nothing. They are shown the sign-in page whatever
    /// they ask for, so that it tells nothing of what there is.
    pub(super) fn is_shut_out(&self, instance: &Instance) -> bool {
        self.0.is_none() && !instance.settings.public_pages
    }
}

/// Finds the session of each request, once, and keeps the cookie as long-lived as the session.
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
    // A handler that ended the session or began another has said so itself.
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

/// The sign-in page, and back to `path` afterwards.
pub(super) fn to_sign_in(path: &str) -> Result<Response, ErrorPage> {
    let next: String = serde_urlencoded::to_string([("next", path)]).unwrap_or_default();
    redirect(axum::http::StatusCode::SEE_OTHER, &format!("/sign-in?{next}"))
}
