//! Bots and their webhooks.

use schemars::JsonSchema;
use serde::Serialize;

use super::Account;
use crate::model::bot::Hook;
use crate::model::oauth;
use crate::model::urls::Urls;
use crate::model::{Reach, Timestamp};
use crate::service::bots::BotView;

/// A bot, for those who tend it: Portico's own.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Bot {
    id: String,
    account: Account,
    /// Who answers for it.
    owner: Account,
    /// How far it may go at most.
    reach: Reach,
    created_at: String,
    hooks: Vec<Webhook>,
}

impl Bot {
    /// Renders a bot.
    pub fn render(view: &BotView, urls: &Urls) -> Self {
        Self {
            id: view.account.id.to_string(),
            account: Account::render(&view.account, urls),
            owner: Account::render(&view.owner, urls),
            reach: view.bot.ceiling,
            created_at: view.bot.created_at.rfc3339(),
            hooks: view.hooks.iter().map(|hook| Webhook::render(hook, None, urls)).collect(),
        }
    }
}

/// A webhook of a bot: Portico's own.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Webhook {
    id: String,
    title: String,
    /// How far its posts go.
    reach: Reach,
    /// The addresses of the people whom each of its posts names.
    mentions: Vec<String>,
    created_at: String,
    last_used_at: Option<String>,
    /// Where a program posts to; told once, when it is made.
    url: Option<String>,
}

impl Webhook {
    /// Renders a webhook; with its address, if its secret is known.
    pub fn render(hook: &Hook, secret: Option<&str>, urls: &Urls) -> Self {
        Self {
            id: hook.id.to_string(),
            title: hook.title.clone(),
            reach: hook.reach,
            mentions: hook.named.clone(),
            created_at: hook.created_at.rfc3339(),
            last_used_at: hook.last_used_at.map(Timestamp::rfc3339),
            url: secret.map(|secret| urls.hook(secret)),
        }
    }
}

/// An access token of a bot: Portico's own.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BotToken {
    id: String,
    scope: String,
    created_at: String,
    /// When it was last used, to the hour.
    last_used_at: Option<String>,
    /// The token itself; told once, when it is made.
    access_token: Option<String>,
}

impl BotToken {
    /// Renders a token; with its secret, if it is known.
    pub fn render(token: &oauth::Token, last_used_at: Option<Timestamp>, secret: Option<String>) -> Self {
        Self {
            id: token.id.to_string(),
            scope: token.scopes.to_string(),
            created_at: token.created_at.rfc3339(),
            last_used_at: last_used_at.map(Timestamp::rfc3339),
            access_token: secret,
        }
    }
}
