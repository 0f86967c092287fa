//! The list of a user's own drafts.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;

use portico_domain::model::DraftId;
use portico_http::CurrentInstance;
use portico_service::publishing::drafts;

use crate::extract::{Path, SignedIn};
use crate::forms::{CsrfForm, EmptyForm};
use crate::labels;
use crate::page::{PageResult, Shell, redirect, render_page};
use crate::pager::Pager;

#[derive(Template)]
#[template(path = "drafts.html")]
struct DraftsPage {
    shell: Shell,
    drafts: Vec<DraftRow>,
    pager: Pager,
}

/// A draft.
struct DraftRow {
    id: DraftId,
    moment: String,
    text: String,
    files: String,
}

/// `GET /drafts`.
pub(crate) async fn show(here: CurrentInstance, who: SignedIn, RawQuery(query): RawQuery) -> PageResult {
    let page = drafts::list(&here, who.account.id, Pager::request(query.as_deref())).await?;
    let pager = Pager::for_page("/drafts", query.as_deref(), &page);
    let begun = page.items.into_iter().map(|view| DraftRow {
        id: view.draft.id,
        moment: labels::moment(view.draft.updated_at),
        text: if view.new.text.is_empty() { view.new.spoiler_text } else { view.new.text },
        files: match view.draft.media.len() {
            0 => String::new(),
            number => labels::count(i64::try_from(number).unwrap_or(0), "file", "files"),
        },
    });
    render_page(&DraftsPage { shell: Shell::new(&here, Some(&who)), drafts: begun.collect(), pager })
}

/// `POST /drafts/{id}/delete`.
pub(crate) async fn delete(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<DraftId>,
    _: CsrfForm<EmptyForm>,
) -> PageResult {
    drafts::delete(&here, who.account.id, id).await?;
    redirect(StatusCode::SEE_OTHER, "/drafts")
}
