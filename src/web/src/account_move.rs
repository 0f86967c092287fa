//! Account migration pages: aliases, and moving to another account.
//!
//! Moved followers do not come back, so the page first shows what a move does, and asks for the password.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use serde::Deserialize;

use portico_domain::model::account::Account;
use portico_http::CurrentInstance;
use portico_http::limits::{Limits, RateLimit, Subject};
use portico_service::access::sign_in;
use portico_service::social::account_moves::{self, MovePreview};

use crate::ErrorPage;
use crate::extract::SignedIn;
use crate::forms::{CsrfForm, EmptyForm};
use crate::icons;
use crate::page::{PageResult, Shell, redirect, render_page, render_with};
use crate::view::Person;

#[derive(Template)]
#[template(path = "moving.html")]
struct AccountMovePage {
    shell: Shell,
    handle: String,
    aliases: Vec<AliasView>,
    /// The account that this one has moved to.
    moved_to: Option<AliasView>,
    /// Values to show again after an error: the alias, and the account to move to.
    alias: String,
    to: String,
    problem: Option<String>,
    done: Option<&'static str>,
}

/// An alias, or the target of a move.
struct AliasView {
    uri: String,
    /// `@name@host` of a known account; otherwise its URI.
    name: String,
}

#[derive(Template)]
#[template(path = "moving_confirm.html")]
struct ConfirmMovePage {
    shell: Shell,
    handle: String,
    to: Person,
    address: String,
    followers: i64,
    problem: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AccountMoveQuery {
    done: String,
}

/// The form. Contains a password, so it has no `Debug`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct AccountMoveForm {
    account: String,
    password: String,
}

/// An error text, with the values to show again.
#[derive(Debug, Default)]
struct AccountMoveError {
    alias: String,
    to: String,
    text: String,
}

/// `GET /settings/moving`.
pub(super) async fn show(here: CurrentInstance, who: SignedIn, RawQuery(query): RawQuery) -> PageResult {
    let parsed: AccountMoveQuery =
        serde_urlencoded::from_str(query.as_deref().unwrap_or_default()).unwrap_or_default();
    let done = match parsed.done.as_str() {
        "alias" => Some("Saved. The other account can now be moved here."),
        "removed" => Some("Saved."),
        "moved" => Some("Your account has moved. Your followers are being notified."),
        "back" => Some("The redirect was removed. People can follow you here again."),
        _ => None,
    };
    page(&here, &who, StatusCode::OK, done, None).await
}

async fn page(
    here: &CurrentInstance,
    who: &SignedIn,
    status: StatusCode,
    done: Option<&'static str>,
    fault: Option<AccountMoveError>,
) -> PageResult {
    let own = account_moves::linked_accounts(here, who.account.id).await?;
    let alias = |(uri, known): (String, Option<Account>)| {
        let name =
            known.map_or_else(|| uri.clone(), |account| Person::from_account(&account, &here.urls).handle);
        AliasView { uri, name }
    };
    let has_fault = fault.is_some();
    let fault = fault.unwrap_or_default();
    let page = AccountMovePage {
        shell: Shell::new(here, Some(who)),
        handle: Person::from_account(&who.account, &here.urls).handle,
        aliases: own.aliases.into_iter().map(alias).collect(),
        moved_to: own.moved_to.map(alias),
        alias: fault.alias,
        to: fault.to,
        problem: has_fault.then_some(fault.text),
        done,
    };
    if status == StatusCode::OK { render_page(&page) } else { render_with(status, &page) }
}

/// Returns the text of an error that the user can correct. Other errors become an error page.
fn move_error_text(error: portico_service::Error) -> Result<String, ErrorPage> {
    match error {
        portico_service::Error::NotFound(_) => Ok("No such account was found. Check the address.".to_owned()),
        portico_service::Error::Upstream(host) => Ok(format!("{host} did not respond. Try again later.")),
        portico_service::Error::Refused(_) => {
            Ok("This instance does not federate with their server.".to_owned())
        }
        portico_service::Error::Invalid(faults) => {
            let text = faults.join("; ");
            let mut letters = text.chars();
            let first = letters.next().map(char::to_uppercase);
            Ok(format!("{}{}.", first.into_iter().flatten().collect::<String>(), letters.as_str()))
        }
        other => Err(other.into()),
    }
}

/// Renders the page again with the error, and with the fields as they were typed.
async fn refuse(
    here: &CurrentInstance,
    who: &SignedIn,
    error: portico_service::Error,
    typed: AccountMoveError,
) -> PageResult {
    let fault = AccountMoveError { text: move_error_text(error)?, ..typed };
    page(here, who, StatusCode::UNPROCESSABLE_ENTITY, None, Some(fault)).await
}

/// `POST /settings/moving/aliases`: adds an alias.
pub(super) async fn add(
    here: CurrentInstance,
    who: SignedIn,
    CsrfForm(typed): CsrfForm<AccountMoveForm>,
) -> PageResult {
    match account_moves::add_alias(&here, who.account.id, &typed.account).await {
        Ok(_) => redirect(StatusCode::SEE_OTHER, "/settings/moving?done=alias"),
        Err(error) => {
            let typed = AccountMoveError { alias: typed.account, ..AccountMoveError::default() };
            refuse(&here, &who, error, typed).await
        }
    }
}

/// `POST /settings/moving/aliases/remove`: removes an alias.
pub(super) async fn remove(
    here: CurrentInstance,
    who: SignedIn,
    CsrfForm(typed): CsrfForm<AccountMoveForm>,
) -> PageResult {
    account_moves::remove_alias(&here, who.account.id, &typed.account).await?;
    redirect(StatusCode::SEE_OTHER, "/settings/moving?done=removed")
}

/// `POST /settings/moving/check`: shows what a move would do, with the form that confirms it.
pub(super) async fn check(
    here: CurrentInstance,
    who: SignedIn,
    CsrfForm(typed): CsrfForm<AccountMoveForm>,
) -> PageResult {
    match account_moves::preview(&here, who.account.id, &typed.account).await {
        Ok(prospect) => confirm(&here, &who, StatusCode::OK, prospect, typed.account, None),
        Err(error) => {
            let typed = AccountMoveError { to: typed.account, ..AccountMoveError::default() };
            refuse(&here, &who, error, typed).await
        }
    }
}

fn confirm(
    here: &CurrentInstance,
    who: &SignedIn,
    status: StatusCode,
    prospect: MovePreview,
    address: String,
    problem: Option<String>,
) -> PageResult {
    let page = ConfirmMovePage {
        shell: Shell::new(here, Some(who)),
        handle: Person::from_account(&who.account, &here.urls).handle,
        to: Person::from_account(&prospect.to, &here.urls),
        address,
        followers: prospect.followers,
        problem,
    };
    render_with(status, &page)
}

/// `POST /settings/moving/move`: checks the password and moves the account.
pub(super) async fn move_account(
    State(limits): State<Arc<Limits>>,
    here: CurrentInstance,
    who: SignedIn,
    CsrfForm(typed): CsrfForm<AccountMoveForm>,
) -> PageResult {
    let (domain, now) = (here.settings.domain.as_str(), here.now());
    let subject = Subject::name(&who.account.username);
    let verdict = limits.count(domain, RateLimit::SIGN_IN_NAME, subject.clone(), now);
    if !verdict.allowed {
        return Err(ErrorPage::too_many(verdict.retry_after(now)));
    }
    if !sign_in::is_password_of(&here, &who.user, &typed.password).await? {
        let prospect = account_moves::preview(&here, who.account.id, &typed.account).await?;
        let problem = Some("The password is wrong. The account was not moved.".to_owned());
        return confirm(&here, &who, StatusCode::UNPROCESSABLE_ENTITY, prospect, typed.account, problem);
    }
    limits.forgive(domain, RateLimit::SIGN_IN_NAME, subject);
    match account_moves::start(&here, who.account.id, &typed.account).await {
        Ok(_) => redirect(StatusCode::SEE_OTHER, "/settings/moving?done=moved"),
        Err(error) => {
            let typed = AccountMoveError { to: typed.account, ..AccountMoveError::default() };
            refuse(&here, &who, error, typed).await
        }
    }
}

/// `POST /settings/moving/back`: removes the redirect.
pub(super) async fn remove_redirect(
    here: CurrentInstance,
    who: SignedIn,
    _: CsrfForm<EmptyForm>,
) -> PageResult {
    account_moves::cancel(&here, who.account.id).await?;
    redirect(StatusCode::SEE_OTHER, "/settings/moving?done=back")
}
