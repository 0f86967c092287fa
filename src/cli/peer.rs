//! `portico peer`: what other hosts are to us.

use clap::Subcommand;
use serde_json::{Value, json};

use super::context::Context;
use super::output;
use crate::model::peer::{Host, Tier};
use crate::service::peers;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Show every host that has a tier.
    List,
    /// Set what a host is to us.
    Set {
        /// Its host name.
        domain: String,
        /// company, partner, open, limited or blocked.
        #[arg(long, value_parser = tier)]
        tier: Tier,
        /// Why, for other administrators.
        #[arg(long, default_value = "")]
        note: String,
    },
}

fn tier(word: &str) -> Result<Tier, String> {
    word.parse().map_err(|error: crate::model::peer::NotATier| error.to_string())
}

fn data(host: &Host) -> Value {
    json!({
        "domain": host.domain,
        "tier": host.tier.as_str(),
        "note": host.note,
        "created_at": host.created_at.rfc3339(),
    })
}

pub(super) async fn run(context: &Context, command: Command) -> anyhow::Result<()> {
    let instance = context.open(None).await?;
    match command {
        Command::List => {
            let hosts = peers::list(&instance).await?;
            if context.json() {
                return output::json(&hosts.iter().map(data).collect::<Vec<_>>());
            }
            let rows: Vec<[String; 3]> = hosts
                .into_iter()
                .map(|host| [host.domain, host.tier.as_str().to_owned(), host.note])
                .collect();
            output::table(["DOMAIN", "TIER", "NOTE"], &rows);
        }
        Command::Set { domain, tier, note } => {
            let host = peers::set_tier(&instance, &domain, tier, &note).await?;
            if context.json() {
                return output::json(&data(&host));
            }
            output::message(format!("{} is now of tier {}", host.domain, host.tier));
        }
    }
    Ok(())
}
