//! Public information about an instance: rules, texts, contact, federated hosts and weekly activity.

use crate::instance::Instance;
use crate::{Error, Result, Viewer};
use portico_config::Document;
use portico_domain::model::account::Account;
use portico_domain::model::peer::{Host, Tier};
use portico_domain::model::view::Week;
use portico_domain::policy::reach::host_allowed;
use portico_html::rich;

/// How many weeks of activity are reported.
const WEEKS: i64 = 12;
const WEEK: i64 = 7 * 24 * 3600;

/// Renders a text of the operator's as HTML.
pub fn html(document: &Document) -> String {
    rich::markdown(&document.text)
}

/// Checks whether the database is reachable.
pub async fn reachable(instance: &Instance) -> Result<()> {
    let domain = instance.settings.domain.clone();
    instance.store.read(move |reader| Ok::<_, Error>(reader.tier_of(&domain).map(|_| ())?)).await
}

/// Returns the rule with this id, its position counted from 1.
pub fn rule<'a>(instance: &'a Instance, id: &str) -> Option<&'a str> {
    let place: usize = id.parse().ok()?;
    instance.settings.about.rules.get(place.checked_sub(1)?).map(String::as_str)
}

/// Returns the contact account, if one is configured and exists here.
pub async fn contact(instance: &Instance) -> Result<Option<Account>> {
    let Some(name) = instance.settings.about.contact_account.clone() else { return Ok(None) };
    let found = instance
        .store
        .read(move |reader| Ok::<_, Error>(reader.find_account_by_handle(&name, None)?))
        .await?;
    Ok(found.filter(|account| account.suspended_at.is_none()))
}

/// Lists the hosts with which this instance federates. Empty for visitors, since only staff may see a
/// company's partners.
pub async fn peers(instance: &Instance, viewer: &Viewer) -> Result<Vec<Host>> {
    if viewer.local_account().is_none() {
        return Ok(Vec::new());
    }
    let mode = instance.settings.federation;
    instance
        .store
        .read(move |reader| {
            let mut hosts = reader.list_hosts()?;
            let names: Vec<String> = hosts.iter().map(|host| host.domain.clone()).collect();
            // A partner whose agreement has ended is no longer treated as one.
            let tiers = reader.tiers_of(&names)?;
            hosts
                .retain(|host| tiers.get(&host.domain).is_some_and(|tier| host_allowed(mode, *tier).is_ok()));
            Ok::<_, Error>(hosts)
        })
        .await
}

/// Lists the blocked and limited hosts. Empty for visitors.
pub async fn blocked_hosts(instance: &Instance, viewer: &Viewer) -> Result<Vec<Host>> {
    if viewer.local_account().is_none() {
        return Ok(Vec::new());
    }
    let hosts = instance.store.read(|reader| Ok::<_, Error>(reader.list_hosts()?)).await?;
    Ok(hosts.into_iter().filter(|host| matches!(host.tier, Tier::Blocked | Tier::Limited)).collect())
}

/// Counts the activity of each of the last weeks, the current one first. Empty for visitors.
pub async fn activity(instance: &Instance, viewer: &Viewer) -> Result<Vec<Week>> {
    if viewer.local_account().is_none() {
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
