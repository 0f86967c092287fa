//! Pages of a user's own circles: creating and renaming them, and adding and removing members.

use askama::Template;
use axum::http::{StatusCode, Uri};
use serde::Deserialize;

use portico_domain::model::page::PageRequest;
use portico_domain::model::{AccountId, CircleId};
use portico_http::problem::Problem;
use portico_http::{Here, Path};
use portico_service::Error;
use portico_service::access::sessions::SignedIn;
use portico_service::social::circles;

use super::compose::Nothing;
use super::forms::Posted;
use super::page::{Answer, Shell, redirect, render_with};
use super::view::Person;
use super::visitor::{Visitor, to_sign_in};
use super::{ErrorPage, icons, words};

#[derive(Template)]
#[template(path = "circles.html")]
struct Page {
    shell: Shell,
    circles: Vec<Row>,
    problem: Option<String>,
}

struct Row {
    id: CircleId,
    title: String,
    /// `3 people`.
    people: String,
}

#[derive(Template)]
#[template(path = "circle.html")]
struct One {
    shell: Shell,
    id: CircleId,
    title: String,
    members: Vec<(AccountId, Person)>,
    most: usize,
    problem: Option<String>,
}

/// The form with the name of a circle.
#[derive(Debug, Deserialize)]
pub(super) struct Titled {
    title: String,
}

/// The form that adds a member.
#[derive(Debug, Deserialize)]
pub(super) struct Handle {
    handle: String,
}

/// The form that removes a member.
#[derive(Debug, Deserialize)]
pub(super) struct Member {
    account: AccountId,
}

type At = Result<Path<CircleId>, Problem>;

/// `GET /circles`.
pub(super) async fn list(here: Here, visitor: Visitor, uri: Uri) -> Answer {
    let Some(who) = visitor.who() else { return to_sign_in(&uri.to_string()) };
    page(&here, who, None).await
}

/// `POST /circles`.
pub(super) async fn create(here: Here, visitor: Visitor, Posted(form): Posted<Titled>) -> Answer {
    let Some(who) = visitor.who() else { return Err(ErrorPage::forged()) };
    match circles::create(&here, who.account.id, &form.title).await {
        Ok(circle) => redirect(StatusCode::SEE_OTHER, &format!("/circles/{}", circle.id)),
        Err(error) => page(&here, who, Some(sentence(error)?)).await,
    }
}

/// `GET /circles/{id}`.
pub(super) async fn show(here: Here, visitor: Visitor, id: At, uri: Uri) -> Answer {
    let Some(who) = visitor.who() else { return to_sign_in(&uri.to_string()) };
    let Path(id) = id?;
    one(&here, who, id, None).await
}

/// `POST /circles/{id}`: renames a circle.
pub(super) async fn rename(here: Here, visitor: Visitor, id: At, Posted(form): Posted<Titled>) -> Answer {
    let (Some(who), Path(id)) = (visitor.who(), id?) else { return Err(ErrorPage::forged()) };
    let renamed = circles::rename(&here, who.account.id, id, &form.title).await;
    done(&here, who, id, renamed.map(drop)).await
}

/// `POST /circles/{id}/add`.
pub(super) async fn add(here: Here, visitor: Visitor, id: At, Posted(form): Posted<Handle>) -> Answer {
    let (Some(who), Path(id)) = (visitor.who(), id?) else { return Err(ErrorPage::forged()) };
    let added = circles::add_by_handle(&here, who.account.id, id, &form.handle).await;
    done(&here, who, id, added.map(drop)).await
}

/// `POST /circles/{id}/remove`.
pub(super) async fn remove(here: Here, visitor: Visitor, id: At, Posted(form): Posted<Member>) -> Answer {
    let (Some(who), Path(id)) = (visitor.who(), id?) else { return Err(ErrorPage::forged()) };
    let removed = circles::remove(&here, who.account.id, id, vec![form.account]).await;
    done(&here, who, id, removed.map(drop)).await
}

/// `POST /circles/{id}/delete`.
pub(super) async fn delete(here: Here, visitor: Visitor, id: At, _: Posted<Nothing>) -> Answer {
    let (Some(who), Path(id)) = (visitor.who(), id?) else { return Err(ErrorPage::forged()) };
    circles::delete(&here, who.account.id, id).await?;
    redirect(StatusCode::SEE_OTHER, "/circles")
}

async fn done(here: &Here, who: &SignedIn, id: CircleId, outcome: Result<(), Error>) -> Answer {
    match outcome {
        Ok(()) => redirect(StatusCode::SEE_OTHER, &format!("/circles/{id}")),
        Err(error) => one(here, who, id, Some(sentence(error)?)).await,
    }
}

/// Returns the text of an error that the user can correct. Other errors become an error page.
fn sentence(error: Error) -> Result<String, ErrorPage> {
    match error {
        Error::Invalid(faults) => Ok(format!("{}.", faults.join("; "))),
        Error::NotFound("account") | Error::Refused(_) | Error::Upstream(_) => {
            Ok("This person cannot be added. Write the handle as @name or @name@their.instance.".to_owned())
        }
        error => Err(error.into()),
    }
}

const fn status(problem: Option<&String>) -> StatusCode {
    if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
}

async fn page(here: &Here, who: &SignedIn, problem: Option<String>) -> Answer {
    let circles = circles::list_all(here, who.account.id).await?.into_iter().map(|circle| Row {
        id: circle.id,
        title: circle.title,
        people: words::count(circle.members, "person", "people"),
    });
    let circles = circles.collect();
    let code = status(problem.as_ref());
    render_with(code, &Page { shell: Shell::new(here, Some(who)), circles, problem })
}

async fn one(here: &Here, who: &SignedIn, id: CircleId, problem: Option<String>) -> Answer {
    let circle = circles::show(here, who.account.id, id).await?;
    let most = i64::try_from(circles::MAX_MEMBERS).unwrap_or(i64::MAX);
    let people = circles::members(here, who.account.id, id, PageRequest::first(most)).await?;
    let members = people.items.iter().map(|account| (account.id, Person::of(account, &here.urls)));
    let page = One {
        shell: Shell::new(here, Some(who)),
        id,
        title: circle.title,
        members: members.collect(),
        most: circles::MAX_MEMBERS,
        problem: problem.clone(),
    };
    render_with(status(problem.as_ref()), &page)
}
