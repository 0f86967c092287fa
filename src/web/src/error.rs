//! Error pages: what went wrong and what to do about it.

use std::fmt::Display;

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use portico_http::Problem;
use portico_service::{Error, Refusal};

use crate::page::{Shell, render_error};

/// An error that is rendered as a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorPage {
    status: StatusCode,
    title: &'static str,
    text: String,
    retry_after: Option<u64>,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorTemplate {
    shell: Shell,
    code: u16,
    title: &'static str,
    text: String,
    has_home: bool,
}

impl ErrorPage {
    fn new(status: StatusCode, title: &'static str, text: impl Into<String>) -> Self {
        Self { status, title, text: text.into(), retry_after: None }
    }

    /// 400: the request is not valid. The page shows `text`.
    pub fn bad_request(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Invalid request", text)
    }

    /// 403: the request is not allowed. The page shows `text`.
    pub fn forbidden(text: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Not allowed", text)
    }

    /// 403: the form has no valid CSRF token: it is from another site or an earlier session.
    pub fn forged() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "This form is no longer valid",
            "It may have been open for a long time, or you have signed in or out since. Go back, reload the \
             page and send it again. Cookies must be allowed for this site.",
        )
    }

    /// 404: the page does not exist, or is not visible to the viewer; the response is the same.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Page not found",
            "The page does not exist, was deleted, or is not shared with you.",
        )
    }

    /// 405: the page exists, but not for this method.
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "Method not allowed",
            "The page exists, but does not accept this kind of request.",
        )
    }

    /// 413: the request is too large.
    pub fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "Too large", "The request is larger than this page accepts.")
    }

    /// 421: no instance of this server has the host name of the request.
    pub fn misdirected() -> Self {
        Self::new(
            StatusCode::MISDIRECTED_REQUEST,
            "Unknown host name",
            "No instance of this server has this host name. Check the address.",
        )
    }

    /// 429: rate limited, for `retry_after` seconds.
    pub fn too_many(retry_after: u64) -> Self {
        let minutes = retry_after.div_ceil(60).max(1);
        let wait = if minutes == 1 { "a minute".to_owned() } else { format!("{minutes} minutes") };
        Self {
            retry_after: Some(retry_after),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "Too many attempts",
                format!("Please wait {wait}, then try again."),
            )
        }
    }

    /// 500: an internal error. Its cause is logged and not shown.
    pub fn internal(cause: &dyn Display) -> Self {
        tracing::error!(%cause, "page.failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Internal error",
            "The error was logged. Try again in a moment; if it continues, contact the administrators.",
        )
    }

    /// 503: a remote host or a backend does not respond.
    fn unavailable(text: &'static str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "Not available right now", text)
    }
}

/// Returns the text to show with a form for an error that the user can correct. Other errors become an error
/// page.
pub(crate) fn form_error_text(error: Error) -> Result<String, ErrorPage> {
    match error {
        Error::Invalid(faults) => Ok(format!("{}.", faults.join("; "))),
        Error::Conflict(what) => Ok(format!("{what}.")),
        Error::Refused(why) => Ok(format!("Not allowed: {why}.")),
        error => Err(error.into()),
    }
}

impl From<Error> for ErrorPage {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(_) | Error::Refused(Refusal::Hidden) => Self::not_found(),
            Error::Gone(_) => {
                Self::new(StatusCode::GONE, "Deleted", "This page existed, but has been deleted.")
            }
            Error::Refused(why) => Self::forbidden(format!("Not allowed: {why}.")),
            Error::Invalid(faults) => Self::bad_request(format!("{}.", faults.join("; "))),
            Error::Conflict(what) => Self::bad_request(format!("{what}.")),
            Error::TooMany { retry_after } => Self::too_many(retry_after),
            Error::SignIn => Self::forbidden("The name or the password is wrong."),
            Error::Upstream(_) => Self::unavailable("Another server did not respond. Try again later."),
            Error::Unavailable(_) => Self::unavailable("Try again in a moment."),
            Error::Internal(cause) => Self::internal(&cause),
        }
    }
}

impl From<Problem> for ErrorPage {
    fn from(problem: Problem) -> Self {
        match problem.status() {
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => Self::method_not_allowed(),
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(),
            // The cause was logged when the problem was created.
            status if status.is_server_error() => Self::unavailable("Try again in a moment."),
            _ => Self::bad_request(problem.text()),
        }
    }
}

impl IntoResponse for ErrorPage {
    fn into_response(self) -> Response {
        let page = ErrorTemplate {
            shell: Shell::bare(),
            code: self.status.as_u16(),
            title: self.title,
            text: self.text,
            has_home: self.status != StatusCode::MISDIRECTED_REQUEST,
        };
        let mut response = render_error(self.status, &page);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_stay_inside_and_hidden_is_absent() {
        let failed = ErrorPage::internal(&"SELECT secret");
        assert_eq!(failed.status, 500);
        assert!(!failed.text.contains("secret"));
        assert_eq!(
            ErrorPage::from(Error::Refused(Refusal::Hidden)),
            ErrorPage::from(Error::NotFound("status"))
        );
    }

    #[test]
    fn limits_say_when_to_come_back() {
        let response = ErrorPage::too_many(90).into_response();
        assert_eq!(response.headers()["retry-after"], "90");
        assert!(ErrorPage::too_many(90).text.contains("2 minutes"));
        assert!(ErrorPage::too_many(12).text.contains("a minute"));
    }
}
