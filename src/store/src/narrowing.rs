//! Narrowing of statuses: sets a smaller audience, and removes the status from those outside it.

use std::collections::BTreeSet;

use crate::prelude::*;

use super::rows::StatusRow;
use super::schema::{activities, delivered, deliveries, home_timeline, notifications, statuses};
use super::{Reader, Result, Tx};
use portico_domain::model::delivery::HostRule;
use portico_domain::model::reach::AudienceLimits;
use portico_domain::model::status::Status;
use portico_domain::model::{AccountId, StatusId};

/// The refusal in the delivery log of a delivery that was dropped because the post was narrowed.
const RECALLED: &str = "the post was narrowed before it was sent";

impl Reader<'_> {
    /// Returns the boosts of a status.
    pub fn list_boosts(&mut self, of: StatusId) -> Result<Vec<Status>> {
        let query = statuses::table
            .filter(statuses::reblog_of.eq(of.0))
            .order(statuses::id)
            .select(StatusRow::as_select());
        query.load(self.conn())?.into_iter().map(StatusRow::into_model).collect()
    }

    /// Returns the local accounts that have a status, or a boost of it, in their home timeline, or were
    /// notified of it.
    pub fn list_holders(&mut self, status: StatusId) -> Result<Vec<AccountId>> {
        let boosts = statuses::table.filter(statuses::reblog_of.eq(status.0)).select(statuses::id);
        let at_home = home_timeline::table
            .filter(home_timeline::status_id.eq(status.0).or(home_timeline::status_id.eq_any(boosts)))
            .select(home_timeline::account_id)
            .distinct();
        let mut holders: BTreeSet<i64> = at_home.load::<i64>(self.conn())?.into_iter().collect();
        let notified = notifications::table
            .filter(notifications::status_id.eq(status.0))
            .select(notifications::account_id)
            .distinct();
        holders.extend(notified.load::<i64>(self.conn())?);
        Ok(holders.into_iter().map(AccountId).collect())
    }
}

impl Tx<'_> {
    /// Sets the audience of a status and of its boosts.
    pub fn set_audience_limits(
        &mut self,
        status: StatusId,
        limits: &AudienceLimits,
        listed: bool,
    ) -> Result<()> {
        let partner = limits.partner.as_ref();
        let all = statuses::table.filter(statuses::id.eq(status.0).or(statuses::reblog_of.eq(status.0)));
        diesel::update(all)
            .set((
                statuses::reach.eq(limits.reach.as_str()),
                statuses::listed.eq(listed),
                statuses::partner.eq(partner.map(|partner| &partner.domain)),
                statuses::partner_alone.eq(partner.is_some_and(|partner| partner.alone)),
            ))
            .execute(self.conn())?;
        Ok(())
    }

    /// Removes a status and its boosts from the home timelines and the notifications of some accounts.
    pub fn take_from(&mut self, status: StatusId, people: &[AccountId]) -> Result<()> {
        let mut all: Vec<i64> = statuses::table
            .filter(statuses::reblog_of.eq(status.0))
            .select(statuses::id)
            .load(self.conn())?;
        all.push(status.0);
        let raw: Vec<i64> = people.iter().map(|id| id.0).collect();
        for some in raw.chunks(500) {
            let homes = home_timeline::table
                .filter(home_timeline::status_id.eq_any(&all))
                .filter(home_timeline::account_id.eq_any(some));
            diesel::delete(homes).execute(self.conn())?;
            let notified = notifications::table
                .filter(notifications::status_id.eq(status.0))
                .filter(notifications::account_id.eq_any(some));
            diesel::delete(notified).execute(self.conn())?;
        }
        Ok(())
    }

    /// Drops the waiting deliveries of an object to some hosts, and records why in the delivery log.
    pub fn drop_waiting(&mut self, object_uri: &str, hosts: &[String]) -> Result<()> {
        let bringing = activities::table.filter(activities::brings.eq(object_uri)).select(activities::id);
        let waiting: Vec<(i64, String)> = deliveries::table
            .filter(deliveries::activity_id.eq_any(bringing))
            .filter(deliveries::host.eq_any(hosts))
            .select((deliveries::id, deliveries::inbox_url))
            .load(self.conn())?;
        let (ids, inboxes): (Vec<i64>, Vec<String>) = waiting.into_iter().unzip();
        diesel::delete(deliveries::table.filter(deliveries::id.eq_any(ids))).execute(self.conn())?;
        let never = delivered::table
            .filter(delivered::object_uri.eq(object_uri))
            .filter(delivered::inbox_url.eq_any(inboxes))
            .filter(delivered::taken_at.is_null());
        diesel::update(never)
            .set((delivered::refusal.eq(RECALLED), delivered::rule.eq(HostRule::Reach.as_str())))
            .execute(self.conn())?;
        Ok(())
    }
}
