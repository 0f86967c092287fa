//! The page that narrows the reach of a user's own post.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;

use portico_domain::model::StatusId;
use portico_domain::model::reach::{AudienceLimits, Partner};
use portico_http::CurrentInstance;
use portico_service::publishing::statuses;
use portico_service::{Error, Viewer};

use crate::extract::{Path, SignedIn};
use crate::forms::{Choice, CsrfForm};
use crate::labels;
use crate::page::{PageResult, Shell, redirect, render_with};
use crate::view::Post;
use crate::{ErrorPage, icons};

#[derive(Template)]
#[template(path = "narrow.html")]
struct NarrowReachPage {
    shell: Shell,
    post: Post,
    href: String,
    choices: Vec<Choice>,
    problem: Option<String>,
}

/// The form with the chosen reach.
#[derive(Debug, Deserialize)]
pub(crate) struct NarrowReachForm {
    reach: String,
}

/// Renders the page.
pub(crate) async fn show(
    here: CurrentInstance,
    who: SignedIn,
    Path((_, id)): Path<(String, StatusId)>,
) -> PageResult {
    page(&here, &who, id, None).await
}

/// Narrows the reach.
pub(crate) async fn submit(
    here: CurrentInstance,
    who: SignedIn,
    Path((_, id)): Path<(String, StatusId)>,
    CsrfForm(form): CsrfForm<NarrowReachForm>,
) -> PageResult {
    let (reach, partner) = labels::read_limits(&form.reach);
    let reach = reach.ok_or_else(|| ErrorPage::bad_request("Choose who can see the post."))?;
    let asked = AudienceLimits::new(reach, partner.map(|domain| Partner::named(&domain)));
    match statuses::narrow(&here, &who.account, id, asked).await {
        Ok(view) => redirect(StatusCode::SEE_OTHER, &Post::from_view(&view, &here.urls, here.now()).href),
        Err(Error::Invalid(faults)) => page(&here, &who, id, Some(format!("{}.", faults.join("; ")))).await,
        Err(error) => Err(error.into()),
    }
}

async fn page(here: &CurrentInstance, who: &SignedIn, id: StatusId, problem: Option<String>) -> PageResult {
    let choices = statuses::narrower(here, who.account.id, id).await?;
    let view = statuses::show(here, Viewer::Local(who.account.id), id).await?;
    let now = view.status.audience_limits();
    let post = Post::from_view(&view, &here.urls, here.now());
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = NarrowReachPage {
        shell: Shell::new(here, Some(who)),
        href: post.href.clone(),
        post,
        choices: choices.iter().map(|limits| Choice::for_audience(limits, *limits == now)).collect(),
        problem,
    };
    render_with(status, &page)
}
