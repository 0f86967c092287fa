//! `portico bot`: bots and their webhooks.

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::{Value, json};

use super::context::CliContext;
use super::output;
use portico_domain::model::oauth::Scopes;
use portico_domain::model::{HookId, Reach, Timestamp};
use portico_service::access::bots::webhooks::{self, WebhookInput};
use portico_service::access::bots::{self, BotInput, BotManager, BotView};

#[derive(Subcommand)]
pub(super) enum BotCommand {
    /// Create a bot.
    Create {
        /// The user name (a to z, 0 to 9 and _), or NAME@DOMAIN.
        name: String,
        /// The user name of the owner, who is responsible for it. It can only post while the owner can sign
        /// in.
        #[arg(long)]
        owner: String,
        /// The display name.
        #[arg(long)]
        display_name: Option<String>,
        /// A description of its purpose.
        #[arg(long)]
        note: Option<String>,
        /// The widest reach of its posts: instance, company, partners or public.
        #[arg(long)]
        reach: Option<Reach>,
    },
    /// List every bot.
    List,
    /// Change the owner of a bot, or its widest reach.
    Set {
        /// The user name of the bot, or NAME@DOMAIN.
        name: String,
        /// The user name of the owner.
        #[arg(long)]
        owner: Option<String>,
        /// The widest reach of its posts: instance, company, partners or public.
        #[arg(long)]
        reach: Option<Reach>,
    },
    /// Create an access token for a bot, and print only the token.
    Token {
        /// The user name of the bot, or NAME@DOMAIN.
        name: String,
        /// The scopes, separated by spaces.
        #[arg(long, default_value = "read write:statuses write:media")]
        scopes: String,
    },
    /// Create a webhook of a bot, and print only its URL.
    Hook {
        /// The user name of the bot, or NAME@DOMAIN.
        name: String,
        /// A description of its purpose.
        #[arg(long)]
        title: String,
        /// The reach of its posts: direct, instance, company, partners or public. The default is the widest
        /// reach of the bot.
        #[arg(long)]
        reach: Option<Reach>,
        /// An account that each of its posts mentions; may be given several times.
        #[arg(long = "mention", value_name = "ADDRESS")]
        mentions: Vec<String>,
    },
    /// Delete a webhook of a bot.
    EndHook {
        /// The user name of the bot, or NAME@DOMAIN.
        name: String,
        /// The id of the webhook, as shown by `list`.
        id: HookId,
    },
    /// Remove a bot: its tokens and webhooks end, its posts stay, and its name stays taken.
    Remove {
        /// The user name of the bot, or NAME@DOMAIN.
        name: String,
    },
}

fn data(view: &BotView) -> Value {
    let hooks = view.webhooks.iter().map(|hook| {
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

pub(super) async fn run(context: &CliContext, command: BotCommand) -> anyhow::Result<()> {
    let by = BotManager::operator();
    match command {
        BotCommand::Create { name, owner, display_name, note, reach } => {
            let (instance, name) = context.open_for(&name).await?;
            let wish = BotInput { display_name, note, ceiling: reach, owner: Some(owner) };
            let view = bots::create(&instance, by, &name, wish).await?;
            print_bot(
                context,
                &view,
                &format!("the bot {} is created; its owner is {}", name, view.owner.username),
            )
        }
        BotCommand::List => list(context).await,
        BotCommand::Set { name, owner, reach } => {
            let (instance, name) = context.open_for(&name).await?;
            let view = bots::find(&instance, by, &name).await.with_context(|| name.clone())?;
            let wish = BotInput { ceiling: reach, owner, ..BotInput::default() };
            let view = bots::change(&instance, by, view.account.id, wish).await?;
            let what = format!(
                "the widest reach of {} is {}; its owner is {}",
                name, view.bot.ceiling, view.owner.username
            );
            print_bot(context, &view, &what)
        }
        BotCommand::Token { name, scopes } => {
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
        BotCommand::Hook { name, title, reach, mentions } => {
            let (instance, name) = context.open_for(&name).await?;
            let view = bots::find(&instance, by, &name).await.with_context(|| name.clone())?;
            let new = WebhookInput { title, reach, named: mentions };
            let (hook, secret) = webhooks::create(&instance, by, view.account.id, new).await?;
            let url = instance.urls.hook(&secret);
            if context.json() {
                return output::json(&json!({ "id": hook.id, "url": url, "reach": hook.reach }));
            }
            output::line(url);
            Ok(())
        }
        BotCommand::EndHook { name, id } => {
            let (instance, name) = context.open_for(&name).await?;
            let view = bots::find(&instance, by, &name).await.with_context(|| name.clone())?;
            let view = webhooks::delete(&instance, by, view.account.id, id).await?;
            print_bot(context, &view, "the webhook is deleted")
        }
        BotCommand::Remove { name } => {
            let (instance, name) = context.open_for(&name).await?;
            let view = bots::find(&instance, by, &name).await.with_context(|| name.clone())?;
            bots::remove(&instance, by, view.account.id).await?;
            print_bot(context, &view, &format!("the bot {name} is removed"))
        }
    }
}

fn print_bot(context: &CliContext, view: &BotView, message: &str) -> anyhow::Result<()> {
    if context.json() {
        return output::json(&data(view));
    }
    output::message(message);
    Ok(())
}

async fn list(context: &CliContext) -> anyhow::Result<()> {
    let instance = context.open(None).await?;
    let found = bots::list(&instance, BotManager::operator(), true).await?;
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
        rows.extend(view.webhooks.iter().map(|hook| {
            [name.clone(), String::new(), hook.reach.to_string(), hook.id.to_string(), hook.title.clone()]
        }));
    }
    output::table(["BOT", "OWNER", "REACH", "WEBHOOK", "FOR"], &rows);
    Ok(())
}
