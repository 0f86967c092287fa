//! The list of a user's own scheduled posts.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;

use portico_domain::model::ScheduledId;
use portico_http::CurrentInstance;
use portico_service::publishing::scheduled;

use crate::extract::{Path, SignedIn};
use crate::forms::{CsrfForm, EmptyForm};
use crate::labels;
use crate::page::{PageResult, Shell, redirect, render_page};
use crate::pager::Pager;

#[derive(Template)]
#[template(path = "scheduled.html")]
struct ScheduledPage {
    shell: Shell,
    waiting: Vec<ScheduledRow>,
    pager: Pager,
}

/// A scheduled post.
struct ScheduledRow {
    id: ScheduledId,
    moment: String,
    text: String,
}

/// Lists the scheduled posts.
pub(crate) async fn show(here: CurrentInstance, who: SignedIn, RawQuery(query): RawQuery) -> PageResult {
    let page = scheduled::list(&here, who.account.id, Pager::request(query.as_deref())).await?;
    let pager = Pager::for_page("/scheduled", query.as_deref(), &page);
    let waiting = page.items.into_iter().map(|view| ScheduledRow {
        id: view.scheduled.id,
        moment: labels::moment(view.scheduled.scheduled_at),
        text: view.new.text,
    });
    render_page(&ScheduledPage { shell: Shell::new(&here, Some(&who)), waiting: waiting.collect(), pager })
}

/// Cancels a scheduled post.
pub(crate) async fn cancel(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<ScheduledId>,
    _: CsrfForm<EmptyForm>,
) -> PageResult {
    scheduled::cancel(&here, who.account.id, id).await?;
    redirect(StatusCode::SEE_OTHER, "/scheduled")
}
