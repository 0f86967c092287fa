//! The delegates page: who may post on the user's behalf, who the user may post for, and a log of such posts.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::{StatusCode, Uri};
use serde::Deserialize;

use portico_domain::model::delegation::DelegationView;
use portico_domain::model::urls::Urls;
use portico_domain::model::{AccountId, Timestamp};
use portico_http::problem::Problem;
use portico_http::{Here, Path};
use portico_service::delegates::{self, Appointment};
use portico_service::sessions::SignedIn;
use portico_service::{Error, Viewer, accounts};

use super::ErrorPage;
use super::compose::Nothing;
use super::forms::Posted;
use super::icons;
use super::page::{Answer, Shell, redirect, render_with};
use super::pager::Pager;
use super::view::Person;
use super::visitor::{Visitor, to_sign_in};
use super::words;

#[derive(Template)]
#[template(path = "delegates.html")]
struct Page {
    shell: Shell,
    delegates: Vec<Entry>,
    leaders: Vec<Entry>,
    record: Vec<Said>,
    pager: Pager,
    problem: Option<String>,
}

/// A delegate, or an account that the user may post for.
struct Entry {
    id: AccountId,
    person: Person,
    /// `may post and reply, until 2 July 2026, 12:00 UTC`.
    told: String,
}

/// A post by a delegate.
struct Said {
    delegate: Person,
    moment: String,
    kind: &'static str,
    href: Option<String>,
}

impl Entry {
    fn of(view: &DelegationView, urls: &Urls) -> Self {
        let deeds = match (view.delegation.may_post, view.delegation.may_answer) {
            (true, true) => "post and reply",
            (true, false) => "post",
            _ => "reply",
        };
        let until = view.delegation.until.map(|until| format!(", until {}", words::moment(until)));
        Self {
            id: view.account.id,
            person: Person::of(&view.account, urls),
            told: format!("may {deeds}{}", until.unwrap_or_default()),
        }
    }
}

/// Renders the page.
pub(super) async fn show(here: Here, visitor: Visitor, uri: Uri, RawQuery(query): RawQuery) -> Answer {
    let Some(who) = visitor.who() else { return to_sign_in(&uri.to_string()) };
    page(&here, who, query.as_deref(), None).await
}

async fn page(here: &Here, who: &SignedIn, query: Option<&str>, problem: Option<String>) -> Answer {
    let me = who.account.id;
    let entries = |views: &[DelegationView]| views.iter().map(|view| Entry::of(view, &here.urls)).collect();
    let record = delegates::record(here, me, me, Pager::request(query)).await?;
    let own = Person::of(&who.account, &here.urls).href;
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = Page {
        shell: Shell::new(here, Some(who)),
        delegates: entries(&delegates::list(here, me).await?),
        leaders: entries(&delegates::leaders(here, me).await?),
        pager: Pager::of("/delegates", query, &record),
        record: record
            .items
            .iter()
            .map(|entry| Said {
                delegate: Person::of(&entry.delegate, &here.urls),
                moment: words::moment(entry.created_at),
                kind: if entry.is_answer { "a reply" } else { "a post" },
                href: entry.is_there.then(|| format!("{own}/{}", entry.status_id)),
            })
            .collect(),
        problem,
    };
    render_with(status, &page)
}

/// The form that appoints a delegate.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    handle: String,
    post: Option<String>,
    answer: Option<String>,
    until: String,
}

/// Appoints a delegate, or changes an existing delegation.
pub(super) async fn appoint(here: Here, visitor: Visitor, Posted(form): Posted<Form>) -> Answer {
    let who = visitor.who().ok_or_else(ErrorPage::forged)?;
    let problem = match appointed(&here, who, &form).await {
        Ok(()) => return redirect(StatusCode::SEE_OTHER, "/delegates"),
        Err(Error::Invalid(faults)) => format!("{}.", faults.join("; ")),
        Err(Error::NotFound(_)) => format!("No account with the handle {} was found.", form.handle.trim()),
        Err(Error::Refused(_)) => "A delegate must be another user of this instance.".to_owned(),
        Err(error) => return Err(error.into()),
    };
    page(&here, who, None, Some(problem)).await
}

async fn appointed(here: &Here, who: &SignedIn, form: &Form) -> Result<(), Error> {
    let account = accounts::lookup(here, Viewer::Local(who.account.id), form.handle.trim()).await?;
    let until = Some(form.until.trim()).filter(|text| !text.is_empty());
    let until = until
        .map(|text| Timestamp::parse(text).ok_or_else(|| Error::invalid("\"Until\" is not a valid date")))
        .transpose()?;
    let wish = Appointment { may_post: form.post.is_some(), may_answer: form.answer.is_some(), until };
    delegates::appoint(here, who.account.id, account.id, wish).await.map(drop)
}

/// Removes a delegate.
pub(super) async fn dismiss(
    here: Here,
    visitor: Visitor,
    id: Result<Path<AccountId>, Problem>,
    _: Posted<Nothing>,
) -> Answer {
    let Path(id) = id?;
    let who = visitor.who().ok_or_else(ErrorPage::forged)?;
    delegates::dismiss(&here, who.account.id, id).await?;
    redirect(StatusCode::SEE_OTHER, "/delegates")
}
