//! `portico announcement`: announcements to everyone on the instance.

use clap::Subcommand;
use serde_json::{Value, json};

use super::context::CliContext;
use super::output;
use portico_domain::model::announcement::Announcement;
use portico_domain::model::{AnnouncementId, Timestamp};
use portico_service::publishing::announcements::{self, AnnouncementInput};

#[derive(Subcommand)]
pub(super) enum AnnouncementCommand {
    /// List every announcement.
    List,
    /// Publish an announcement. It is shown above timelines until a reader dismisses it.
    Add(AnnouncementText),
    /// Change an announcement.
    Edit {
        /// The id of the announcement.
        id: AnnouncementId,
        #[command(flatten)]
        text: AnnouncementText,
    },
    /// Delete an announcement.
    Remove {
        /// The id of the announcement.
        id: AnnouncementId,
    },
}

/// The text of an announcement, and the time of the announced event.
#[derive(clap::Args)]
pub(super) struct AnnouncementText {
    /// The text, in Markdown.
    text: String,
    /// When the event begins: 2026-12-24 or 2026-12-24T18:00:00Z.
    #[arg(long, value_parser = moment)]
    starts: Option<Timestamp>,
    /// When the event ends. The announcement is hidden after that.
    #[arg(long, value_parser = moment)]
    ends: Option<Timestamp>,
    /// Treat start and end as days rather than times.
    #[arg(long)]
    all_day: bool,
}

impl AnnouncementText {
    fn into_input(self) -> AnnouncementInput {
        AnnouncementInput {
            text: self.text,
            starts_at: self.starts,
            ends_at: self.ends,
            all_day: self.all_day,
        }
    }
}

fn moment(word: &str) -> Result<Timestamp, String> {
    Timestamp::parse(word).ok_or_else(|| {
        "it must be a date, or a date and time with an offset, such as 2026-12-24T18:00:00Z".to_owned()
    })
}

fn data(announcement: &Announcement) -> Value {
    json!({
        "id": announcement.id,
        "text": announcement.source,
        "starts_at": announcement.starts_at.map(Timestamp::rfc3339),
        "ends_at": announcement.ends_at.map(Timestamp::rfc3339),
        "all_day": announcement.all_day,
        "published_at": announcement.published_at.rfc3339(),
        "updated_at": announcement.updated_at.rfc3339(),
    })
}

pub(super) async fn run(context: &CliContext, command: AnnouncementCommand) -> anyhow::Result<()> {
    let instance = context.open(None).await?;
    let announcement = match command {
        AnnouncementCommand::List => {
            let all = announcements::list_all(&instance).await?;
            if context.json() {
                return output::json(&all.iter().map(data).collect::<Vec<_>>());
            }
            let date = |moment: Option<Timestamp>| moment.map(Timestamp::rfc3339).unwrap_or_default();
            let rows: Vec<[String; 4]> = all
                .into_iter()
                .map(|announcement| {
                    [
                        announcement.id.to_string(),
                        date(announcement.starts_at),
                        date(announcement.ends_at),
                        announcement.source,
                    ]
                })
                .collect();
            output::table(["ID", "STARTS", "ENDS", "TEXT"], &rows);
            return Ok(());
        }
        AnnouncementCommand::Add(text) => announcements::publish(&instance, None, text.into_input()).await?,
        AnnouncementCommand::Edit { id, text } => {
            announcements::publish(&instance, Some(id), text.into_input()).await?
        }
        AnnouncementCommand::Remove { id } => {
            announcements::withdraw(&instance, id).await?;
            output::message(format!("the announcement {id} is deleted"));
            return Ok(());
        }
    };
    if context.json() {
        return output::json(&data(&announcement));
    }
    output::message(format!("the announcement {} is published", announcement.id));
    Ok(())
}
