//! Computes the recipients of a status: for delivery, for the delivery preview, and to find who may still get
//! its next version. Collects the candidate hosts with their relation to the status, and lets policy decide
//! for each.

use std::collections::{BTreeMap, BTreeSet};

use portico_domain::model::account::Account;
use portico_domain::model::agreement_grants::PeerStanding;
use portico_domain::model::delivery::HostRule;
use portico_domain::model::peer::{FederationMode, Tier};
use portico_domain::model::reach::AudienceLimits;
use portico_domain::model::{AccountId, Reach};
use portico_domain::policy::Refusal;
use portico_domain::policy::reach::{host_allowed, host_heard, lets_in, may_be_guest, may_deliver};
use portico_store::{Destination, Reader, Result};

/// Up to how many recipients a direct post uses personal inboxes. Above that it uses shared inboxes.
const MOST_PERSONAL: usize = 8;

/// The instance settings that decide which hosts may receive something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliverySettings {
    /// The federation mode.
    pub mode: FederationMode,
    /// The instance actor, which the company's other instances follow.
    pub instance_actor: AccountId,
}

/// A host's relation to a status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostRelation {
    /// The inboxes there that would get it.
    pub inboxes: Vec<String>,
    /// Whether the host has a follower of the author, or a member of the group.
    pub follows: bool,
    /// Whether the status mentions an account on the host.
    pub named: bool,
}

/// A host with its tier, its relation to a status, and policy's decision.
pub type JudgedHost = (String, Tier, HostRelation, std::result::Result<(), Refusal>);
/// A host that may not receive a status, and the rule that prevents it.
pub type WithheldHost = (String, HostRule);

/// The candidate inboxes for a delivery, by host.
#[derive(Debug, Default)]
pub struct RecipientHosts {
    hosts: BTreeMap<String, HostRelation>,
    /// Guests of the room it is posted to. Each is reached by their personal inbox, whatever the tier of
    /// their host.
    guests: Vec<Destination>,
}

impl RecipientHosts {
    /// Collects the candidate hosts for a status: those of the author's followers and of the mentioned
    /// accounts and, for an organisational reach, those that follow the instance actor. A status in a group
    /// goes to the remote group, or to the hosts of a local group's members.
    pub fn for_status(
        reader: &mut Reader<'_>,
        sender: DeliverySettings,
        author: AccountId,
        limits: &AudienceLimits,
        group: Option<AccountId>,
        named: &[AccountId],
    ) -> Result<Self> {
        let (mut hosts, reach) = (Self::default(), limits.reach);
        if let Some(group) = group.map(|group| reader.find_account(group)).transpose()?.flatten() {
            match (&group.domain, reach) {
                (Some(host), _) => {
                    // Posts that non-members may read use the shared inbox.
                    let inbox = match reach {
                        Reach::Group | Reach::Direct => &group.endpoints.inbox,
                        _ => group.shared_or_personal_inbox(),
                    };
                    hosts.relation(host.clone(), inbox.to_owned()).follows = true;
                }
                (None, Reach::Group) => {
                    hosts.add_members(reader, group.id)?;
                    let present = reader.list_guests_present(group.id)?;
                    hosts.guests = Self::guest_inboxes(reader, &present)?;
                }
                (None, _) => {}
            }
        }
        if !matches!(reach, Reach::Direct | Reach::Group) {
            hosts.add_followers(reader.list_follower_inboxes(author)?);
        }
        if reach.is_organisational() {
            hosts.add_others(reader.list_follower_inboxes(sender.instance_actor)?);
        }
        if let Some(partner) = &limits.partner {
            // The partner is the audience, even without any followers there.
            hosts.add_others(reader.inbox_of_host(&partner.domain)?.into_iter().collect());
        }
        // Many recipients are reached through the shared inboxes of their hosts.
        let way = if named.len() > MOST_PERSONAL { Reach::Public } else { reach };
        let mut invited = Vec::new();
        for id in named {
            if let Some(account) = reader.find_account(*id)? {
                hosts.add_named(&account, way);
            }
            // A room sends direct posts to its guests.
            let now = reader.now();
            if reach == Reach::Direct
                && reader.find_guest(author, *id)?.is_some_and(|guest| guest.until > now)
            {
                invited.push(*id);
            }
        }
        if !invited.is_empty() {
            hosts.guests = Self::guest_inboxes(reader, &invited)?;
        }
        Ok(hosts)
    }

    /// Returns the hosts that are reached only through the personal inboxes of guests.
    pub fn guest_hosts(&self) -> BTreeSet<String> {
        self.guests.iter().map(|guest| guest.host.clone()).collect()
    }

    /// Returns the personal inboxes of these guests, without suspended accounts and blocked hosts.
    pub fn guest_inboxes(reader: &mut Reader<'_>, guests: &[AccountId]) -> Result<Vec<Destination>> {
        let raw: Vec<i64> = guests.iter().map(|id| id.0).collect();
        let accounts = reader.accounts_by_id(&raw)?;
        let names: Vec<String> = accounts.values().filter_map(|account| account.domain.clone()).collect();
        let tiers = reader.tiers_of(&names)?;
        let mut found: Vec<Destination> = accounts
            .into_values()
            .filter(|account| account.suspended_at.is_none())
            .filter_map(|account| Some(Destination { inbox: account.endpoints.inbox, host: account.domain? }))
            .filter(|to| may_be_guest(tiers.get(&to.host).copied().unwrap_or(Tier::Open)).is_ok())
            .collect();
        found.sort_unstable();
        Ok(found)
    }

    fn relation(&mut self, host: String, inbox: String) -> &mut HostRelation {
        let bonds = self.hosts.entry(host).or_default();
        if !bonds.inboxes.contains(&inbox) {
            bonds.inboxes.push(inbox);
        }
        bonds
    }

    /// Adds the hosts of a group's members. The company's instances know the members, so they use a shared
    /// inbox. Any other host uses personal inboxes, so that software without group support shows the post to
    /// each member.
    pub fn add_members(&mut self, reader: &mut Reader<'_>, group: AccountId) -> Result<()> {
        let inboxes = reader.list_member_inboxes(group)?;
        let names: Vec<String> = inboxes.iter().map(|(host, _, _)| host.clone()).collect();
        let tiers = reader.tiers_of(&names)?;
        for (host, shared, own) in inboxes {
            let sister = tiers.get(&host) == Some(&Tier::Company);
            let inbox = shared.filter(|_| sister).unwrap_or(own);
            self.relation(host, inbox).follows = true;
        }
        Ok(())
    }

    /// Adds hosts that have followers.
    pub fn add_followers(&mut self, to: Vec<Destination>) {
        for Destination { inbox, host } in to {
            self.relation(host, inbox).follows = true;
        }
    }

    /// Adds hosts without a follower or a mention.
    pub fn add_others(&mut self, to: Vec<Destination>) {
        for Destination { inbox, host } in to {
            self.relation(host, inbox);
        }
    }

    /// Adds the host of a mentioned account: its personal inbox for a direct post, otherwise the shared
    /// inbox.
    pub fn add_named(&mut self, account: &Account, reach: Reach) {
        if let Some(host) = account.domain.clone() {
            let inbox = match reach {
                Reach::Direct => account.endpoints.inbox.as_str(),
                _ => account.shared_or_personal_inbox(),
            };
            self.relation(host, inbox.to_owned()).named = true;
        }
    }

    /// Removes a host.
    pub fn remove(&mut self, host: &str) {
        self.hosts.remove(host);
    }

    /// Returns each host with its tier, its relation, and policy's decision for this audience.
    pub fn judge(
        self,
        reader: &mut Reader<'_>,
        mode: FederationMode,
        limits: &AudienceLimits,
    ) -> Result<Vec<JudgedHost>> {
        self.judge_each(reader, |host, there, bonds| {
            may_deliver(mode, there, limits.reach, bonds.follows, bonds.named)?;
            match &limits.partner {
                Some(partner) if !lets_in(partner, host, there.tier) => Err(Refusal::Reach),
                _ => Ok(()),
            }
        })
    }

    /// Returns the inboxes of the hosts that may receive something with this audience, and of the guests.
    pub fn allowed_inboxes(
        self,
        reader: &mut Reader<'_>,
        mode: FederationMode,
        limits: &AudienceLimits,
    ) -> Result<Vec<Destination>> {
        let guests = self.guests.clone();
        Ok(with_guests(self.judge(reader, mode, limits)?, guests))
    }

    /// As [`Self::allowed_inboxes`], and also returns the hosts that may not receive it, with the rule for
    /// each.
    pub fn split_by_policy(
        self,
        reader: &mut Reader<'_>,
        mode: FederationMode,
        limits: &AudienceLimits,
    ) -> Result<(Vec<Destination>, Vec<WithheldHost>)> {
        let guests = self.guests.clone();
        let judged = self.judge(reader, mode, limits)?;
        let mut kept: Vec<WithheldHost> = judged
            .iter()
            .filter_map(|(host, _, _, may)| Some((host.clone(), may.err()?.host_rule())))
            .collect();
        let names: Vec<String> = kept.iter().map(|(host, _)| host.clone()).collect();
        // A partner without an agreement in force counts as an open host, so policy does not name the
        // agreement as the reason.
        let lapsed = reader.lapsed_agreements_among(&names)?;
        for (host, rule) in &mut kept {
            if lapsed.contains_key(host) {
                *rule = HostRule::Agreement;
            }
        }
        Ok((with_guests(judged, guests), kept))
    }

    /// Returns the inboxes of the hosts with which this instance federates at all, including those of guests.
    pub fn reachable_inboxes(
        self,
        reader: &mut Reader<'_>,
        mode: FederationMode,
    ) -> Result<Vec<Destination>> {
        let names: Vec<String> = self.hosts.keys().cloned().collect();
        let tiers = reader.tiers_of(&names)?;
        let mut heard = BTreeSet::new();
        for name in names {
            let tier = tiers.get(&name).copied().unwrap_or(Tier::Open);
            let shut = host_allowed(mode, tier).is_err();
            if host_heard(mode, tier, shut && reader.has_guests_at(&name)?).is_ok() {
                heard.insert(name);
            }
        }
        let each = self
            .judge_each(reader, |host, _, _| if heard.contains(host) { Ok(()) } else { Err(Refusal::Host) });
        Ok(inboxes(each?))
    }

    fn judge_each(
        self,
        reader: &mut Reader<'_>,
        may: impl Fn(&str, PeerStanding, &HostRelation) -> std::result::Result<(), Refusal>,
    ) -> Result<Vec<JudgedHost>> {
        let names: Vec<String> = self.hosts.keys().cloned().collect();
        let standings = reader.standings_of(&names)?;
        let judged = self.hosts.into_iter().map(|(host, bonds)| {
            let there = standings.get(&host).copied().unwrap_or(PeerStanding::without_agreement(Tier::Open));
            let allowed = may(&host, there, &bonds);
            (host, there.tier, bonds, allowed)
        });
        Ok(judged.collect())
    }
}

/// Joins the inboxes of the permitted hosts and of the guests.
fn with_guests(judged: Vec<JudgedHost>, guests: Vec<Destination>) -> Vec<Destination> {
    let mut to = inboxes(judged);
    for guest in guests {
        if !to.contains(&guest) {
            to.push(guest);
        }
    }
    to
}

fn inboxes(judged: Vec<JudgedHost>) -> Vec<Destination> {
    let allowed = judged.into_iter().filter(|(_, _, _, allowed)| allowed.is_ok());
    allowed
        .flat_map(|(host, _, bonds, _)| {
            bonds.inboxes.into_iter().map(move |inbox| Destination { inbox, host: host.clone() })
        })
        .collect()
}
