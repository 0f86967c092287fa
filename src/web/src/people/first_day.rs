//! Onboarding for new users: filling in the profile, and following people and hashtags.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;

use portico_http::CurrentInstance;
use portico_service::people::first_day::{self, ColleaguesInput, SuggestedColleagues};

use crate::extract::SignedIn;
use crate::forms::{CsrfForm, EmptyForm};
use crate::labels;
use crate::page::{PageResult, Shell, redirect, render_page};
use crate::view::Person;

/// Maximum number of people listed by name for each group.
const SHOWN: usize = 8;

/// The people of the user's department or division.
struct ColleaguesView {
    name: String,
    /// `12 people`.
    count: String,
    people: Vec<Person>,
    more: bool,
}

impl ColleaguesView {
    fn from_circle(circle: &SuggestedColleagues, here: &CurrentInstance) -> Self {
        let number = i64::try_from(circle.people.len()).unwrap_or(i64::MAX);
        Self {
            name: circle.name.clone(),
            count: labels::count(number, "person", "people"),
            people: circle
                .people
                .iter()
                .take(SHOWN)
                .map(|one| Person::from_account(one, &here.urls))
                .collect(),
            more: circle.people.len() > SHOWN,
        }
    }
}

#[derive(Template)]
#[template(path = "first_day.html")]
struct FirstDayPage {
    shell: Shell,
    missing: Vec<&'static str>,
    manager: Option<Person>,
    department: ColleaguesView,
    division: ColleaguesView,
    topics: Vec<(String, bool)>,
}

/// `GET /first-day`.
pub(crate) async fn show(here: CurrentInstance, who: SignedIn) -> PageResult {
    let day = first_day::show(&here, who.account.id).await?;
    render_page(&FirstDayPage {
        shell: Shell::new(&here, Some(&who)),
        missing: day.missing.iter().map(|attribute| attribute.label()).collect(),
        manager: day.manager.as_ref().map(|manager| Person::from_account(manager, &here.urls)),
        department: ColleaguesView::from_circle(&day.department, &here),
        division: ColleaguesView::from_circle(&day.division, &here),
        topics: day.topics.into_iter().map(|view| (view.name, view.following)).collect(),
    })
}

/// The form that follows people.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FollowColleaguesForm {
    manager: Option<String>,
    department: Option<String>,
    division: Option<String>,
}

/// `POST /first-day/follow`.
pub(crate) async fn follow(
    here: CurrentInstance,
    who: SignedIn,
    CsrfForm(form): CsrfForm<FollowColleaguesForm>,
) -> PageResult {
    let wish = ColleaguesInput {
        manager: form.manager.is_some(),
        department: form.department.is_some(),
        division: form.division.is_some(),
    };
    first_day::follow(&here, &who.account, wish).await?;
    redirect(StatusCode::SEE_OTHER, "/first-day")
}

/// `POST /first-day/topics`: follows hashtags. The form has a field `tag_NAME` for each chosen one.
pub(crate) async fn topics(
    here: CurrentInstance,
    who: SignedIn,
    CsrfForm(form): CsrfForm<std::collections::BTreeMap<String, String>>,
) -> PageResult {
    let chosen: Vec<String> =
        form.keys().filter_map(|name| name.strip_prefix("tag_")).map(str::to_owned).collect();
    first_day::follow_topics(&here, who.account.id, &chosen).await?;
    redirect(StatusCode::SEE_OTHER, "/first-day")
}

/// `POST /first-day/done`.
pub(crate) async fn done(here: CurrentInstance, who: SignedIn, _: CsrfForm<EmptyForm>) -> PageResult {
    first_day::finish(&here, who.account.id).await?;
    redirect(StatusCode::SEE_OTHER, "/")
}
