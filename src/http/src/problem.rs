//! Problems: error responses.
//!
//! Every edge that serves JSON answers errors in Mastodon's shape, `{"error": "…"}`, always with a JSON
//! content type, because clients parse it. A problem's text is public; its cause is only logged.

use std::borrow::Cow;
use std::fmt::Display;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// An error response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    body: Body,
    retry_after: Option<u64>,
    challenge: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Body {
    error: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_description: Option<Cow<'static, str>>,
}

/// The result of a handler.
pub type ApiResult<T> = Result<T, Problem>;

impl Problem {
    /// A problem with a status and a public text.
    pub fn new(status: StatusCode, error: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            body: Body { error: error.into(), error_description: None },
            retry_after: None,
            challenge: false,
        }
    }

    /// 400: the request is malformed.
    pub fn bad_request(error: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    /// 400: a required parameter is missing.
    pub fn missing(parameter: &str) -> Self {
        Self::bad_request(format!("param is missing or the value is empty: {parameter}"))
    }

    /// 401: the token is invalid or no longer valid. Clients sign their user out when they see it.
    pub fn unauthorized(error: impl Into<Cow<'static, str>>) -> Self {
        Self { challenge: true, ..Self::new(StatusCode::UNAUTHORIZED, error) }
    }

    /// 403: the request is valid, but not allowed.
    pub fn forbidden(error: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, error)
    }

    /// 404: the record does not exist, or the viewer may not see it. The two are deliberately
    /// indistinguishable.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Record not found")
    }

    /// 405: the path exists, but not for this method.
    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
    }

    /// 409: the request conflicts with the current state.
    pub fn conflict(error: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, error)
    }

    /// 410: the record has been deleted.
    pub fn gone() -> Self {
        Self::new(StatusCode::GONE, "Gone")
    }

    /// 413: the request is too large.
    pub fn too_large(limit: usize) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, format!("The request is larger than {limit} bytes"))
    }

    /// 415: the body is neither a form nor JSON.
    pub fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The body must be application/json, application/x-www-form-urlencoded or multipart/form-data",
        )
    }

    /// 422 with a specific text.
    pub fn unprocessable(error: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, error)
    }

    /// 422: validation failed.
    pub fn invalid(faults: &[String]) -> Self {
        Self::unprocessable(format!("Validation failed: {}", faults.join(", ")))
    }

    /// 429: a rate limit was exceeded.
    pub fn too_many(retry_after: u64) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests")
        }
    }

    /// 500: an internal error. The cause is logged, on a line that carries the request id.
    pub fn internal(cause: &dyn Display) -> Self {
        tracing::error!(%cause, "request.failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side")
    }

    /// 503: a remote host or a backend does not respond.
    pub fn unavailable(cause: &dyn Display) -> Self {
        tracing::warn!(%cause, "request.dependency_unavailable");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "Remote data could not be fetched")
    }

    /// 503 for a fault of this instance that passes. The cause is logged, not sent.
    pub fn try_again(cause: &dyn Display) -> Self {
        tracing::warn!(%cause, "request.temporary_failure");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "There was a temporary problem serving your request, please try again",
        )
    }

    /// An OAuth error (RFC 6749 section 5.2): a code, and a description for the developer.
    pub fn oauth(status: StatusCode, code: &'static str, description: impl Into<Cow<'static, str>>) -> Self {
        let mut problem = Self::new(status, code);
        problem.body.error_description = Some(description.into());
        problem.challenge = status == StatusCode::UNAUTHORIZED;
        problem
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The public text.
    pub fn text(&self) -> &str {
        &self.body.error
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(&self.body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.challenge {
            let challenge = HeaderValue::from_static(r#"Bearer realm="Portico", error="invalid_token""#);
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(problem: Problem) -> (StatusCode, axum::http::HeaderMap, String) {
        let (parts, body) = problem.into_response().into_parts();
        let bytes = axum::body::to_bytes(body, 10_000).await.unwrap();
        (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_problem_is_json_with_one_key() {
        let (status, headers, body) = read(Problem::not_found()).await;
        assert_eq!(status, 404);
        assert_eq!(headers["content-type"], "application/json; charset=utf-8");
        assert_eq!(body, r#"{"error":"Record not found"}"#);
    }

    #[tokio::test]
    async fn oauth_errors_carry_a_description() {
        let (status, headers, body) =
            read(Problem::oauth(StatusCode::UNAUTHORIZED, "invalid_client", "Unknown client")).await;
        assert_eq!(status, 401);
        assert!(headers.contains_key("www-authenticate"));
        assert_eq!(body, r#"{"error":"invalid_client","error_description":"Unknown client"}"#);
    }

    #[tokio::test]
    async fn limits_say_when_to_come_back_and_causes_stay_inside() {
        assert_eq!(read(Problem::too_many(12)).await.1["retry-after"], "12");
        let (_, _, body) = read(Problem::internal(&"password=hunter2")).await;
        assert!(!body.contains("hunter2"));
    }
}
