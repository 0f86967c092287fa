//! The admin listener: health and metrics, never on the public address.

use std::fmt::Write as _;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::fleet::Fleet;

/// Serves `/livez` (the process runs), `/readyz` (every database responds) and `/metrics` (Prometheus text
/// format).
pub fn router(fleet: Fleet) -> Router {
    Router::new()
        .route("/livez", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(fleet)
}

async fn ready(State(fleet): State<Fleet>) -> Response {
    for member in fleet.members() {
        let asked = member.store.read(|reader| reader.queue_depths()).await;
        if let Err::<_, portico_store::Error>(error) = asked {
            tracing::warn!(domain = member.settings.domain, %error, "readiness.check_failed");
            let text = format!("{}: the database does not respond\n", member.settings.domain);
            return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
        }
    }
    "ok\n".into_response()
}

async fn metrics(State(fleet): State<Fleet>) -> Response {
    let mut text = String::from(
        "# HELP portico_queue_depth Rows waiting in a queue.\n# TYPE portico_queue_depth gauge\n",
    );
    for member in fleet.members() {
        let asked = member.store.read(|reader| reader.queue_depths()).await;
        let Ok::<_, portico_store::Error>(depths) = asked else { continue };
        for (queue, state, depth) in depths {
            let domain = &member.settings.domain;
            let _ = writeln!(
                text,
                "portico_queue_depth{{instance=\"{domain}\",queue=\"{queue}\",state=\"{state}\"}} {depth}"
            );
        }
    }
    text.push_str("# HELP portico_requests_total Requests served.\n# TYPE portico_requests_total counter\n");
    for (domain, class, answers) in fleet.requests().all() {
        let _ =
            writeln!(text, "portico_requests_total{{instance=\"{domain}\",status=\"{class}\"}} {answers}");
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
