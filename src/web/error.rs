//! Error pages: what went wrong and what to do, in plain sentences.

use std::fmt::Display;

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::http::Problem;
use crate::service::{Error, Refusal};

use super::page::{Shell, render_error};

/// A page that says what went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorPage {
    status: StatusCode,
    title: &'static str,
    text: String,
    retry_after: Option<u64>,
}

#[derive(Template)]
#[template(path = "error.html")]
struct Page {
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

    /// 400: the request makes no sense. `text` is shown.
    pub fn bad_request(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "That did not make sense", text)
    }

    /// 403: understood, and refused. `text` is shown.
    pub fn forbidden(text: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "This is not for you", text)
    }

    /// 403: a form that did not come from a page of ours, or from one shown long ago.
    pub fn forged() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "This form is no longer valid",
            "It may have been open for a long time, or you have signed in or out since. Go back, reload the \
             page and send it again. Cookies must be allowed for this site.",
        )
    }

    /// 404: there is no such page, or the reader may not know of it; the two are never told apart.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "There is nothing here",
            "The page does not exist, was deleted, or is not shared with you.",
        )
    }

    /// 405: the page exists, but takes no such request.
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "That is not how this page works",
            "The page exists, but what was sent to it makes no sense here.",
        )
    }

    /// 413: more than is accepted.
    pub fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "That is too much",
            "What you sent is larger than this page accepts.",
        )
    }

    /// 421: the host name in the request belongs to no instance of this server.
    pub fn misdirected() -> Self {
        Self::new(
            StatusCode::MISDIRECTED_REQUEST,
            "Nobody lives at this address",
            "No instance of this server has the host name you asked for. Check the address.",
        )
    }

    /// 429: too often; try again after so many seconds.
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

    /// 500: a fault of ours. The cause goes to the log alone.
    pub fn internal(cause: &dyn Display) -> Self {
        tracing::error!(%cause, "a page failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong on our side",
            "It has been noted. Try again in a moment; if it stays, tell the people who run this server.",
        )
    }

    /// 503: a remote host or a backend does not answer.
    fn unavailable(text: &'static str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "Not available right now", text)
    }
}

impl From<Error> for ErrorPage {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(_) | Error::Refused(Refusal::Hidden) => Self::not_found(),
            Error::Gone(_) => {
                Self::new(StatusCode::GONE, "This is gone", "It was here once and has been deleted.")
            }
            Error::Refused(why) => Self::forbidden(format!("It was refused: {why}.")),
            Error::Invalid(faults) => Self::bad_request(format!("{}.", faults.join("; "))),
            Error::Conflict(what) => Self::bad_request(format!("{what}.")),
            Error::TooMany { retry_after } => Self::too_many(retry_after),
            Error::SignIn => Self::forbidden("The name or the password is wrong."),
            Error::Upstream(_) => Self::unavailable("Another server did not answer. Try again later."),
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
            // The problem has logged its cause when it was made.
            status if status.is_server_error() => Self::unavailable("Try again in a moment."),
            _ => Self::bad_request(problem.text()),
        }
    }
}

impl IntoResponse for ErrorPage {
    fn into_response(self) -> Response {
        let page = Page {
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
