//! Import and export of host lists: domain blocks and domain allows.
//!
//! An import never loosens anything and never changes what was set by hand: hosts of the company, partners,
//! and hosts that are already blocked or limited more strictly stay as they are. A preview shows what an
//! import would sever.

use super::hosts::{HostBlockInput, HostSeverity, allow, is_blocked, set_block, update_block};
use crate::instance::Instance;
use crate::partners::peers;
use crate::{Error, Result};
use portico_domain::model::moderation::Moderator;
use portico_domain::model::peer::{FederationMode, Host, Tier, Ties};
use portico_domain::policy::moderation::{Power, may};
use portico_domain::policy::reach::host_allowed;

/// Maximum number of hosts in a list.
pub const MOST_HOSTS: usize = 50_000;

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostListEntry {
    /// The host, as spelled in the list.
    pub domain: String,
    /// The requested action.
    pub what: HostListAction,
}

/// The action that a list requests for a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostListAction {
    /// Block it with these settings.
    Block(HostBlockInput),
    /// Allow it.
    Allow,
}

/// The effect of a list on one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostChange {
    /// The host.
    pub domain: String,
    /// Its tier before.
    pub before: Tier,
    /// Its tier afterwards.
    pub after: Tier,
    /// The relationships and deliveries that are lost.
    pub severed: Ties,
    /// The reason why the host stays unchanged, if it does.
    pub kept: Option<String>,
}

/// Computes what is lost when a host gets the tier `after`: blocking ends all follows and list memberships; a
/// host that may not federate loses its queued deliveries.
pub fn count_severed(mode: FederationMode, after: Tier, ties: Ties) -> Ties {
    let cut = host_allowed(mode, after).is_err();
    let blocked = after == Tier::Blocked;
    let only = |count: i64, if_so: bool| if if_so { count } else { 0 };
    Ties {
        following: only(ties.following, blocked),
        followers: only(ties.followers, blocked),
        in_lists: only(ties.in_lists, blocked),
        deliveries: only(ties.deliveries, cut),
    }
}

/// Previews what setting one host to a tier would sever.
pub async fn preview_tier(instance: &Instance, domain: &str, after: Tier) -> Result<HostChange> {
    let domain = peers::normalise_domain(instance, domain)?;
    let mode = instance.settings.federation;
    instance
        .store
        .read(move |reader| {
            let before = reader.tier_of(&domain)?;
            let severed = count_severed(mode, after, reader.count_relations_with_host(&domain)?);
            Ok(HostChange { domain, before, after, severed, kept: None })
        })
        .await
}

/// Previews the effect of a list, host by host.
///
/// # Errors
/// `Invalid` if the list is too long.
pub async fn preview(
    instance: &Instance,
    by: &Moderator,
    entries: &[HostListEntry],
) -> Result<Vec<HostChange>> {
    may(by.role, Power::Hosts)?;
    if entries.len() > MOST_HOSTS {
        return Err(Error::invalid(format!("a list names at most {MOST_HOSTS} hosts")));
    }
    let mut changes = Vec::with_capacity(entries.len());
    for input in entries {
        changes.push(judge(instance, input).await?.0);
    }
    Ok(changes)
}

/// Applies a list, host by host, as [`preview`] shows it.
///
/// # Errors
/// `Invalid` if the list is too long.
pub async fn import(
    instance: &Instance,
    by: &Moderator,
    entries: Vec<HostListEntry>,
) -> Result<Vec<HostChange>> {
    may(by.role, Power::Hosts)?;
    if entries.len() > MOST_HOSTS {
        return Err(Error::invalid(format!("a list names at most {MOST_HOSTS} hosts")));
    }
    let mut changes = Vec::with_capacity(entries.len());
    for input in entries {
        let (change, known) = judge(instance, &input).await?;
        if change.kept.is_none() {
            match (input.what, known) {
                (HostListAction::Allow, _) => drop(allow(instance, by, &change.domain).await?),
                (HostListAction::Block(new), Some(host)) if is_blocked(&host) => {
                    drop(update_block(instance, by, host.id, new).await?);
                }
                (HostListAction::Block(new), _) => drop(set_block(instance, by, &change.domain, new).await?),
            }
        }
        changes.push(change);
    }
    Ok(changes)
}

/// Determines the effect of an entry, and loads its host.
async fn judge(instance: &Instance, input: &HostListEntry) -> Result<(HostChange, Option<Host>)> {
    let kept = |domain: &str, tier: Tier, why: String| HostChange {
        domain: domain.to_owned(),
        before: tier,
        after: tier,
        severed: Ties::default(),
        kept: Some(why),
    };
    let domain = match peers::normalise_domain(instance, &input.domain) {
        Ok(domain) => domain,
        Err(error) => return Ok((kept(&input.domain, Tier::Open, error.to_string()), None)),
    };
    let named = domain.clone();
    let (host, ties) = instance
        .store
        .read(move |reader| {
            Ok::<_, Error>((reader.find_host(&named)?, reader.count_relations_with_host(&named)?))
        })
        .await?;
    let before = host.as_ref().map_or(Tier::Open, |host| host.tier);
    let mode = instance.settings.federation;
    let change = match outcome(mode, host.as_ref(), &input.what) {
        Ok(after) => {
            HostChange { severed: count_severed(mode, after, ties), domain, before, after, kept: None }
        }
        Err(why) => kept(&domain, before, why.to_owned()),
    };
    Ok((change, host))
}

/// Returns the tier that a host gets from an entry, or the reason why it stays unchanged.
fn outcome(
    mode: FederationMode,
    host: Option<&Host>,
    what: &HostListAction,
) -> std::result::Result<Tier, &'static str> {
    let tier = host.map(|host| host.tier);
    match (what, tier) {
        (_, Some(Tier::Company)) => Err("it belongs to the company"),
        (_, Some(Tier::Partner)) => Err("it is a partner; change it by hand"),
        (HostListAction::Allow, Some(Tier::Blocked | Tier::Limited)) => Err("it is blocked or limited here"),
        (HostListAction::Allow, _) => match mode {
            FederationMode::Closed => Err("this instance federates with the company alone"),
            FederationMode::Allowlist => Ok(Tier::Partner),
            FederationMode::Open if tier.is_some() => Err("it is allowed already"),
            FederationMode::Open => Ok(Tier::Open),
        },
        (HostListAction::Block(new), tier) => {
            let refuses = new.reject_media == Some(true) || new.reject_reports == Some(true);
            let (after, tier) =
                (new.limit.unwrap_or(HostSeverity::Silence).tier(), tier.unwrap_or(Tier::Open));
            let refused_already = host.is_some_and(|host| {
                (host.reject_media || new.reject_media != Some(true))
                    && (host.reject_reports || new.reject_reports != Some(true))
            });
            match strictness(after).cmp(&strictness(tier)) {
                std::cmp::Ordering::Less => Err("it is already blocked more strictly"),
                std::cmp::Ordering::Equal if after == Tier::Open && !refuses => {
                    Err("the list asks for nothing")
                }
                std::cmp::Ordering::Equal if refused_already => Err("it is already blocked like this"),
                _ => Ok(after),
            }
        }
    }
}

const fn strictness(tier: Tier) -> u8 {
    match tier {
        Tier::Blocked => 2,
        Tier::Limited => 1,
        Tier::Company | Tier::Partner | Tier::Open => 0,
    }
}

/// Returns every blocked host, by name, for export.
pub async fn blocked(instance: &Instance, by: &Moderator) -> Result<Vec<Host>> {
    may(by.role, Power::Hosts)?;
    let hosts = peers::list(instance).await?;
    Ok(hosts.into_iter().filter(is_blocked).collect())
}

/// Returns every allowed host, by name, for export.
pub async fn allowed(instance: &Instance, by: &Moderator) -> Result<Vec<Host>> {
    may(by.role, Power::Hosts)?;
    let mode = instance.settings.federation;
    let hosts = peers::list(instance).await?;
    Ok(hosts
        .into_iter()
        .filter(|host| host.tier != Tier::Limited && host_allowed(mode, host.tier).is_ok())
        .collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use portico_domain::model::{EntryId, Timestamp};

    fn host(tier: Tier, reject_media: bool) -> Host {
        Host {
            domain: "x.example".into(),
            tier,
            created_at: Timestamp::from_millis(0),
            note: String::new(),
            id: EntryId(1),
            public_note: String::new(),
            reject_media,
            reject_reports: false,
            obfuscate: false,
        }
    }

    proptest! {
        /// A list never loosens anything and never changes what was set by hand.
        #[test]
        fn a_list_only_tightens(
            tier in prop::sample::select(Tier::ALL.to_vec()),
            limit in prop::sample::select(vec![HostSeverity::Suspend, HostSeverity::Silence, HostSeverity::Noop]),
            media in any::<bool>(), rejected in any::<bool>(), allow in any::<bool>(),
            mode in prop::sample::select(vec![FederationMode::Closed, FederationMode::Allowlist, FederationMode::Open]),
        ) {
            let what = match allow {
                true => HostListAction::Allow,
                false => HostListAction::Block(HostBlockInput { limit: Some(limit), reject_media: Some(media), ..HostBlockInput::default() }),
            };
            let known = host(tier, rejected);
            if let Ok(after) = outcome(mode, Some(&known), &what) {
                prop_assert!(!matches!(tier, Tier::Company | Tier::Partner));
                prop_assert!(strictness(after) >= strictness(tier), "{tier} became {after}");
            }
        }

        /// Only a block ends follows; every tier without federation drops deliveries.
        #[test]
        fn severed_ties_follow_the_tier(
            tier in prop::sample::select(Tier::ALL.to_vec()),
            mode in prop::sample::select(vec![FederationMode::Closed, FederationMode::Allowlist, FederationMode::Open]),
        ) {
            let ties = Ties { following: 1, followers: 2, in_lists: 3, deliveries: 4 };
            let found = count_severed(mode, tier, ties);
            prop_assert_eq!(found.following + found.followers + found.in_lists > 0, tier == Tier::Blocked);
            prop_assert_eq!(found.deliveries > 0, host_allowed(mode, tier).is_err());
        }
    }
}
