//! Shared by all HTTP edges: parameters, problems, paging, rate limits, request ids, security headers.
//!
//! Mechanics only: no use case, no entity. [`shell`] wraps a whole router in what every response needs; the
//! rest is for handlers.

pub mod accept;
pub mod address;
pub mod csv;
pub mod current_instance;
pub mod headers;
pub mod limits;
pub mod openapi;
pub mod paging;
pub mod params;
pub mod path;
pub mod problem;
pub mod request_id;
pub mod routing;
pub mod serve;
mod service_error;
pub mod upload;

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn;
use axum::response::{IntoResponse as _, Response};
use tower::Layer as _;
use tower::util::MapRequestLayer;
use tower_http::catch_panic::CatchPanicLayer;

pub use current_instance::CurrentInstance;
pub use params::Params;
pub use path::Path;
pub use problem::{ApiResult, Problem};

/// Wraps everything that one listener serves: adds a request id and a log line for each request, adds
/// security and CORS headers to every response, turns a panic into a 500, and ignores slashes at the end of
/// paths.
pub fn shell(router: Router) -> Router {
    Router::new()
        .fallback_service(MapRequestLayer::new(path::without_trailing_slash).layer(router))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(headers::dress))
        .layer(from_fn(request_id::follow))
}

fn panicked(cause: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let cause = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&'static str>().copied())
        .unwrap_or("panic without a message");
    Problem::internal(&cause).into_response()
}

/// Answers 404 to a path below `/api` that does not exist.
pub async fn no_such_path(_: Request) -> Problem {
    Problem::not_found()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    async fn fails() -> String {
        panic!("secret cause")
    }

    fn app() -> Router {
        shell(
            Router::new()
                .route("/api/v1/fails", get(fails))
                .route("/api/v1/works", get(async || "yes").post(async |body: String| body))
                .route(
                    "/api/v1/works/{id}",
                    get(async |axum::extract::Path(id): axum::extract::Path<String>| id),
                )
                .route("/api/{*rest}", axum::routing::any(no_such_path))
                .method_not_allowed_fallback(async || Problem::method_not_allowed()),
        )
    }

    async fn ask(method: &str, path: &str) -> (u16, axum::http::HeaderMap, String) {
        let request = Request::builder().method(method).uri(path).body(Body::from("body")).unwrap();
        let (parts, body) = app().oneshot(request).await.unwrap().into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (parts.status.as_u16(), parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_without_its_cause() {
        let (status, headers, body) = ask("GET", "/api/v1/fails").await;
        assert_eq!(status, 500);
        assert_eq!(headers["access-control-allow-origin"], "*");
        assert!(headers.contains_key("x-request-id"));
        assert!(body.starts_with(r#"{"error":"#) && !body.contains("secret"), "{body}");
    }

    #[tokio::test]
    async fn slashes_at_the_end_keep_method_and_body() {
        assert_eq!(ask("GET", "/api/v1/works/").await.2, "yes");
        assert_eq!(ask("POST", "/api/v1/works/?x=/").await.2, "body");
        assert_eq!(ask("GET", "/api/v1/works/7/").await.2, "7");
    }

    #[tokio::test]
    async fn below_api_every_answer_is_json() {
        let (status, headers, body) = ask("GET", "/api/v9/nothing").await;
        assert_eq!((status, body.as_str()), (404, r#"{"error":"Record not found"}"#));
        assert_eq!(headers["content-type"], "application/json; charset=utf-8");
        let (status, headers, body) = ask("PATCH", "/api/v1/works").await;
        assert_eq!((status, body.as_str()), (405, r#"{"error":"Method not allowed"}"#));
        assert!(headers.contains_key("allow"));
    }
}
