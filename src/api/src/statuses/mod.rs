//! Statuses: posting, reading, and interactions.

mod quotes;
mod react;
mod read;
mod refresh;
mod write;

use aide::axum::ApiRouter;
use portico_http::routing::{Documented as _, get, post, put};

pub(super) use quotes::circle;
pub(super) use write::StatusParams;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/statuses", get(read::show_many).post(write::post))
        .endpoint("/api/v1/statuses/{id}", get(read::show).put(write::edit).delete(write::delete))
        .endpoint("/api/portico/v1/audience", post(write::preview))
        .endpoint("/api/portico/v1/statuses/{id}/deliveries", get(read::deliveries))
        .endpoint("/api/v1/statuses/{id}/context", get(read::context))
        .endpoint("/api/v1_alpha/async_refreshes/{id}", get(refresh::show))
        .endpoint("/api/v1/statuses/{id}/history", get(read::history))
        .endpoint("/api/v1/statuses/{id}/source", get(read::source))
        .endpoint("/api/v1/statuses/{id}/translate", post(read::translate))
        .endpoint("/api/v1/statuses/{id}/favourited_by", get(read::favourited_by))
        .endpoint("/api/v1/statuses/{id}/reblogged_by", get(read::reblogged_by))
        .endpoint("/api/v1/statuses/{id}/quotes", get(quotes::list))
        .endpoint("/api/v1/statuses/{id}/quotes/{quoting_id}/revoke", post(quotes::revoke))
        .endpoint("/api/v1/statuses/{id}/interaction_policy", put(quotes::set_policy))
        .endpoint("/api/v1/statuses/{id}/favourite", post(react::favourite))
        .endpoint("/api/v1/statuses/{id}/unfavourite", post(react::unfavourite))
        .endpoint("/api/v1/statuses/{id}/reblog", post(react::reblog))
        .endpoint("/api/v1/statuses/{id}/unreblog", post(react::unreblog))
        .endpoint("/api/v1/statuses/{id}/bookmark", post(react::bookmark))
        .endpoint("/api/v1/statuses/{id}/unbookmark", post(react::unbookmark))
        .endpoint("/api/v1/statuses/{id}/mute", post(react::mute))
        .endpoint("/api/v1/statuses/{id}/unmute", post(react::unmute))
        .endpoint("/api/v1/statuses/{id}/pin", post(react::pin))
        .endpoint("/api/v1/statuses/{id}/unpin", post(react::unpin))
}
