//! Accounts: reading them, changing the caller's own, and relationships between accounts.

mod profile;
mod read;
mod relationships;

use aide::axum::ApiRouter;

use portico_http::Problem;
use portico_http::routing::{Documented as _, delete, get, patch, post};

pub(super) fn routes() -> ApiRouter {
    let people = ApiRouter::new()
        .endpoint("/api/v1/accounts", get(read::show_many).post(no_sign_up))
        .endpoint("/api/v1/accounts/verify_credentials", get(profile::verify))
        .endpoint("/api/v1/accounts/update_credentials", patch(profile::update))
        .endpoint("/api/v1/profile", get(profile::show).patch(profile::change).put(profile::change))
        .endpoint("/api/v1/profile/avatar", delete(profile::remove_avatar))
        .endpoint("/api/v1/profile/header", delete(profile::remove_header))
        .endpoint("/api/v1/accounts/lookup", get(read::lookup))
        .endpoint("/api/v1/accounts/relationships", get(relationships::relationships))
        .endpoint("/api/v1/accounts/{id}", get(read::show))
        .endpoint("/api/v1/accounts/{id}/statuses", get(read::statuses))
        .endpoint("/api/v1/accounts/{id}/followers", get(read::followers))
        .endpoint("/api/v1/accounts/{id}/following", get(read::following));
    let bonds = ApiRouter::new()
        .endpoint("/api/v1/accounts/{id}/follow", post(relationships::follow))
        .endpoint("/api/v1/accounts/{id}/unfollow", post(relationships::unfollow))
        .endpoint("/api/v1/accounts/{id}/remove_from_followers", post(relationships::remove_from_followers))
        .endpoint("/api/v1/accounts/{id}/block", post(relationships::block))
        .endpoint("/api/v1/accounts/{id}/unblock", post(relationships::unblock))
        .endpoint("/api/v1/accounts/{id}/mute", post(relationships::mute))
        .endpoint("/api/v1/accounts/{id}/unmute", post(relationships::unmute))
        .endpoint("/api/v1/follow_requests", get(relationships::follow_requests))
        .endpoint("/api/v1/follow_requests/{id}/authorize", post(relationships::authorize))
        .endpoint("/api/v1/follow_requests/{id}/reject", post(relationships::reject))
        .endpoint("/api/v1/blocks", get(relationships::blocks))
        .endpoint("/api/v1/mutes", get(relationships::mutes));
    people.merge(bonds)
}

/// Refuses sign-up: the operator creates accounts.
async fn no_sign_up() -> Problem {
    Problem::forbidden("Registrations are closed on this server")
}
