//! What an instance tells of itself: rules, texts, whom to turn to, and with whom it federates.

use super::text::rich;
use super::{Error, Result, Viewer};
use crate::config::Document;
use crate::instance::Instance;
use crate::model::account::Account;
use crate::model::peer::{Host, Tier};
use crate::model::view::Week;
use crate::policy::reach::host_allowed;

/// How many weeks of activity are told.
const WEEKS: i64 = 12;
const WEEK: i64 = 7 * 24 * 3600;

/// The HTML of a text that the operator wrote.
pub fn html(document: &Document) -> String {
    rich::markdown(&document.text)
}

/// Whether the database answers.
pub async fn reachable(instance: &Instance) -> Result<()> {
    let domain = instance.settings.domain.clone();
    instance.store.read(move |reader| Ok::<_, Error>(reader.tier_of(&domain).map(|_| ())?)).await
}

/// The rule with this id: its place, counted from 1.
pub fn rule<'a>(instance: &'a Instance, id: &str) -> Option<&'a str> {
    let place: usize = id.parse().ok()?;
    instance.settings.about.rules.get(place.checked_sub(1)?).map(String::as_str)
}

/// The person to turn to, if one is named and is here.
pub async fn contact(instance: &Instance) -> Result<Option<Account>> {
    let Some(name) = instance.settings.about.contact_account.clone() else { return Ok(None) };
    let found = instance
        .store
        .read(move |reader| Ok::<_, Error>(reader.find_account_by_handle(&name, None)?))
        .await?;
    Ok(found.filter(|account| account.suspended_at.is_none()))
}

/// The hosts with which something may be exchanged: with whom a company federates is told to its staff alone.
pub async fn peers(instance: &Instance, viewer: &Viewer) -> Result<Vec<Host>> {
    if viewer.staff().is_none() {
        return Ok(Vec::new());
    }
    let mode = instance.settings.federation;
    instance
        .store
        .read(move |reader| {
            let mut hosts = reader.list_hosts()?;
            let names: Vec<String> = hosts.iter().map(|host| host.domain.clone()).collect();
            // A partner whose agreement is over is one by name alone.
            let tiers = reader.tiers_of(&names)?;
            hosts
                .retain(|host| tiers.get(&host.domain).is_some_and(|tier| host_allowed(mode, *tier).is_ok()));
            Ok::<_, Error>(hosts)
        })
        .await
}

/// The hosts that are blocked or limited, for staff.
pub async fn shut_out(instance: &Instance, viewer: &Viewer) -> Result<Vec<Host>> {
    if viewer.staff().is_none() {
        return Ok(Vec::new());
    }
    let hosts = instance.store.read(|reader| Ok::<_, Error>(reader.list_hosts()?)).await?;
    Ok(hosts.into_iter().filter(|host| matches!(host.tier, Tier::Blocked | Tier::Limited)).collect())
}

/// What happened in each of the last weeks, this one first; for staff.
pub async fn activity(instance: &Instance, viewer: &Viewer) -> Result<Vec<Week>> {
    if viewer.staff().is_none() {
        return Ok(Vec::new());
    }
    instance
        .store
        .read(|reader| {
            let today = reader.now().midnight();
            let weeks = (0..WEEKS).map(|ago| {
                let from = today.plus_seconds(24 * 3600 - (ago + 1) * WEEK);
                Ok(reader.count_week(from, from.plus_seconds(WEEK))?)
            });
            weeks.collect()
        })
        .await
}
