//! The page of a hashtag, with its posts that the viewer may see.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::Uri;

use portico_html::normalise_tag;
use portico_http::problem::Problem;
use portico_http::{Here, Path};
use portico_service::reading::timelines::{self, Origin, TagFilter};

use super::icons;
use super::page::{Answer, Shell, render};
use super::pager::Pager;
use super::quote::Quoted;
use super::view::{Place, Post};
use super::visitor::{Visitor, to_sign_in};

/// Maximum length of a name, in characters. A longer one is cut.
const LONGEST_NAME: usize = 100;

#[derive(Template)]
#[template(path = "tag.html")]
struct Page {
    shell: Shell,
    name: String,
    posts: Vec<Post>,
    pager: Pager,
}

/// Renders the page of a hashtag. An unused hashtag has an empty page.
pub(super) async fn show(
    here: Here,
    visitor: Visitor,
    name: Result<Path<String>, Problem>,
    uri: Uri,
    RawQuery(query): RawQuery,
) -> Answer {
    let Path(name) = name?;
    if visitor.is_shut_out(&here) {
        return to_sign_in(&uri.to_string());
    }
    let name: String = name.chars().take(LONGEST_NAME).collect();
    let filter = TagFilter { any: vec![normalise_tag(&name)], ..TagFilter::default() };
    let request = Pager::request(query.as_deref());
    let page = timelines::tagged(&here, visitor.viewer(), filter, Origin::Any, request).await?;
    let now = here.now();
    render(&Page {
        shell: Shell::new(&here, visitor.who()),
        pager: Pager::of(uri.path(), query.as_deref(), &page),
        posts: page.items.iter().map(|view| Post::of(view, &here.urls, now)).collect(),
        name,
    })
}
