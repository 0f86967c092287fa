//! Bots for which the caller is responsible, their tokens and their webhooks. Programs post to a webhook at
//! its own address, outside this module.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::CurrentUser;
use super::{entities, scope};
use portico_domain::model::oauth::Scopes;
use portico_domain::model::{AccountId, HookId, Reach, TokenId};
use portico_http::params::ClearableText;
use portico_http::routing::{Documented as _, delete, get};
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::access::bots::webhooks::{self, WebhookInput};
use portico_service::access::bots::{self, BotInput, BotManager};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/portico/v1/bots", get(list).post(create))
        .endpoint("/api/portico/v1/bots/{id}", get(show).put(change).delete(remove))
        .endpoint("/api/portico/v1/bots/{id}/tokens", get(tokens).post(issue_token))
        .endpoint("/api/portico/v1/bots/{id}/tokens/{token}", delete(revoke_token))
        .endpoint("/api/portico/v1/bots/{id}/hooks", get(list_hooks).post(create_hook))
        .endpoint("/api/portico/v1/bots/{id}/hooks/{hook}", delete(end_hook))
}

fn tender<S>(me: &CurrentUser<S>) -> BotManager {
    BotManager::from_user(&me.user)
}

fn whole(me: &CurrentUser<scope::WriteAccounts>) -> ApiResult<BotManager> {
    if me.token().scopes.grants("write") {
        Ok(tender(me))
    } else {
        Err(Problem::forbidden("This action is outside the authorized scopes"))
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct BotsQuery {
    /// For administrators: list the bots of all owners.
    all: Option<bool>,
}

/// The attributes of a bot. Absent ones keep their value, or get the default on creation.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct BotParams {
    /// The user name; it cannot be changed later.
    username: String,
    display_name: ClearableText,
    /// A description of the bot.
    note: ClearableText,
    /// The widest reach of the bot's posts: `instance`, `company`, `partners` or `public`.
    reach: Option<String>,
    /// The handle of the account responsible for the bot. Only administrators may name someone else.
    owner: Option<String>,
}

fn reach(word: Option<&str>) -> ApiResult<Option<Reach>> {
    let word = word.filter(|word| !word.is_empty());
    word.map(|word| word.parse().map_err(|fault| Problem::invalid(&[format!("Reach {fault}")]))).transpose()
}

impl BotParams {
    fn wish(self) -> ApiResult<BotInput> {
        Ok(BotInput {
            display_name: self.display_name.0,
            note: self.note.0,
            ceiling: reach(self.reach.as_deref())?,
            owner: self.owner,
        })
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct BotTokenParams {
    /// The scopes of the token, separated by spaces.
    scopes: String,
}

/// The attributes of a new webhook.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct WebhookParams {
    /// The purpose of the webhook.
    title: String,
    /// The reach of its posts, no wider than that of its bot: `direct`, `instance`, `company`, `partners` or
    /// `public`.
    reach: Option<String>,
    /// The handles of the accounts that each of its posts mentions.
    mentions: Vec<String>,
}

/// Lists the bots for which the caller is responsible.
async fn list(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
    Params(listing): Params<BotsQuery>,
) -> ApiResult<Json<Vec<entities::Bot>>> {
    let found = bots::list(&here, tender(&me), listing.all.unwrap_or(false)).await?;
    Ok(Json(found.iter().map(|view| entities::Bot::render(view, &here.urls)).collect()))
}

/// Creates a bot.
async fn create(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Params(form): Params<BotParams>,
) -> ApiResult<Json<entities::Bot>> {
    let by = whole(&me)?;
    let username = form.username.clone();
    if username.is_empty() {
        return Err(Problem::missing("username"));
    }
    let view = bots::create(&here, by, &username, form.wish()?).await?;
    Ok(Json(entities::Bot::render(&view, &here.urls)))
}

/// Returns a bot.
async fn show(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::Bot>> {
    let view = bots::show(&here, tender(&me), id).await?;
    Ok(Json(entities::Bot::render(&view, &here.urls)))
}

/// Changes a bot.
async fn change(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path(id): Path<AccountId>,
    Params(form): Params<BotParams>,
) -> ApiResult<Json<entities::Bot>> {
    let view = bots::change(&here, whole(&me)?, id, form.wish()?).await?;
    Ok(Json(entities::Bot::render(&view, &here.urls)))
}

/// Deletes a bot: its tokens and webhooks stop working. Its user name stays reserved.
async fn remove(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::Empty>> {
    bots::remove(&here, whole(&me)?, id).await?;
    Ok(Json(entities::Empty {}))
}

/// Lists the active tokens of a bot.
async fn tokens(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<Vec<entities::BotToken>>> {
    let found = bots::tokens(&here, tender(&me), id).await?;
    let shown =
        found.iter().map(|stored| entities::BotToken::render(&stored.token, stored.last_used_at, None));
    Ok(Json(shown.collect()))
}

/// Creates a token for a bot, with scopes that the caller's own token has.
async fn issue_token(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path(id): Path<AccountId>,
    Params(form): Params<BotTokenParams>,
) -> ApiResult<Json<entities::BotToken>> {
    let by = whole(&me)?;
    let scopes = Scopes::parse(&form.scopes).map_err(|fault| Problem::invalid(&[fault.to_string()]))?;
    let (token, secret) = bots::issue_token(&here, by, id, scopes, Some(&me.token().scopes)).await?;
    Ok(Json(entities::BotToken::render(&token, None, Some(secret))))
}

/// Revokes a token of a bot.
async fn revoke_token(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path((id, token)): Path<(AccountId, TokenId)>,
) -> ApiResult<Json<entities::Empty>> {
    bots::revoke_token(&here, whole(&me)?, id, token).await?;
    Ok(Json(entities::Empty {}))
}

/// Lists the webhooks of a bot.
async fn list_hooks(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<Vec<entities::Webhook>>> {
    let view = bots::show(&here, tender(&me), id).await?;
    let shown = view.webhooks.iter().map(|hook| entities::Webhook::render(hook, None, &here.urls));
    Ok(Json(shown.collect()))
}

/// Creates a webhook of a bot. Only this response contains its address.
async fn create_hook(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path(id): Path<AccountId>,
    Params(form): Params<WebhookParams>,
) -> ApiResult<Json<entities::Webhook>> {
    let by = whole(&me)?;
    let new = WebhookInput { reach: reach(form.reach.as_deref())?, title: form.title, named: form.mentions };
    let (hook, secret) = webhooks::create(&here, by, id, new).await?;
    Ok(Json(entities::Webhook::render(&hook, Some(&secret), &here.urls)))
}

/// Deletes a webhook of a bot.
async fn end_hook(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path((id, hook)): Path<(AccountId, HookId)>,
) -> ApiResult<Json<entities::Empty>> {
    webhooks::delete(&here, whole(&me)?, id, hook).await?;
    Ok(Json(entities::Empty {}))
}
