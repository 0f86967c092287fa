//! The delegates page: who may post on the user's behalf, who the user may post for, and a log of such posts.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use serde::Deserialize;

use portico_domain::model::delegation::DelegationView;
use portico_domain::model::urls::Urls;
use portico_domain::model::{AccountId, Timestamp};
use portico_http::CurrentInstance;
use portico_service::people::accounts;
use portico_service::publishing::delegates::{self, DelegationInput};
use portico_service::{Error, Viewer};

use crate::extract::{Path, SignedIn};
use crate::forms::{CsrfForm, EmptyForm};
use crate::icons;
use crate::labels;
use crate::page::{PageResult, Shell, redirect, render_with};
use crate::pager::Pager;
use crate::view::Person;

#[derive(Template)]
#[template(path = "delegates.html")]
struct DelegatesPage {
    shell: Shell,
    delegates: Vec<DelegateRow>,
    leaders: Vec<DelegateRow>,
    record: Vec<DelegatedPostRow>,
    pager: Pager,
    problem: Option<String>,
}

/// A delegate, or an account that the user may post for.
struct DelegateRow {
    id: AccountId,
    person: Person,
    /// `may post and reply, until 2 July 2026, 12:00 UTC`.
    permission: String,
}

/// A post by a delegate.
struct DelegatedPostRow {
    delegate: Person,
    moment: String,
    kind: &'static str,
    href: Option<String>,
}

impl DelegateRow {
    fn from_view(view: &DelegationView, urls: &Urls) -> Self {
        let deeds = match (view.delegation.may_post, view.delegation.may_answer) {
            (true, true) => "post and reply",
            (true, false) => "post",
            _ => "reply",
        };
        let until = view.delegation.until.map(|until| format!(", until {}", labels::moment(until)));
        Self {
            id: view.account.id,
            person: Person::from_account(&view.account, urls),
            permission: format!("may {deeds}{}", until.unwrap_or_default()),
        }
    }
}

/// Renders the page.
pub(super) async fn show(here: CurrentInstance, who: SignedIn, RawQuery(query): RawQuery) -> PageResult {
    page(&here, &who, query.as_deref(), None).await
}

async fn page(
    here: &CurrentInstance,
    who: &SignedIn,
    query: Option<&str>,
    problem: Option<String>,
) -> PageResult {
    let me = who.account.id;
    let entries = |views: &[DelegationView]| {
        views.iter().map(|view| DelegateRow::from_view(view, &here.urls)).collect()
    };
    let record = delegates::record(here, me, me, Pager::request(query)).await?;
    let own = Person::from_account(&who.account, &here.urls).href;
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = DelegatesPage {
        shell: Shell::new(here, Some(who)),
        delegates: entries(&delegates::list(here, me).await?),
        leaders: entries(&delegates::leaders(here, me).await?),
        pager: Pager::for_page("/delegates", query, &record),
        record: record
            .items
            .iter()
            .map(|entry| DelegatedPostRow {
                delegate: Person::from_account(&entry.delegate, &here.urls),
                moment: labels::moment(entry.created_at),
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
pub(super) struct DelegateForm {
    handle: String,
    post: Option<String>,
    answer: Option<String>,
    until: String,
}

/// Appoints a delegate, or changes an existing delegation.
pub(super) async fn appoint(
    here: CurrentInstance,
    who: SignedIn,
    CsrfForm(form): CsrfForm<DelegateForm>,
) -> PageResult {
    let problem = match appointed(&here, &who, &form).await {
        Ok(()) => return redirect(StatusCode::SEE_OTHER, "/delegates"),
        Err(Error::Invalid(faults)) => format!("{}.", faults.join("; ")),
        Err(Error::NotFound(_)) => format!("No account with the handle {} was found.", form.handle.trim()),
        Err(Error::Refused(_)) => "A delegate must be another user of this instance.".to_owned(),
        Err(error) => return Err(error.into()),
    };
    page(&here, &who, None, Some(problem)).await
}

async fn appointed(here: &CurrentInstance, who: &SignedIn, form: &DelegateForm) -> Result<(), Error> {
    let account = accounts::lookup(here, Viewer::Local(who.account.id), form.handle.trim()).await?;
    let until = Some(form.until.trim()).filter(|text| !text.is_empty());
    let until = until
        .map(|text| Timestamp::parse(text).ok_or_else(|| Error::invalid("\"Until\" is not a valid date")))
        .transpose()?;
    let wish = DelegationInput { may_post: form.post.is_some(), may_answer: form.answer.is_some(), until };
    delegates::appoint(here, who.account.id, account.id, wish).await.map(drop)
}

/// Removes a delegate.
pub(super) async fn dismiss(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<AccountId>,
    _: CsrfForm<EmptyForm>,
) -> PageResult {
    delegates::dismiss(&here, who.account.id, id).await?;
    redirect(StatusCode::SEE_OTHER, "/delegates")
}
