//! Accounts: reading them, changing the caller's own, and relationships between accounts.

mod profile;
mod read;
mod relationships;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete, get, patch, post};

use portico_http::Problem;

pub(super) fn routes() -> ApiRouter {
    let people = ApiRouter::new()
        .api_route("/api/v1/accounts", get(read::show_many).post(no_sign_up))
        .api_route("/api/v1/accounts/verify_credentials", get(profile::verify))
        .api_route("/api/v1/accounts/update_credentials", patch(profile::update))
        .api_route("/api/v1/profile", get(profile::show).patch(profile::change).put(profile::change))
        .api_route("/api/v1/profile/avatar", delete(profile::remove_avatar))
        .api_route("/api/v1/profile/header", delete(profile::remove_header))
        .api_route("/api/v1/accounts/lookup", get(read::lookup))
        .api_route("/api/v1/accounts/relationships", get(relationships::relationships))
        .api_route("/api/v1/accounts/{id}", get(read::show))
        .api_route("/api/v1/accounts/{id}/statuses", get(read::statuses))
        .api_route("/api/v1/accounts/{id}/followers", get(read::followers))
        .api_route("/api/v1/accounts/{id}/following", get(read::following));
    let bonds = ApiRouter::new()
        .api_route("/api/v1/accounts/{id}/follow", post(relationships::follow))
        .api_route("/api/v1/accounts/{id}/unfollow", post(relationships::unfollow))
        .api_route("/api/v1/accounts/{id}/remove_from_followers", post(relationships::remove_from_followers))
        .api_route("/api/v1/accounts/{id}/block", post(relationships::block))
        .api_route("/api/v1/accounts/{id}/unblock", post(relationships::unblock))
        .api_route("/api/v1/accounts/{id}/mute", post(relationships::mute))
        .api_route("/api/v1/accounts/{id}/unmute", post(relationships::unmute))
        .api_route("/api/v1/follow_requests", get(relationships::follow_requests))
        .api_route("/api/v1/follow_requests/{id}/authorize", post(relationships::authorize))
        .api_route("/api/v1/follow_requests/{id}/reject", post(relationships::reject))
        .api_route("/api/v1/blocks", get(relationships::blocks))
        .api_route("/api/v1/mutes", get(relationships::mutes));
    people.merge(bonds)
}

/// Refuses sign-up: the operator creates accounts.
async fn no_sign_up() -> Problem {
    Problem::forbidden("Registrations are closed on this server")
}
