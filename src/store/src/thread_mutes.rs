//! Muted threads.

use std::collections::HashSet;

use crate::prelude::*;
use diesel::dsl::exists;

use super::schema::{statuses, thread_mutes};
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::{AccountId, StatusId};

impl Reader<'_> {
    /// Returns those threads that an account mutes.
    pub(super) fn muted_threads(&mut self, me: AccountId, threads: &[i64]) -> Result<HashSet<i64>> {
        let query = thread_mutes::table
            .filter(thread_mutes::account_id.eq(me.0))
            .filter(thread_mutes::conversation_id.eq_any(threads))
            .select(thread_mutes::conversation_id);
        Ok(query.load::<i64>(self.conn())?.into_iter().collect())
    }

    /// Returns those accounts that mute a thread.
    pub(super) fn those_muting_thread(&mut self, thread: StatusId, accounts: &[i64]) -> Result<HashSet<i64>> {
        let query = thread_mutes::table
            .filter(thread_mutes::conversation_id.eq(thread.0))
            .filter(thread_mutes::account_id.eq_any(accounts))
            .select(thread_mutes::account_id);
        Ok(query.load::<i64>(self.conn())?.into_iter().collect())
    }

    /// Returns whether an account mutes the thread of a status.
    pub(super) fn mutes_thread_of(&mut self, me: AccountId, status: StatusId) -> Result<bool> {
        let found = thread_mutes::table
            .inner_join(statuses::table.on(statuses::conversation_id.eq(thread_mutes::conversation_id)))
            .filter(thread_mutes::account_id.eq(me.0))
            .filter(statuses::id.eq(status.0));
        Ok(diesel::select(exists(found)).get_result(self.conn())?)
    }
}

impl Tx<'_> {
    /// Mutes a thread for an account. Idempotent.
    pub fn mute_thread(&mut self, me: AccountId, thread: StatusId) -> Result<()> {
        let row = (thread_mutes::account_id.eq(me.0), thread_mutes::conversation_id.eq(thread.0));
        on_both!(self.conn(), |c| diesel::insert_into(thread_mutes::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }

    /// Unmutes a thread for an account.
    pub fn unmute_thread(&mut self, me: AccountId, thread: StatusId) -> Result<()> {
        diesel::delete(thread_mutes::table.find((me.0, thread.0))).execute(self.conn())?;
        Ok(())
    }
}
