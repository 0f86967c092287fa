//! Personal blocks of domains by accounts.

use std::collections::HashSet;

use crate::prelude::*;

use super::connection::Db;
use super::schema::{accounts, follows, shunned_domains};
use super::timelines::cut;
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::{AccountId, RelationId};

impl Reader<'_> {
    /// Returns a page of the domains that an account blocks, paged by row id.
    pub fn domain_block_page(&mut self, account: AccountId, page: &PageRequest) -> Result<Page<String>> {
        let query =
            shunned_domains::table.filter(shunned_domains::account_id.eq(account.0)).into_boxed::<Db>();
        let rows: Vec<(i64, String)> = cut!(query, shunned_domains::id, page)
            .select((shunned_domains::id, shunned_domains::domain))
            .load(self.conn())?;
        Ok(Page::from_rows(page, rows))
    }

    /// Returns the domains that an account blocks.
    pub fn list_blocked_domains(&mut self, account: AccountId) -> Result<HashSet<String>> {
        let query = shunned_domains::table
            .filter(shunned_domains::account_id.eq(account.0))
            .select(shunned_domains::domain);
        Ok(query.load::<String>(self.conn())?.into_iter().collect())
    }

    /// Returns the accounts on domains that the viewer blocks.
    pub(super) fn on_blocked_domains(&mut self, viewer: AccountId, others: &[i64]) -> Result<HashSet<i64>> {
        let query = accounts::table
            .inner_join(shunned_domains::table.on(shunned_domains::domain.nullable().eq(accounts::domain)))
            .filter(shunned_domains::account_id.eq(viewer.0))
            .filter(accounts::id.eq_any(others))
            .select(accounts::id);
        Ok(query.load::<i64>(self.conn())?.into_iter().collect())
    }
}

impl Tx<'_> {
    /// Adds or removes the personal block of a domain.
    pub fn set_domain_blocked(&mut self, me: AccountId, domain: &str, blocked: bool) -> Result<()> {
        if !blocked {
            let row = shunned_domains::table
                .filter(shunned_domains::account_id.eq(me.0))
                .filter(shunned_domains::domain.eq(domain));
            diesel::delete(row).execute(self.conn())?;
            return Ok(());
        }
        let row = (
            shunned_domains::id.eq(self.next_id::<RelationId>().0),
            shunned_domains::account_id.eq(me.0),
            shunned_domains::domain.eq(domain),
        );
        on_both!(self.conn(), |c| diesel::insert_into(shunned_domains::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }

    /// Returns the accounts of a host that follow an account, and those that it follows.
    pub fn list_relations_with_host(
        &mut self,
        me: AccountId,
        domain: &str,
    ) -> Result<(Vec<AccountId>, Vec<AccountId>)> {
        let there = accounts::table.filter(accounts::domain.eq(domain)).select(accounts::id);
        let followers: Vec<i64> = follows::table
            .filter(follows::target_id.eq(me.0))
            .filter(follows::account_id.eq_any(there))
            .select(follows::account_id)
            .load(self.conn())?;
        let followed: Vec<i64> = follows::table
            .filter(follows::account_id.eq(me.0))
            .filter(follows::target_id.eq_any(there))
            .select(follows::target_id)
            .load(self.conn())?;
        let ids = |raw: Vec<i64>| raw.into_iter().map(AccountId).collect();
        Ok((ids(followers), ids(followed)))
    }
}
