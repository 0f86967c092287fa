//! The page of a user's own bots: creating and removing bots, their webhooks and access tokens.

use askama::Template;
use axum::http::{StatusCode, Uri};
use serde::Deserialize;

use portico_domain::model::oauth::Scopes;
use portico_domain::model::{AccountId, HookId, Reach, Timestamp};
use portico_http::problem::Problem;
use portico_http::{Here, Path};
use portico_service::Error;
use portico_service::bots::hooks::{self, NewHook};
use portico_service::bots::{self, BotView, Tender, Wish};

use super::ErrorPage;
use super::compose::Nothing;
use super::forms::Posted;
use super::page::{Answer, Shell, redirect, render_with};
use super::view::Person;
use super::visitor::{Visitor, to_sign_in};
use super::words;

/// Scopes of the access tokens that the page creates.
const TOKEN_SCOPES: &str = "read write:statuses write:media";

/// A reach to choose.
struct Choice {
    value: Reach,
    label: &'static str,
}

fn choices(reaches: impl IntoIterator<Item = Reach>) -> Vec<Choice> {
    reaches.into_iter().map(|reach| Choice { value: reach, label: words::reach(reach).label }).collect()
}

/// A webhook, as the page lists it.
struct HookRow {
    id: HookId,
    title: String,
    reach: &'static str,
    named: String,
    used: String,
}

/// A bot, as the page lists it.
struct Row {
    id: AccountId,
    person: Person,
    reach: &'static str,
    hooks: Vec<HookRow>,
    reaches: Vec<Choice>,
}

impl Row {
    fn of(view: &BotView, here: &Here) -> Self {
        let used = |moment: Option<Timestamp>| match moment {
            Some(moment) => format!("last used {}", words::moment(moment)),
            None => "never used".to_owned(),
        };
        let hook = |hook: &portico_domain::model::bot::Hook| HookRow {
            id: hook.id,
            title: hook.title.clone(),
            reach: words::reach(hook.reach).label,
            named: hook.named.iter().map(|address| format!("@{address}")).collect::<Vec<_>>().join(", "),
            used: used(hook.last_used_at),
        };
        let within =
            |reach: &Reach| portico_domain::policy::bots::bounded(view.bot.ceiling, *reach) == *reach;
        Self {
            id: view.account.id,
            person: Person::of(&view.account, &here.urls),
            reach: words::reach(view.bot.ceiling).label,
            hooks: view.hooks.iter().map(hook).collect(),
            reaches: choices(Reach::CHOICES.into_iter().rev().filter(within)),
        }
    }
}

/// A new secret, which is shown only once.
struct Told {
    title: String,
    secret: String,
}

#[derive(Template)]
#[template(path = "bots.html")]
struct Page {
    shell: Shell,
    rows: Vec<Row>,
    ceilings: Vec<Choice>,
    may_make: bool,
    told: Option<Told>,
    problem: Option<String>,
}

async fn page(here: &Here, visitor: &Visitor, outcome: Result<Option<Told>, String>) -> Answer {
    let who = visitor.who().ok_or_else(ErrorPage::forged)?;
    let by = Tender::of(&who.user);
    let rows = bots::list(here, by, false).await?.iter().map(|view| Row::of(view, here)).collect();
    let most = portico_domain::policy::bots::highest(who.user.role, here.settings.default_reach);
    let within = |reach: &Reach| portico_domain::policy::bots::is_within(*reach, most);
    let (status, told, problem) = match outcome {
        Ok(told) => (StatusCode::OK, told, None),
        Err(sentence) => (StatusCode::UNPROCESSABLE_ENTITY, None, Some(sentence)),
    };
    let page = Page {
        shell: Shell::new(here, Some(who)),
        rows,
        ceilings: choices(Reach::CHOICES.into_iter().filter(within)),
        may_make: portico_domain::policy::bots::may_make(here.settings.bots, who.user.role).is_ok(),
        told,
        problem,
    };
    render_with(status, &page)
}

/// Returns the text of an error that the user can correct. Other errors become an error page.
fn sentence(error: Error) -> Result<String, ErrorPage> {
    match error {
        Error::Invalid(faults) => Ok(format!("{}.", faults.join("; "))),
        Error::Conflict(what) => Ok(format!("{what}.")),
        Error::Refused(why) => Ok(format!("Not allowed: {why}.")),
        error => Err(error.into()),
    }
}

/// `GET /settings/bots`.
pub(super) async fn show(here: Here, visitor: Visitor, uri: Uri) -> Answer {
    if visitor.who().is_none() {
        return to_sign_in(&uri.to_string());
    }
    page(&here, &visitor, Ok(None)).await
}

/// The form of a new bot.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewBot {
    username: String,
    display_name: String,
    note: String,
    reach: String,
}

fn tender(visitor: &Visitor) -> Result<Tender, ErrorPage> {
    visitor.who().map(|who| Tender::of(&who.user)).ok_or_else(ErrorPage::forged)
}

/// `POST /settings/bots`.
pub(super) async fn create(here: Here, visitor: Visitor, Posted(new): Posted<NewBot>) -> Answer {
    let wish = Wish {
        display_name: Some(new.display_name),
        note: Some(new.note),
        ceiling: new.reach.parse().ok(),
        owner: None,
    };
    match bots::create(&here, tender(&visitor)?, new.username.trim(), wish).await {
        Ok(_) => redirect(StatusCode::SEE_OTHER, "/settings/bots"),
        Err(error) => page(&here, &visitor, Err(sentence(error)?)).await,
    }
}

/// The form of a new webhook.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Hooked {
    title: String,
    reach: String,
    /// Handles, separated by commas or spaces.
    named: String,
}

/// `POST /settings/bots/{id}/hooks`: creates a webhook, and shows its address once.
pub(super) async fn create_hook(
    here: Here,
    visitor: Visitor,
    id: Result<Path<AccountId>, Problem>,
    Posted(form): Posted<Hooked>,
) -> Answer {
    let Path(id) = id?;
    let named = form.named.split([',', ' ']).map(str::trim).filter(|name| !name.is_empty());
    let new = NewHook {
        title: form.title,
        reach: form.reach.parse().ok(),
        named: named.map(str::to_owned).collect(),
    };
    match hooks::create(&here, tender(&visitor)?, id, new).await {
        Ok((hook, secret)) => {
            let told = Told { title: format!("The webhook {}", hook.title), secret: here.urls.hook(&secret) };
            page(&here, &visitor, Ok(Some(told))).await
        }
        Err(error) => page(&here, &visitor, Err(sentence(error)?)).await,
    }
}

/// `POST /settings/bots/{id}/hooks/{hook}/end`.
pub(super) async fn end_hook(
    here: Here,
    visitor: Visitor,
    ids: Result<Path<(AccountId, HookId)>, Problem>,
    _: Posted<Nothing>,
) -> Answer {
    let Path((id, hook)) = ids?;
    hooks::end(&here, tender(&visitor)?, id, hook).await?;
    redirect(StatusCode::SEE_OTHER, "/settings/bots")
}

/// `POST /settings/bots/{id}/tokens`: creates a token to read and post, and shows it once.
pub(super) async fn create_token(
    here: Here,
    visitor: Visitor,
    id: Result<Path<AccountId>, Problem>,
    _: Posted<Nothing>,
) -> Answer {
    let Path(id) = id?;
    let scopes = Scopes::parse(TOKEN_SCOPES).unwrap_or_default();
    let (_, secret) = bots::issue_token(&here, tender(&visitor)?, id, scopes, None).await?;
    let told = Told { title: "The access token".to_owned(), secret };
    page(&here, &visitor, Ok(Some(told))).await
}

/// `POST /settings/bots/{id}/remove`.
pub(super) async fn remove(
    here: Here,
    visitor: Visitor,
    id: Result<Path<AccountId>, Problem>,
    _: Posted<Nothing>,
) -> Answer {
    let Path(id) = id?;
    bots::remove(&here, tender(&visitor)?, id).await?;
    redirect(StatusCode::SEE_OTHER, "/settings/bots")
}
