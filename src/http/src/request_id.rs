//! Request ids: each request has one, in its response and on every log line written for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::Request;
use axum::http::{HeaderValue, header::HeaderName};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Counts the requests of this process. A number is enough to distinguish requests; it need not be secret.
static COUNTER: AtomicU64 = AtomicU64::new(1);

/// The id of a request, for handlers that display it.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Paths whose next segment is a secret that grants access to any reader of the log.
const SECRET: [&str; 3] = ["/feeds/", "/hooks/", "/digest/"];

/// Returns a path with secrets replaced, for the log.
fn loggable(path: &str) -> String {
    // Repeated slashes match no route, but are skipped anyway, lest a secret is logged.
    let Some(start) = SECRET.into_iter().find(|start| path.starts_with(start)) else {
        return path.to_owned();
    };
    let rest = path.get(start.len()..).unwrap_or_default().trim_start_matches('/');
    let after = rest.split_once('/').map(|(_, after)| format!("/{after}")).unwrap_or_default();
    format!("{start}(secret){after}")
}

/// Gives the request an id, logs its response, and adds the id to the response. The query is never logged: it
/// may carry tokens and search terms.
pub async fn follow(mut request: Request, next: Next) -> Response {
    let id = format!("{:08x}-{:x}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = tracing::info_span!("request", id = %id);
    let (method, path) = (request.method().clone(), loggable(request.uri().path()));

    async move {
        let begun = Instant::now();
        let mut response = next.run(request).await;
        let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(%method, path, status = response.status().as_u16(), millis, "request.completed");
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(HEADER, value);
        }
        response
    }
    .instrument(span)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_in_paths_are_not_logged() {
        for (path, logged) in [
            ("/feeds/abc/home.atom", "/feeds/(secret)/home.atom"),
            ("/feeds//abc/home.atom", "/feeds/(secret)/home.atom"),
            ("/hooks/abc", "/hooks/(secret)"),
            ("/digest/abc/end", "/digest/(secret)/end"),
            ("/settings/feeds", "/settings/feeds"),
            ("/feeds", "/feeds"),
        ] {
            assert_eq!(loggable(path), logged);
        }
    }
}
