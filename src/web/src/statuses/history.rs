//! The edit history of a post.

use askama::Template;
use axum::http::Uri;

use portico_domain::model::StatusId;
use portico_http::problem::Problem;
use portico_http::{Here, Path};
use portico_service::statuses;

use super::ErrorPage;
use super::page::{Answer, Shell, render};
use super::view::Person;
use super::visitor::{Visitor, to_sign_in};
use super::words;

#[derive(Template)]
#[template(path = "history.html")]
struct Page {
    shell: Shell,
    author: Person,
    href: String,
    versions: Vec<Version>,
}

/// A version of a post.
struct Version {
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
pub(super) async fn show(
    here: Here,
    visitor: Visitor,
    path: Result<Path<(String, String)>, Problem>,
    uri: Uri,
) -> Answer {
    let Path((_, id)) = path?;
    if visitor.is_shut_out(&here) {
        return to_sign_in(&uri.to_string());
    }
    let id: StatusId = id.parse().map_err(|_| ErrorPage::not_found())?;
    let (author, edits, _, _) = statuses::history(&here, visitor.viewer(), id).await?;
    let author = Person::of(&author, &here.urls);
    let versions = edits.into_iter().rev().map(|edit| Version {
        moment: words::moment(edit.created_at),
        iso: edit.created_at.rfc3339(),
        warning: edit.spoiler_text,
        content: edit.content,
        options: edit.poll_options,
        files: match i64::try_from(edit.media.len()).unwrap_or(i64::MAX) {
            0 => String::new(),
            number => words::count(number, "file attached", "files attached"),
        },
    });
    let page = Page {
        shell: Shell::new(&here, visitor.who()),
        href: format!("{}/{id}", author.href),
        author,
        versions: versions.collect(),
    };
    render(&page)
}
