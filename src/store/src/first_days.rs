//! The state of the first-day guide, and the authors of statuses for follow suggestions.

use crate::prelude::*;

use super::schema::{first_days, statuses};
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::{AccountId, StatusId};

impl Reader<'_> {
    /// Returns whether an account has finished the first-day guide, or is older than the guide.
    pub fn is_first_day_done(&mut self, account: AccountId) -> Result<bool> {
        let query = first_days::table.find(account.0).select(first_days::done_at);
        Ok(query.first::<i64>(self.conn()).optional()?.is_some())
    }

    /// Returns the distinct authors of these statuses.
    pub fn authors_of(&mut self, ids: &[StatusId]) -> Result<Vec<AccountId>> {
        let raw: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let query = statuses::table.filter(statuses::id.eq_any(raw)).select(statuses::account_id).distinct();
        Ok(query.load::<i64>(self.conn())?.into_iter().map(AccountId).collect())
    }
}

impl Tx<'_> {
    /// Records that an account has finished the first-day guide. Idempotent.
    pub fn set_first_day_done(&mut self, account: AccountId) -> Result<()> {
        let row = (first_days::account_id.eq(account.0), first_days::done_at.eq(self.now().millis()));
        on_both!(self.conn(), |c| diesel::insert_into(first_days::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }
}
