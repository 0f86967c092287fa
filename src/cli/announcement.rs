//! `portico announcement`: what is told to everybody here.

use clap::Subcommand;
use serde_json::{Value, json};

use super::context::Context;
use super::output;
use crate::model::announcement::Announcement;
use crate::model::{AnnouncementId, Timestamp};
use crate::service::announcements::{self, Telling};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Show every announcement.
    List,
    /// Tell something to everybody; it shows above their timelines until they dismiss it.
    Add(Text),
    /// Change what an announcement says.
    Edit {
        /// Its id.
        id: AnnouncementId,
        #[command(flatten)]
        text: Text,
    },
    /// Take an announcement back.
    Remove {
        /// Its id.
        id: AnnouncementId,
    },
}

/// What is told, and of when.
#[derive(clap::Args)]
pub(super) struct Text {
    /// What is told, in Markdown.
    text: String,
    /// When what it tells of begins: 2026-12-24 or 2026-12-24T18:00:00Z.
    #[arg(long, value_parser = moment)]
    starts: Option<Timestamp>,
    /// When that ends; then the announcement is no longer shown.
    #[arg(long, value_parser = moment)]
    ends: Option<Timestamp>,
    /// The two are days, not moments.
    #[arg(long)]
    all_day: bool,
}

impl Text {
    fn telling(self) -> Telling {
        Telling { text: self.text, starts_at: self.starts, ends_at: self.ends, all_day: self.all_day }
    }
}

fn moment(word: &str) -> Result<Timestamp, String> {
    Timestamp::parse(word).ok_or_else(|| {
        "it must be a date, or a date and time with its offset, as 2026-12-24T18:00:00Z".to_owned()
    })
}

fn data(told: &Announcement) -> Value {
    json!({
        "id": told.id,
        "text": told.source,
        "starts_at": told.starts_at.map(Timestamp::rfc3339),
        "ends_at": told.ends_at.map(Timestamp::rfc3339),
        "all_day": told.all_day,
        "published_at": told.published_at.rfc3339(),
        "updated_at": told.updated_at.rfc3339(),
    })
}

pub(super) async fn run(context: &Context, command: Command) -> anyhow::Result<()> {
    let instance = context.open(None).await?;
    let told = match command {
        Command::List => {
            let all = announcements::all(&instance).await?;
            if context.json() {
                return output::json(&all.iter().map(data).collect::<Vec<_>>());
            }
            let date = |moment: Option<Timestamp>| moment.map(Timestamp::rfc3339).unwrap_or_default();
            let rows: Vec<[String; 4]> = all
                .into_iter()
                .map(|told| [told.id.to_string(), date(told.starts_at), date(told.ends_at), told.source])
                .collect();
            output::table(["ID", "STARTS", "ENDS", "TEXT"], &rows);
            return Ok(());
        }
        Command::Add(text) => announcements::tell(&instance, None, text.telling()).await?,
        Command::Edit { id, text } => announcements::tell(&instance, Some(id), text.telling()).await?,
        Command::Remove { id } => {
            announcements::withdraw(&instance, id).await?;
            output::message(format!("the announcement {id} is gone"));
            return Ok(());
        }
    };
    if context.json() {
        return output::json(&data(&told));
    }
    output::message(format!("the announcement {} is told to everybody", told.id));
    Ok(())
}
