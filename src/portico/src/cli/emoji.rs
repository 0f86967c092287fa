//! `portico emoji`: custom emoji.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::{Value, json};

use super::context::CliContext;
use super::output;
use portico_domain::model::emoji::CustomEmoji;
use portico_service::instance::Instance;
use portico_service::publishing::emojis;

#[derive(Subcommand)]
pub(super) enum EmojiCommand {
    /// List the custom emoji of the instance.
    List,
    /// Add a custom emoji, replacing one of the same name.
    Add {
        /// The shortcode, which users type between colons.
        shortcode: String,
        /// A PNG, GIF, WebP or JPEG file.
        picture: PathBuf,
        /// The category under which apps list it.
        #[arg(long)]
        category: Option<String>,
        /// Do not list it in apps' pickers.
        #[arg(long)]
        hidden: bool,
    },
    /// Remove a custom emoji. Posts that contain it still show it.
    Remove {
        /// The shortcode.
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

pub(super) async fn run(context: &CliContext, command: EmojiCommand) -> anyhow::Result<()> {
    let instance = context.open(None).await?;
    match command {
        EmojiCommand::List => {
            let all = emojis::list(&instance).await?;
            if context.json() {
                return output::json(&all.iter().map(|emoji| data(&instance, emoji)).collect::<Vec<_>>());
            }
            let rows: Vec<[String; 2]> =
                all.into_iter().map(|emoji| [emoji.shortcode, emoji.category.unwrap_or_default()]).collect();
            output::table(["SHORTCODE", "CATEGORY"], &rows);
        }
        EmojiCommand::Add { shortcode, picture, category, hidden } => {
            let bytes = std::fs::read(&picture).with_context(|| format!("{}", picture.display()))?;
            let shortcode = shortcode.trim_matches(':');
            let added = emojis::add(&instance, shortcode, category, !hidden, bytes).await?;
            if context.json() {
                return output::json(&data(&instance, &added));
            }
            output::message(format!(":{}: is added", added.shortcode));
        }
        EmojiCommand::Remove { shortcode } => {
            emojis::remove(&instance, &shortcode).await?;
            output::message(format!(":{}: is removed", shortcode.trim_matches(':')));
        }
    }
    Ok(())
}
