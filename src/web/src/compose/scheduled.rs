//! The list of a user's own scheduled posts.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::{StatusCode, Uri};

use portico_domain::model::ScheduledId;
use portico_http::problem::Problem;
use portico_http::{Here, Path};
use portico_service::scheduled;

use super::ErrorPage;
use super::compose::Nothing;
use super::forms::Posted;
use super::page::{Answer, Shell, redirect, render};
use super::pager::Pager;
use super::visitor::{Visitor, to_sign_in};
use super::words;

#[derive(Template)]
#[template(path = "scheduled.html")]
struct Page {
    shell: Shell,
    waiting: Vec<Waiting>,
    pager: Pager,
}

/// A scheduled post.
struct Waiting {
    id: ScheduledId,
    moment: String,
    text: String,
}

/// Lists the scheduled posts.
pub(super) async fn show(here: Here, visitor: Visitor, uri: Uri, RawQuery(query): RawQuery) -> Answer {
    let Some(who) = visitor.who() else { return to_sign_in(&uri.to_string()) };
    let page = scheduled::list(&here, who.account.id, Pager::request(query.as_deref())).await?;
    let pager = Pager::of("/scheduled", query.as_deref(), &page);
    let waiting = page.items.into_iter().map(|view| Waiting {
        id: view.scheduled.id,
        moment: words::moment(view.scheduled.scheduled_at),
        text: view.new.text,
    });
    render(&Page { shell: Shell::new(&here, Some(who)), waiting: waiting.collect(), pager })
}

/// Cancels a scheduled post.
pub(super) async fn cancel(
    here: Here,
    visitor: Visitor,
    id: Result<Path<ScheduledId>, Problem>,
    _: Posted<Nothing>,
) -> Answer {
    let Path(id) = id?;
    let who = visitor.who().ok_or_else(ErrorPage::forged)?;
    scheduled::cancel(&here, who.account.id, id).await?;
    redirect(StatusCode::SEE_OTHER, "/scheduled")
}
