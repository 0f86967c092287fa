//! The Mastodon client API.
//!
//! Handlers parse, call one service, and render: no rules, no SQL. There is one file per area; the response
//! types are in [`entities`]. Shapes, texts and limits follow Mastodon's documentation, because dozens of
//! existing clients depend on them.

mod accounts;
mod admin;
mod announcements;
mod apps;
pub mod auth;
mod bots;
mod circles;
mod conversations;
mod delegates;
mod digest;
mod directory;
mod domain_blocks;
mod drafts;
mod endorsements;
pub mod entities;
mod feeds;
mod filters;
mod first_day;
mod groups;
mod instance;
mod links;
mod lists;
mod markers;
mod media;
mod must_reads;
mod notification_requests;
mod notifications;
mod notifications_v2;
mod oauth;
pub mod openapi;
mod organisations;
mod pages;
mod people;
mod polls;
mod preferences;
mod push;
mod questions;
mod reaches;
mod reports;
mod scheduled;
pub mod scope;
mod search;
mod statuses;
pub mod streaming;
mod suggestions;
mod tags;
mod timelines;
mod unsupported;

use aide::axum::ApiRouter;
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::any;
use axum::{Extension, Router};

use crate::streaming::Hubs;
use portico_http::{Problem, no_such_path, params};

/// Builds the router of the client API, including the OAuth endpoints that answer JSON. Expects the instance
/// in the request (see [`CurrentInstance`](portico_http::CurrentInstance)) and [`shell`](portico_http::shell) around it.
pub fn router() -> Router {
    Router::from(documented())
        .route("/api", any(no_such_path))
        .route("/api/{*rest}", any(no_such_path))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(Extension(Hubs::default()))
        .route_layer(from_fn_with_state(auth::RateLimitCounters::default(), auth::identify))
        .route_layer(from_fn(params::read))
        .route_layer(map_response(finish))
}

/// The routes that the OpenAPI document describes.
pub fn documented() -> ApiRouter {
    ApiRouter::new()
        .merge(accounts::routes())
        .merge(admin::routes())
        .merge(announcements::routes())
        .merge(apps::routes())
        .merge(bots::routes())
        .merge(circles::routes())
        .merge(conversations::routes())
        .merge(delegates::routes())
        .merge(digest::routes())
        .merge(directory::routes())
        .merge(domain_blocks::routes())
        .merge(drafts::routes())
        .merge(endorsements::routes())
        .merge(feeds::routes())
        .merge(filters::routes())
        .merge(first_day::routes())
        .merge(groups::routes())
        .merge(instance::routes())
        .merge(links::routes())
        .merge(lists::routes())
        .merge(markers::routes())
        .merge(media::routes())
        .merge(must_reads::routes())
        .merge(notification_requests::routes())
        .merge(notifications::routes())
        .merge(notifications_v2::routes())
        .merge(oauth::routes())
        .merge(organisations::routes())
        .merge(people::routes())
        .merge(polls::routes())
        .merge(preferences::routes())
        .merge(push::routes())
        .merge(questions::routes())
        .merge(reaches::routes())
        .merge(reports::routes())
        .merge(scheduled::routes())
        .merge(search::routes())
        .merge(statuses::routes())
        .merge(streaming::routes())
        .merge(suggestions::routes())
        .merge(tags::routes())
        .merge(timelines::routes())
        .merge(unsupported::routes())
}

/// Adds the charset, which masto.js requires, and forbids caches to store a response that depends on the
/// caller.
async fn finish(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json") {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    headers.append(header::VARY, HeaderValue::from_static("Authorization"));
    response
}
