//! Statuses: posting, showing, and what people do with one.

mod react;
mod read;
mod write;

use axum::Router;
use axum::routing::{get, post};

pub(super) fn routes() -> Router {
    Router::new()
        .route("/api/v1/statuses", get(read::show_many).post(write::post))
        .route("/api/v1/statuses/{id}", get(read::show).put(write::edit).delete(write::delete))
        .route("/api/v1/statuses/{id}/context", get(read::context))
        .route("/api/v1/statuses/{id}/history", get(read::history))
        .route("/api/v1/statuses/{id}/source", get(read::source))
        .route("/api/v1/statuses/{id}/favourited_by", get(read::favourited_by))
        .route("/api/v1/statuses/{id}/reblogged_by", get(read::reblogged_by))
        .route("/api/v1/statuses/{id}/favourite", post(react::favourite))
        .route("/api/v1/statuses/{id}/unfavourite", post(react::unfavourite))
        .route("/api/v1/statuses/{id}/reblog", post(react::reblog))
        .route("/api/v1/statuses/{id}/unreblog", post(react::unreblog))
        .route("/api/v1/statuses/{id}/bookmark", post(react::bookmark))
        .route("/api/v1/statuses/{id}/unbookmark", post(react::unbookmark))
        .route("/api/v1/statuses/{id}/pin", post(react::pin))
        .route("/api/v1/statuses/{id}/unpin", post(react::unpin))
}
