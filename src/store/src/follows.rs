//! Follows and follow requests.

use std::collections::HashMap;

use crate::prelude::*;

use super::accounts::in_good_standing;
use super::connection::Db;
use super::schema::{account_states, accounts, follows};
use super::timelines::cut;
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::account::Account;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::relationship::{Follow, FollowState};
use portico_domain::model::{AccountId, FollowId, Timestamp};

type FollowRow = (i64, i64, i64, String, bool, bool, bool, i64, Option<String>);

const COLUMNS: (
    follows::id,
    follows::account_id,
    follows::target_id,
    follows::uri,
    follows::accepted,
    follows::show_reblogs,
    follows::notify,
    follows::created_at,
    follows::languages,
) = (
    follows::id,
    follows::account_id,
    follows::target_id,
    follows::uri,
    follows::accepted,
    follows::show_reblogs,
    follows::notify,
    follows::created_at,
    follows::languages,
);

fn into_model(row: FollowRow) -> Follow {
    let (id, account, target, uri, accepted, show_boosts, notify, created_at, languages) = row;
    Follow {
        id: FollowId(id),
        account_id: AccountId(account),
        target_id: AccountId(target),
        uri,
        state: if accepted { FollowState::Accepted } else { FollowState::Pending },
        show_boosts,
        notify,
        languages: languages.map(|words| words.split(' ').map(str::to_owned).collect()),
        created_at: Timestamp::from_millis(created_at),
    }
}

/// The direction in which an account's follows are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The account's followers.
    Followers,
    /// The accounts that it follows.
    Following,
    /// The accounts that have requested to follow it.
    Requests,
}

impl Reader<'_> {
    /// Returns the follow with this id.
    pub fn find_follow(&mut self, id: FollowId) -> Result<Option<Follow>> {
        let row = follows::table.find(id.0).select(COLUMNS).first::<FollowRow>(self.conn()).optional()?;
        Ok(row.map(into_model))
    }

    /// Returns the follow, or follow request, between two accounts.
    pub fn find_follow_between(&mut self, account: AccountId, target: AccountId) -> Result<Option<Follow>> {
        let query = follows::table
            .filter(follows::account_id.eq(account.0))
            .filter(follows::target_id.eq(target.0))
            .select(COLUMNS);
        Ok(query.first::<FollowRow>(self.conn()).optional()?.map(into_model))
    }

    /// Returns the follow by an account that has this Follow id. Ids are chosen by the requesting hosts, so
    /// an id alone does not identify whose follow it is.
    pub fn find_follow_made_by(&mut self, account: AccountId, uri: &str) -> Result<Option<Follow>> {
        let query = follows::table
            .filter(follows::uri.eq(uri))
            .filter(follows::account_id.eq(account.0))
            .select(COLUMNS);
        Ok(query.first::<FollowRow>(self.conn()).optional()?.map(into_model))
    }

    /// Returns the follow of a target that has this Follow id.
    pub fn find_follow_made_of(&mut self, target: AccountId, uri: &str) -> Result<Option<Follow>> {
        let query = follows::table
            .filter(follows::uri.eq(uri))
            .filter(follows::target_id.eq(target.0))
            .select(COLUMNS);
        Ok(query.first::<FollowRow>(self.conn()).optional()?.map(into_model))
    }

    /// Returns some of the follows of an account by local accounts, by id, after `after`.
    pub fn some_follows_by_locals(
        &mut self,
        target: AccountId,
        after: FollowId,
        limit: i64,
    ) -> Result<Vec<Follow>> {
        let query = follows::table
            .inner_join(accounts::table.on(accounts::id.eq(follows::account_id)))
            .filter(follows::target_id.eq(target.0))
            .filter(follows::id.gt(after.0))
            .filter(accounts::domain.is_null())
            .order(follows::id)
            .limit(limit)
            .select(COLUMNS);
        Ok(query.load::<FollowRow>(self.conn())?.into_iter().map(into_model).collect())
    }

    /// Returns the actor ids of an account's remote followers, sorted.
    pub fn list_remote_followers(&mut self, target: AccountId) -> Result<Vec<String>> {
        let query = follows::table
            .inner_join(accounts::table.on(accounts::id.eq(follows::account_id)))
            .filter(follows::target_id.eq(target.0))
            .filter(follows::accepted.eq(true))
            .filter(accounts::domain.is_not_null())
            .order(accounts::uri)
            .select(accounts::uri);
        Ok(query.load(self.conn())?)
    }

    /// Returns the actor ids of an account's local followers.
    pub fn list_local_followers(&mut self, target: AccountId) -> Result<Vec<String>> {
        let query = follows::table
            .inner_join(accounts::table.on(accounts::id.eq(follows::account_id)))
            .filter(follows::target_id.eq(target.0))
            .filter(follows::accepted.eq(true))
            .filter(accounts::domain.is_null())
            .select(accounts::uri);
        Ok(query.load(self.conn())?)
    }

    /// Returns every request to follow an account, oldest first.
    pub fn list_follow_requests(&mut self, target: AccountId) -> Result<Vec<Follow>> {
        let query = follows::table
            .filter(follows::target_id.eq(target.0))
            .filter(follows::accepted.eq(false))
            .order(follows::id)
            .select(COLUMNS);
        Ok(query.load::<FollowRow>(self.conn())?.into_iter().map(into_model).collect())
    }

    /// Returns the follows between a viewer and other accounts in both directions: those by the viewer, keyed
    /// by target, and those of the viewer, keyed by follower.
    pub fn follows_between(
        &mut self,
        viewer: AccountId,
        others: &[i64],
    ) -> Result<(HashMap<i64, Follow>, HashMap<i64, Follow>)> {
        let by: Vec<FollowRow> = follows::table
            .filter(follows::account_id.eq(viewer.0))
            .filter(follows::target_id.eq_any(others))
            .select(COLUMNS)
            .load(self.conn())?;
        let of: Vec<FollowRow> = follows::table
            .filter(follows::target_id.eq(viewer.0))
            .filter(follows::account_id.eq_any(others))
            .select(COLUMNS)
            .load(self.conn())?;
        let by = by.into_iter().map(into_model).map(|follow| (follow.target_id.0, follow)).collect();
        let of = of.into_iter().map(into_model).map(|follow| (follow.account_id.0, follow)).collect();
        Ok((by, of))
    }

    /// Returns a page of the accounts on one side of an account's follows, paged by follow id. Leaves out
    /// suspended accounts and accounts of blocked hosts.
    pub fn follow_page(
        &mut self,
        account: AccountId,
        side: Side,
        page: &PageRequest,
    ) -> Result<Page<AccountId>> {
        let rows: Vec<(i64, i64)> = match side {
            Side::Followers | Side::Requests => {
                let query = follows::table
                    .inner_join(accounts::table.on(accounts::id.eq(follows::account_id)))
                    .filter(follows::target_id.eq(account.0))
                    .filter(follows::accepted.eq(side == Side::Followers))
                    .filter(in_good_standing())
                    .select((follows::id, follows::account_id))
                    .into_boxed::<Db>();
                cut!(query, follows::id, page).load(self.conn())?
            }
            Side::Following => {
                let query = follows::table
                    .inner_join(accounts::table.on(accounts::id.eq(follows::target_id)))
                    .filter(follows::account_id.eq(account.0))
                    .filter(follows::accepted.eq(true))
                    .filter(in_good_standing())
                    .select((follows::id, follows::target_id))
                    .into_boxed::<Db>();
                cut!(query, follows::id, page).load(self.conn())?
            }
        };
        Ok(Page::from_rows(page, rows.into_iter().map(|(id, account)| (id, AccountId(account))).collect()))
    }

    /// Loads the accounts of a page of ids, in its order.
    pub fn accounts_of_page(&mut self, page: &Page<AccountId>) -> Result<Page<Account>> {
        let ids: Vec<i64> = page.items.iter().map(|id| id.0).collect();
        let mut accounts = self.accounts_by_id(&ids)?;
        Ok(page.with_items(ids.iter().filter_map(|id| accounts.remove(id)).collect()))
    }

    /// Counts the local accounts that follow the target or are among `named`.
    pub fn count_followers_here(&mut self, target: AccountId, named: &[AccountId]) -> Result<i64> {
        let named: Vec<i64> = named.iter().map(|id| id.0).collect();
        let others: i64 = follows::table
            .inner_join(accounts::table.on(accounts::id.eq(follows::account_id)))
            .filter(follows::target_id.eq(target.0))
            .filter(follows::accepted.eq(true))
            .filter(accounts::domain.is_null())
            .filter(accounts::suspended_at.is_null())
            .filter(follows::account_id.ne_all(&named))
            .count()
            .get_result(self.conn())?;
        Ok(others + i64::try_from(named.len()).unwrap_or(i64::MAX))
    }

    /// Counts the pending follow requests of an account.
    pub fn count_follow_requests(&mut self, account: AccountId) -> Result<i64> {
        let query = follows::table
            .inner_join(accounts::table.on(accounts::id.eq(follows::account_id)))
            .filter(follows::target_id.eq(account.0))
            .filter(follows::accepted.eq(false))
            .filter(in_good_standing());
        Ok(query.count().get_result(self.conn())?)
    }
}

impl Tx<'_> {
    /// Inserts a follow or request. Returns whether it was new.
    pub fn insert_follow(&mut self, follow: &Follow) -> Result<bool> {
        let accepted = follow.state == FollowState::Accepted;
        let row = (
            follows::id.eq(follow.id.0),
            follows::account_id.eq(follow.account_id.0),
            follows::target_id.eq(follow.target_id.0),
            follows::uri.eq(&follow.uri),
            follows::accepted.eq(accepted),
            follows::show_reblogs.eq(follow.show_boosts),
            follows::notify.eq(follow.notify),
            follows::languages.eq(follow.languages.as_ref().map(|words| words.join(" "))),
            follows::created_at.eq(follow.created_at.millis()),
        );
        let added = on_both!(self.conn(), |c| diesel::insert_into(follows::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        if added == 1 && accepted {
            self.count_follow(follow.account_id, follow.target_id, 1)?;
        }
        Ok(added == 1)
    }

    /// Updates the follower's options of a follow, and its Follow id.
    pub fn update_follow(&mut self, follow: &Follow) -> Result<()> {
        diesel::update(follows::table.find(follow.id.0))
            .set((
                follows::uri.eq(&follow.uri),
                follows::show_reblogs.eq(follow.show_boosts),
                follows::notify.eq(follow.notify),
                follows::languages.eq(follow.languages.as_ref().map(|words| words.join(" "))),
            ))
            .execute(self.conn())?;
        Ok(())
    }

    /// Accepts a follow request. Returns whether it was pending.
    pub fn accept_follow(&mut self, follow: &Follow) -> Result<bool> {
        let waiting = follows::table.find(follow.id.0).filter(follows::accepted.eq(false));
        let changed = diesel::update(waiting).set(follows::accepted.eq(true)).execute(self.conn())?;
        if changed == 1 {
            self.count_follow(follow.account_id, follow.target_id, 1)?;
        }
        Ok(changed == 1)
    }

    /// Deletes a follow or request; removes the target's statuses from the follower's home timeline. Returns
    /// whether it existed.
    pub fn delete_follow(&mut self, follow: &Follow) -> Result<bool> {
        // Checks the row itself for acceptance, since the follow may have been accepted after it was read.
        let row = || follows::table.find(follow.id.0);
        let counted = diesel::delete(row().filter(follows::accepted.eq(true))).execute(self.conn())?;
        if counted == 1 {
            self.leave_roles(follow.target_id, follow.account_id)?;
            self.count_follow(follow.account_id, follow.target_id, -1)?;
            self.clear_home(follow.account_id, follow.target_id)?;
            return Ok(true);
        }
        Ok(diesel::delete(row()).execute(self.conn())? == 1)
    }

    /// Subtracts an account from the counts of its followers and of the accounts it follows, before it is
    /// deleted.
    pub fn uncount_follows(&mut self, account: AccountId) -> Result<()> {
        let followed = follows::table
            .filter(follows::account_id.eq(account.0))
            .filter(follows::accepted.eq(true))
            .select(follows::target_id);
        diesel::update(account_states::table.filter(account_states::id.eq_any(followed)))
            .set(account_states::followers_count.eq(account_states::followers_count - 1))
            .execute(self.conn())?;
        let followers = follows::table
            .filter(follows::target_id.eq(account.0))
            .filter(follows::accepted.eq(true))
            .select(follows::account_id);
        diesel::update(account_states::table.filter(account_states::id.eq_any(followers)))
            .set(account_states::following_count.eq(account_states::following_count - 1))
            .execute(self.conn())?;
        Ok(())
    }
}
