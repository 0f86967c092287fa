//! `portico token`: access tokens for scripts.

use std::sync::Arc;

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::json;

use super::context::CliContext;
use super::output;
use portico_domain::model::oauth::Scopes;
use portico_domain::model::user::User;
use portico_domain::model::{Timestamp, TokenId};
use portico_service::access::tokens;
use portico_service::instance::Instance;
use portico_service::people::users;

#[derive(Subcommand)]
pub(super) enum TokenCommand {
    /// Create an access token for an account, and print only the token.
    Create {
        /// NAME@DOMAIN, or NAME if one instance is configured.
        #[arg(long)]
        account: String,
        /// The scopes, separated by spaces.
        #[arg(long, default_value = "read")]
        scopes: String,
    },
    /// List the valid tokens of an account.
    List {
        /// NAME@DOMAIN, or NAME if one instance is configured.
        #[arg(long)]
        account: String,
    },
    /// Revoke tokens of an account: they stop working at once.
    Revoke {
        /// NAME@DOMAIN, or NAME if one instance is configured.
        #[arg(long)]
        account: String,
        /// The id of the token, as shown by `list`.
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        id: Option<TokenId>,
        /// Revoke all of them.
        #[arg(long)]
        all: bool,
    },
}

pub(super) async fn run(context: &CliContext, command: TokenCommand) -> anyhow::Result<()> {
    match command {
        TokenCommand::Create { account, scopes } => create(context, &account, &scopes).await,
        TokenCommand::List { account } => list(context, &account).await,
        TokenCommand::Revoke { account, id, all: _ } => revoke(context, &account, id).await,
    }
}

async fn find(context: &CliContext, account: &str) -> anyhow::Result<(Arc<Instance>, User)> {
    let (instance, name) = context.open_for(account).await?;
    let (user, _) = users::find(&instance, &name).await.with_context(|| name.clone())?;
    Ok((instance, user))
}

async fn create(context: &CliContext, account: &str, scopes: &str) -> anyhow::Result<()> {
    let scopes = Scopes::parse(scopes).context("--scopes")?;
    let (instance, user) = find(context, account).await?;
    let (token, secret) = tokens::issue_for_user(&instance, user.id, scopes).await?;
    if context.json() {
        return output::json(&json!({ "access_token": secret, "scope": token.scopes.to_string() }));
    }
    output::line(secret);
    Ok(())
}

async fn list(context: &CliContext, account: &str) -> anyhow::Result<()> {
    let (instance, user) = find(context, account).await?;
    let found = tokens::list_for(&instance, user.id).await?;
    if context.json() {
        let data = found.iter().map(|(stored, app)| {
            json!({
                "id": stored.token.id,
                "app": app,
                "scope": stored.token.scopes.to_string(),
                "created_at": stored.token.created_at.rfc3339(),
                "last_used_at": stored.last_used_at.map(Timestamp::rfc3339),
            })
        });
        return output::json(&data.collect::<Vec<_>>());
    }
    let rows: Vec<[String; 5]> = found
        .into_iter()
        .map(|(stored, app)| {
            [
                stored.token.id.to_string(),
                app.unwrap_or_else(|| "(command line)".to_owned()),
                stored.token.created_at.date(),
                stored.last_used_at.map_or_else(|| "never".to_owned(), Timestamp::date),
                stored.token.scopes.to_string(),
            ]
        })
        .collect();
    output::table(["ID", "APP", "MADE", "LAST USED", "SCOPES"], &rows);
    Ok(())
}

async fn revoke(context: &CliContext, account: &str, id: Option<TokenId>) -> anyhow::Result<()> {
    let (instance, user) = find(context, account).await?;
    let ended = tokens::revoke_for(&instance, user.id, id).await?;
    if context.json() {
        return output::json(&json!({ "revoked": ended }));
    }
    output::message(match ended {
        1 => "1 token revoked".to_owned(),
        many => format!("{many} tokens revoked"),
    });
    Ok(())
}
