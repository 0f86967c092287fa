//! Settings of digest mails, and the unsubscribe link that each mail contains.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::{StatusCode, Uri};
use serde::Deserialize;

use portico_domain::model::digest::Period;
use portico_http::problem::Problem;
use portico_http::{Here, Path};
use portico_service::reading::digests;

use super::ErrorPage;
use super::forms::Posted;
use super::page::{Answer, Shell, redirect, render};
use super::visitor::{Visitor, to_sign_in};

/// A choice of the form.
struct Choice {
    value: &'static str,
    label: &'static str,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Page {
    shell: Shell,
    choices: Vec<Choice>,
    available: bool,
    email: String,
    saved: bool,
}

/// `GET /settings/mail`.
pub(super) async fn show(here: Here, visitor: Visitor, uri: Uri, RawQuery(query): RawQuery) -> Answer {
    let Some(who) = visitor.who() else { return to_sign_in(&uri.to_string()) };
    let choice = digests::show_settings(&here, who.user.id).await?;
    let labels = [
        (Period::Daily, "Daily, if I have not visited for a day"),
        (Period::Weekly, "Weekly, if I have not visited for a week"),
        (Period::Off, "Never"),
    ];
    let one = |(period, label): (Period, &'static str)| Choice {
        value: period.as_str(),
        label,
        is_chosen: period == choice.period,
    };
    render(&Page {
        shell: Shell::new(&here, Some(who)),
        choices: labels.into_iter().map(one).collect(),
        available: choice.available,
        email: who.user.email.clone(),
        saved: query.as_deref() == Some("saved=1"),
    })
}

/// The form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    period: String,
}

/// `POST /settings/mail`.
pub(super) async fn save(here: Here, visitor: Visitor, Posted(form): Posted<Form>) -> Answer {
    let who = visitor.who().ok_or_else(ErrorPage::forged)?;
    let period = Period::parse(&form.period).ok_or_else(|| ErrorPage::bad_request("Choose how often."))?;
    digests::set_period(&here, who.user.id, period).await?;
    redirect(StatusCode::SEE_OTHER, "/settings/mail?saved=1")
}

#[derive(Template)]
#[template(path = "mail_stop.html")]
struct Stop {
    shell: Shell,
    secret: String,
    stopped: bool,
}

/// `GET /digest/{secret}`: asks for confirmation, because mail scanners open links.
pub(super) async fn ask(here: Here, visitor: Visitor, secret: Result<Path<String>, Problem>) -> Answer {
    let Path(secret) = secret?;
    digests::find_user_by_secret(&here, &secret).await?;
    render(&Stop { shell: Shell::new(&here, visitor.who()), secret, stopped: false })
}

/// `POST /digest/{secret}`: unsubscribes. The secret is the only authentication: mail programs send this
/// request with one click (RFC 8058), without cookies.
pub(super) async fn stop(here: Here, visitor: Visitor, secret: Result<Path<String>, Problem>) -> Answer {
    let Path(secret) = secret?;
    digests::unsubscribe(&here, &secret).await?;
    render(&Stop { shell: Shell::new(&here, visitor.who()), secret, stopped: true })
}
