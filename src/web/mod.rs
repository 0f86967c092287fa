//! The HTML edge: what people see in a browser.
//!
//! Pages are askama templates (`templates/`) over small view types ([`view`]); style, pictures and one script
//! are in `assets/`, in the binary. Everything works without script, and the Content-Security-Policy allows
//! no other. A handler parses, calls one service and renders; who may see what is policy's to say.
//!
//! Every form carries a secret of its session and is refused without it (see [`forms`]).

mod about;
mod assets;
mod authorize;
mod compose;
mod composer;
mod cookies;
mod draft;
mod error;
mod forms;
mod history;
mod home;
mod icons;
mod media;
mod negotiation;
mod page;
mod pager;
mod people;
mod poll;
mod profile;
mod quote;
mod scheduled;
mod sign_in;
mod status;
mod tag;
mod view;
mod visitor;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::middleware::from_fn;
use axum::routing::{get, post};

use crate::http::limits::Limits;

pub use error::ErrorPage;

/// Forms here are small; the largest carries an app's `state`.
const LARGEST_FORM: usize = 64 * 1024;

/// What the pages of one process share.
#[derive(Clone)]
struct Web {
    limits: Arc<Limits>,
}

impl FromRef<Web> for Arc<Limits> {
    fn from_ref(web: &Web) -> Self {
        Self::clone(&web.limits)
    }
}

/// The pages, and what they are made of. Every request must carry its instance (see
/// [`Here`](crate::http::Here)).
pub fn router() -> Router {
    let pages = Router::new()
        .route("/", get(home::show))
        .route("/sign-in", get(sign_in::show).post(sign_in::submit))
        .route("/sign-out", post(sign_in::leave))
        .route("/oauth/authorize", get(authorize::ask).post(authorize::answer))
        .route("/oauth/authorize/native", get(authorize::show_code))
        .route("/about", get(about::show))
        .route("/privacy-policy", get(about::privacy_policy))
        .route("/terms-of-service", get(about::terms_of_service))
        .route("/people", get(people::show))
        .route("/people/who-knows", get(people::who_knows))
        .route("/people/me", get(people::edit).post(people::save))
        .route("/people/chart/{id}", get(people::org_chart))
        .route("/@{name}", get(profile::show))
        .route("/@{name}/{id}", get(status::show))
        .route("/@{name}/{id}/history", get(history::show))
        .route("/tags/{name}", get(tag::show))
        .route("/compose", get(compose::show).post(compose::submit))
        .route("/uploads", post(compose::upload))
        .route("/uploads/{id}/remove", post(compose::remove))
        .route("/polls/{id}", post(poll::vote))
        .route("/scheduled", get(scheduled::show))
        .route("/scheduled/{id}/cancel", post(scheduled::cancel))
        .method_not_allowed_fallback(async || ErrorPage::method_not_allowed())
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(from_fn(visitor::recognise))
        .with_state(Web { limits: Arc::new(Limits::new()) });
    pages.merge(assets::router()).merge(media::router())
}

/// The answer to a path that is no page: a sentence for people, whatever the method.
pub async fn not_found() -> ErrorPage {
    ErrorPage::not_found()
}
