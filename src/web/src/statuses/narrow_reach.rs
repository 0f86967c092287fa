//! The page that narrows the reach of a user's own post.

use askama::Template;
use axum::http::{StatusCode, Uri};
use serde::Deserialize;

use portico_domain::model::StatusId;
use portico_domain::model::reach::{AudienceLimits, Partner};
use portico_http::problem::Problem;
use portico_http::{Here, Path};
use portico_service::sessions::SignedIn;
use portico_service::{Error, Viewer, statuses};

use super::composer::Choice;
use super::forms::Posted;
use super::page::{Answer, Shell, redirect, render_with};
use super::quote::Quoted;
use super::view::{Place, Post};
use super::visitor::{Visitor, to_sign_in};
use super::{ErrorPage, icons, words};

#[derive(Template)]
#[template(path = "narrow.html")]
struct Page {
    shell: Shell,
    post: Post,
    href: String,
    choices: Vec<Choice>,
    problem: Option<String>,
}

type At = Result<Path<(String, String)>, Problem>;

/// The form with the chosen reach.
#[derive(Debug, Deserialize)]
pub(super) struct Form {
    reach: String,
}

fn id_of(path: At) -> Result<StatusId, ErrorPage> {
    let Path((_, id)) = path?;
    id.parse().map_err(|_| ErrorPage::not_found())
}

/// Renders the page.
pub(super) async fn show(here: Here, visitor: Visitor, path: At, uri: Uri) -> Answer {
    let Some(who) = visitor.who() else { return to_sign_in(&uri.to_string()) };
    page(&here, who, id_of(path)?, None).await
}

/// Narrows the reach.
pub(super) async fn submit(here: Here, visitor: Visitor, path: At, Posted(form): Posted<Form>) -> Answer {
    let Some(who) = visitor.who() else { return Err(ErrorPage::forged()) };
    let id = id_of(path)?;
    let (reach, partner) = words::read_limits(&form.reach);
    let reach = reach.ok_or_else(|| ErrorPage::bad_request("Choose who can see the post."))?;
    let asked = AudienceLimits::new(reach, partner.map(|domain| Partner::named(&domain)));
    match statuses::narrow(&here, &who.account, id, asked).await {
        Ok(view) => redirect(StatusCode::SEE_OTHER, &Post::of(&view, &here.urls, here.now()).href),
        Err(Error::Invalid(faults)) => page(&here, who, id, Some(format!("{}.", faults.join("; ")))).await,
        Err(error) => Err(error.into()),
    }
}

async fn page(here: &Here, who: &SignedIn, id: StatusId, problem: Option<String>) -> Answer {
    let choices = statuses::narrower(here, who.account.id, id).await?;
    let view = statuses::show(here, Viewer::Local(who.account.id), id).await?;
    let now = view.status.audience_limits();
    let post = Post::of(&view, &here.urls, here.now());
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = Page {
        shell: Shell::new(here, Some(who)),
        href: post.href.clone(),
        post,
        choices: choices.iter().map(|limits| Choice::of(limits, *limits == now)).collect(),
        problem,
    };
    render_with(status, &page)
}
