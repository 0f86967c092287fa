//! Whom a status goes to: the one computation for sending it, for "who would get this?" and for who still
//! may have its next version. The hosts are gathered with what binds each to the status; policy then says of
//! each whether it may have it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::account::Account;
use crate::model::delivery::HostRule;
use crate::model::pact::Standing;
use crate::model::peer::{FederationMode, Tier};
use crate::model::reach::Extent;
use crate::model::{AccountId, Reach};
use crate::policy::Refusal;
use crate::policy::reach::{host_allowed, host_heard, lets_in, may_be_guest, may_deliver};
use crate::store::{Destination, Reader, Result};

/// How many people something for chosen people goes to by their personal inboxes.
const MOST_PERSONAL: usize = 8;

/// What of the instance decides whom it may say something to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// With whom it federates.
    pub mode: FederationMode,
    /// Its instance actor, whom sister instances follow.
    pub instance_actor: AccountId,
}

/// What binds a host to something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bonds {
    /// Where it would go there.
    pub inboxes: Vec<String>,
    /// Whether somebody there follows.
    pub follows: bool,
    /// Whether it names somebody there.
    pub named: bool,
}

/// A host, what it is to us, what binds it to something, and whether it may have that.
pub type Judged = (String, Tier, Bonds, std::result::Result<(), Refusal>);
/// A host that may not have something, and the rule that keeps it from there.
pub type KeptFrom = (String, HostRule);

/// The inboxes that something could go to, by host.
#[derive(Debug, Default)]
pub struct Hosts {
    hosts: BTreeMap<String, Bonds>,
    /// Guests of a room that it is posted to: each alone, whatever their host is to us.
    guests: Vec<Destination>,
}

impl Hosts {
    /// The hosts that a status of this author and extent with these named people could go to: those of the author's
    /// followers and of the named, and, if it is for an organisation, the instances that follow ours. What is
    /// posted to a group goes to the group, or, if that is of this instance, to where its members are.
    pub fn of_status(
        reader: &mut Reader<'_>,
        sender: Sender,
        author: AccountId,
        extent: &Extent,
        group: Option<AccountId>,
        named: &[AccountId],
    ) -> Result<Self> {
        let (mut hosts, reach) = (Self::default(), extent.reach);
        if let Some(group) = group.map(|group| reader.find_account(group)).transpose()?.flatten() {
            match (&group.domain, reach) {
                (Some(host), _) => {
                    // What more than its members may read goes where it also goes for others there.
                    let inbox = match reach {
                        Reach::Group | Reach::Direct => &group.endpoints.inbox,
                        _ => group.shared_or_personal_inbox(),
                    };
                    hosts.bonds(host.clone(), inbox.to_owned()).follows = true;
                }
                (None, Reach::Group) => {
                    hosts.add_members(reader, group.id)?;
                    let present = reader.list_guests_present(group.id)?;
                    hosts.guests = Self::of_guests(reader, &present)?;
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
        if let Some(partner) = &extent.partner {
            // It is meant for them, whether or not anybody there follows the author.
            hosts.add_others(reader.inbox_of_host(&partner.domain)?.into_iter().collect());
        }
        // Many people are reached by the shared inboxes of their hosts.
        let way = if named.len() > MOST_PERSONAL { Reach::Public } else { reach };
        let mut invited = Vec::new();
        for id in named {
            if let Some(account) = reader.find_account(*id)? {
                hosts.add_named(&account, way);
            }
            // A room writes to whom it invites.
            let now = reader.now();
            if reach == Reach::Direct
                && reader.find_guest(author, *id)?.is_some_and(|guest| guest.until > now)
            {
                invited.push(*id);
            }
        }
        if !invited.is_empty() {
            hosts.guests = Self::of_guests(reader, &invited)?;
        }
        Ok(hosts)
    }

    /// The hosts on which single people are reached as guests.
    pub fn of_invited(&self) -> BTreeSet<String> {
        self.guests.iter().map(|guest| guest.host.clone()).collect()
    }

    /// Where these guests are reached: each by the inbox of their own. Nobody of a blocked host.
    pub fn of_guests(reader: &mut Reader<'_>, guests: &[AccountId]) -> Result<Vec<Destination>> {
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

    fn bonds(&mut self, host: String, inbox: String) -> &mut Bonds {
        let bonds = self.hosts.entry(host).or_default();
        if !bonds.inboxes.contains(&inbox) {
            bonds.inboxes.push(inbox);
        }
        bonds
    }

    /// Hosts on which somebody is a member of a group. The company's instances know who that is; to any other
    /// server it goes for each member alone, so that one that knows nothing of groups shows it to them.
    pub fn add_members(&mut self, reader: &mut Reader<'_>, group: AccountId) -> Result<()> {
        let inboxes = reader.list_member_inboxes(group)?;
        let names: Vec<String> = inboxes.iter().map(|(host, _, _)| host.clone()).collect();
        let tiers = reader.tiers_of(&names)?;
        for (host, shared, own) in inboxes {
            let sister = tiers.get(&host) == Some(&Tier::Company);
            let inbox = shared.filter(|_| sister).unwrap_or(own);
            self.bonds(host, inbox).follows = true;
        }
        Ok(())
    }

    /// Hosts on which somebody follows.
    pub fn add_followers(&mut self, to: Vec<Destination>) {
        for Destination { inbox, host } in to {
            self.bonds(host, inbox).follows = true;
        }
    }

    /// Hosts that nothing but themselves binds to it.
    pub fn add_others(&mut self, to: Vec<Destination>) {
        for Destination { inbox, host } in to {
            self.bonds(host, inbox);
        }
    }

    /// Someone who is named: by the personal inbox if it is for them alone.
    pub fn add_named(&mut self, account: &Account, reach: Reach) {
        if let Some(host) = account.domain.clone() {
            let inbox = match reach {
                Reach::Direct => account.endpoints.inbox.as_str(),
                _ => account.shared_or_personal_inbox(),
            };
            self.bonds(host, inbox.to_owned()).named = true;
        }
    }

    /// Leaves out a host.
    pub fn without(&mut self, host: &str) {
        self.hosts.remove(host);
    }

    /// Each host with what it is to us, what binds it, and whether it may have something that goes so far.
    pub fn judged(
        self,
        reader: &mut Reader<'_>,
        mode: FederationMode,
        extent: &Extent,
    ) -> Result<Vec<Judged>> {
        self.each(reader, |host, there, bonds| {
            may_deliver(mode, there, extent.reach, bonds.follows, bonds.named)?;
            match &extent.partner {
                Some(partner) if !lets_in(partner, host, there.tier) => Err(Refusal::Reach),
                _ => Ok(()),
            }
        })
    }

    /// The inboxes on hosts that may have something that goes so far.
    pub fn allowed(
        self,
        reader: &mut Reader<'_>,
        mode: FederationMode,
        extent: &Extent,
    ) -> Result<Vec<Destination>> {
        let guests = self.guests.clone();
        Ok(with_guests(self.judged(reader, mode, extent)?, guests))
    }

    /// The inboxes on hosts that may have something that goes so far; and the hosts that may not, with the rule
    /// that keeps it from each.
    pub fn parted(
        self,
        reader: &mut Reader<'_>,
        mode: FederationMode,
        extent: &Extent,
    ) -> Result<(Vec<Destination>, Vec<KeptFrom>)> {
        let guests = self.guests.clone();
        let judged = self.judged(reader, mode, extent)?;
        let mut kept: Vec<KeptFrom> = judged
            .iter()
            .filter_map(|(host, _, _, may)| Some((host.clone(), may.err()?.host_rule())))
            .collect();
        let names: Vec<String> = kept.iter().map(|(host, _)| host.clone()).collect();
        // A partner without an agreement in force is like any other host; that is why it gets nothing.
        let lapsed = reader.lapsed_among(&names)?;
        for (host, rule) in &mut kept {
            if lapsed.contains_key(host) {
                *rule = HostRule::Agreement;
            }
        }
        Ok((with_guests(judged, guests), kept))
    }

    /// The inboxes on hosts that anything may be exchanged with.
    pub fn reachable(self, reader: &mut Reader<'_>, mode: FederationMode) -> Result<Vec<Destination>> {
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
        let each =
            self.each(reader, |host, _, _| if heard.contains(host) { Ok(()) } else { Err(Refusal::Host) });
        Ok(inboxes(each?))
    }

    fn each(
        self,
        reader: &mut Reader<'_>,
        may: impl Fn(&str, Standing, &Bonds) -> std::result::Result<(), Refusal>,
    ) -> Result<Vec<Judged>> {
        let names: Vec<String> = self.hosts.keys().cloned().collect();
        let standings = reader.standings_of(&names)?;
        let judged = self.hosts.into_iter().map(|(host, bonds)| {
            let there = standings.get(&host).copied().unwrap_or(Standing::of(Tier::Open));
            let allowed = may(&host, there, &bonds);
            (host, there.tier, bonds, allowed)
        });
        Ok(judged.collect())
    }
}

/// The inboxes of hosts that may have it, and those of single people who are invited.
fn with_guests(judged: Vec<Judged>, guests: Vec<Destination>) -> Vec<Destination> {
    let mut to = inboxes(judged);
    for guest in guests {
        if !to.contains(&guest) {
            to.push(guest);
        }
    }
    to
}

fn inboxes(judged: Vec<Judged>) -> Vec<Destination> {
    let allowed = judged.into_iter().filter(|(_, _, _, allowed)| allowed.is_ok());
    allowed
        .flat_map(|(host, _, bonds, _)| {
            bonds.inboxes.into_iter().map(move |inbox| Destination { inbox, host: host.clone() })
        })
        .collect()
}
