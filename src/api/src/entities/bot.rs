//! Bots and their webhooks.

use schemars::JsonSchema;
use serde::Serialize;

use super::Account;
use portico_domain::model::bot::Hook;
use portico_domain::model::oauth;
use portico_domain::model::urls::Urls;
use portico_domain::model::{Reach, Timestamp};
use portico_service::access::bots::BotView;

/// A bot, for its owner and administrators. An extension of Portico.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Bot {
    id: String,
    account: Account,
    /// The account responsible for the bot.
    owner: Account,
    /// The widest reach of the bot's posts.
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
            hooks: view.webhooks.iter().map(|hook| Webhook::render(hook, None, urls)).collect(),
        }
    }
}

/// A webhook of a bot. An extension of Portico.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Webhook {
    id: String,
    title: String,
    /// The reach of its posts.
    reach: Reach,
    /// The handles of the accounts that each of its posts mentions.
    mentions: Vec<String>,
    created_at: String,
    last_used_at: Option<String>,
    /// The address that programs post to; returned only on creation.
    url: Option<String>,
}

impl Webhook {
    /// Renders a webhook, with its address if the secret is known.
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

/// An access token of a bot. An extension of Portico.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BotToken {
    id: String,
    scope: String,
    created_at: String,
    /// The last use, to the hour.
    last_used_at: Option<String>,
    /// The token itself; returned only on creation.
    access_token: Option<String>,
}

impl BotToken {
    /// Renders a token, with its secret if known.
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
