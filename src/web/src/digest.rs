//! Settings of digest mails, and the unsubscribe link that each mail contains.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use serde::Deserialize;

use portico_domain::model::digest::Period;
use portico_http::CurrentInstance;
use portico_service::reading::digests;

use crate::ErrorPage;
use crate::extract::{Path, SignedIn, Visitor};
use crate::forms::{Choice, CsrfForm};
use crate::page::{PageResult, Shell, redirect, render_page};

#[derive(Template)]
#[template(path = "mail.html")]
struct DigestPage {
    shell: Shell,
    choices: Vec<Choice>,
    available: bool,
    email: String,
    saved: bool,
}

/// `GET /settings/mail`.
pub(super) async fn show(here: CurrentInstance, who: SignedIn, RawQuery(query): RawQuery) -> PageResult {
    let choice = digests::show_settings(&here, who.user.id).await?;
    let labels = [
        (Period::Daily, "Daily, if I have not visited for a day"),
        (Period::Weekly, "Weekly, if I have not visited for a week"),
        (Period::Off, "Never"),
    ];
    let one = |(period, label): (Period, &str)| Choice::new(period.as_str(), label, period == choice.period);
    render_page(&DigestPage {
        shell: Shell::new(&here, Some(&who)),
        choices: labels.into_iter().map(one).collect(),
        available: choice.available,
        email: who.user.email.clone(),
        saved: query.as_deref() == Some("saved=1"),
    })
}

/// The form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DigestForm {
    period: String,
}

/// `POST /settings/mail`.
pub(super) async fn save(
    here: CurrentInstance,
    who: SignedIn,
    CsrfForm(form): CsrfForm<DigestForm>,
) -> PageResult {
    let period = form.period.parse::<Period>().map_err(|_| ErrorPage::bad_request("Choose how often."))?;
    digests::set_period(&here, who.user.id, period).await?;
    redirect(StatusCode::SEE_OTHER, "/settings/mail?saved=1")
}

#[derive(Template)]
#[template(path = "mail_stop.html")]
struct UnsubscribePage {
    shell: Shell,
    secret: String,
    stopped: bool,
}

/// `GET /digest/{secret}`: asks for confirmation, because mail scanners open links.
pub(super) async fn ask(here: CurrentInstance, visitor: Visitor, Path(secret): Path<String>) -> PageResult {
    digests::find_user_by_secret(&here, &secret).await?;
    render_page(&UnsubscribePage { shell: Shell::new(&here, visitor.who()), secret, stopped: false })
}

/// `POST /digest/{secret}`: unsubscribes. The secret is the only authentication: mail programs send this
/// request with one click (RFC 8058), without cookies.
pub(super) async fn stop(here: CurrentInstance, visitor: Visitor, Path(secret): Path<String>) -> PageResult {
    digests::unsubscribe(&here, &secret).await?;
    render_page(&UnsubscribePage { shell: Shell::new(&here, visitor.who()), secret, stopped: true })
}
