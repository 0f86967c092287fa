//! Statuses: posting, reading, and interactions.

mod quotes;
mod react;
mod read;
mod refresh;
mod write;

use aide::axum::ApiRouter;
use aide::axum::routing::{get, post, put};

pub(super) use quotes::circle;
pub(super) use write::StatusParams;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .api_route("/api/v1/statuses", get(read::show_many).post(write::post))
        .api_route("/api/v1/statuses/{id}", get(read::show).put(write::edit).delete(write::delete))
        .api_route("/api/portico/v1/audience", post(write::preview))
        .api_route("/api/portico/v1/statuses/{id}/deliveries", get(read::deliveries))
        .api_route("/api/v1/statuses/{id}/context", get(read::context))
        .api_route("/api/v1_alpha/async_refreshes/{id}", get(refresh::show))
        .api_route("/api/v1/statuses/{id}/history", get(read::history))
        .api_route("/api/v1/statuses/{id}/source", get(read::source))
        .api_route("/api/v1/statuses/{id}/translate", post(read::translate))
        .api_route("/api/v1/statuses/{id}/favourited_by", get(read::favourited_by))
        .api_route("/api/v1/statuses/{id}/reblogged_by", get(read::reblogged_by))
        .api_route("/api/v1/statuses/{id}/quotes", get(quotes::list))
        .api_route("/api/v1/statuses/{id}/quotes/{quoting_id}/revoke", post(quotes::revoke))
        .api_route("/api/v1/statuses/{id}/interaction_policy", put(quotes::set_policy))
        .api_route("/api/v1/statuses/{id}/favourite", post(react::favourite))
        .api_route("/api/v1/statuses/{id}/unfavourite", post(react::unfavourite))
        .api_route("/api/v1/statuses/{id}/reblog", post(react::reblog))
        .api_route("/api/v1/statuses/{id}/unreblog", post(react::unreblog))
        .api_route("/api/v1/statuses/{id}/bookmark", post(react::bookmark))
        .api_route("/api/v1/statuses/{id}/unbookmark", post(react::unbookmark))
        .api_route("/api/v1/statuses/{id}/mute", post(react::mute))
        .api_route("/api/v1/statuses/{id}/unmute", post(react::unmute))
        .api_route("/api/v1/statuses/{id}/pin", post(react::pin))
        .api_route("/api/v1/statuses/{id}/unpin", post(react::unpin))
}
