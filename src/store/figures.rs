//! What is counted about an instance, for its public description.

use diesel::dsl::{exists, sql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::schema::{accounts, hosts, oauth_tokens, users};
use super::{Reader, Result};
use crate::model::Timestamp;
use crate::model::view::Figures;

impl Reader<'_> {
    /// Counts people, posts and hosts; `since` is when somebody counts as active.
    ///
    /// # Errors
    /// Any database error.
    pub fn count_figures(&mut self, since: Timestamp) -> Result<Figures> {
        let enabled = users::table.filter(users::disabled_at.is_null());
        let token_used = oauth_tokens::table
            .filter(oauth_tokens::user_id.eq(users::id.nullable()))
            .filter(oauth_tokens::last_used_at.ge(since.millis()));
        let active = users::table
            .filter(users::disabled_at.is_null())
            .filter(users::last_sign_in_at.ge(since.millis()).or(exists(token_used).nullable()));
        // The accounts know how much each has posted; counting posts would read them all. A sum of 64-bit
        // columns is a decimal on PostgreSQL, hence the cast.
        let posted = accounts::table
            .inner_join(users::table)
            .select(sql::<BigInt>("CAST(COALESCE(SUM(accounts.statuses_count), 0) AS BIGINT)"));
        Ok(Figures {
            users: enabled.count().get_result(self.conn())?,
            active_month: active.count().get_result(self.conn())?,
            statuses: posted.get_result(self.conn())?,
            hosts: hosts::table.count().get_result(self.conn())?,
        })
    }
}
