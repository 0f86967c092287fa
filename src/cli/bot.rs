//! `portico bot`: accounts that programs speak for, and their webhooks.

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::{Value, json};

use super::context::Context;
use super::output;
use crate::model::oauth::Scopes;
use crate::model::{HookId, Reach, Timestamp};
use crate::service::bots::hooks::{self, NewHook};
use crate::service::bots::{self, BotView, Tender, Wish};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a bot that somebody answers for.
    Create {
        /// The user name: a to z, 0 to 9 and _; or NAME@DOMAIN.
        name: String,
        /// The user name of the person who answers for it. It posts only while they can sign in.
        #[arg(long)]
        owner: String,
        /// The name shown.
        #[arg(long)]
        display_name: Option<String>,
        /// What it is for.
        #[arg(long)]
        note: Option<String>,
        /// How far it may go at most: instance, company, partners or public.
        #[arg(long)]
        reach: Option<Reach>,
    },
    /// Show every bot.
    List,
    /// Change who answers for a bot, or how far it may go.
    Set {
        /// Its user name, or NAME@DOMAIN.
        name: String,
        /// The user name of the person who answers for it.
        #[arg(long)]
        owner: Option<String>,
        /// How far it may go at most: instance, company, partners or public.
        #[arg(long)]
        reach: Option<Reach>,
    },
    /// Make a token that speaks for a bot, and print it alone.
    Token {
        /// Its user name, or NAME@DOMAIN.
        name: String,
        /// What it may do: scopes with spaces between them.
        #[arg(long, default_value = "read write:statuses write:media")]
        scopes: String,
    },
    /// Make a webhook of a bot, and print its address alone.
    Hook {
        /// Its user name, or NAME@DOMAIN.
        name: String,
        /// What it is for.
        #[arg(long)]
        title: String,
        /// How far its posts go: direct, instance, company, partners or public; as far as the bot if not said.
        #[arg(long)]
        reach: Option<Reach>,
        /// Somebody whom each of its posts names; may be given several times.
        #[arg(long = "mention", value_name = "ADDRESS")]
        mentions: Vec<String>,
    },
    /// End a webhook of a bot.
    EndHook {
        /// Its user name, or NAME@DOMAIN.
        name: String,
        /// The webhook's id, as `list` shows it.
        id: HookId,
    },
    /// Remove a bot: its tokens and webhooks end, what it posted stays, and its name stays taken.
    Remove {
        /// Its user name, or NAME@DOMAIN.
        name: String,
    },
}

fn data(view: &BotView) -> Value {
    let hooks = view.hooks.iter().map(|hook| {
        json!({
            "id": hook.id,
            "title": hook.title,
            "reach": hook.reach,
            "mentions": hook.named,
            "last_used_at": hook.last_used_at.map(Timestamp::rfc3339),
        })
    });
    json!({
        "id": view.account.id,
        "username": view.account.username,
        "owner": view.owner.username,
        "reach": view.bot.ceiling,
        "hooks": hooks.collect::<Vec<_>>(),
    })
}

pub(super) async fn run(context: &Context, command: Command) -> anyhow::Result<()> {
    let by = Tender::console();
    match command {
        Command::Create { name, owner, display_name, note, reach } => {
            let (instance, name) = context.open_for(&name).await?;
            let wish = Wish { display_name, note, ceiling: reach, owner: Some(owner) };
            let view = bots::create(&instance, by, &name, wish).await?;
            told(context, &view, &format!("the bot {} is made; {} answers for it", name, view.owner.username))
        }
        Command::List => list(context).await,
        Command::Set { name, owner, reach } => {
            let (instance, name) = context.open_for(&name).await?;
            let view = bots::find(&instance, by, &name).await.with_context(|| name.clone())?;
            let wish = Wish { ceiling: reach, owner, ..Wish::default() };
            let view = bots::change(&instance, by, view.account.id, wish).await?;
            let what = format!(
                "{} goes no further than {}; {} answers for it",
                name, view.bot.ceiling, view.owner.username
            );
            told(context, &view, &what)
        }
        Command::Token { name, scopes } => {
            let scopes = Scopes::parse(&scopes).context("--scopes")?;
            let (instance, name) = context.open_for(&name).await?;
            let view = bots::find(&instance, by, &name).await.with_context(|| name.clone())?;
            let (token, secret) = bots::issue_token(&instance, by, view.account.id, scopes, None).await?;
            if context.json() {
                return output::json(&json!({ "access_token": secret, "scope": token.scopes.to_string() }));
            }
            output::line(secret);
            Ok(())
        }
        Command::Hook { name, title, reach, mentions } => {
            let (instance, name) = context.open_for(&name).await?;
            let view = bots::find(&instance, by, &name).await.with_context(|| name.clone())?;
            let new = NewHook { title, reach, named: mentions };
            let (hook, secret) = hooks::create(&instance, by, view.account.id, new).await?;
            let url = instance.urls.hook(&secret);
            if context.json() {
                return output::json(&json!({ "id": hook.id, "url": url, "reach": hook.reach }));
            }
            output::line(url);
            Ok(())
        }
        Command::EndHook { name, id } => {
            let (instance, name) = context.open_for(&name).await?;
            let view = bots::find(&instance, by, &name).await.with_context(|| name.clone())?;
            let view = hooks::end(&instance, by, view.account.id, id).await?;
            told(context, &view, "the webhook has ended")
        }
        Command::Remove { name } => {
            let (instance, name) = context.open_for(&name).await?;
            let view = bots::find(&instance, by, &name).await.with_context(|| name.clone())?;
            bots::remove(&instance, by, view.account.id).await?;
            told(context, &view, &format!("the bot {name} is removed"))
        }
    }
}

fn told(context: &Context, view: &BotView, message: &str) -> anyhow::Result<()> {
    if context.json() {
        return output::json(&data(view));
    }
    output::message(message);
    Ok(())
}

async fn list(context: &Context) -> anyhow::Result<()> {
    let instance = context.open(None).await?;
    let found = bots::list(&instance, Tender::console(), true).await?;
    if context.json() {
        return output::json(&found.iter().map(data).collect::<Vec<_>>());
    }
    let mut rows: Vec<[String; 5]> = Vec::new();
    for view in &found {
        let name = view.account.username.clone();
        rows.push([
            name.clone(),
            view.owner.username.clone(),
            view.bot.ceiling.to_string(),
            String::new(),
            String::new(),
        ]);
        rows.extend(view.hooks.iter().map(|hook| {
            [name.clone(), String::new(), hook.reach.to_string(), hook.id.to_string(), hook.title.clone()]
        }));
    }
    output::table(["BOT", "OWNER", "REACH", "WEBHOOK", "FOR"], &rows);
    Ok(())
}
