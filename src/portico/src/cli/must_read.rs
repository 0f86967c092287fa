//! `portico must-read`: must-read posts, and who has acknowledged them.

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::{Value, json};

use super::context::CliContext;
use super::output;
use portico_domain::model::annotations::{ReadProgress, ReaderFilter, ReaderView};
use portico_domain::model::{StatusId, Timestamp};
use portico_html::{clean_line, plain_text};
use portico_http::csv::CsvFile;
use portico_service::instance::Instance;
use portico_service::publishing::must_reads::{self, MustReadReport};

/// The number of readers loaded at once.
const CHUNK: i64 = 500;
/// The maximum length of a text in a table, in characters.
const SHOWN: usize = 60;

#[derive(Subcommand)]
pub(super) enum MustReadCommand {
    /// List the must-read posts of local users, the newest first.
    List {
        /// Include posts whose obligation was ended.
        #[arg(long)]
        all: bool,
    },
    /// Show the progress of a post, by instance.
    Show {
        /// The id of the post.
        id: StatusId,
    },
    /// Print the required readers and when each acknowledged the post, as CSV.
    Export {
        /// The id of the post.
        id: StatusId,
        /// The readers to print: all, acknowledged or missing.
        #[arg(long, default_value = "all", value_parser = which)]
        state: ReaderFilter,
    },
}

fn which(word: &str) -> Result<ReaderFilter, String> {
    ReaderFilter::parse(word)
        .filter(|_| !word.is_empty())
        .ok_or_else(|| "must be one of all, acknowledged, missing".to_owned())
}

fn text(announced: &MustReadReport) -> String {
    clean_line(&plain_text(&announced.view.status.content), SHOWN)
}

/// Returns the number of required readers, and of those who have acknowledged the post.
fn counted(announced: &MustReadReport) -> (i64, i64) {
    let each = &announced.standings.instances;
    let sum = |number: fn(&ReadProgress) -> i64| each.iter().map(number).fold(0_i64, i64::saturating_add);
    (sum(|one| one.expected), sum(|one| one.acknowledged))
}

fn data(announced: &MustReadReport, own: &str) -> Value {
    let (standings, status) = (&announced.standings, &announced.view.status);
    let (mark, (expected, acknowledged)) = (&standings.must_read, counted(announced));
    let instances: Vec<Value> = standings
        .instances
        .iter()
        .map(|one| {
            json!({
                "domain": one.domain.as_deref().unwrap_or(own),
                "expected": one.expected,
                "acknowledged": one.acknowledged,
                "delivered": one.delivered,
            })
        })
        .collect();
    json!({
        "id": status.id,
        "url": status.url,
        "author": announced.view.account.username,
        "text": text(announced),
        "posted_at": status.created_at.rfc3339(),
        "acknowledge_by": mark.require.acknowledge_by.map(Timestamp::rfc3339),
        "department": mark.require.department,
        "group_id": mark.require.group,
        "expected": expected,
        "acknowledged": acknowledged,
        "others": standings.others,
        "overdue": standings.is_overdue,
        "reminded_at": mark.reminded_at.map(Timestamp::rfc3339),
        "ended_at": mark.ended_at.map(Timestamp::rfc3339),
        "instances": instances,
    })
}

/// Returns the state in a word.
fn state(announced: &MustReadReport) -> &'static str {
    match (announced.standings.must_read.ended_at, announced.standings.is_overdue) {
        (Some(_), _) => "ended",
        (None, true) => "overdue",
        (None, false) => "open",
    }
}

pub(super) async fn run(context: &CliContext, command: MustReadCommand) -> anyhow::Result<()> {
    let instance = context.open(None).await?;
    match command {
        MustReadCommand::List { all } => list(context, &instance, all).await,
        MustReadCommand::Show { id } => show(context, &instance, id).await,
        MustReadCommand::Export { id, state } => export(context, &instance, id, state).await,
    }
}

async fn list(context: &CliContext, instance: &Instance, all: bool) -> anyhow::Result<()> {
    let found = must_reads::all_as_operator(instance, all).await?;
    let own = instance.urls.domain();
    if context.json() {
        return output::json(&found.iter().map(|one| data(one, own)).collect::<Vec<_>>());
    }
    let row = |one: &MustReadReport| {
        let (expected, acknowledged) = counted(one);
        let by = one.standings.must_read.require.acknowledge_by;
        [
            one.view.status.id.to_string(),
            one.view.account.username.clone(),
            format!("{acknowledged} of {expected}"),
            by.map(Timestamp::date).unwrap_or_default(),
            state(one).to_owned(),
            text(one),
        ]
    };
    let rows: Vec<[String; 6]> = found.iter().map(row).collect();
    output::table(["ID", "AUTHOR", "READ", "BY", "STATE", "TEXT"], &rows);
    Ok(())
}

async fn show(context: &CliContext, instance: &Instance, id: StatusId) -> anyhow::Result<()> {
    let found = must_reads::show_as_operator(instance, id).await?;
    let own = instance.urls.domain();
    if context.json() {
        return output::json(&data(&found, own));
    }
    let mark = &found.standings.must_read;
    let moment = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), Timestamp::rfc3339);
    for (name, value) in [
        ("author", found.view.account.username.clone()),
        ("text", text(&found)),
        ("state", state(&found).to_owned()),
        ("read by", moment(mark.require.acknowledge_by)),
        ("department", mark.require.department.clone()),
        ("reminded at", moment(mark.reminded_at)),
        ("ended at", moment(mark.ended_at)),
        ("others", found.standings.others.to_string()),
    ] {
        output::line(format!("{name:12} {value}").trim_end());
    }
    let row = |one: &ReadProgress| {
        let arrived = if one.delivered { "yes" } else { "no" };
        [
            one.domain.clone().unwrap_or_else(|| own.to_owned()),
            one.expected.to_string(),
            one.acknowledged.to_string(),
            one.expected.saturating_sub(one.acknowledged).to_string(),
            arrived.to_owned(),
        ]
    };
    let rows: Vec<[String; 5]> = found.standings.instances.iter().map(row).collect();
    output::table(["INSTANCE", "MUST READ", "READ", "MISSING", "ARRIVED"], &rows);
    Ok(())
}

async fn export(
    context: &CliContext,
    instance: &Instance,
    id: StatusId,
    which: ReaderFilter,
) -> anyhow::Result<()> {
    let mut readers: Vec<ReaderView> = Vec::new();
    loop {
        let from = i64::try_from(readers.len()).unwrap_or(i64::MAX);
        let some = must_reads::readers_as_operator(instance, id, which, CHUNK, from).await?;
        let last = i64::try_from(some.len()).is_ok_and(|length| length < CHUNK);
        readers.extend(some);
        if last {
            break;
        }
    }
    let own = instance.urls.domain();
    let host = |view: &ReaderView| view.account.domain.clone().unwrap_or_else(|| own.to_owned());
    if context.json() {
        let line = |view: &ReaderView| {
            json!({
                "instance": host(view),
                "user": view.account.username,
                "name": view.account.name(),
                "acknowledged_at": view.acknowledged_at.map(Timestamp::rfc3339),
            })
        };
        return output::json(&readers.iter().map(line).collect::<Vec<_>>());
    }
    let mut file = CsvFile::with_columns(&["instance", "user", "name", "acknowledged_at"])?;
    for view in &readers {
        let at = view.acknowledged_at.map(Timestamp::rfc3339).unwrap_or_default();
        let account = &view.account;
        file.write_row(&[host(view).as_str(), &account.username, account.name(), &at])?;
    }
    let lines = String::from_utf8(file.into_bytes().context("cannot write CSV")?)?;
    output::line(lines.trim_end());
    Ok(())
}
