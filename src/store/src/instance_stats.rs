//! Instance statistics for the public description.

use crate::prelude::*;
use diesel::dsl::{exists, sql};
use diesel::sql_types::BigInt;

use super::schema::{accounts, hosts, oauth_tokens, sessions, statuses, users};
use super::{Reader, Result};
use portico_domain::model::AccountId;
use portico_domain::model::view::{InstanceStats, Week};
use portico_domain::model::{IdMaker, Timestamp};

impl Reader<'_> {
    /// Counts the activity on this instance between two moments.
    pub fn count_week(&mut self, from: Timestamp, until: Timestamp) -> Result<Week> {
        let (from_millis, until_millis) = (from.millis(), until.millis());
        // Filters by id, since ids rise with time and are indexed.
        let (first, last) = (IdMaker::at(from, 0), IdMaker::at(until, 0));
        let statuses = statuses::table
            .filter(statuses::local.eq(true))
            .filter(statuses::id.ge(first.0))
            .filter(statuses::id.lt(last.0))
            .filter(statuses::reblog_of.is_null())
            .count()
            .get_result(self.conn())?;
        let signed_in = sessions::table
            .filter(sessions::created_at.ge(from_millis))
            .filter(sessions::created_at.lt(until_millis))
            .count()
            .get_result::<i64>(self.conn())?;
        let connected = oauth_tokens::table
            .filter(oauth_tokens::created_at.ge(from_millis))
            .filter(oauth_tokens::created_at.lt(until_millis))
            .count()
            .get_result::<i64>(self.conn())?;
        let registrations = users::table
            .filter(users::created_at.ge(from_millis))
            .filter(users::created_at.lt(until_millis))
            .count()
            .get_result(self.conn())?;
        Ok(Week { begin: from, statuses, logins: signed_in + connected, registrations })
    }

    /// Counts the enabled users, without `me`.
    pub fn count_people_besides(&mut self, me: AccountId) -> Result<i64> {
        let others = users::table.filter(users::disabled_at.is_null()).filter(users::account_id.ne(me.0));
        Ok(others.count().get_result(self.conn())?)
    }

    /// Counts users, posts and hosts; a user seen after `since` counts as active.
    pub fn count_instance_stats(&mut self, since: Timestamp) -> Result<InstanceStats> {
        let enabled = users::table.filter(users::disabled_at.is_null());
        let token_used = oauth_tokens::table
            .filter(oauth_tokens::user_id.eq(users::id.nullable()))
            .filter(oauth_tokens::last_used_at.ge(since.millis()));
        let active = users::table
            .filter(users::disabled_at.is_null())
            .filter(users::last_sign_in_at.ge(since.millis()).or(exists(token_used).nullable()));
        // Sums the counts of the accounts, since counting posts would read them all. A sum of 64-bit columns
        // is a decimal on PostgreSQL, hence the cast.
        let posted = accounts::table
            .inner_join(users::table)
            .select(sql::<BigInt>("CAST(COALESCE(SUM(accounts.statuses_count), 0) AS BIGINT)"));
        Ok(InstanceStats {
            users: enabled.count().get_result(self.conn())?,
            active_month: active.count().get_result(self.conn())?,
            statuses: posted.get_result(self.conn())?,
            hosts: hosts::table.count().get_result(self.conn())?,
        })
    }
}
