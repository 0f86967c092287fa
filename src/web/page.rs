//! Rendering: the frame around every page, and the headers of every page.

use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::instance::Instance;
use crate::service::sessions::SignedIn;

use super::view::Person;
use super::{ErrorPage, assets};

/// What a page may do: show our own style, pictures and films, run our own script, send forms here.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The consent page's: its form is answered with a redirect to the app, whose address may have any scheme
/// (`icecubesapp://`), and Chromium holds such redirects against `form-action`.
const CONSENT_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What the frame around a page needs to know.
pub(super) struct Shell {
    /// What the instance calls itself.
    pub site: String,
    /// Its domain.
    pub domain: String,
    /// The stylesheet's path.
    pub css: &'static str,
    /// The icon's path.
    pub icon: &'static str,
    /// The script's path.
    pub script: &'static str,
    /// Who is looking.
    pub viewer: Option<Person>,
    /// The secret for forms of this session.
    pub csrf: String,
}

impl Shell {
    /// The frame for whoever is looking.
    pub(super) fn new(instance: &Instance, who: Option<&SignedIn>) -> Self {
        Self {
            site: instance.settings.title.clone(),
            domain: instance.settings.domain.clone(),
            css: assets::STYLESHEET.as_str(),
            icon: assets::ICON.as_str(),
            script: assets::SCRIPT.as_str(),
            viewer: who.map(|who| Person::of(&who.account, &instance.urls)),
            csrf: who.map(|who| who.session.csrf.clone()).unwrap_or_default(),
        }
    }

    /// The frame when no instance is known.
    pub(super) fn bare() -> Self {
        Self {
            site: "Portico".to_owned(),
            domain: String::new(),
            css: assets::STYLESHEET.as_str(),
            icon: assets::ICON.as_str(),
            script: assets::SCRIPT.as_str(),
            viewer: None,
            csrf: String::new(),
        }
    }
}

/// The answer of a page handler.
pub(super) type Answer = Result<Response, ErrorPage>;

/// Renders a page. It is for one reader at one moment: nobody may keep it.
pub(super) fn render(page: &impl Template) -> Answer {
    respond(StatusCode::OK, page, POLICY)
}

/// Renders a page with another status.
pub(super) fn render_with(status: StatusCode, page: &impl Template) -> Answer {
    respond(status, page, POLICY)
}

/// Renders a part of a page, for our script to put there.
pub(super) fn render_fragment(part: &impl Template) -> Answer {
    respond(StatusCode::OK, part, POLICY)
}

/// Renders the consent page.
pub(super) fn render_consent(page: &impl Template) -> Answer {
    respond(StatusCode::OK, page, CONSENT_POLICY)
}

fn respond(status: StatusCode, page: &impl Template, policy: &'static str) -> Answer {
    let body = page.render().map_err(|error| ErrorPage::internal(&error))?;
    Ok(dress(status, body, policy))
}

/// The page of an error, whatever happens.
pub(super) fn render_error(status: StatusCode, page: &impl Template) -> Response {
    dress(status, page.render().unwrap_or_else(|_| status.to_string()), POLICY)
}

fn dress(status: StatusCode, body: String, policy: &'static str) -> Response {
    let mut response = (status, body).into_response();
    let told: [(HeaderName, &'static str); 8] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::VARY, "Accept, Cookie"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // Not no-referrer: then forms are sent with `Origin: null`.
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("x-robots-tag"), "noindex, noarchive"),
    ];
    for (name, value) in told {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Sends the browser to another page with GET. `to` is a path of ours or an app's checked redirect URI.
pub(super) fn redirect(status: StatusCode, to: &str) -> Answer {
    let Ok(location) = HeaderValue::from_str(to) else {
        return Err(ErrorPage::bad_request("The address to go on to cannot be used."));
    };
    let mut response = status.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}
