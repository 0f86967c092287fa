//! `portico token`: access tokens for scripts.

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::json;

use super::context::Context;
use super::output;
use crate::model::oauth::Scopes;
use crate::service::{tokens, users};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a token that speaks for somebody, and print it alone.
    Create {
        /// NAME@DOMAIN, or NAME where one instance is configured.
        #[arg(long)]
        account: String,
        /// What it may do: scopes with spaces between them.
        #[arg(long, default_value = "read")]
        scopes: String,
    },
}

pub(super) async fn run(context: &Context, command: Command) -> anyhow::Result<()> {
    let Command::Create { account, scopes } = command;
    let scopes = Scopes::parse(&scopes).context("--scopes")?;
    let (instance, name) = context.open_for(&account).await?;
    let (user, _) = users::find(&instance, &name).await.with_context(|| name.clone())?;
    let (token, secret) = tokens::issue_for_user(&instance, user.id, scopes).await?;
    if context.json() {
        return output::json(&json!({ "access_token": secret, "scope": token.scopes.to_string() }));
    }
    output::line(secret);
    Ok(())
}
