//! `portico peer`: the tiers of remote hosts.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::{Value, json};

use super::context::CliContext;
use super::{host_list, output};
use portico_domain::model::agreement_grants::Lapse;
use portico_domain::model::moderation::Moderator;
use portico_domain::model::peer::{Host, Tier};
use portico_service::moderation::{self, HostChange};
use portico_service::partners::peers;

#[derive(Subcommand)]
pub(super) enum PeerCommand {
    /// List every host that has a tier, with the state of a partner's agreement if it is no longer in
    /// force.
    List,
    /// Set the tier of a host.
    Set {
        /// The host name.
        domain: String,
        /// The tier: company, partner, open, limited or blocked.
        #[arg(long, value_parser = tier)]
        tier: Tier,
        /// The reason, for other administrators.
        #[arg(long, default_value = "")]
        note: String,
        /// Only show which follows and other connections it would end.
        #[arg(long)]
        dry_run: bool,
    },
    /// Import a list of hosts: Mastodon's CSV of blocked or allowed domains, or one domain per line. Hosts
    /// that are already restricted more strictly stay as they are, and so do the company's hosts and
    /// partners.
    Import {
        /// The file; `-` for standard input.
        file: PathBuf,
        /// The tier of hosts for which the list states none: partner, open, limited or blocked.
        #[arg(long, value_parser = tier)]
        tier: Option<Tier>,
        /// Only show what it would change and end.
        #[arg(long)]
        dry_run: bool,
    },
    /// Print the blocked or the allowed hosts, for import elsewhere.
    Export {
        /// The list: blocked or allowed.
        #[arg(value_enum)]
        list: PeerList,
        /// One domain per line, without a header.
        #[arg(long)]
        plain: bool,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum PeerList {
    /// Blocked and limited hosts, and those whose media or reports are rejected.
    Blocked,
    /// Hosts that are not blocked or limited.
    Allowed,
}

fn tier(word: &str) -> Result<Tier, String> {
    word.parse().map_err(|error: portico_domain::model::peer::NotATier| error.to_string())
}

fn data(host: &Host, lapsed: Option<Lapse>) -> Value {
    json!({
        "domain": host.domain,
        "tier": host.tier.as_str(),
        "lapsed": lapsed,
        "note": host.note,
        "created_at": host.created_at.rfc3339(),
    })
}

/// Formats a tier, with the state of the agreement if it is not in force.
fn in_words(tier: Tier, lapsed: Option<Lapse>) -> String {
    match lapsed {
        Some(lapsed) => format!("{tier} ({})", lapsed.as_str().replace('_', " ")),
        None => tier.to_string(),
    }
}

fn contents(file: &Path) -> std::io::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut text = Vec::new();
        std::io::stdin().lock().read_to_end(&mut text)?;
        return Ok(text);
    }
    std::fs::read(file)
}

/// Prints the changes of hosts, and the connections they end.
fn print_changes(context: &CliContext, changes: &[HostChange]) -> anyhow::Result<()> {
    if context.json() {
        let changes: Vec<Value> = changes
            .iter()
            .map(|change| {
                json!({
                    "domain": change.domain,
                    "before": change.before.as_str(),
                    "after": change.after.as_str(),
                    "severed": {
                        "following": change.severed.following,
                        "followers": change.severed.followers,
                        "list_entries": change.severed.in_lists,
                        "deliveries": change.severed.deliveries,
                    },
                    "kept": change.kept,
                })
            })
            .collect();
        return output::json(&changes);
    }
    let rows: Vec<[String; 8]> = changes
        .iter()
        .map(|change| {
            let ties = change.severed;
            [
                change.domain.clone(),
                change.before.to_string(),
                change.after.to_string(),
                ties.following.to_string(),
                ties.followers.to_string(),
                ties.in_lists.to_string(),
                ties.deliveries.to_string(),
                change.kept.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let head =
        ["DOMAIN", "BEFORE", "AFTER", "FOLLOWING", "FOLLOWERS", "IN LISTS", "DELIVERIES", "STAYS BECAUSE"];
    output::table(head, &rows);
    Ok(())
}

pub(super) async fn run(context: &CliContext, command: PeerCommand) -> anyhow::Result<()> {
    let instance = context.open(None).await?;
    match command {
        PeerCommand::List => {
            let hosts = peers::with_agreements(&instance, &Moderator::console()).await?;
            if context.json() {
                return output::json(
                    &hosts.iter().map(|(host, lapsed)| data(host, *lapsed)).collect::<Vec<_>>(),
                );
            }
            let rows: Vec<[String; 3]> = hosts
                .into_iter()
                .map(|(host, lapsed)| [host.domain, in_words(host.tier, lapsed), host.note])
                .collect();
            output::table(["DOMAIN", "TIER", "NOTE"], &rows);
        }
        PeerCommand::Set { domain, tier, dry_run: true, .. } => {
            print_changes(context, &[moderation::preview_tier(&instance, &domain, tier).await?])?;
        }
        PeerCommand::Import { file, tier, dry_run } => {
            let text = contents(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let wishes = host_list::read(&text, tier).with_context(|| file.display().to_string())?;
            let by = Moderator::console();
            let changes = match dry_run {
                true => moderation::preview_list(&instance, &by, &wishes).await?,
                false => moderation::import_list(&instance, &by, wishes).await?,
            };
            print_changes(context, &changes)?;
            let done = changes.iter().filter(|change| change.kept.is_none()).count();
            let verb = if dry_run { "would change" } else { "changed" };
            output::message(format!("{done} hosts {verb}, {} stay as they are", changes.len() - done));
        }
        PeerCommand::Export { list, plain } => {
            let by = Moderator::console();
            let text = match list {
                PeerList::Blocked if plain => {
                    host_list::write_names(&moderation::blocked_hosts(&instance, &by).await?, false)
                }
                PeerList::Blocked => {
                    host_list::write_blocked(&moderation::blocked_hosts(&instance, &by).await?)?
                }
                PeerList::Allowed => {
                    host_list::write_names(&moderation::allowed_hosts(&instance, &by).await?, !plain)
                }
            };
            text.lines().for_each(output::line);
        }
        PeerCommand::Set { domain, tier, note, dry_run: false } => {
            let host = peers::set_tier(&instance, &domain, tier, &note).await?;
            if context.json() {
                return output::json(&data(&host, None));
            }
            output::message(format!("{} now has tier {}", host.domain, host.tier));
        }
    }
    Ok(())
}
