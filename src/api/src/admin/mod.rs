//! The moderation API. Services check the caller's role through policy.

mod access_blocks;
mod accounts;
mod agreements;
mod hosts;
mod metrics;
mod reports;

use aide::axum::ApiRouter;
use axum::Json;

use super::auth::CurrentUser;
use super::pages::Paged;
use portico_domain::model::moderation::Moderator;
use portico_domain::model::page::Page;
use portico_http::CurrentInstance;
use portico_http::paging::{Newer, Paging};

/// Pages for moderators: 100 items, at most 200.
type AdminPaging = Paging<100, 200>;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .merge(accounts::routes())
        .merge(agreements::routes())
        .merge(access_blocks::routes())
        .merge(metrics::routes())
        .merge(hosts::routes())
        .merge(reports::routes())
}

fn moderator<S>(me: &CurrentUser<S>) -> Moderator {
    Moderator::from_user(&me.user, &me.account)
}

fn paged<T, U>(
    here: &CurrentInstance,
    paging: &AdminPaging,
    page: &Page<T>,
    render: impl Fn(&T) -> U,
) -> Paged<U> {
    let links = paging.links(&here.urls, page, Newer::SinceId);
    Paged(links, Json(page.items.iter().map(render).collect()))
}
