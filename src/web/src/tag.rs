//! The page of a hashtag, with its posts that the viewer may see.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::Uri;

use portico_html::normalise_tag;
use portico_http::CurrentInstance;
use portico_service::reading::timelines::{self, Origin, TagFilter};

use crate::extract::{Path, Visitor, to_sign_in};
use crate::icons;
use crate::page::{PageResult, Shell, render_page};
use crate::pager::Pager;
use crate::view::Post;

/// Maximum length of a name, in characters. A longer one is cut.
const LONGEST_NAME: usize = 100;

#[derive(Template)]
#[template(path = "tag.html")]
struct TagPage {
    shell: Shell,
    name: String,
    posts: Vec<Post>,
    pager: Pager,
}

/// Renders the page of a hashtag. An unused hashtag has an empty page.
pub(super) async fn show(
    here: CurrentInstance,
    visitor: Visitor,
    Path(name): Path<String>,
    uri: Uri,
    RawQuery(query): RawQuery,
) -> PageResult {
    if visitor.is_shut_out(&here) {
        return to_sign_in(&uri.to_string());
    }
    let name: String = name.chars().take(LONGEST_NAME).collect();
    let filter = TagFilter { any: vec![normalise_tag(&name)], ..TagFilter::default() };
    let request = Pager::request(query.as_deref());
    let page = timelines::tagged(&here, visitor.viewer(), filter, Origin::Any, request).await?;
    let now = here.now();
    render_page(&TagPage {
        shell: Shell::new(&here, visitor.who()),
        pager: Pager::for_page(uri.path(), query.as_deref(), &page),
        posts: page.items.iter().map(|view| Post::from_view(view, &here.urls, now)).collect(),
        name,
    })
}
