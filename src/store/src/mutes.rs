//! Mutes of accounts by accounts.

use std::collections::HashMap;

use crate::prelude::*;

use super::connection::Db;
use super::schema::mutes;
use super::timelines::cut;
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::{AccountId, RelationId, Timestamp};

/// The options of a mute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mute {
    /// Whether notifications are hidden as well.
    pub hide_notifications: bool,
    /// When the mute expires; `None` for never.
    pub expires_at: Option<Timestamp>,
}

impl Reader<'_> {
    /// Returns the active mutes by the viewer of `others`, by account.
    pub fn mutes_of(&mut self, viewer: AccountId, others: &[i64]) -> Result<HashMap<i64, Mute>> {
        let now = self.now().millis();
        let rows: Vec<(i64, bool, Option<i64>)> = mutes::table
            .filter(mutes::account_id.eq(viewer.0))
            .filter(mutes::target_id.eq_any(others))
            .filter(mutes::expires_at.is_null().or(mutes::expires_at.gt(now)))
            .select((mutes::target_id, mutes::hide_notifications, mutes::expires_at))
            .load(self.conn())?;
        let mute = |hide_notifications, expires_at: Option<i64>| Mute {
            hide_notifications,
            expires_at: expires_at.map(Timestamp::from_millis),
        };
        Ok(rows.into_iter().map(|(id, hide, until)| (id, mute(hide, until))).collect())
    }

    /// Returns the accounts that mute an account now, with the options of their mutes.
    pub fn list_muters(&mut self, target: AccountId) -> Result<Vec<(AccountId, Mute)>> {
        let now = self.now().millis();
        let rows: Vec<(i64, bool, Option<i64>)> = mutes::table
            .filter(mutes::target_id.eq(target.0))
            .filter(mutes::expires_at.is_null().or(mutes::expires_at.gt(now)))
            .select((mutes::account_id, mutes::hide_notifications, mutes::expires_at))
            .load(self.conn())?;
        let mute = |(account, hide_notifications, expires_at): (i64, bool, Option<i64>)| {
            let expires_at = expires_at.map(Timestamp::from_millis);
            (AccountId(account), Mute { hide_notifications, expires_at })
        };
        Ok(rows.into_iter().map(mute).collect())
    }

    /// Returns a page of the accounts that an account mutes now, paged by mute id.
    pub fn mute_page(&mut self, account: AccountId, page: &PageRequest) -> Result<Page<AccountId>> {
        let now = self.now().millis();
        let query = mutes::table
            .filter(mutes::account_id.eq(account.0))
            .filter(mutes::expires_at.is_null().or(mutes::expires_at.gt(now)))
            .into_boxed::<Db>();
        let rows: Vec<(i64, i64)> =
            cut!(query, mutes::id, page).select((mutes::id, mutes::target_id)).load(self.conn())?;
        Ok(Page::from_rows(page, rows.into_iter().map(|(id, target)| (id, AccountId(target))).collect()))
    }
}

impl Tx<'_> {
    /// Inserts or replaces a mute.
    pub fn set_mute(&mut self, account: AccountId, target: AccountId, mute: Mute) -> Result<()> {
        self.delete_mute(account, target)?;
        let row = (
            mutes::id.eq(self.next_id::<RelationId>().0),
            mutes::account_id.eq(account.0),
            mutes::target_id.eq(target.0),
            mutes::hide_notifications.eq(mute.hide_notifications),
            mutes::expires_at.eq(mute.expires_at.map(Timestamp::millis)),
            mutes::created_at.eq(self.now().millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(mutes::table).values(&row).execute(c))?;
        Ok(())
    }

    /// Deletes a mute, if there is one.
    pub fn delete_mute(&mut self, account: AccountId, target: AccountId) -> Result<()> {
        let theirs =
            mutes::table.filter(mutes::account_id.eq(account.0)).filter(mutes::target_id.eq(target.0));
        diesel::delete(theirs).execute(self.conn())?;
        Ok(())
    }
}
