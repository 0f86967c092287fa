//! Delegations: who may post on behalf of another account, and the log of such posts.

use crate::prelude::*;

use super::connection::Db;
use super::rows::AccountRow;
use super::schema::{accounts, delegated_posts, delegations, statuses};
use super::timelines::cut;
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::delegation::{DelegatedPost, Delegation, DelegationView};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::{AccountId, StatusId, Timestamp};

type DelegationRow = (i64, i64, bool, bool, Option<i64>, i64);
type DelegationColumns = (
    delegations::leader_id,
    delegations::delegate_id,
    delegations::may_post,
    delegations::may_answer,
    delegations::until,
    delegations::created_at,
);
const COLUMNS: DelegationColumns = (
    delegations::leader_id,
    delegations::delegate_id,
    delegations::may_post,
    delegations::may_answer,
    delegations::until,
    delegations::created_at,
);

fn delegation((leader, delegate, may_post, may_answer, until, created_at): DelegationRow) -> Delegation {
    Delegation {
        leader_id: AccountId(leader),
        delegate_id: AccountId(delegate),
        may_post,
        may_answer,
        until: until.map(Timestamp::from_millis),
        created_at: Timestamp::from_millis(created_at),
    }
}

fn view((row, account): (DelegationRow, AccountRow)) -> Result<DelegationView> {
    Ok(DelegationView { delegation: delegation(row), account: account.into_model()? })
}

impl Reader<'_> {
    /// Returns the delegation between two accounts, even if it has expired.
    pub fn find_delegation(&mut self, leader: AccountId, delegate: AccountId) -> Result<Option<Delegation>> {
        let query = delegations::table.find((leader.0, delegate.0)).select(COLUMNS);
        Ok(query.first::<DelegationRow>(self.conn()).optional()?.map(delegation))
    }

    /// Returns the delegates of an account.
    pub fn list_delegates(&mut self, leader: AccountId) -> Result<Vec<DelegationView>> {
        let rows: Vec<(DelegationRow, AccountRow)> = delegations::table
            .inner_join(accounts::table.on(accounts::id.eq(delegations::delegate_id)))
            .filter(delegations::leader_id.eq(leader.0))
            .order((accounts::username, accounts::id))
            .select((COLUMNS, AccountRow::as_select()))
            .load(self.conn())?;
        rows.into_iter().map(view).collect()
    }

    /// Returns the accounts that a delegate may act for.
    pub fn list_leaders(&mut self, delegate: AccountId) -> Result<Vec<DelegationView>> {
        let rows: Vec<(DelegationRow, AccountRow)> = delegations::table
            .inner_join(accounts::table.on(accounts::id.eq(delegations::leader_id)))
            .filter(delegations::delegate_id.eq(delegate.0))
            .order((accounts::username, accounts::id))
            .select((COLUMNS, AccountRow::as_select()))
            .load(self.conn())?;
        rows.into_iter().map(view).collect()
    }

    /// Returns a page of the posts made on behalf of an account, newest first, paged by status id.
    pub fn delegated_page(&mut self, leader: AccountId, page: &PageRequest) -> Result<Page<DelegatedPost>> {
        let query = delegated_posts::table
            .inner_join(accounts::table.on(accounts::id.eq(delegated_posts::delegate_id)))
            .left_join(statuses::table.on(statuses::id.eq(delegated_posts::status_id)))
            .filter(delegated_posts::leader_id.eq(leader.0))
            .select((
                delegated_posts::status_id,
                delegated_posts::is_answer,
                delegated_posts::created_at,
                statuses::id.nullable(),
                AccountRow::as_select(),
            ))
            .into_boxed::<Db>();
        type DelegatedPostRow = (i64, bool, i64, Option<i64>, AccountRow);
        let rows: Vec<DelegatedPostRow> = cut!(query, delegated_posts::status_id, page).load(self.conn())?;
        let mut entries = Vec::with_capacity(rows.len());
        for (id, is_answer, at, there, row) in rows {
            let entry = DelegatedPost {
                status_id: StatusId(id),
                delegate: row.into_model()?,
                is_answer,
                is_there: there.is_some(),
                created_at: Timestamp::from_millis(at),
            };
            entries.push((id, entry));
        }
        Ok(Page::from_rows(page, entries))
    }
}

impl Tx<'_> {
    /// Inserts a delegation, replacing the one between the same accounts.
    pub fn set_delegation(&mut self, delegation: &Delegation) -> Result<()> {
        self.delete_delegation(delegation.leader_id, delegation.delegate_id)?;
        let row = (
            delegations::leader_id.eq(delegation.leader_id.0),
            delegations::delegate_id.eq(delegation.delegate_id.0),
            delegations::may_post.eq(delegation.may_post),
            delegations::may_answer.eq(delegation.may_answer),
            delegations::until.eq(delegation.until.map(Timestamp::millis)),
            delegations::created_at.eq(delegation.created_at.millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(delegations::table).values(&row).execute(c))?;
        Ok(())
    }

    /// Deletes a delegation. Returns whether it existed.
    pub fn delete_delegation(&mut self, leader: AccountId, delegate: AccountId) -> Result<bool> {
        let one = delegations::table.find((leader.0, delegate.0));
        Ok(diesel::delete(one).execute(self.conn())? == 1)
    }

    /// Records a post made on behalf of another account.
    pub fn record_delegated(
        &mut self,
        status: StatusId,
        leader: AccountId,
        delegate: AccountId,
        is_answer: bool,
    ) -> Result<()> {
        let row = (
            delegated_posts::status_id.eq(status.0),
            delegated_posts::leader_id.eq(leader.0),
            delegated_posts::delegate_id.eq(delegate.0),
            delegated_posts::is_answer.eq(is_answer),
            delegated_posts::created_at.eq(self.now().millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(delegated_posts::table).values(&row).execute(c))?;
        Ok(())
    }
}
