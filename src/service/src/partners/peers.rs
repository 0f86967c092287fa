//! Peers: the tier of each remote host, set by administrators.

use std::collections::BTreeMap;

use crate::instance::Instance;
use crate::partners::agreements;
use crate::{Error, Result};
use portico_domain::model::AccountId;
use portico_domain::model::account::Account;
use portico_domain::model::agreement_grants::Lapse;
use portico_domain::model::delivery::HostRule;
use portico_domain::model::moderation::Moderator;
use portico_domain::model::notification::SeveranceCause;
use portico_domain::model::peer::{FederationMode, Host, HostRules, Tier};
use portico_domain::model::relationship::FollowState;
use portico_domain::policy::moderation::{Power, may};
use portico_domain::policy::reach::{host_allowed, host_heard};
use portico_store::{Reader, Tx};

/// Maximum number of follows ended in one transaction.
const ENDED_AT_ONCE: i64 = 200;

/// How much may be exchanged with a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostAccess {
    /// The host is federated with.
    Federated,
    /// Only with its guests of rooms here.
    GuestsOnly,
    /// Nothing.
    Nothing,
}

impl HostAccess {
    /// Determines the access of a host of this tier. Counts its guests only if they matter.
    pub fn of(
        reader: &mut Reader<'_>,
        mode: FederationMode,
        domain: &str,
        tier: Tier,
    ) -> portico_store::Result<Self> {
        Self::decide(mode, tier, || reader.has_guests_at(domain))
    }

    /// Decides the access of a host of this tier, or of one account there if `guests` is about that account.
    fn decide(
        mode: FederationMode,
        tier: Tier,
        guests: impl FnOnce() -> portico_store::Result<bool>,
    ) -> portico_store::Result<Self> {
        if host_allowed(mode, tier).is_ok() {
            return Ok(Self::Federated);
        }
        let heard = host_heard(mode, tier, guests()?).is_ok();
        Ok(if heard { Self::GuestsOnly } else { Self::Nothing })
    }
}

/// The actor of a received activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSender {
    /// The account.
    pub account: Account,
    /// How much may be exchanged with this account: `GuestsOnly` for the guest of a room.
    pub access: HostAccess,
}

/// Finds the actor of an activity from this host. `None` if it is unknown. The host may have been blocked since
/// the activity was received.
pub async fn find_sender(instance: &Instance, host: &str, actor: &str) -> Result<Option<KnownSender>> {
    let (host, actor, mode) = (host.to_owned(), actor.to_owned(), instance.settings.federation);
    let found = instance.store.read_inline(move |reader| {
        let tier = reader.tier_of(&host)?;
        let Some(account) = reader.find_account_by_uri(&actor)? else { return Ok::<_, Error>(None) };
        let access = HostAccess::decide(mode, tier, || Ok(!reader.rooms_of_guest(account.id)?.is_empty()))?;
        Ok(Some(KnownSender { account, access }))
    });
    found.await
}

/// Lists every host that has a tier, by name.
pub async fn list(instance: &Instance) -> Result<Vec<Host>> {
    Ok(instance.store.read(|reader| reader.list_hosts()).await?)
}

/// Lists every host that has a tier, by name. For a partner whose agreement is not in force, adds the reason;
/// it is then treated like any open host.
pub async fn with_agreements(instance: &Instance, by: &Moderator) -> Result<Vec<(Host, Option<Lapse>)>> {
    may(by.role, Power::Hosts)?;
    instance
        .store
        .read(|reader| {
            let lapsed = reader.lapsed_agreements()?;
            let with = |host: Host| {
                let lapse = lapsed.get(&host.domain).copied();
                (host, lapse)
            };
            Ok::<_, Error>(reader.list_hosts()?.into_iter().map(with).collect())
        })
        .await
}

/// Sets the tier of a host, on the command line. It decides what is sent, shown and accepted from then on.
/// Other rules for the host stay.
///
/// # Errors
/// `Invalid` for an invalid host name, or this instance's own.
pub async fn set_tier(instance: &Instance, domain: &str, tier: Tier, note: &str) -> Result<Host> {
    let domain = normalise_domain(instance, domain)?;
    let named = domain.clone();
    let known = instance.store.read(move |reader| reader.find_host(&named)).await?;
    let kept = known.map(|host| host.rules()).unwrap_or_default();
    let rules = HostRules { note: note.to_owned(), ..kept };
    apply(instance, &Moderator::console(), &domain, tier, rules).await
}

/// Normalises the name of a host.
///
/// # Errors
/// `Invalid` for an invalid host name, or this instance's own.
pub(crate) fn normalise_domain(instance: &Instance, domain: &str) -> Result<String> {
    let domain = domain.trim().trim_end_matches('.').to_lowercase();
    if domain == instance.settings.domain {
        return Err(Error::invalid(format!("{domain} is this instance itself")));
    }
    let sound = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | ':');
    if domain.is_empty() || domain.len() > 259 || !domain.chars().all(sound) {
        return Err(Error::invalid(format!(
            "{domain:?} must be a host name, such as social.partner.example"
        )));
    }
    Ok(domain)
}

/// Sets the tier and the rules of a host. Blocking ends every follow: the first chunk in the same
/// transaction, the rest right after it. No activity is sent to a host that may not federate any more; its
/// queued deliveries are dropped.
pub(crate) async fn apply(
    instance: &Instance,
    by: &Moderator,
    domain: &str,
    tier: Tier,
    rules: HostRules,
) -> Result<Host> {
    let (by, named) = (by.clone(), domain.to_owned());
    let cut = host_allowed(instance.settings.federation, tier).is_err();
    let (host, more) = instance
        .store
        .write(move |tx| {
            agreements::prepare_tier_change(tx, &by, &named, tier)?;
            tx.set_tier(&named, tier, &rules.note)?;
            tx.set_host_rules(&named, &rules)?;
            tx.log(&by, &format!("tier {tier}"), &named, None, &rules.note)?;
            if cut {
                tx.drop_deliveries_to(&named, HostRule::Host)?;
            }
            let more = tier == Tier::Blocked && end_follows(tx, &named)?;
            Ok::<_, Error>((tx.find_host(&named)?.ok_or(Error::NotFound("host"))?, more))
        })
        .await?;
    if more {
        end_all_follows(instance, domain).await?;
    }
    Ok(host)
}

async fn end_all_follows(instance: &Instance, domain: &str) -> Result<()> {
    while {
        let domain = domain.to_owned();
        instance.store.write(move |tx| end_follows(tx, &domain)).await?
    } {}
    Ok(())
}

/// Ends a chunk of follows with a host, in both directions. Returns whether there may be more.
fn end_follows(tx: &mut Tx<'_>, domain: &str) -> Result<bool> {
    let found = tx.some_follows_across(domain, ENDED_AT_ONCE)?;
    let mut lost: BTreeMap<AccountId, (i64, i64)> = BTreeMap::new();
    for id in &found {
        let Some(follow) = tx.find_follow(*id)? else { continue };
        if tx.delete_follow(&follow)? && follow.state == FollowState::Accepted {
            // One of the two accounts is remote; only local people are notified.
            lost.entry(follow.target_id).or_default().0 += 1;
            lost.entry(follow.account_id).or_default().1 += 1;
        }
    }
    for (account, (followers, following)) in lost {
        tx.insert_severance(account, SeveranceCause::HostBlock, domain, followers, following)?;
    }
    Ok(i64::try_from(found.len()).is_ok_and(|ended| ended >= ENDED_AT_ONCE))
}

/// Ends remaining follows with blocked hosts, for example after a crash during a block.
pub(crate) async fn end_forgotten_follows(instance: &Instance) -> Result<()> {
    let hosts = instance.store.read(|reader| reader.list_hosts()).await?;
    for host in hosts.into_iter().filter(|host| host.tier == Tier::Blocked) {
        end_all_follows(instance, &host.domain).await?;
    }
    Ok(())
}

/// Removes a host's tier, so that it is treated like an unknown host.
pub(crate) async fn remove_tier(instance: &Instance, by: &Moderator, domain: &str) -> Result<()> {
    let (by, domain) = (by.clone(), domain.to_owned());
    let cut = host_allowed(instance.settings.federation, Tier::Open).is_err();
    instance
        .store
        .write(move |tx| {
            agreements::prepare_tier_change(tx, &by, &domain, Tier::Open)?;
            tx.forget_host(&domain)?;
            if cut {
                tx.drop_deliveries_to(&domain, HostRule::Host)?;
            }
            tx.log(&by, "forget host", &domain, None, "")?;
            Ok(())
        })
        .await
}
