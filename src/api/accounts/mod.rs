//! Accounts: showing them, changing one's own, and what stands between two of them.

mod profile;
mod read;
mod relate;

use axum::Router;
use axum::routing::{get, patch, post};

use crate::http::Problem;

pub(super) fn routes() -> Router {
    let people = Router::new()
        .route("/api/v1/accounts", get(read::show_many).post(no_sign_up))
        .route("/api/v1/accounts/verify_credentials", get(profile::verify))
        .route("/api/v1/accounts/update_credentials", patch(profile::update))
        .route("/api/v1/accounts/lookup", get(read::lookup))
        .route("/api/v1/accounts/relationships", get(relate::relationships))
        .route("/api/v1/accounts/{id}", get(read::show))
        .route("/api/v1/accounts/{id}/statuses", get(read::statuses))
        .route("/api/v1/accounts/{id}/followers", get(read::followers))
        .route("/api/v1/accounts/{id}/following", get(read::following))
        .route("/api/v1/accounts/{id}/featured_tags", get(read::nothing))
        .route("/api/v1/accounts/{id}/endorsements", get(read::nothing))
        .route("/api/v1/accounts/{id}/lists", get(read::no_lists));
    let bonds = Router::new()
        .route("/api/v1/accounts/{id}/follow", post(relate::follow))
        .route("/api/v1/accounts/{id}/unfollow", post(relate::unfollow))
        .route("/api/v1/accounts/{id}/remove_from_followers", post(relate::remove_from_followers))
        .route("/api/v1/accounts/{id}/block", post(relate::block))
        .route("/api/v1/accounts/{id}/unblock", post(relate::unblock))
        .route("/api/v1/accounts/{id}/mute", post(relate::mute))
        .route("/api/v1/accounts/{id}/unmute", post(relate::unmute))
        .route("/api/v1/follow_requests", get(relate::follow_requests))
        .route("/api/v1/follow_requests/{id}/authorize", post(relate::authorize))
        .route("/api/v1/follow_requests/{id}/reject", post(relate::reject))
        .route("/api/v1/blocks", get(relate::blocks))
        .route("/api/v1/mutes", get(relate::mutes));
    people.merge(bonds)
}

/// Whoever works here is added by the company.
async fn no_sign_up() -> Problem {
    Problem::forbidden("Registrations are closed on this server")
}
