//! The page of a user's own bots: creating and removing bots, their webhooks and access tokens.

pub(crate) mod webhooks;

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;

use portico_domain::model::oauth::Scopes;
use portico_domain::model::{AccountId, HookId, Reach, Timestamp};
use portico_http::CurrentInstance;
use portico_service::access::bots::webhooks::WebhookInput;
use portico_service::access::bots::{self, BotInput, BotManager, BotView};

use crate::error::form_error_text;
use crate::extract::{Path, SignedIn};
use crate::forms::{Choice, CsrfForm, EmptyForm};
use crate::labels;
use crate::page::{PageResult, Shell, redirect, render_with};
use crate::view::Person;

/// Scopes of the access tokens that the page creates.
const TOKEN_SCOPES: &str = "read write:statuses write:media";

fn reach_choices(reaches: impl IntoIterator<Item = Reach>) -> Vec<Choice> {
    reaches.into_iter().map(|reach| Choice::for_reach(reach, false)).collect()
}

/// A webhook, as the page lists it.
struct WebhookRow {
    id: HookId,
    title: String,
    reach: &'static str,
    named: String,
    used: String,
}

/// A bot, as the page lists it.
struct BotRow {
    id: AccountId,
    person: Person,
    reach: &'static str,
    hooks: Vec<WebhookRow>,
    reaches: Vec<Choice>,
}

impl BotRow {
    fn from_view(view: &BotView, here: &CurrentInstance) -> Self {
        let used = |moment: Option<Timestamp>| match moment {
            Some(moment) => format!("last used {}", labels::moment(moment)),
            None => "never used".to_owned(),
        };
        let hook = |hook: &portico_domain::model::bot::Hook| WebhookRow {
            id: hook.id,
            title: hook.title.clone(),
            reach: labels::reach(hook.reach).label,
            named: hook.named.iter().map(|address| format!("@{address}")).collect::<Vec<_>>().join(", "),
            used: used(hook.last_used_at),
        };
        let within =
            |reach: &Reach| portico_domain::policy::bots::bounded(view.bot.ceiling, *reach) == *reach;
        Self {
            id: view.account.id,
            person: Person::from_account(&view.account, &here.urls),
            reach: labels::reach(view.bot.ceiling).label,
            hooks: view.webhooks.iter().map(hook).collect(),
            reaches: reach_choices(Reach::CHOICES.into_iter().rev().filter(within)),
        }
    }
}

/// A new secret, which is shown only once.
struct NewSecret {
    title: String,
    secret: String,
}

#[derive(Template)]
#[template(path = "bots.html")]
struct BotsPage {
    shell: Shell,
    rows: Vec<BotRow>,
    ceilings: Vec<Choice>,
    may_make: bool,
    new_secret: Option<NewSecret>,
    problem: Option<String>,
}

async fn page(
    here: &CurrentInstance,
    who: &SignedIn,
    outcome: Result<Option<NewSecret>, String>,
) -> PageResult {
    let by = BotManager::from_user(&who.user);
    let rows = bots::list(here, by, false).await?.iter().map(|view| BotRow::from_view(view, here)).collect();
    let most = portico_domain::policy::bots::highest(who.user.role, here.settings.default_reach);
    let within = |reach: &Reach| portico_domain::policy::bots::is_within(*reach, most);
    let (status, new_secret, problem) = match outcome {
        Ok(secret) => (StatusCode::OK, secret, None),
        Err(text) => (StatusCode::UNPROCESSABLE_ENTITY, None, Some(text)),
    };
    let page = BotsPage {
        shell: Shell::new(here, Some(who)),
        rows,
        ceilings: reach_choices(Reach::CHOICES.into_iter().filter(within)),
        may_make: portico_domain::policy::bots::may_make(here.settings.bots, who.user.role).is_ok(),
        new_secret,
        problem,
    };
    render_with(status, &page)
}

/// `GET /settings/bots`.
pub(crate) async fn show(here: CurrentInstance, who: SignedIn) -> PageResult {
    page(&here, &who, Ok(None)).await
}

/// The form of a new bot.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct BotForm {
    username: String,
    display_name: String,
    note: String,
    reach: String,
}

/// `POST /settings/bots`.
pub(crate) async fn create(
    here: CurrentInstance,
    who: SignedIn,
    CsrfForm(new): CsrfForm<BotForm>,
) -> PageResult {
    let wish = BotInput {
        display_name: Some(new.display_name),
        note: Some(new.note),
        ceiling: new.reach.parse().ok(),
        owner: None,
    };
    match bots::create(&here, BotManager::from_user(&who.user), new.username.trim(), wish).await {
        Ok(_) => redirect(StatusCode::SEE_OTHER, "/settings/bots"),
        Err(error) => page(&here, &who, Err(form_error_text(error)?)).await,
    }
}

/// The form of a new webhook.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WebhookForm {
    title: String,
    reach: String,
    /// Handles, separated by commas or spaces.
    named: String,
}

/// `POST /settings/bots/{id}/hooks`: creates a webhook, and shows its address once.
pub(crate) async fn create_hook(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<AccountId>,
    CsrfForm(form): CsrfForm<WebhookForm>,
) -> PageResult {
    let named = form.named.split([',', ' ']).map(str::trim).filter(|name| !name.is_empty());
    let new = WebhookInput {
        title: form.title,
        reach: form.reach.parse().ok(),
        named: named.map(str::to_owned).collect(),
    };
    match bots::webhooks::create(&here, BotManager::from_user(&who.user), id, new).await {
        Ok((hook, secret)) => {
            let secret =
                NewSecret { title: format!("The webhook {}", hook.title), secret: here.urls.hook(&secret) };
            page(&here, &who, Ok(Some(secret))).await
        }
        Err(error) => page(&here, &who, Err(form_error_text(error)?)).await,
    }
}

/// `POST /settings/bots/{id}/hooks/{hook}/end`.
pub(crate) async fn end_hook(
    here: CurrentInstance,
    who: SignedIn,
    Path((id, hook)): Path<(AccountId, HookId)>,
    _: CsrfForm<EmptyForm>,
) -> PageResult {
    bots::webhooks::delete(&here, BotManager::from_user(&who.user), id, hook).await?;
    redirect(StatusCode::SEE_OTHER, "/settings/bots")
}

/// `POST /settings/bots/{id}/tokens`: creates a token to read and post, and shows it once.
pub(crate) async fn create_token(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<AccountId>,
    _: CsrfForm<EmptyForm>,
) -> PageResult {
    let scopes = Scopes::parse(TOKEN_SCOPES).unwrap_or_default();
    let (_, secret) = bots::issue_token(&here, BotManager::from_user(&who.user), id, scopes, None).await?;
    let secret = NewSecret { title: "The access token".to_owned(), secret };
    page(&here, &who, Ok(Some(secret))).await
}

/// `POST /settings/bots/{id}/remove`.
pub(crate) async fn remove(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<AccountId>,
    _: CsrfForm<EmptyForm>,
) -> PageResult {
    bots::remove(&here, BotManager::from_user(&who.user), id).await?;
    redirect(StatusCode::SEE_OTHER, "/settings/bots")
}
