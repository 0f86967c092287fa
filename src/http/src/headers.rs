//! Security and CORS headers, set on every response.

use axum::extract::Request;
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

/// The Content-Security-Policy of pages: resources from this instance only, nothing inline, no framing.
/// `form-action` is missing on purpose: the consent form redirects to an app's own scheme (`icecubesapp://`),
/// which Chromium would refuse.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; \
     img-src 'self' data: https:; media-src 'self' https:; connect-src 'self'; manifest-src 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// The Content-Security-Policy of every response that is not a page.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

const METHODS: &str = "GET, POST, PUT, PATCH, DELETE, OPTIONS";
const EXPOSED: &str = "Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id, \
     Mastodon-Async-Refresh, Deprecation";

/// Adds the headers to every response, errors included, and answers preflight requests itself: a browser that
/// finds no CORS headers on a 429 reports a network failure instead.
pub async fn dress(request: Request, next: Next) -> Response {
    let shared = is_shared(request.uri().path());
    let asked_headers = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let mut response = if shared && request.method() == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    protect(&mut response);
    if shared {
        share(&mut response, asked_headers);
    }
    response
}

/// Whether web apps of other origins may call this path. They never send cookies there.
fn is_shared(path: &str) -> bool {
    path == "/api"
        || ["/api/", "/.well-known/", "/nodeinfo/", "/media/"].iter().any(|start| path.starts_with(start))
        || matches!(path.trim_end_matches('/'), "/oauth/token" | "/oauth/revoke" | "/oauth/userinfo")
}

fn share(response: &mut Response, asked_headers: Option<HeaderValue>) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    // `*` does not cover Authorization, so the requested headers are listed by name.
    let allowed = asked_headers
        .unwrap_or_else(|| HeaderValue::from_static("Authorization, Content-Type, Idempotency-Key"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
}

fn protect(response: &mut Response) {
    let headers = response.headers_mut();
    let is_page =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let defaults: [(HeaderName, &'static str); 4] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CONTENT_SECURITY_POLICY, if is_page { PAGE_POLICY } else { DATA_POLICY }),
    ];
    for (name, value) in defaults {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::HeaderMap;
    use axum::response::Html;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    async fn ask(method: &str, path: &str) -> (u16, HeaderMap) {
        let app = Router::new()
            .route("/api/v1/instance", get(async || "{}"))
            .route("/about", get(async || Html("<p>")))
            .layer(axum::middleware::from_fn(dress));
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("access-control-request-headers", "authorization,x-other")
            .body(Body::empty());
        let response = app.oneshot(request.unwrap()).await.unwrap();
        (response.status().as_u16(), response.headers().clone())
    }

    #[tokio::test]
    async fn preflights_are_answered_for_any_shared_path() {
        for path in ["/api/v1/instance", "/api/v1/unknown", "/oauth/token", "/.well-known/webfinger"] {
            let (status, headers) = ask("OPTIONS", path).await;
            assert_eq!(status, 204, "{path}");
            assert_eq!(headers["access-control-allow-origin"], "*");
            assert_eq!(headers["access-control-allow-headers"], "authorization,x-other");
            assert!(!headers.contains_key("access-control-allow-credentials"));
        }
    }

    #[tokio::test]
    async fn errors_are_shared_and_pages_are_not() {
        assert_eq!(ask("GET", "/api/v1/unknown").await.1["access-control-allow-origin"], "*");
        let (_, page) = ask("GET", "/about").await;
        assert!(!page.contains_key("access-control-allow-origin"));
        assert!(page["content-security-policy"].to_str().unwrap().contains("script-src 'self'"));
        assert_eq!(page["x-content-type-options"], "nosniff");
        assert!(!ask("OPTIONS", "/oauth/authorize").await.1.contains_key("access-control-allow-origin"));
    }
}
