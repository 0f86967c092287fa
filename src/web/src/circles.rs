//! Pages of a user's own circles: creating and renaming them, and adding and removing members.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;

use portico_domain::model::page::PageRequest;
use portico_domain::model::{AccountId, CircleId};
use portico_http::CurrentInstance;
use portico_service::Error;
use portico_service::social::circles;

use crate::error::form_error_text;
use crate::extract::{Path, SignedIn};
use crate::forms::{CsrfForm, EmptyForm};
use crate::labels;
use crate::page::{PageResult, Shell, redirect, render_with};
use crate::view::Person;
use crate::{ErrorPage, icons};

#[derive(Template)]
#[template(path = "circles.html")]
struct CirclesPage {
    shell: Shell,
    circles: Vec<CircleRow>,
    problem: Option<String>,
}

struct CircleRow {
    id: CircleId,
    title: String,
    /// `3 people`.
    people: String,
}

#[derive(Template)]
#[template(path = "circle.html")]
struct CirclePage {
    shell: Shell,
    id: CircleId,
    title: String,
    members: Vec<(AccountId, Person)>,
    most: usize,
    problem: Option<String>,
}

/// The form with the name of a circle.
#[derive(Debug, Deserialize)]
pub(super) struct CircleForm {
    title: String,
}

/// The form that adds a member.
#[derive(Debug, Deserialize)]
pub(super) struct AddMemberForm {
    handle: String,
}

/// The form that removes a member.
#[derive(Debug, Deserialize)]
pub(super) struct RemoveMemberForm {
    account: AccountId,
}

/// `GET /circles`.
pub(super) async fn list(here: CurrentInstance, who: SignedIn) -> PageResult {
    circles_page(&here, &who, None).await
}

/// `POST /circles`.
pub(super) async fn create(
    here: CurrentInstance,
    who: SignedIn,
    CsrfForm(form): CsrfForm<CircleForm>,
) -> PageResult {
    match circles::create(&here, who.account.id, &form.title).await {
        Ok(circle) => redirect(StatusCode::SEE_OTHER, &format!("/circles/{}", circle.id)),
        Err(error) => circles_page(&here, &who, Some(circle_error_text(error)?)).await,
    }
}

/// `GET /circles/{id}`.
pub(super) async fn show(here: CurrentInstance, who: SignedIn, Path(id): Path<CircleId>) -> PageResult {
    circle_page(&here, &who, id, None).await
}

/// `POST /circles/{id}`: renames a circle.
pub(super) async fn rename(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<CircleId>,
    CsrfForm(form): CsrfForm<CircleForm>,
) -> PageResult {
    let renamed = circles::rename(&here, who.account.id, id, &form.title).await;
    show_result(&here, &who, id, renamed.map(drop)).await
}

/// `POST /circles/{id}/add`.
pub(super) async fn add(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<CircleId>,
    CsrfForm(form): CsrfForm<AddMemberForm>,
) -> PageResult {
    let added = circles::add_by_handle(&here, who.account.id, id, &form.handle).await;
    show_result(&here, &who, id, added.map(drop)).await
}

/// `POST /circles/{id}/remove`.
pub(super) async fn remove(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<CircleId>,
    CsrfForm(form): CsrfForm<RemoveMemberForm>,
) -> PageResult {
    let removed = circles::remove(&here, who.account.id, id, vec![form.account]).await;
    show_result(&here, &who, id, removed.map(drop)).await
}

/// `POST /circles/{id}/delete`.
pub(super) async fn delete(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<CircleId>,
    _: CsrfForm<EmptyForm>,
) -> PageResult {
    circles::delete(&here, who.account.id, id).await?;
    redirect(StatusCode::SEE_OTHER, "/circles")
}

async fn show_result(
    here: &CurrentInstance,
    who: &SignedIn,
    id: CircleId,
    outcome: Result<(), Error>,
) -> PageResult {
    match outcome {
        Ok(()) => redirect(StatusCode::SEE_OTHER, &format!("/circles/{id}")),
        Err(error) => circle_page(here, who, id, Some(circle_error_text(error)?)).await,
    }
}

/// Returns the text of an error that the user can correct. Other errors become an error page.
fn circle_error_text(error: Error) -> Result<String, ErrorPage> {
    match error {
        Error::NotFound("account") | Error::Refused(_) | Error::Upstream(_) => {
            Ok("This person cannot be added. Write the handle as @name or @name@their.instance.".to_owned())
        }
        error => form_error_text(error),
    }
}

const fn status(problem: Option<&String>) -> StatusCode {
    if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
}

async fn circles_page(here: &CurrentInstance, who: &SignedIn, problem: Option<String>) -> PageResult {
    let circles = circles::list_all(here, who.account.id).await?.into_iter().map(|circle| CircleRow {
        id: circle.id,
        title: circle.title,
        people: labels::count(circle.members, "person", "people"),
    });
    let circles = circles.collect();
    let code = status(problem.as_ref());
    render_with(code, &CirclesPage { shell: Shell::new(here, Some(who)), circles, problem })
}

async fn circle_page(
    here: &CurrentInstance,
    who: &SignedIn,
    id: CircleId,
    problem: Option<String>,
) -> PageResult {
    let circle = circles::show(here, who.account.id, id).await?;
    let most = i64::try_from(circles::MAX_MEMBERS).unwrap_or(i64::MAX);
    let people = circles::members(here, who.account.id, id, PageRequest::first(most)).await?;
    let members = people.items.iter().map(|account| (account.id, Person::from_account(account, &here.urls)));
    let page = CirclePage {
        shell: Shell::new(here, Some(who)),
        id,
        title: circle.title,
        members: members.collect(),
        most: circles::MAX_MEMBERS,
        problem: problem.clone(),
    };
    render_with(status(problem.as_ref()), &page)
}
