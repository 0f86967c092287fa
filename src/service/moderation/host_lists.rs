//! Whole lists of hosts: what others block or allow, taken over; what is blocked or allowed here, given away.
//!
//! A list never loosens anything, and never touches what was set by hand: hosts of the company, partners,
//! and hosts that are blocked or limited more strictly already stay as they are. Before anything is done, a
//! preview tells what would be severed.

use super::hosts::{Limit, NewBlock, allow, set_block, update_block};
use crate::instance::Instance;
use crate::model::moderation::Moderator;
use crate::model::peer::{FederationMode, Host, Tier, Ties};
use crate::policy::moderation::{Power, may};
use crate::policy::reach::host_allowed;
use crate::service::{Error, Result, peers};

/// How many hosts a list may name.
pub const MOST_HOSTS: usize = 50_000;

/// What a list asks for a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The host, as the list has it.
    pub domain: String,
    /// What is to be done.
    pub what: What,
}

/// What is to be done with a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// To block it, with a limit in the wish.
    Block(NewBlock),
    /// To allow it.
    Allow,
}

/// What a list does, or would do, to a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The host.
    pub domain: String,
    /// What it is to us.
    pub before: Tier,
    /// What it will be.
    pub after: Tier,
    /// What is severed.
    pub severed: Ties,
    /// Why nothing is done, if so.
    pub kept: Option<String>,
}

/// What is severed when a host becomes `after`, of what binds us to it: with a blocked one all follows and
/// their places in lists end, and what waits for one that nothing is exchanged with is dropped.
pub fn severed(mode: FederationMode, after: Tier, ties: Ties) -> Ties {
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

/// What setting one host to a tier would sever.
///
/// # Errors
/// `Invalid` for a name that is no host, or our own.
pub async fn preview_tier(instance: &Instance, domain: &str, after: Tier) -> Result<Change> {
    let domain = peers::tidy_domain(instance, domain)?;
    let mode = instance.settings.federation;
    instance
        .store
        .read(move |reader| {
            let before = reader.tier_of(&domain)?;
            let severed = severed(mode, after, reader.ties_with(&domain)?);
            Ok(Change { domain, before, after, severed, kept: None })
        })
        .await
}

/// What a list would do, host by host; nothing is done.
///
/// # Errors
/// `Refused` when the moderator's role does not allow it; `Invalid` when the list is too long.
pub async fn preview(instance: &Instance, by: &Moderator, wishes: &[Wish]) -> Result<Vec<Change>> {
    may(by.role, Power::Hosts)?;
    if wishes.len() > MOST_HOSTS {
        return Err(Error::invalid(format!("a list names at most {MOST_HOSTS} hosts")));
    }
    let mut changes = Vec::with_capacity(wishes.len());
    for wish in wishes {
        changes.push(judge(instance, wish).await?.0);
    }
    Ok(changes)
}

/// Does what a list asks, host by host. What is done is what [`preview`] tells.
///
/// # Errors
/// As [`preview`].
pub async fn take_over(instance: &Instance, by: &Moderator, wishes: Vec<Wish>) -> Result<Vec<Change>> {
    may(by.role, Power::Hosts)?;
    if wishes.len() > MOST_HOSTS {
        return Err(Error::invalid(format!("a list names at most {MOST_HOSTS} hosts")));
    }
    let mut changes = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let (change, known) = judge(instance, &wish).await?;
        if change.kept.is_none() {
            match (wish.what, known) {
                (What::Allow, _) => drop(allow(instance, by, &change.domain).await?),
                (What::Block(new), Some(host)) if is_blocked(&host) => {
                    drop(update_block(instance, by, host.id, new).await?);
                }
                (What::Block(new), _) => drop(set_block(instance, by, &change.domain, new).await?),
            }
        }
        changes.push(change);
    }
    Ok(changes)
}

fn is_blocked(host: &Host) -> bool {
    matches!(host.tier, Tier::Blocked | Tier::Limited) || host.reject_media || host.reject_reports
}

/// What a wish comes to, and what we know of its host.
async fn judge(instance: &Instance, wish: &Wish) -> Result<(Change, Option<Host>)> {
    let kept = |domain: &str, tier: Tier, why: String| Change {
        domain: domain.to_owned(),
        before: tier,
        after: tier,
        severed: Ties::default(),
        kept: Some(why),
    };
    let domain = match peers::tidy_domain(instance, &wish.domain) {
        Ok(domain) => domain,
        Err(error) => return Ok((kept(&wish.domain, Tier::Open, error.to_string()), None)),
    };
    let named = domain.clone();
    let (host, ties) = instance
        .store
        .read(move |reader| Ok::<_, Error>((reader.find_host(&named)?, reader.ties_with(&named)?)))
        .await?;
    let before = host.as_ref().map_or(Tier::Open, |host| host.tier);
    let mode = instance.settings.federation;
    let change = match outcome(mode, host.as_ref(), &wish.what) {
        Ok(after) => Change { severed: severed(mode, after, ties), domain, before, after, kept: None },
        Err(why) => kept(&domain, before, why.to_owned()),
    };
    Ok((change, host))
}

/// The tier that a host gets by a wish, or why it stays as it is.
fn outcome(
    mode: FederationMode,
    host: Option<&Host>,
    what: &What,
) -> std::result::Result<Tier, &'static str> {
    let tier = host.map(|host| host.tier);
    match (what, tier) {
        (_, Some(Tier::Company)) => Err("it belongs to the company"),
        (_, Some(Tier::Partner)) => Err("it is a partner; change it by hand"),
        (What::Allow, Some(Tier::Blocked | Tier::Limited)) => Err("it is blocked or limited here"),
        (What::Allow, _) => match mode {
            FederationMode::Closed => Err("this instance federates with the company alone"),
            FederationMode::Allowlist => Ok(Tier::Partner),
            FederationMode::Open if tier.is_some() => Err("it is allowed already"),
            FederationMode::Open => Ok(Tier::Open),
        },
        (What::Block(new), tier) => {
            let refuses = new.reject_media == Some(true) || new.reject_reports == Some(true);
            let (after, tier) = (new.limit.unwrap_or(Limit::Silence).tier(), tier.unwrap_or(Tier::Open));
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

/// Every host that is blocked here, for others to take over, by name.
///
/// # Errors
/// `Refused` when the moderator's role does not allow it.
pub async fn blocked(instance: &Instance, by: &Moderator) -> Result<Vec<Host>> {
    may(by.role, Power::Hosts)?;
    let hosts = peers::list(instance).await?;
    Ok(hosts.into_iter().filter(is_blocked).collect())
}

/// Every host that is allowed here, by name.
///
/// # Errors
/// `Refused` when the moderator's role does not allow it.
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
    use crate::model::{EntryId, Timestamp};

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
        /// Whatever a list asks, nothing is loosened, and nothing that was set by hand is touched.
        #[test]
        fn a_list_only_tightens(
            tier in prop::sample::select(Tier::ALL.to_vec()),
            limit in prop::sample::select(vec![Limit::Suspend, Limit::Silence, Limit::Noop]),
            media in any::<bool>(), rejected in any::<bool>(), allow in any::<bool>(),
            mode in prop::sample::select(vec![FederationMode::Closed, FederationMode::Allowlist, FederationMode::Open]),
        ) {
            let what = match allow {
                true => What::Allow,
                false => What::Block(NewBlock { limit: Some(limit), reject_media: Some(media), ..NewBlock::default() }),
            };
            let known = host(tier, rejected);
            if let Ok(after) = outcome(mode, Some(&known), &what) {
                prop_assert!(!matches!(tier, Tier::Company | Tier::Partner));
                prop_assert!(strictness(after) >= strictness(tier), "{tier} became {after}");
            }
        }

        /// Follows end with a block alone; deliveries wherever nothing is exchanged any more.
        #[test]
        fn what_is_severed_follows_the_tier(
            tier in prop::sample::select(Tier::ALL.to_vec()),
            mode in prop::sample::select(vec![FederationMode::Closed, FederationMode::Allowlist, FederationMode::Open]),
        ) {
            let ties = Ties { following: 1, followers: 2, in_lists: 3, deliveries: 4 };
            let found = severed(mode, tier, ties);
            prop_assert_eq!(found.following + found.followers + found.in_lists > 0, tier == Tier::Blocked);
            prop_assert_eq!(found.deliveries > 0, host_allowed(mode, tier).is_err());
        }
    }
}
