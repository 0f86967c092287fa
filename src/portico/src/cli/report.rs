//! `portico report`: reports, and the moderation log.

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::{Value, json};

use super::context::CliContext;
use super::output;
use portico_domain::model::moderation::{LogEntry, Moderator};
use portico_domain::model::page::PageRequest;
use portico_domain::model::report::{FullReportView, ReportFilter};
use portico_domain::model::{ReportId, Timestamp};
use portico_service::moderation::{self, ReportChange};

#[derive(Subcommand)]
pub(super) enum ReportCommand {
    /// List reports, the newest first.
    List {
        /// List resolved reports instead of open ones.
        #[arg(long)]
        resolved: bool,
        /// The maximum number of reports.
        #[arg(long, default_value = "50", value_parser = clap::value_parser!(i64).range(1..=1000))]
        limit: i64,
    },
    /// Show one report with its posts.
    Show {
        /// The id of the report.
        id: ReportId,
    },
    /// Resolve a report.
    Resolve {
        /// The id of the report.
        id: ReportId,
    },
    /// Show the moderation log, the newest entry first.
    Log {
        /// The maximum number of entries.
        #[arg(long, default_value = "50", value_parser = clap::value_parser!(i64).range(1..=1000))]
        limit: i64,
    },
}

pub(super) async fn run(context: &CliContext, command: ReportCommand) -> anyhow::Result<()> {
    let instance = context.open(None).await?;
    let by = Moderator::console();
    match command {
        ReportCommand::List { resolved, limit } => {
            let filter = ReportFilter { resolved, ..ReportFilter::default() };
            let found = moderation::list_reports(&instance, &by, filter, PageRequest::first(limit)).await?;
            list(context, &found.items)
        }
        ReportCommand::Show { id } => {
            let view = moderation::show_report(&instance, &by, id).await.with_context(|| id.to_string())?;
            show(context, &view)
        }
        ReportCommand::Resolve { id } => {
            let settled = moderation::change_report(&instance, &by, id, ReportChange::Resolve).await;
            let view = settled.with_context(|| id.to_string())?;
            if context.json() {
                return output::json(&data(&view));
            }
            output::message("the report is resolved");
            Ok(())
        }
        ReportCommand::Log { limit } => {
            let found = moderation::record(&instance, &by, PageRequest::first(limit)).await?;
            log(context, &found.items)
        }
    }
}

fn data(view: &FullReportView) -> Value {
    let report = &view.report;
    let posts: Vec<Value> = view
        .statuses
        .iter()
        .map(|post| json!({ "id": post.status.id, "uri": post.status.uri, "content": post.status.content }))
        .collect();
    json!({
        "id": report.id,
        "reporter": view.account.account.acct(),
        "account": view.target.account.acct(),
        "category": report.category.as_str(),
        "rules": report.rule_ids,
        "comment": report.comment,
        "forwarded": report.forwarded,
        "created_at": report.created_at.rfc3339(),
        "assigned_to": view.assigned.as_ref().map(|person| person.account.acct()),
        "resolved_at": report.resolved_at.map(Timestamp::rfc3339),
        "resolved_by": view.resolver.as_ref().map(|person| person.account.acct()),
        "posts": posts,
    })
}

fn list(context: &CliContext, found: &[FullReportView]) -> anyhow::Result<()> {
    if context.json() {
        return output::json(&found.iter().map(data).collect::<Vec<_>>());
    }
    let row = |view: &FullReportView| {
        [
            view.report.id.to_string(),
            view.report.created_at.date(),
            view.target.account.acct(),
            view.account.account.acct(),
            view.report.category.as_str().to_owned(),
            first_line(&view.report.comment),
        ]
    };
    let rows: Vec<[String; 6]> = found.iter().map(row).collect();
    output::table(["ID", "DATE", "ACCOUNT", "REPORTED BY", "CATEGORY", "COMMENT"], &rows);
    Ok(())
}

/// Returns the first line of a text, truncated and without control characters.
fn first_line(text: &str) -> String {
    const MOST: usize = 60;
    text.lines().next().unwrap_or_default().chars().filter(|letter| !letter.is_control()).take(MOST).collect()
}

fn show(context: &CliContext, view: &FullReportView) -> anyhow::Result<()> {
    let data = data(view);
    if context.json() {
        return output::json(&data);
    }
    for (key, value) in data.as_object().into_iter().flatten() {
        match value {
            Value::Null => output::line(format!("{key:16} -")),
            Value::String(text) => output::line(format!("{key:16} {}", plain(text))),
            Value::Array(items) => {
                for item in items {
                    output::line(format!("{key:16} {}", plain(&item.to_string())));
                }
            }
            other => output::line(format!("{key:16} {other}")),
        }
    }
    Ok(())
}

fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn log(context: &CliContext, found: &[LogEntry]) -> anyhow::Result<()> {
    if context.json() {
        let data = found.iter().map(|entry| {
            json!({
                "id": entry.id,
                "at": entry.created_at.rfc3339(),
                "by": entry.actor,
                "action": entry.action,
                "target": entry.target,
                "note": entry.note,
            })
        });
        return output::json(&data.collect::<Vec<_>>());
    }
    let row = |entry: &LogEntry| {
        [
            entry.created_at.rfc3339(),
            entry.actor.clone(),
            entry.action.clone(),
            entry.target.clone(),
            first_line(&entry.note),
        ]
    };
    let rows: Vec<[String; 5]> = found.iter().map(row).collect();
    output::table(["AT", "BY", "ACTION", "TARGET", "NOTE"], &rows);
    Ok(())
}
