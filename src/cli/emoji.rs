//! `portico emoji`: emoji that are pictures.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::{Value, json};

use super::context::Context;
use super::output;
use crate::instance::Instance;
use crate::model::emoji::CustomEmoji;
use crate::service::emojis;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Show every emoji of the instance.
    List,
    /// Add an emoji, in the place of one with its name.
    Add {
        /// What people type between colons.
        shortcode: String,
        /// A PNG, GIF, WebP or JPEG file.
        picture: PathBuf,
        /// Under which heading apps show it.
        #[arg(long)]
        category: Option<String>,
        /// Keep it out of apps' pickers.
        #[arg(long)]
        hidden: bool,
    },
    /// Remove an emoji; posts that carry it go on showing it.
    Remove {
        /// Its shortcode.
        shortcode: String,
    },
}

fn data(instance: &Instance, emoji: &CustomEmoji) -> Value {
    json!({
        "shortcode": emoji.shortcode,
        "category": emoji.category,
        "visible": emoji.visible,
        "url": instance.urls.media(&emoji.file_key),
    })
}

pub(super) async fn run(context: &Context, command: Command) -> anyhow::Result<()> {
    let instance = context.open(None).await?;
    match command {
        Command::List => {
            let all = emojis::list(&instance).await?;
            if context.json() {
                return output::json(&all.iter().map(|emoji| data(&instance, emoji)).collect::<Vec<_>>());
            }
            let rows: Vec<[String; 2]> =
                all.into_iter().map(|emoji| [emoji.shortcode, emoji.category.unwrap_or_default()]).collect();
            output::table(["SHORTCODE", "CATEGORY"], &rows);
        }
        Command::Add { shortcode, picture, category, hidden } => {
            let bytes = std::fs::read(&picture).with_context(|| format!("{}", picture.display()))?;
            let shortcode = shortcode.trim_matches(':');
            let added = emojis::add(&instance, shortcode, category, !hidden, bytes).await?;
            if context.json() {
                return output::json(&data(&instance, &added));
            }
            output::message(format!(":{}: is there", added.shortcode));
        }
        Command::Remove { shortcode } => {
            emojis::remove(&instance, &shortcode).await?;
            output::message(format!(":{}: is gone", shortcode.trim_matches(':')));
        }
    }
    Ok(())
}
