//! Questions to experts: who may ask an account, and how often it was asked.

use std::collections::HashMap;

use crate::prelude::*;

use super::schema::{askable, askings, statuses};
use super::{Error, Reader, Result, Tx, on_both};
use portico_domain::model::question::Askers;
use portico_domain::model::{AccountId, StatusId, Timestamp};

impl Reader<'_> {
    /// Returns who may ask an account questions.
    pub fn askers_of(&mut self, account: AccountId) -> Result<Askers> {
        Ok(self.find_askers_by_account(&[account])?.remove(&account).unwrap_or_default())
    }

    /// Returns who may ask accounts questions; accounts that have not set it are left out, and the default
    /// applies to them.
    pub fn find_askers_by_account(&mut self, accounts: &[AccountId]) -> Result<HashMap<AccountId, Askers>> {
        let raw: Vec<i64> = accounts.iter().map(|account| account.0).collect();
        let rows: Vec<(i64, String)> = askable::table
            .filter(askable::account_id.eq_any(raw))
            .select((askable::account_id, askable::askers))
            .load(self.conn())?;
        let read = |(account, word): (i64, String)| {
            let askers = word.parse::<Askers>().map_err(|_| Error::Corrupt { what: "askers" })?;
            Ok((AccountId(account), askers))
        };
        rows.into_iter().map(read).collect()
    }

    /// Counts the questions to accounts since a moment.
    pub fn count_recent_questions(
        &mut self,
        accounts: &[AccountId],
        since: Timestamp,
    ) -> Result<HashMap<AccountId, i64>> {
        let raw: Vec<i64> = accounts.iter().map(|account| account.0).collect();
        let rows: Vec<(i64, i64)> = askings::table
            .filter(askings::account_id.eq_any(raw))
            .filter(askings::created_at.gt(since.millis()))
            .group_by(askings::account_id)
            .select((askings::account_id, diesel::dsl::count_star()))
            .load(self.conn())?;
        Ok(rows.into_iter().map(|(account, times)| (AccountId(account), times)).collect())
    }

    /// Counts the questions that an account has asked since a moment.
    pub fn count_questions_by(&mut self, account: AccountId, since: Timestamp) -> Result<i64> {
        let query = askings::table
            .inner_join(statuses::table.on(statuses::id.eq(askings::status_id)))
            .filter(statuses::account_id.eq(account.0))
            .filter(askings::created_at.gt(since.millis()))
            .select(diesel::dsl::count(askings::status_id).aggregate_distinct());
        Ok(query.first(self.conn())?)
    }
}

impl Tx<'_> {
    /// Sets who may ask an account questions.
    pub fn set_askers(&mut self, account: AccountId, askers: Askers) -> Result<()> {
        diesel::delete(askable::table.find(account.0)).execute(self.conn())?;
        let row = (askable::account_id.eq(account.0), askable::askers.eq(askers.as_str()));
        diesel::insert_into(askable::table).values(row).execute(self.conn())?;
        Ok(())
    }

    /// Records the accounts that a status asks.
    pub fn insert_askings(&mut self, status: StatusId, people: &[AccountId]) -> Result<()> {
        for account in people {
            let row = (
                askings::status_id.eq(status.0),
                askings::account_id.eq(account.0),
                askings::created_at.eq(self.now().millis()),
            );
            on_both!(self.conn(), |c| diesel::insert_into(askings::table)
                .values(&row)
                .on_conflict_do_nothing()
                .execute(c))?;
        }
        Ok(())
    }
}
