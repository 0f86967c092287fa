//! The page of a post: its ancestors, the post, and the replies that the viewer may see.

pub(crate) mod annotations;
pub(crate) mod deliveries;
pub(crate) mod history;
pub(crate) mod narrow_reach;
pub(crate) mod poll;
pub(crate) mod quote;

use askama::Template;
use axum::http::{HeaderMap, StatusCode, Uri};

use portico_domain::model::view::StatusView;
use portico_domain::model::{Reach, StatusId};
use portico_http::CurrentInstance;
use portico_service::publishing::statuses;

use self::annotations::ReplyView;
use crate::compose::compose_view::{self, ComposeView};
use crate::extract::{Path, Visitor, to_sign_in};
use crate::page::{PageResult, Shell, redirect, render_with};
use crate::people::profile::split_handle;
use crate::view::Post;
use crate::{ErrorPage, icons, negotiation};

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPage {
    shell: Shell,
    post: Post,
    ancestors: Vec<Post>,
    replies: Vec<ReplyView>,
    origin: Option<String>,
    /// Path of the viewer's own post, for links to its delivery log and reach.
    log: Option<String>,
    /// Path of the list of readers, for the viewer's own must-read post.
    readers: Option<String>,
    alternate: Option<String>,
    embedded: Option<String>,
    answer: Option<ComposeView>,
    problem: Option<String>,
}

/// Renders the page of a post. Redirects clients that prefer ActivityStreams to the object.
pub(crate) async fn show(
    here: CurrentInstance,
    visitor: Visitor,
    Path((handle, id)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> PageResult {
    let (username, domain) = split_handle(&handle);
    let id: Option<StatusId> = id.parse().ok();
    if let (None, Some(id), true) = (domain, id, negotiation::wants_activity(&headers)) {
        return redirect(StatusCode::FOUND, &here.urls.status(&negotiation::segment(username), id));
    }
    if visitor.is_shut_out(&here) {
        return to_sign_in(&uri.to_string());
    }
    let id = id.ok_or_else(ErrorPage::not_found)?;
    let shown = statuses::show(&here, visitor.viewer(), id).await?;
    // A path with another name than the author's is not found. A boost redirects to the boosted post.
    let author = &shown.account;
    let domain = domain.filter(|domain| !domain.eq_ignore_ascii_case(&here.settings.domain));
    let fits = author.username.eq_ignore_ascii_case(username)
        && author.domain.as_deref().map(str::to_lowercase) == domain.map(str::to_lowercase);
    if !fits {
        return Err(ErrorPage::not_found());
    }
    if let Some(boosted) = &shown.boosted {
        let post = Post::from_view(boosted, &here.urls, here.now());
        return redirect(StatusCode::SEE_OTHER, &post.href);
    }
    status_page(&here, &visitor, &shown, None).await
}

/// Renders the page of a post, optionally with the error text of a form on it.
pub(crate) async fn status_page(
    here: &CurrentInstance,
    visitor: &Visitor,
    shown: &StatusView,
    problem: Option<String>,
) -> PageResult {
    let (context, _) = statuses::context(here, visitor.viewer(), shown.status.id).await?;
    let now = here.now();
    let posts =
        |views: &[StatusView]| views.iter().map(|view| Post::from_view(view, &here.urls, now)).collect();
    let is_local = shown.account.is_local();
    // Other sites fetch embeds without signing in.
    let is_embeddable = is_local && here.settings.public_pages && shown.status.reach == Reach::Public;
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let answer = match visitor.who() {
        Some(who) => {
            let mut form = ComposeView::answer(here, who, shown).await?;
            form.leaders = compose_view::leaders(here, who, None).await?;
            Some(form)
        }
        None => None,
    };
    let own = visitor.who().is_some_and(|who| who.account.id == shown.account.id);
    let page = StatusPage {
        shell: Shell::new(here, visitor.who()),
        log: own.then(|| Post::from_view(shown, &here.urls, now).href),
        post: Post::from_view(shown, &here.urls, now),
        ancestors: posts(&context.ancestors),
        replies: annotations::replies(shown, posts(&context.descendants)),
        readers: Some(format!("{}/readers", Post::from_view(shown, &here.urls, now).href))
            .filter(|_| own && shown.annotations.must_read.is_some()),
        origin: shown.status.url.clone().filter(|url| !is_local && url.starts_with("http")),
        alternate: is_local.then(|| shown.status.uri.clone()),
        embedded: shown.status.url.as_deref().filter(|_| is_embeddable).map(|url| here.urls.oembed(url)),
        answer,
        problem,
    };
    let mut response = render_with(status, &page)?;
    if is_local {
        negotiation::point_to(&mut response, &shown.status.uri);
    }
    Ok(response)
}
