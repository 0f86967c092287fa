//! The list of a user's own drafts.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::{StatusCode, Uri};

use portico_domain::model::DraftId;
use portico_http::problem::Problem;
use portico_http::{Here, Path};
use portico_service::drafts;

use super::ErrorPage;
use super::compose::Nothing;
use super::forms::Posted;
use super::page::{Answer, Shell, redirect, render};
use super::pager::Pager;
use super::visitor::{Visitor, to_sign_in};
use super::words;

#[derive(Template)]
#[template(path = "drafts.html")]
struct Page {
    shell: Shell,
    drafts: Vec<Begun>,
    pager: Pager,
}

/// A draft.
struct Begun {
    id: DraftId,
    moment: String,
    text: String,
    files: String,
}

/// `GET /drafts`.
pub(super) async fn show(here: Here, visitor: Visitor, uri: Uri, RawQuery(query): RawQuery) -> Answer {
    let Some(who) = visitor.who() else { return to_sign_in(&uri.to_string()) };
    let page = drafts::list(&here, who.account.id, Pager::request(query.as_deref())).await?;
    let pager = Pager::of("/drafts", query.as_deref(), &page);
    let begun = page.items.into_iter().map(|view| Begun {
        id: view.draft.id,
        moment: words::moment(view.draft.updated_at),
        text: if view.new.text.is_empty() { view.new.spoiler_text } else { view.new.text },
        files: match view.draft.media.len() {
            0 => String::new(),
            number => words::count(i64::try_from(number).unwrap_or(0), "file", "files"),
        },
    });
    render(&Page { shell: Shell::new(&here, Some(who)), drafts: begun.collect(), pager })
}

/// `POST /drafts/{id}/delete`.
pub(super) async fn delete(
    here: Here,
    visitor: Visitor,
    id: Result<Path<DraftId>, Problem>,
    _: Posted<Nothing>,
) -> Answer {
    let Path(id) = id?;
    let who = visitor.who().ok_or_else(ErrorPage::forged)?;
    drafts::delete(&here, who.account.id, id).await?;
    redirect(StatusCode::SEE_OTHER, "/drafts")
}
