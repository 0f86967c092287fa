//! Webhooks: secret URLs at which programs without Portico support (continuous integration, a CRM, a
//! calendar) let a bot post. The reach and the mentions are fixed when a webhook is created; the program
//! supplies only text.

use super::{BotManager, BotView, find_managed, may_act, new_secret, resolve_addresses, show};
use crate::access::secrets;
use crate::instance::Instance;
use crate::publishing::statuses::NewStatus;
use crate::publishing::{PostAuthor, submit_now};
use crate::{Error, Result};
use portico_domain::model::account::Account;
use portico_domain::model::bot::{Hook, MOST_HOOKS, MOST_NAMED};
use portico_domain::model::status::ContentType;
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, HookId, Reach};
use portico_domain::policy::bots::bounded;
use portico_domain::policy::reach::RequestedReach;

/// The maximum length of a title, in characters.
const MAX_TITLE: usize = 100;
/// The maximum length of a secret that is looked up.
const LONGEST_SECRET: usize = 100;
/// The suffix of a text that was cut.
const CUT: &str = "\n\n…";

/// A webhook to create.
#[derive(Debug, Clone, Default)]
pub struct WebhookInput {
    /// The title.
    pub title: String,
    /// The reach of its posts; `None` for the bot's ceiling.
    pub reach: Option<Reach>,
    /// The addresses of the accounts that each of its posts mentions.
    pub named: Vec<String>,
}

/// A post as a program sends it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookMessage {
    /// The text.
    pub text: String,
    /// The format of the text.
    pub content_type: ContentType,
    /// The content warning.
    pub spoiler_text: String,
    /// The language, as a BCP 47 tag.
    pub language: Option<String>,
    /// The idempotency key: a second request with the same key within an hour returns the first post.
    pub idempotency_key: Option<String>,
}

/// Creates a webhook for a bot. Returns the secret of its URL, which is shown only this once.
///
/// # Errors
/// `NotFound` also for a bot that `by` may not manage.
pub async fn create(
    instance: &Instance,
    by: BotManager,
    bot: AccountId,
    new: WebhookInput,
) -> Result<(Hook, String)> {
    let ceiling = show(instance, by, bot).await?.bot.ceiling;
    let title = portico_html::clean_line(&new.title, MAX_TITLE);
    if title.is_empty() {
        return Err(Error::invalid("Title can't be blank"));
    }
    if new.named.len() > MOST_NAMED {
        return Err(Error::invalid(format!("A webhook cannot name more than {MOST_NAMED} people")));
    }
    let named = resolve_addresses(instance, by, &new.named).await?;
    let reach = new.reach.unwrap_or(ceiling);
    if bounded(ceiling, reach) != reach {
        return Err(Error::invalid(format!("Reach must be no wider than the bot's, which is {ceiling}")));
    }
    if reach == Reach::Direct && named.is_empty() {
        return Err(Error::invalid("A webhook with direct reach must name people"));
    }
    let (secret, hash) = new_secret(instance);
    let hook = instance.store.write(move |tx| {
        find_managed(tx, by, bot)?;
        if tx.list_hooks(bot)?.len() >= MOST_HOOKS {
            return Err(Error::invalid(format!("A bot cannot have more than {MOST_HOOKS} webhooks")));
        }
        let hook = Hook {
            id: tx.next_id(),
            bot_id: bot,
            title: title.clone(),
            reach,
            named: named.clone(),
            created_at: tx.now(),
            last_used_at: None,
        };
        tx.insert_hook(&hook, &hash)?;
        Ok::<_, Error>(hook)
    });
    Ok((hook.await?, secret))
}

/// Deletes a webhook; its URL stops working.
///
/// # Errors
/// `NotFound` also for a bot that `by` may not manage, and for another bot's webhook.
pub async fn delete(instance: &Instance, by: BotManager, bot: AccountId, id: HookId) -> Result<BotView> {
    instance
        .store
        .write(move |tx| {
            find_managed(tx, by, bot)?;
            if tx.delete_hook(bot, id)? { Ok(()) } else { Err(Error::NotFound("webhook")) }
        })
        .await?;
    show(instance, by, bot).await
}

/// Finds the webhook with this secret, and its bot.
///
/// # Errors
/// The same `NotFound` for an unknown secret, a deleted webhook, and a bot that is suspended or whose owner
/// cannot sign in.
pub async fn find(instance: &Instance, secret: &str) -> Result<(Hook, Account)> {
    if secret.is_empty() || secret.len() > LONGEST_SECRET {
        return Err(Error::NotFound("webhook"));
    }
    let hash = secrets::hash(secret);
    instance
        .store
        .read(move |reader| {
            let nothing = || Error::NotFound("webhook");
            let hook = reader.find_hook(&hash)?.ok_or_else(nothing)?;
            let (_, user, account) = reader.find_bot_with_user(hook.bot_id)?.ok_or_else(nothing)?;
            let stands = user.disabled_at.is_none() && account.suspended_at.is_none();
            if stands && may_act(reader, &account)? { Ok((hook, account)) } else { Err(nothing()) }
        })
        .await
}

/// Posts a message of a webhook.
///
/// # Errors
/// As [`submit_now`].
pub async fn post(
    instance: &Instance,
    hook: &Hook,
    bot: &Account,
    message: WebhookMessage,
) -> Result<StatusView> {
    let limit = instance.settings.max_characters;
    let names: Vec<String> = hook.named.iter().map(|address| format!("@{address}")).collect();
    let head = if names.is_empty() { String::new() } else { format!("{}\n\n", names.join(" ")) };
    let text = truncate(
        &defuse_mentions(message.text.trim()),
        limit,
        portico_html::count(&head, &message.spoiler_text),
    );
    if text.is_empty() {
        return Err(Error::invalid("Text can't be blank"));
    }
    let new = NewStatus {
        text: format!("{head}{text}"),
        content_type: message.content_type,
        spoiler_text: message.spoiler_text,
        language: message.language,
        asked: Some(RequestedReach::Reach(hook.reach)),
        // The key is scoped to the webhook, since two programs may use the same keys.
        idempotency_key: message.idempotency_key.map(|key| format!("hook {} {key}", hook.id)),
        ..NewStatus::default()
    };
    let posted = submit_now(instance, PostAuthor::own(bot), new).await?;
    let id = hook.id;
    instance.store.write(move |tx| Ok::<_, Error>(tx.mark_hook_used(id)?)).await?;
    Ok(posted)
}

/// Breaks the mentions in a text with a zero-width character (U+2060) after the @: a program may forward
/// untrusted text, which must not notify anyone.
fn defuse_mentions(text: &str) -> String {
    let mut defused = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        defused.push(letter);
        if letter == '@' && letters.peek().is_some_and(|next| next.is_alphanumeric() || *next == '_') {
            defused.push('\u{2060}');
        }
    }
    defused
}

/// Cuts a text so that it fits within the limit beside `taken` characters.
fn truncate(text: &str, limit: usize, taken: usize) -> String {
    let room = limit.saturating_sub(taken);
    if portico_html::count(text, "") <= room {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(room.saturating_sub(CUT.len())).collect();
    // A URL counts as a fixed number of characters, so the cut text can only count less.
    while portico_html::count(&kept, CUT) > room && kept.pop().is_some() {}
    let kept = kept.trim_end();
    if kept.is_empty() { String::new() } else { format!("{kept}{CUT}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_called_by_what_a_program_hands_on() {
        let defused = defuse_mentions("Hi @alice and @bob@evil.example, a@b.example, @ alone");
        assert!(portico_html::extract(&defused).mentions.is_empty(), "{defused}");
        assert!(defused.ends_with("@ alone"));
    }

    #[test]
    fn long_texts_are_truncated() {
        assert_eq!(truncate("short", 10, 0), "short");
        let truncated = truncate(&"word ".repeat(100), 50, 10);
        assert!(truncated.ends_with('…') && portico_html::count(&truncated, "") <= 40, "{truncated}");
        assert_eq!(truncate("text", 5, 5), "");
    }
}
