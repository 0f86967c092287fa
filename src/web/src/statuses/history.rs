//! The edit history of a post.

use askama::Template;
use axum::http::Uri;

use portico_domain::model::StatusId;
use portico_http::CurrentInstance;
use portico_service::publishing::statuses;

use crate::extract::{Path, Visitor, to_sign_in};
use crate::labels;
use crate::page::{PageResult, Shell, render_page};
use crate::view::Person;

#[derive(Template)]
#[template(path = "history.html")]
struct HistoryPage {
    shell: Shell,
    author: Person,
    href: String,
    versions: Vec<VersionRow>,
}

/// A version of a post.
struct VersionRow {
    moment: String,
    iso: String,
    warning: String,
    /// Sanitised HTML.
    content: String,
    options: Vec<String>,
    /// Number of attached files, in words.
    files: String,
}

/// Lists the versions of a post, the newest first.
pub(crate) async fn show(
    here: CurrentInstance,
    visitor: Visitor,
    Path((_, id)): Path<(String, StatusId)>,
    uri: Uri,
) -> PageResult {
    if visitor.is_shut_out(&here) {
        return to_sign_in(&uri.to_string());
    }
    let (author, edits, _, _) = statuses::history(&here, visitor.viewer(), id).await?;
    let author = Person::from_account(&author, &here.urls);
    let versions = edits.into_iter().rev().map(|edit| VersionRow {
        moment: labels::moment(edit.created_at),
        iso: edit.created_at.rfc3339(),
        warning: edit.spoiler_text,
        content: edit.content,
        options: edit.poll_options,
        files: match i64::try_from(edit.media.len()).unwrap_or(i64::MAX) {
            0 => String::new(),
            number => labels::count(number, "file attached", "files attached"),
        },
    });
    let page = HistoryPage {
        shell: Shell::new(&here, visitor.who()),
        href: format!("{}/{id}", author.href),
        author,
        versions: versions.collect(),
    };
    render_page(&page)
}
