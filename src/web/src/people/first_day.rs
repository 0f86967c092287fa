//! Onboarding for new users: filling in the profile, and following people and hashtags.

use askama::Template;
use axum::http::{StatusCode, Uri};
use serde::Deserialize;

use portico_http::Here;
use portico_service::first_day::{self, Circle, Wish};

use super::ErrorPage;
use super::compose::Nothing;
use super::forms::Posted;
use super::page::{Answer, Shell, redirect, render};
use super::view::Person;
use super::visitor::{Visitor, to_sign_in};
use super::words;

/// Maximum number of people listed by name for each group.
const SHOWN: usize = 8;

/// The people of the user's department or division.
struct Around {
    name: String,
    /// `12 people`.
    count: String,
    people: Vec<Person>,
    more: bool,
}

impl Around {
    fn of(circle: &Circle, here: &Here) -> Self {
        let number = i64::try_from(circle.people.len()).unwrap_or(i64::MAX);
        Self {
            name: circle.name.clone(),
            count: words::count(number, "person", "people"),
            people: circle.people.iter().take(SHOWN).map(|one| Person::of(one, &here.urls)).collect(),
            more: circle.people.len() > SHOWN,
        }
    }
}

#[derive(Template)]
#[template(path = "first_day.html")]
struct Page {
    shell: Shell,
    missing: Vec<&'static str>,
    manager: Option<Person>,
    department: Around,
    division: Around,
    topics: Vec<(String, bool)>,
}

/// `GET /first-day`.
pub(super) async fn show(here: Here, visitor: Visitor, uri: Uri) -> Answer {
    let Some(who) = visitor.who() else { return to_sign_in(&uri.to_string()) };
    let day = first_day::show(&here, who.account.id).await?;
    render(&Page {
        shell: Shell::new(&here, Some(who)),
        missing: day.missing.iter().map(|attribute| attribute.label()).collect(),
        manager: day.manager.as_ref().map(|manager| Person::of(manager, &here.urls)),
        department: Around::of(&day.department, &here),
        division: Around::of(&day.division, &here),
        topics: day.topics.into_iter().map(|view| (view.name, view.following)).collect(),
    })
}

/// The form that follows people.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct People {
    manager: Option<String>,
    department: Option<String>,
    division: Option<String>,
}

/// `POST /first-day/follow`.
pub(super) async fn follow(here: Here, visitor: Visitor, Posted(form): Posted<People>) -> Answer {
    let who = visitor.who().ok_or_else(ErrorPage::forged)?;
    let wish = Wish {
        manager: form.manager.is_some(),
        department: form.department.is_some(),
        division: form.division.is_some(),
    };
    first_day::follow(&here, &who.account, wish).await?;
    redirect(StatusCode::SEE_OTHER, "/first-day")
}

/// `POST /first-day/topics`: follows hashtags. The form has a field `tag_NAME` for each chosen one.
pub(super) async fn topics(
    here: Here,
    visitor: Visitor,
    Posted(form): Posted<std::collections::BTreeMap<String, String>>,
) -> Answer {
    let who = visitor.who().ok_or_else(ErrorPage::forged)?;
    let chosen: Vec<String> =
        form.keys().filter_map(|name| name.strip_prefix("tag_")).map(str::to_owned).collect();
    first_day::follow_topics(&here, who.account.id, &chosen).await?;
    redirect(StatusCode::SEE_OTHER, "/first-day")
}

/// `POST /first-day/done`.
pub(super) async fn done(here: Here, visitor: Visitor, _: Posted<Nothing>) -> Answer {
    let who = visitor.who().ok_or_else(ErrorPage::forged)?;
    first_day::finish(&here, who.account.id).await?;
    redirect(StatusCode::SEE_OTHER, "/")
}
