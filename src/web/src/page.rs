//! Rendering: the layout's data and the response headers of every page.

use std::io;

use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use portico_service::instance::Instance;

use crate::extract::SignedIn;
use crate::view::Person;
use crate::{ErrorPage, assets};

/// Content-Security-Policy of pages: style, images, media, script and forms of this origin only.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Content-Security-Policy of the consent page, without `form-action`: the response to its form redirects to
/// the app, whose address may have any scheme (`icecubesapp://`), and Chromium applies `form-action` to
/// redirects.
const CONSENT_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The data of the layout around a page.
pub(super) struct Shell {
    /// Title of the instance.
    pub site: String,
    /// Domain of the instance.
    pub domain: String,
    /// Path of the stylesheet.
    pub css: &'static str,
    /// Path of the icon.
    pub icon: &'static str,
    /// Path of the script.
    pub script: &'static str,
    /// The signed-in user.
    pub viewer: Option<Person>,
    /// CSRF token of the session; empty for visitors.
    pub csrf: String,
}

impl Shell {
    /// Creates the layout data for a signed-in user or a visitor.
    pub(super) fn new(instance: &Instance, who: Option<&SignedIn>) -> Self {
        Self {
            site: instance.settings.title.clone(),
            domain: instance.settings.domain.clone(),
            css: assets::STYLESHEET.as_str(),
            icon: assets::ICON.as_str(),
            script: assets::SCRIPT.as_str(),
            viewer: who.map(|who| Person::from_account(&who.account, &instance.urls)),
            csrf: who.map(|who| who.session.csrf.clone()).unwrap_or_default(),
        }
    }

    /// Creates the layout data for a page of no instance.
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

/// The result of a page handler.
pub(super) type PageResult = Result<Response, ErrorPage>;

/// Renders a page with status 200. It depends on the viewer, so caches must not store it.
pub(super) fn render_page(page: &impl Template) -> PageResult {
    respond(StatusCode::OK, page, POLICY)
}

/// Renders a page with another status.
pub(super) fn render_with(status: StatusCode, page: &impl Template) -> PageResult {
    respond(status, page, POLICY)
}

/// Renders a part of a page, which the script inserts.
pub(super) fn render_fragment(part: &impl Template) -> PageResult {
    respond(StatusCode::OK, part, POLICY)
}

/// Renders the consent page.
pub(super) fn render_consent(page: &impl Template) -> PageResult {
    respond(StatusCode::OK, page, CONSENT_POLICY)
}

fn respond(status: StatusCode, page: &impl Template, policy: &'static str) -> PageResult {
    let body = page.render().map_err(|error| ErrorPage::internal(&error))?;
    Ok(dress(status, body, policy))
}

/// Renders an error page. Falls back to plain text if the template fails.
pub(super) fn render_error(status: StatusCode, page: &impl Template) -> Response {
    dress(status, page.render().unwrap_or_else(|_| status.to_string()), POLICY)
}

fn dress(status: StatusCode, body: String, policy: &'static str) -> Response {
    let mut response = (status, body).into_response();
    let values: [(HeaderName, &'static str); 8] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::VARY, "Accept, Cookie"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // Not no-referrer: with that, browsers send forms with `Origin: null`.
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("x-robots-tag"), "noindex, noarchive"),
    ];
    for (name, value) in values {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Sends a CSV file as a download.
pub(super) fn send_csv(name: &str, file: io::Result<Vec<u8>>) -> PageResult {
    let bytes = file.map_err(|error| ErrorPage::internal(&error))?;
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, disposition.map_err(|error| ErrorPage::internal(&error))?),
    ];
    Ok((headers, bytes).into_response())
}

/// Redirects the browser. `to` is a path of this instance or an app's checked redirect URI.
pub(super) fn redirect(status: StatusCode, to: &str) -> PageResult {
    let Ok(location) = HeaderValue::from_str(to) else {
        return Err(ErrorPage::bad_request("The address to redirect to is not valid."));
    };
    let mut response = status.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_csv_file_that_cannot_be_written_is_an_internal_error() {
        let failed = send_csv("readers.csv", Err(io::Error::other("no memory"))).unwrap_err();
        assert_eq!(failed.into_response().status(), StatusCode::INTERNAL_SERVER_ERROR);
        let sent = send_csv("readers.csv", Ok(b"a,b\n".to_vec())).unwrap();
        assert_eq!(sent.headers()["content-disposition"], "attachment; filename=\"readers.csv\"");
    }
}
