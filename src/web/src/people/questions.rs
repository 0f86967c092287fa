//! Experts of a subject, and questions to people by skill.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use serde::Deserialize;

use super::{PersonCard, read};
use portico_domain::model::profile::Expert;
use portico_domain::model::question::QuestionRecipient;
use portico_http::CurrentInstance;
use portico_service::people::profiles;
use portico_service::publishing::questions;

use crate::extract::SignedIn;
use crate::forms::CsrfForm;
use crate::icons;
use crate::page::{PageResult, Shell, redirect, render_page, render_with};
use crate::view::{Person, Post};

/// Number of experts on the page.
const EXPERTS: usize = 20;

/// An expert, as the page shows them.
struct ExpertView {
    card: PersonCard,
    skills: String,
    posts: Vec<Post>,
}

#[derive(Template)]
#[template(path = "who_knows.html")]
struct WhoKnowsPage {
    shell: Shell,
    text: String,
    experts: Vec<ExpertView>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WhoKnowsPageQuery {
    q: String,
}

/// `GET /people/who-knows`.
pub(crate) async fn who_knows(here: CurrentInstance, who: SignedIn, RawQuery(query): RawQuery) -> PageResult {
    let text = read::<WhoKnowsPageQuery>(query.as_deref()).q;
    let found = profiles::who_knows(&here, who.account.id, &text, EXPERTS).await?;
    let now = here.now();
    let view = |expert: &Expert| ExpertView {
        card: PersonCard::from_view(&expert.person, &here.urls),
        skills: expert.skills.join(", "),
        posts: expert.posts.iter().map(|view| Post::from_view(view, &here.urls, now)).collect(),
    };
    let experts = found.iter().map(view).collect();
    render_page(&WhoKnowsPage { shell: Shell::new(&here, Some(&who)), text, experts })
}

#[derive(Template)]
#[template(path = "ask.html")]
struct AskPage {
    shell: Shell,
    about: String,
    text: String,
    key: String,
    /// People who would be asked, each with their matching skills; `None` before the preview.
    found: Option<Vec<(Person, String)>>,
    problem: Option<String>,
}

/// The question form; `button` is the button that was pressed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AskForm {
    about: String,
    text: String,
    key: String,
    #[serde(rename = "do")]
    button: String,
}

/// `GET /people/ask`.
pub(crate) async fn ask_form(here: CurrentInstance, who: SignedIn, RawQuery(query): RawQuery) -> PageResult {
    let about = read::<WhoKnowsPageQuery>(query.as_deref()).q;
    ask_page(&here, &who, AskForm { about, key: here.rng.secret(), ..AskForm::default() }, None, None)
}

/// `POST /people/ask`: previews who would be asked, or sends the question.
pub(crate) async fn ask(
    here: CurrentInstance,
    who: SignedIn,
    CsrfForm(form): CsrfForm<AskForm>,
) -> PageResult {
    let question = questions::QuestionInput {
        about: form.about.clone(),
        text: form.text.clone(),
        idempotency_key: Some(form.key.clone()).filter(|key| !key.is_empty()),
        ..questions::QuestionInput::default()
    };
    let outcome = match form.button.as_str() {
        "ask" => match questions::ask(&here, &who.account, question).await {
            Ok((view, _)) => {
                return redirect(StatusCode::SEE_OTHER, &Post::from_view(&view, &here.urls, here.now()).href);
            }
            Err(error) => Err(error),
        },
        _ => questions::preview(&here, &who.account, &question).await,
    };
    match outcome {
        Ok(found) => ask_page(&here, &who, form, Some(found), None),
        Err(portico_service::Error::Invalid(faults)) => {
            ask_page(&here, &who, form, None, Some(format!("{}.", faults.join("; "))))
        }
        Err(error) => Err(error.into()),
    }
}

fn ask_page(
    here: &CurrentInstance,
    who: &SignedIn,
    form: AskForm,
    found: Option<Vec<QuestionRecipient>>,
    problem: Option<String>,
) -> PageResult {
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let row = |asked: &QuestionRecipient| {
        (Person::from_account(&asked.account, &here.urls), asked.skills.join(", "))
    };
    let page = AskPage {
        shell: Shell::new(here, Some(who)),
        about: form.about,
        text: form.text,
        key: form.key,
        found: found.map(|found| found.iter().map(row).collect()),
        problem,
    };
    render_with(status, &page)
}
