//! Form extractors with protection against cross-site request forgery (CSRF).
//!
//! Two checks must pass. `Sec-Fetch-Site` and `Origin` must name this origin (browsers that send neither
//! are accepted), and the form must carry a token that other sites cannot know: the session's, or before
//! sign-in one that is bound to a cookie.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::{HeaderMap, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use portico_domain::model::Reach;
use portico_domain::model::reach::AudienceLimits;
use portico_http::{CurrentInstance, upload};
use portico_service::access::secrets;
use portico_service::instance::Instance;

use crate::cookies::Cookie;
use crate::extract::Visitor;
use crate::{ErrorPage, labels};

/// Extracts a form after checking its CSRF token.
pub(super) struct CsrfForm<T>(pub T);

/// A form without fields.
#[derive(Debug, Deserialize)]
pub(crate) struct EmptyForm {}

/// An entry of a list to choose from.
pub(crate) struct Choice {
    pub value: String,
    pub label: String,
    pub is_chosen: bool,
}

impl Choice {
    pub(crate) fn new(value: &str, label: &str, is_chosen: bool) -> Self {
        Self { value: value.to_owned(), label: label.to_owned(), is_chosen }
    }

    /// Builds the choice of a reach.
    pub(crate) fn for_reach(reach: Reach, is_chosen: bool) -> Self {
        Self::new(reach.as_str(), labels::reach(reach).label, is_chosen)
    }

    /// Builds the choice of a reach, or of the one partner that it is limited to.
    pub(crate) fn for_audience(limits: &AudienceLimits, is_chosen: bool) -> Self {
        let partner = limits.partner.as_ref().map(|partner| partner.domain.as_str());
        Self {
            value: labels::write_limits(limits.reach, partner),
            label: labels::audience_label(limits.reach, partner),
            is_chosen,
        }
    }
}

/// Name of the field with the token.
const FIELD: &str = "csrf";
/// Maximum length of a token, in bytes; longer than any valid one.
const MAX_SECRET: usize = 256;

impl<S, T> FromRequest<S> for CsrfForm<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = ErrorPage;

    async fn from_request(request: Request, state: &S) -> Result<Self, ErrorPage> {
        let here = request.extensions().get().cloned().map(CurrentInstance);
        let here = here.ok_or_else(|| ErrorPage::internal(&"no instance was found for this request"))?;
        if !is_from_here(request.headers(), here.urls.origin()) || !is_form(request.headers()) {
            return Err(ErrorPage::forged());
        }
        let expected = expected(&request, &here).ok_or_else(ErrorPage::forged)?;
        let body = Bytes::from_request(request, state).await.map_err(|_| ErrorPage::too_large())?;
        let fields: Vec<(String, String)> =
            serde_urlencoded::from_bytes(&body).map_err(|_| ErrorPage::forged())?;
        let given = fields.iter().find(|(name, _)| name == FIELD).map_or("", |(_, value)| value);
        if !secrets::same(given, &expected) {
            return Err(ErrorPage::forged());
        }
        serde_urlencoded::from_bytes(&body)
            .map(Self)
            .map_err(|_| ErrorPage::bad_request("The form is not complete. Go back and try again."))
    }
}

/// Opens a multipart form of up to `most` bytes. Its first part must be the CSRF token, which is checked.
pub(super) async fn parts(
    mut request: Request,
    here: &CurrentInstance,
    most: u64,
) -> Result<Multipart, ErrorPage> {
    if !is_from_here(request.headers(), here.urls.origin()) {
        return Err(ErrorPage::forged());
    }
    let expected = expected(&request, here).ok_or_else(ErrorPage::forged)?;
    DefaultBodyLimit::max(usize::try_from(most).unwrap_or(usize::MAX)).apply(&mut request);
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_| ErrorPage::forged())?;
    let first = parts.next_field().await.ok().flatten().filter(|part| part.name() == Some(FIELD));
    let given = upload::text(first.ok_or_else(ErrorPage::forged)?, MAX_SECRET).await;
    if given.is_ok_and(|given| secrets::same(&given, &expected)) {
        Ok(parts)
    } else {
        Err(ErrorPage::forged())
    }
}

/// Returns the token that a form must carry: the session's, or on the sign-in page the cookie's.
fn expected(request: &Request, here: &CurrentInstance) -> Option<String> {
    if request.uri().path() == "/sign-in" {
        return Cookie::Form.read(request.headers(), here).map(|secret| token_for(&secret));
    }
    let visitor = request.extensions().get::<Visitor>()?;
    visitor.who().map(|who| who.session.csrf.clone())
}

/// Derives the token of a form from the cookie's secret. A hash, so that the page does not contain the
/// cookie's value.
fn token_for(secret: &str) -> String {
    secrets::hash(&format!("form {secret}"))
}

/// Returns the token for the sign-in form, and the value of a new cookie if the browser has none yet.
pub(super) fn before_sign_in(headers: &HeaderMap, instance: &Instance) -> (String, Option<String>) {
    match Cookie::Form.read(headers, instance) {
        Some(secret) => (token_for(&secret), None),
        None => {
            let secret = instance.rng.secret();
            (token_for(&secret), Some(secret))
        }
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn is_from_here(headers: &HeaderMap, origin: &str) -> bool {
    let value = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    value("sec-fetch-site").is_none_or(|site| site == "same-origin")
        && value("origin").is_none_or(|from| from.eq_ignore_ascii_case(origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn forms_from_other_origins_are_detected() {
        let own = "https://here.example";
        for good in [
            &[][..],
            &[("origin", "https://here.example")],
            &[("sec-fetch-site", "same-origin"), ("origin", "https://here.example")],
        ] {
            assert!(is_from_here(&headers(good), own), "{good:?}");
        }
        for bad in [
            &[("origin", "https://there.example")][..],
            &[("origin", "http://here.example")],
            &[("origin", "https://here.example.there.example")],
            &[("origin", "null")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site"), ("origin", "https://here.example")],
            &[("sec-fetch-site", "same-origin"), ("origin", "https://there.example")],
        ] {
            assert!(!is_from_here(&headers(bad), own), "{bad:?}");
        }
    }
}
