//! Remote hosts: their tiers, their rules and their delivery health.

use std::collections::HashMap;

use crate::prelude::*;

use super::connection::Db;
use super::schema::{accounts, deliveries, follows, host_health, hosts, list_members};
use super::timelines::cut;
use super::{Error, Reader, Result, Tx, on_both};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::peer::{Host, HostRules, Tier, Ties};
use portico_domain::model::{EntryId, FollowId, Timestamp};

/// The delivery health of a host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostHealth {
    /// The number of consecutive failures.
    pub failures: i64,
    /// When the current series of failures began.
    pub first_failure_at: Option<Timestamp>,
    /// When it last failed.
    pub last_failure_at: Option<Timestamp>,
    /// When it last accepted a delivery.
    pub last_success_at: Option<Timestamp>,
    /// Until when deliveries are held.
    pub held_until: Option<Timestamp>,
    /// The error of the last failure.
    pub last_error: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = hosts)]
struct HostRow {
    domain: String,
    tier: String,
    note: String,
    created_at: i64,
    id: i64,
    public_note: String,
    reject_media: bool,
    reject_reports: bool,
    obfuscate: bool,
}

fn host(row: HostRow) -> Result<Host> {
    Ok(Host {
        domain: row.domain,
        tier: row.tier.parse().map_err(|_| Error::Corrupt { what: "tier" })?,
        note: row.note,
        created_at: Timestamp::from_millis(row.created_at),
        id: EntryId(row.id),
        public_note: row.public_note,
        reject_media: row.reject_media,
        reject_reports: row.reject_reports,
        obfuscate: row.obfuscate,
    })
}

impl Reader<'_> {
    /// Returns the stored settings of a host.
    pub fn find_host(&mut self, domain: &str) -> Result<Option<Host>> {
        let row: Option<HostRow> = on_both!(self.conn(), |c| hosts::table
            .find(domain)
            .select(HostRow::as_select())
            .first(c)
            .optional())?;
        row.map(host).transpose()
    }

    /// Returns the effective tier of a host; open by default.
    pub fn tier_of(&mut self, domain: &str) -> Result<Tier> {
        Ok(self.standing_of(domain)?.tier)
    }

    /// Returns the tiers of those `domains` that have one.
    pub fn tiers_of(&mut self, domains: &[String]) -> Result<HashMap<String, Tier>> {
        let standings = self.standings_of(domains)?;
        Ok(standings.into_iter().map(|(domain, standing)| (domain, standing.tier)).collect())
    }

    /// Returns the domains of the partners, by name.
    pub fn list_partners(&mut self) -> Result<Vec<String>> {
        let query = hosts::table
            .filter(hosts::tier.eq(Tier::Partner.as_str()))
            .order(hosts::domain)
            .select(hosts::domain);
        Ok(query.load(self.conn())?)
    }

    /// Returns every host with a stored tier, by name.
    pub fn list_hosts(&mut self) -> Result<Vec<Host>> {
        let query = hosts::table.order(hosts::domain).select(HostRow::as_select());
        query.load::<HostRow>(self.conn())?.into_iter().map(host).collect()
    }

    /// Returns the host with this API id.
    pub fn find_host_by_id(&mut self, id: EntryId) -> Result<Option<Host>> {
        let query = hosts::table.filter(hosts::id.eq(id.0)).select(HostRow::as_select());
        query.first::<HostRow>(self.conn()).optional()?.map(host).transpose()
    }

    /// Returns a page of the hosts of these tiers, newest first; with `kept_from`, also hosts of any tier
    /// whose media or reports are rejected.
    pub fn host_page(&mut self, tiers: &[Tier], kept_from: bool, page: &PageRequest) -> Result<Page<Host>> {
        let words: Vec<&str> = tiers.iter().map(|tier| tier.as_str()).collect();
        let wanted = hosts::reject_media.eq(true).or(hosts::reject_reports.eq(true));
        let of_rules = wanted.and(kept_from.into_sql::<diesel::sql_types::Bool>());
        let query = hosts::table
            .filter(hosts::tier.eq_any(words).or(of_rules))
            .select(HostRow::as_select())
            .into_boxed::<Db>();
        let rows: Vec<HostRow> = cut!(query, hosts::id, page).load(self.conn())?;
        let found: Result<Vec<(i64, Host)>> = rows.into_iter().map(|row| Ok((row.id, host(row)?))).collect();
        Ok(Page::from_rows(page, found?))
    }

    /// Counts the follows, list memberships and waiting deliveries that connect this instance with a host.
    pub fn count_relations_with_host(&mut self, domain: &str) -> Result<Ties> {
        let there = || accounts::table.filter(accounts::domain.eq(domain)).select(accounts::id);
        let (following, followers) = (
            follows::table.filter(follows::target_id.eq_any(there())),
            follows::table.filter(follows::account_id.eq_any(there())),
        );
        let in_lists = list_members::table.filter(list_members::account_id.eq_any(there()));
        let waiting =
            deliveries::table.filter(deliveries::dead.eq(false)).filter(deliveries::host.eq(domain));
        Ok(Ties {
            following: following.count().get_result(self.conn())?,
            followers: followers.count().get_result(self.conn())?,
            in_lists: in_lists.count().get_result(self.conn())?,
            deliveries: waiting.count().get_result(self.conn())?,
        })
    }

    /// Returns the delivery health of a host.
    pub fn find_host_health(&mut self, domain: &str) -> Result<Option<HostHealth>> {
        let query = host_health::table.find(domain).select((
            host_health::failures,
            host_health::first_failure_at,
            host_health::last_failure_at,
            host_health::last_success_at,
            host_health::held_until,
            host_health::last_error,
        ));
        type HostHealthRow = (i64, Option<i64>, Option<i64>, Option<i64>, Option<i64>, Option<String>);
        let row = query.first::<HostHealthRow>(self.conn()).optional()?;
        let moment = |millis: Option<i64>| millis.map(Timestamp::from_millis);
        Ok(row.map(|(failures, first, last, success, held, last_error)| HostHealth {
            failures,
            first_failure_at: moment(first),
            last_failure_at: moment(last),
            last_success_at: moment(success),
            held_until: moment(held),
            last_error,
        }))
    }
}

impl Tx<'_> {
    /// Sets the tier of a host, with a note. Deletes the grants of its agreement, unless the host stays a partner.
    pub fn set_tier(&mut self, domain: &str, tier: Tier, note: &str) -> Result<()> {
        let now = self.now().millis();
        let row = (
            hosts::domain.eq(domain),
            hosts::tier.eq(tier.as_str()),
            hosts::note.eq(note),
            hosts::created_at.eq(now),
            hosts::updated_at.eq(now),
            hosts::id.eq(self.next_id::<EntryId>().0),
        );
        let change = (hosts::tier.eq(tier.as_str()), hosts::note.eq(note), hosts::updated_at.eq(now));
        on_both!(self.conn(), |c| diesel::insert_into(hosts::table)
            .values(&row)
            .on_conflict(hosts::domain)
            .do_update()
            .set(change)
            .execute(c))?;
        if tier == Tier::Partner { Ok(()) } else { self.delete_agreement_grants(domain) }
    }

    /// Updates the rules of a host besides its tier.
    pub fn set_host_rules(&mut self, domain: &str, rules: &HostRules) -> Result<()> {
        let now = self.now().millis();
        diesel::update(hosts::table.find(domain))
            .set((
                hosts::note.eq(&rules.note),
                hosts::public_note.eq(&rules.public_note),
                hosts::reject_media.eq(rules.reject_media),
                hosts::reject_reports.eq(rules.reject_reports),
                hosts::obfuscate.eq(rules.obfuscate),
                hosts::updated_at.eq(now),
            ))
            .execute(self.conn())?;
        Ok(())
    }

    /// Deletes the settings of a host, which resets it to the defaults.
    pub fn forget_host(&mut self, domain: &str) -> Result<()> {
        diesel::delete(hosts::table.find(domain)).execute(self.conn())?;
        self.delete_agreement_grants(domain)
    }

    /// Returns some of the follows between local accounts and a host's accounts, in either direction.
    pub fn some_follows_across(&mut self, domain: &str, limit: i64) -> Result<Vec<FollowId>> {
        let there = || accounts::table.filter(accounts::domain.eq(domain)).select(accounts::id);
        let query = follows::table
            .filter(follows::account_id.eq_any(there()).or(follows::target_id.eq_any(there())))
            .order(follows::id)
            .limit(limit)
            .select(follows::id);
        Ok(query.load::<i64>(self.conn())?.into_iter().map(FollowId).collect())
    }

    /// Inserts or updates the delivery health of a host.
    pub fn set_host_health(&mut self, domain: &str, health: &HostHealth) -> Result<()> {
        let millis = |moment: Option<Timestamp>| moment.map(Timestamp::millis);
        let change = (
            host_health::failures.eq(health.failures),
            host_health::first_failure_at.eq(millis(health.first_failure_at)),
            host_health::last_failure_at.eq(millis(health.last_failure_at)),
            host_health::last_success_at.eq(millis(health.last_success_at)),
            host_health::held_until.eq(millis(health.held_until)),
            host_health::last_error.eq(health.last_error.as_deref()),
        );
        let row = (host_health::domain.eq(domain), change);
        on_both!(self.conn(), |c| diesel::insert_into(host_health::table)
            .values(row)
            .on_conflict(host_health::domain)
            .do_update()
            .set(change)
            .execute(c))?;
        Ok(())
    }

    /// Releases the held deliveries to a host: it accepts requests again, or has just sent one. Returns
    /// whether it had failures.
    pub fn release_host(&mut self, domain: &str) -> Result<bool> {
        let held = host_health::table.find(domain).filter(host_health::failures.gt(0));
        let none: Option<i64> = None;
        let freed = diesel::update(held)
            .set((
                host_health::failures.eq(0),
                host_health::first_failure_at.eq(none),
                host_health::held_until.eq(none),
            ))
            .execute(self.conn())?;
        if freed > 0 {
            let now = self.now().millis();
            let put_off = deliveries::table
                .filter(deliveries::dead.eq(false))
                .filter(deliveries::host.eq(domain))
                .filter(deliveries::run_at.gt(now));
            diesel::update(put_off).set(deliveries::run_at.eq(now)).execute(self.conn())?;
            self.wake(super::Queue::Deliveries);
        }
        Ok(freed > 0)
    }
}
