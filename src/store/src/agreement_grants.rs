//! The grants of partner agreements (table `pacts`), as every decision needs them. A host has a row only while its
//! tier is partner; setting another tier deletes it.

use std::collections::HashMap;

use crate::prelude::*;

use super::schema::{accounts, follows, hosts, pacts};
use super::{Error, Reader, Result, Tx, on_both};
use portico_domain::model::agreement_grants::{AgreementGrants, Grant, GrantSet, Lapse, PeerStanding};
use portico_domain::model::peer::Tier;
use portico_domain::model::{AgreementId, FollowId, Timestamp};

/// The enforced terms of an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredGrants {
    /// The partner's host.
    pub domain: String,
    /// The agreement that they come from.
    pub agreement: AgreementId,
    /// When they begin.
    pub starts_at: Option<Timestamp>,
    /// When they end.
    pub ends_at: Option<Timestamp>,
    /// Whether the agreement was stopped in an emergency.
    pub stopped: bool,
    /// The granted flows in each direction.
    pub grants: AgreementGrants,
    /// The names of the local accounts that the partner's accounts may follow if the agreement does not grant all
    /// follows.
    pub follows_given: Vec<String>,
    /// The names of the partner's accounts that local accounts may follow if the agreement does not grant all
    /// follows.
    pub follows_taken: Vec<String>,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

impl StoredGrants {
    /// Returns why the agreement is not in force at a moment; `None` if it is.
    pub fn lapse(&self, now: Timestamp) -> Option<Lapse> {
        if self.stopped {
            Some(Lapse::Stopped)
        } else if self.ends_at.is_some_and(|ends| ends <= now) {
            Some(Lapse::Ended)
        } else if self.starts_at.is_some_and(|starts| starts > now) {
            Some(Lapse::NotBegun)
        } else {
            None
        }
    }

    /// Returns whether the agreement is in force at a moment.
    pub fn in_force(&self, now: Timestamp) -> bool {
        self.lapse(now).is_none()
    }

    /// Returns the partner's standing at a moment.
    pub fn standing(&self, now: Timestamp) -> PeerStanding {
        match self.lapse(now) {
            None => PeerStanding { tier: Tier::Partner, grants: self.grants },
            Some(Lapse::Stopped) => PeerStanding::without_agreement(Tier::Blocked),
            Some(Lapse::NotBegun | Lapse::Ended) => PeerStanding::without_agreement(Tier::Open),
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = pacts)]
struct AgreementGrantsRow {
    domain: String,
    agreement_id: i64,
    starts_at: Option<i64>,
    ends_at: Option<i64>,
    stopped: bool,
    gives: i64,
    takes: i64,
    follows_given: String,
    follows_taken: String,
    changed_at: i64,
}

fn model(row: AgreementGrantsRow) -> Result<StoredGrants> {
    let granted = |bits: i64| {
        u32::try_from(bits).map(GrantSet::from_bits).map_err(|_| Error::Corrupt { what: "agreement grants" })
    };
    let names =
        |text: &str| serde_json::from_str(text).map_err(|_| Error::Corrupt { what: "agreement grants" });
    Ok(StoredGrants {
        agreement: AgreementId(row.agreement_id),
        starts_at: row.starts_at.map(Timestamp::from_millis),
        ends_at: row.ends_at.map(Timestamp::from_millis),
        stopped: row.stopped,
        grants: AgreementGrants { gives: granted(row.gives)?, takes: granted(row.takes)? },
        follows_given: names(&row.follows_given)?,
        follows_taken: names(&row.follows_taken)?,
        changed_at: Timestamp::from_millis(row.changed_at),
        domain: row.domain,
    })
}

impl Reader<'_> {
    /// Returns the grants of the agreement with a host.
    pub fn find_agreement_grants(&mut self, domain: &str) -> Result<Option<StoredGrants>> {
        let query = pacts::table.find(domain).select(AgreementGrantsRow::as_select());
        query.first::<AgreementGrantsRow>(self.conn()).optional()?.map(model).transpose()
    }

    /// Returns the grants of every agreement, in force or not, by host.
    pub fn list_agreement_grants(&mut self) -> Result<Vec<StoredGrants>> {
        let query = pacts::table.order(pacts::domain).select(AgreementGrantsRow::as_select());
        query.load::<AgreementGrantsRow>(self.conn())?.into_iter().map(model).collect()
    }

    /// Returns the partners whose agreement is not in force now, with the reason.
    pub fn lapsed_agreements(&mut self) -> Result<HashMap<String, Lapse>> {
        let (now, stored) = (self.now(), self.list_agreement_grants()?.into_iter());
        Ok(stored.filter_map(|grants| grants.lapse(now).map(|why| (grants.domain, why))).collect())
    }

    /// Returns those `domains` whose agreement is not in force now, with the reason.
    pub fn lapsed_agreements_among(&mut self, domains: &[String]) -> Result<HashMap<String, Lapse>> {
        let now = self.now();
        let mut lapsed = HashMap::new();
        for some in domains.chunks(500) {
            let query =
                pacts::table.filter(pacts::domain.eq_any(some)).select(AgreementGrantsRow::as_select());
            for row in query.load::<AgreementGrantsRow>(self.conn())? {
                let grants = model(row)?;
                lapsed.extend(grants.lapse(now).map(|why| (grants.domain, why)));
            }
        }
        Ok(lapsed)
    }

    /// Returns the current standing of a host, including the grants of its agreement; tier open by default.
    pub fn standing_of(&mut self, domain: &str) -> Result<PeerStanding> {
        let tier: Option<String> =
            on_both!(self.conn(), |c| hosts::table.find(domain).select(hosts::tier).first(c).optional())?;
        let tier = match tier {
            Some(word) => word.parse().map_err(|_| Error::Corrupt { what: "tier" })?,
            None => Tier::Open,
        };
        if tier != Tier::Partner {
            return Ok(PeerStanding::without_agreement(tier));
        }
        let now = self.now();
        Ok(self
            .find_agreement_grants(domain)?
            .map_or(PeerStanding::without_agreement(tier), |grants| grants.standing(now)))
    }

    /// Returns the current standings of those `domains` that have a stored tier.
    pub fn standings_of(&mut self, domains: &[String]) -> Result<HashMap<String, PeerStanding>> {
        let now = self.now();
        let mut standings = HashMap::new();
        for some in domains.chunks(500) {
            let query = hosts::table
                .left_join(pacts::table.on(pacts::domain.eq(hosts::domain)))
                .filter(hosts::domain.eq_any(some))
                .select((hosts::domain, hosts::tier, Option::<AgreementGrantsRow>::as_select()));
            for (domain, tier, row) in
                query.load::<(String, String, Option<AgreementGrantsRow>)>(self.conn())?
            {
                let tier: Tier = tier.parse().map_err(|_| Error::Corrupt { what: "tier" })?;
                let grants = row.filter(|_| tier == Tier::Partner).map(model).transpose()?;
                standings.insert(
                    domain,
                    grants.map_or(PeerStanding::without_agreement(tier), |grants| grants.standing(now)),
                );
            }
        }
        Ok(standings)
    }
}

impl Reader<'_> {
    /// Returns every follow between local accounts and a host's accounts, in either direction.
    pub fn follows_across(&mut self, domain: &str) -> Result<Vec<FollowId>> {
        let there = || accounts::table.filter(accounts::domain.eq(domain)).select(accounts::id);
        let query = follows::table
            .filter(follows::account_id.eq_any(there()).or(follows::target_id.eq_any(there())))
            .order(follows::id)
            .select(follows::id);
        Ok(query.load::<i64>(self.conn())?.into_iter().map(FollowId).collect())
    }
}

impl Tx<'_> {
    /// Inserts or updates the grants of an agreement, and makes the host a partner.
    pub fn set_agreement_grants(&mut self, stored: &StoredGrants) -> Result<()> {
        let takes = stored.grants.takes;
        let names = |names: &[String]| {
            serde_json::to_string(names).map_err(|_| Error::Corrupt { what: "agreement grants" })
        };
        let change = (
            pacts::agreement_id.eq(stored.agreement.0),
            pacts::starts_at.eq(stored.starts_at.map(Timestamp::millis)),
            pacts::ends_at.eq(stored.ends_at.map(Timestamp::millis)),
            pacts::stopped.eq(stored.stopped),
            pacts::gives.eq(i64::from(stored.grants.gives.bits())),
            pacts::takes.eq(i64::from(takes.bits())),
            pacts::takes_partners.eq(takes.has(Grant::Partners)),
            pacts::takes_public.eq(takes.has(Grant::Public)),
            pacts::takes_followers.eq(takes.has(Grant::Followers)),
            pacts::takes_direct.eq(takes.has(Grant::Direct)),
            pacts::takes_boosts.eq(takes.has(Grant::Boosts)),
            pacts::follows_given.eq(names(&stored.follows_given)?),
            pacts::follows_taken.eq(names(&stored.follows_taken)?),
            pacts::changed_at.eq(self.now().millis()),
        );
        let row = (pacts::domain.eq(&stored.domain), change.clone());
        on_both!(self.conn(), |c| diesel::insert_into(pacts::table)
            .values(&row)
            .on_conflict(pacts::domain)
            .do_update()
            .set(change.clone())
            .execute(c))?;
        Ok(())
    }

    /// Deletes the grants of the agreement with a host; from then on its tier alone counts.
    pub fn delete_agreement_grants(&mut self, domain: &str) -> Result<()> {
        diesel::delete(pacts::table.find(domain)).execute(self.conn())?;
        Ok(())
    }
}
