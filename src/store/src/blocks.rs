//! Blocks of accounts by accounts.

use std::collections::HashSet;

use crate::prelude::*;

use super::connection::Db;
use super::schema::{accounts, blocks};
use super::timelines::cut;
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::{AccountId, RelationId};

impl Reader<'_> {
    /// Returns whether either of two accounts blocks the other.
    pub fn is_blocked_between(&mut self, one: AccountId, other: AccountId) -> Result<bool> {
        Ok(self.find_block(one, other)?.is_some() || self.find_block(other, one)?.is_some())
    }

    /// Returns the Block id of an account's block of another.
    pub fn find_block(&mut self, account: AccountId, target: AccountId) -> Result<Option<String>> {
        let query = blocks::table
            .filter(blocks::account_id.eq(account.0))
            .filter(blocks::target_id.eq(target.0))
            .select(blocks::uri);
        Ok(query.first(self.conn()).optional()?)
    }

    /// Returns those of `others` that the viewer blocks, and those that block the viewer.
    pub fn blocks_between(
        &mut self,
        viewer: AccountId,
        others: &[i64],
    ) -> Result<(HashSet<i64>, HashSet<i64>)> {
        let by = blocks::table
            .filter(blocks::account_id.eq(viewer.0))
            .filter(blocks::target_id.eq_any(others))
            .select(blocks::target_id);
        let of = blocks::table
            .filter(blocks::target_id.eq(viewer.0))
            .filter(blocks::account_id.eq_any(others))
            .select(blocks::account_id);
        let by = by.load::<i64>(self.conn())?.into_iter().collect();
        Ok((by, of.load::<i64>(self.conn())?.into_iter().collect()))
    }

    /// Returns the local accounts that block an account.
    pub fn local_blockers(&mut self, target: AccountId) -> Result<Vec<AccountId>> {
        let query = blocks::table
            .inner_join(accounts::table.on(accounts::id.eq(blocks::account_id)))
            .filter(blocks::target_id.eq(target.0))
            .filter(accounts::domain.is_null())
            .select(blocks::account_id);
        Ok(query.load::<i64>(self.conn())?.into_iter().map(AccountId).collect())
    }

    /// Returns a page of the accounts that an account blocks, paged by block id.
    pub fn block_page(&mut self, account: AccountId, page: &PageRequest) -> Result<Page<AccountId>> {
        let query = blocks::table.filter(blocks::account_id.eq(account.0)).into_boxed::<Db>();
        let rows: Vec<(i64, i64)> =
            cut!(query, blocks::id, page).select((blocks::id, blocks::target_id)).load(self.conn())?;
        Ok(Page::from_rows(page, rows.into_iter().map(|(id, target)| (id, AccountId(target))).collect()))
    }
}

impl Tx<'_> {
    /// Inserts a block. Returns whether it was new.
    pub fn insert_block(&mut self, account: AccountId, target: AccountId, uri: &str) -> Result<bool> {
        let row = (
            blocks::id.eq(self.next_id::<RelationId>().0),
            blocks::account_id.eq(account.0),
            blocks::target_id.eq(target.0),
            blocks::uri.eq(uri),
            blocks::created_at.eq(self.now().millis()),
        );
        let added = on_both!(self.conn(), |c| diesel::insert_into(blocks::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(added == 1)
    }

    /// Deletes a block. Returns its Block id if it existed.
    pub fn delete_block(&mut self, account: AccountId, target: AccountId) -> Result<Option<String>> {
        let uri = self.find_block(account, target)?;
        let theirs =
            blocks::table.filter(blocks::account_id.eq(account.0)).filter(blocks::target_id.eq(target.0));
        diesel::delete(theirs).execute(self.conn())?;
        Ok(uri)
    }

    /// Deletes an account's block with this Block id. Returns whether it existed.
    pub fn delete_block_by_uri(&mut self, account: AccountId, uri: &str) -> Result<bool> {
        let theirs = blocks::table.filter(blocks::account_id.eq(account.0)).filter(blocks::uri.eq(uri));
        Ok(diesel::delete(theirs).execute(self.conn())? > 0)
    }
}
