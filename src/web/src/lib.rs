//! The web edge: HTML pages for browsers.
//!
//! Pages are askama templates (`templates/`) over small view types ([`view`]). The stylesheet, images and one
//! script are in `assets/`, embedded in the binary. Every page works without script, and the
//! Content-Security-Policy allows no other script. A handler parses the request, calls a service and renders;
//! it holds no rules about visibility, which belong to `policy`.
//!
//! Every form must carry the CSRF token of its session (see [`forms`]).

mod about;
mod account_move;
mod agreements;
mod assets;
mod authorize;
mod bots;
mod circles;
mod compose;
mod cookies;
mod delegates;
mod digest;
mod error;
mod extract;
mod feeds;
mod forms;
mod groups;
mod home;
mod icons;
mod labels;
mod media;
mod negotiation;
mod page;
mod pager;
mod people;
mod sign_in;
mod statuses;
mod tag;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::middleware::from_fn;
use axum::routing::{get, post};

use portico_http::limits::Limits;

pub use error::ErrorPage;

/// Maximum size of a form without files, in bytes. The largest one carries an app's `state`.
const LARGEST_FORM: usize = 64 * 1024;

/// State that the pages of one process share.
#[derive(Clone)]
struct WebState {
    limits: Arc<Limits>,
}

impl FromRef<WebState> for Arc<Limits> {
    fn from_ref(web: &WebState) -> Self {
        Self::clone(&web.limits)
    }
}

/// Builds the router of the pages and their assets. Every request must carry its instance (see
/// [`CurrentInstance`](portico_http::CurrentInstance)).
pub fn router() -> Router {
    let pages = Router::new()
        .route("/", get(home::show))
        .route("/sign-in", get(sign_in::show).post(sign_in::submit))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/oauth/authorize", get(authorize::ask).post(authorize::answer))
        .route("/oauth/authorize/native", get(authorize::show_code))
        .route("/about", get(about::show))
        .route("/privacy-policy", get(about::privacy_policy))
        .route("/terms-of-service", get(about::terms_of_service))
        .route("/agreements", get(agreements::list).post(agreements::propose))
        .route("/agreements/{domain}", get(agreements::show).post(agreements::act))
        .route("/organisations/{domain}", get(people::organisations::show))
        .route("/people", get(people::directory::show))
        .route("/people/who-knows", get(people::questions::who_knows))
        .route("/people/ask", get(people::questions::ask_form).post(people::questions::ask))
        .route("/people/me", get(people::edit::show).post(people::edit::save))
        .route("/people/chart/{id}", get(people::org_chart::show))
        .route("/groups", get(groups::browse))
        .route("/groups/new", get(groups::edit::new).post(groups::edit::create))
        .route("/groups/{id}", get(groups::show))
        .route("/groups/{id}/members", get(groups::members::show))
        .route("/groups/{id}/edit", get(groups::edit::show).post(groups::edit::save))
        .route("/groups/{id}/do", post(groups::actions::act))
        .route("/@{name}", get(people::profile::show))
        .route("/@{name}/{id}", get(statuses::show))
        .route("/@{name}/{id}/history", get(statuses::history::show))
        .route("/@{name}/{id}/deliveries", get(statuses::deliveries::show))
        .route("/@{name}/{id}/reach", get(statuses::narrow_reach::show).post(statuses::narrow_reach::submit))
        .route("/@{name}/{id}/deliveries.csv", get(statuses::deliveries::export))
        .route("/@{name}/{id}/readers", get(statuses::annotations::readers))
        .route("/@{name}/{id}/readers.csv", get(statuses::annotations::export))
        .route("/must-read/{id}", post(statuses::annotations::acknowledge))
        .route("/must-read/{id}/remind", post(statuses::annotations::remind))
        .route("/must-read/{id}/end", post(statuses::annotations::end))
        .route("/answers/{id}/accept", post(statuses::annotations::accept))
        .route("/answers/{id}/take-back", post(statuses::annotations::unaccept))
        .route("/praise/{id}/hide", post(statuses::annotations::hide_praise))
        .route("/praise/{id}/show", post(statuses::annotations::show_praise))
        .route("/delegates", get(delegates::show).post(delegates::appoint))
        .route("/delegates/{id}/dismiss", post(delegates::dismiss))
        .route("/tags/{name}", get(tag::show))
        .route("/compose", get(compose::show).post(compose::submit))
        .route("/uploads", post(compose::upload))
        .route("/uploads/{id}/remove", post(compose::remove))
        .route("/polls/{id}", post(statuses::poll::vote))
        .route("/settings/moving", get(account_move::show))
        .route("/settings/moving/aliases", post(account_move::add))
        .route("/settings/moving/aliases/remove", post(account_move::remove))
        .route("/settings/moving/check", post(account_move::check))
        .route("/settings/moving/move", post(account_move::move_account))
        .route("/settings/moving/back", post(account_move::remove_redirect))
        .route("/drafts", get(compose::drafts_page::show))
        .route("/drafts/{id}/delete", post(compose::drafts_page::delete))
        .route("/scheduled", get(compose::scheduled_page::show))
        .route("/circles", get(circles::list).post(circles::create))
        .route("/circles/{id}", get(circles::show).post(circles::rename))
        .route("/circles/{id}/add", post(circles::add))
        .route("/circles/{id}/remove", post(circles::remove))
        .route("/circles/{id}/delete", post(circles::delete))
        .route("/scheduled/{id}/cancel", post(compose::scheduled_page::cancel))
        .route("/settings/feeds", get(feeds::show).post(feeds::create))
        .route("/settings/feeds/{id}/end", post(feeds::end))
        .route("/feeds/{secret}/{name}", get(feeds::read))
        .route("/settings/mail", get(digest::show).post(digest::save))
        .route("/digest/{secret}", get(digest::ask).post(digest::stop))
        .route("/first-day", get(people::first_day::show))
        .route("/first-day/follow", post(people::first_day::follow))
        .route("/first-day/topics", post(people::first_day::topics))
        .route("/first-day/done", post(people::first_day::done))
        .route("/settings/bots", get(bots::show).post(bots::create))
        .route("/settings/bots/{id}/hooks", post(bots::create_hook))
        .route("/settings/bots/{id}/hooks/{hook}/end", post(bots::end_hook))
        .route("/settings/bots/{id}/tokens", post(bots::create_token))
        .route("/settings/bots/{id}/remove", post(bots::remove))
        .route("/hooks/{secret}", post(bots::webhooks::receive))
        .method_not_allowed_fallback(async || ErrorPage::method_not_allowed())
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(from_fn(extract::identify_visitor))
        .with_state(WebState { limits: Arc::new(Limits::new()) });
    pages.merge(assets::router()).merge(media::router())
}

/// Returns the error page for an unknown path, whatever the method.
pub async fn not_found() -> ErrorPage {
    ErrorPage::not_found()
}
