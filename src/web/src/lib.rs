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
use portico_http::routing::erased;

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
        .route("/", get(erased(home::show)))
        .route("/sign-in", get(erased(sign_in::show)).post(erased(sign_in::submit)))
        .route("/sign-out", post(erased(sign_in::sign_out)))
        .route("/oauth/authorize", get(erased(authorize::ask)).post(erased(authorize::answer)))
        .route("/oauth/authorize/native", get(erased(authorize::show_code)))
        .route("/about", get(erased(about::show)))
        .route("/privacy-policy", get(erased(about::privacy_policy)))
        .route("/terms-of-service", get(erased(about::terms_of_service)))
        .route("/agreements", get(erased(agreements::list)).post(erased(agreements::propose)))
        .route("/agreements/{domain}", get(erased(agreements::show)).post(erased(agreements::act)))
        .route("/organisations/{domain}", get(erased(people::organisations::show)))
        .route("/people", get(erased(people::directory::show)))
        .route("/people/who-knows", get(erased(people::questions::who_knows)))
        .route("/people/ask", get(erased(people::questions::ask_form)).post(erased(people::questions::ask)))
        .route("/people/me", get(erased(people::edit::show)).post(erased(people::edit::save)))
        .route("/people/chart/{id}", get(erased(people::org_chart::show)))
        .route("/groups", get(erased(groups::browse)))
        .route("/groups/new", get(erased(groups::edit::new)).post(erased(groups::edit::create)))
        .route("/groups/{id}", get(erased(groups::show)))
        .route("/groups/{id}/members", get(erased(groups::members::show)))
        .route("/groups/{id}/edit", get(erased(groups::edit::show)).post(erased(groups::edit::save)))
        .route("/groups/{id}/do", post(erased(groups::actions::act)))
        .route("/@{name}", get(erased(people::profile::show)))
        .route("/@{name}/{id}", get(erased(statuses::show)))
        .route("/@{name}/{id}/history", get(erased(statuses::history::show)))
        .route("/@{name}/{id}/deliveries", get(erased(statuses::deliveries::show)))
        .route(
            "/@{name}/{id}/reach",
            get(erased(statuses::narrow_reach::show)).post(erased(statuses::narrow_reach::submit)),
        )
        .route("/@{name}/{id}/deliveries.csv", get(erased(statuses::deliveries::export)))
        .route("/@{name}/{id}/readers", get(erased(statuses::annotations::readers)))
        .route("/@{name}/{id}/readers.csv", get(erased(statuses::annotations::export)))
        .route("/must-read/{id}", post(erased(statuses::annotations::acknowledge)))
        .route("/must-read/{id}/remind", post(erased(statuses::annotations::remind)))
        .route("/must-read/{id}/end", post(erased(statuses::annotations::end)))
        .route("/answers/{id}/accept", post(erased(statuses::annotations::accept)))
        .route("/answers/{id}/take-back", post(erased(statuses::annotations::unaccept)))
        .route("/praise/{id}/hide", post(erased(statuses::annotations::hide_praise)))
        .route("/praise/{id}/show", post(erased(statuses::annotations::show_praise)))
        .route("/delegates", get(erased(delegates::show)).post(erased(delegates::appoint)))
        .route("/delegates/{id}/dismiss", post(erased(delegates::dismiss)))
        .route("/tags/{name}", get(erased(tag::show)))
        .route("/compose", get(erased(compose::show)).post(erased(compose::submit)))
        .route("/uploads", post(erased(compose::upload)))
        .route("/uploads/{id}/remove", post(erased(compose::remove)))
        .route("/polls/{id}", post(erased(statuses::poll::vote)))
        .route("/settings/moving", get(erased(account_move::show)))
        .route("/settings/moving/aliases", post(erased(account_move::add)))
        .route("/settings/moving/aliases/remove", post(erased(account_move::remove)))
        .route("/settings/moving/check", post(erased(account_move::check)))
        .route("/settings/moving/move", post(erased(account_move::move_account)))
        .route("/settings/moving/back", post(erased(account_move::remove_redirect)))
        .route("/drafts", get(erased(compose::drafts_page::show)))
        .route("/drafts/{id}/delete", post(erased(compose::drafts_page::delete)))
        .route("/scheduled", get(erased(compose::scheduled_page::show)))
        .route("/circles", get(erased(circles::list)).post(erased(circles::create)))
        .route("/circles/{id}", get(erased(circles::show)).post(erased(circles::rename)))
        .route("/circles/{id}/add", post(erased(circles::add)))
        .route("/circles/{id}/remove", post(erased(circles::remove)))
        .route("/circles/{id}/delete", post(erased(circles::delete)))
        .route("/scheduled/{id}/cancel", post(erased(compose::scheduled_page::cancel)))
        .route("/settings/feeds", get(erased(feeds::show)).post(erased(feeds::create)))
        .route("/settings/feeds/{id}/end", post(erased(feeds::end)))
        .route("/feeds/{secret}/{name}", get(erased(feeds::read)))
        .route("/settings/mail", get(erased(digest::show)).post(erased(digest::save)))
        .route("/digest/{secret}", get(erased(digest::ask)).post(erased(digest::stop)))
        .route("/first-day", get(erased(people::first_day::show)))
        .route("/first-day/follow", post(erased(people::first_day::follow)))
        .route("/first-day/topics", post(erased(people::first_day::topics)))
        .route("/first-day/done", post(erased(people::first_day::done)))
        .route("/settings/bots", get(erased(bots::show)).post(erased(bots::create)))
        .route("/settings/bots/{id}/hooks", post(erased(bots::create_hook)))
        .route("/settings/bots/{id}/hooks/{hook}/end", post(erased(bots::end_hook)))
        .route("/settings/bots/{id}/tokens", post(erased(bots::create_token)))
        .route("/settings/bots/{id}/remove", post(erased(bots::remove)))
        .route("/hooks/{secret}", post(erased(bots::webhooks::receive)))
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
