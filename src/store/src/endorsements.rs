//! Endorsements of accounts by accounts.

use std::collections::HashSet;

use crate::prelude::*;

use super::connection::Db;
use super::schema::endorsements;
use super::timelines::cut;
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::{AccountId, RelationId};

impl Reader<'_> {
    /// Returns the accounts that the viewer endorses.
    pub fn endorsed_among(&mut self, viewer: AccountId, others: &[i64]) -> Result<HashSet<i64>> {
        let query = endorsements::table
            .filter(endorsements::account_id.eq(viewer.0))
            .filter(endorsements::target_id.eq_any(others))
            .select(endorsements::target_id);
        Ok(query.load::<i64>(self.conn())?.into_iter().collect())
    }

    /// Returns a page of the accounts that an account endorses, paged by endorsement id.
    pub fn endorsement_page(&mut self, account: AccountId, page: &PageRequest) -> Result<Page<AccountId>> {
        let query = endorsements::table.filter(endorsements::account_id.eq(account.0)).into_boxed::<Db>();
        let rows: Vec<(i64, i64)> = cut!(query, endorsements::id, page)
            .select((endorsements::id, endorsements::target_id))
            .load(self.conn())?;
        Ok(Page::from_rows(page, rows.into_iter().map(|(id, target)| (id, AccountId(target))).collect()))
    }
}

impl Tx<'_> {
    /// Adds or removes the endorsement of an account.
    pub fn set_endorsed(&mut self, me: AccountId, target: AccountId, endorsed: bool) -> Result<()> {
        if !endorsed {
            let row = endorsements::table
                .filter(endorsements::account_id.eq(me.0))
                .filter(endorsements::target_id.eq(target.0));
            diesel::delete(row).execute(self.conn())?;
            return Ok(());
        }
        let row = (
            endorsements::id.eq(self.next_id::<RelationId>().0),
            endorsements::account_id.eq(me.0),
            endorsements::target_id.eq(target.0),
        );
        on_both!(self.conn(), |c| diesel::insert_into(endorsements::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }
}
