//! Notification requests and notification policies: what happens to notifications from strangers.

use std::collections::HashMap;

use crate::prelude::*;
use diesel::dsl::{count_star, exists};

use super::connection::Db;
use super::schema::{follows, notice_permissions, notice_policies, notice_requests, notifications};
use super::timelines::cut;
use super::{Error, Reader, Result, Tx, on_both};
use portico_domain::model::notification_policy::{NotificationPolicy, NotificationRequest, Verdict};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::{AccountId, RequestId, StatusId, Timestamp};

type NotificationRequestRow = (i64, i64, Option<i64>, i64, i64);

/// Selects the filtered notifications of a request; if all have been withdrawn, there is nothing to decide.
#[diesel::dsl::auto_type(no_type_alias)]
fn waiting() -> _ {
    notifications::table
        .filter(notifications::account_id.eq(notice_requests::account_id))
        .filter(notifications::from_id.eq(notice_requests::from_id))
        .filter(notifications::filtered.eq(true))
}

impl Reader<'_> {
    /// Returns the notification policy of an account.
    pub fn find_notification_policy(&mut self, account: AccountId) -> Result<NotificationPolicy> {
        type NotificationPolicyRow = (String, String, String, String, String, String);
        let query = notice_policies::table.find(account.0).select((
            notice_policies::not_following,
            notice_policies::not_followers,
            notice_policies::new_accounts,
            notice_policies::private_mentions,
            notice_policies::limited_accounts,
            notice_policies::bots,
        ));
        let Some(words) = query.first::<NotificationPolicyRow>(self.conn()).optional()? else {
            return Ok(NotificationPolicy::default());
        };
        let verdict = |word: &str| word.parse::<Verdict>().map_err(|_| Error::Corrupt { what: "verdict" });
        Ok(NotificationPolicy {
            not_following: verdict(&words.0)?,
            not_followers: verdict(&words.1)?,
            new_accounts: verdict(&words.2)?,
            private_mentions: verdict(&words.3)?,
            limited_accounts: verdict(&words.4)?,
            bots: verdict(&words.5)?,
        })
    }

    /// Counts the pending requests of an account, and the filtered notifications in them.
    pub fn count_filtered_notifications(&mut self, account: AccountId) -> Result<(i64, i64)> {
        let requests = notice_requests::table
            .filter(notice_requests::account_id.eq(account.0))
            .filter(exists(waiting()))
            .count();
        let requests = requests.get_result(self.conn())?;
        let waiting = notifications::table
            .filter(notifications::account_id.eq(account.0))
            .filter(notifications::filtered.eq(true))
            .count();
        Ok((requests, waiting.get_result(self.conn())?))
    }

    /// Returns a page of an account's pending requests, newest first, paged by id.
    pub fn notification_request_page(
        &mut self,
        account: AccountId,
        page: &PageRequest,
    ) -> Result<Page<NotificationRequest>> {
        let query = notice_requests::table
            .filter(notice_requests::account_id.eq(account.0))
            .filter(exists(waiting()))
            .select((
                notice_requests::id,
                notice_requests::from_id,
                notice_requests::last_status_id,
                notice_requests::created_at,
                notice_requests::updated_at,
            ))
            .into_boxed::<Db>();
        let rows: Vec<NotificationRequestRow> = cut!(query, notice_requests::id, page).load(self.conn())?;
        let found = self.counted(account, rows)?;
        Ok(Page::from_rows(page, found.into_iter().map(|request| (request.id.0, request)).collect()))
    }

    /// Returns a request of an account.
    pub fn find_notification_request(
        &mut self,
        account: AccountId,
        id: RequestId,
    ) -> Result<Option<NotificationRequest>> {
        let query =
            notice_requests::table.find(id.0).filter(notice_requests::account_id.eq(account.0)).select((
                notice_requests::id,
                notice_requests::from_id,
                notice_requests::last_status_id,
                notice_requests::created_at,
                notice_requests::updated_at,
            ));
        let row: Option<NotificationRequestRow> = query.first(self.conn()).optional()?;
        Ok(self.counted(account, row.into_iter().collect())?.pop())
    }

    fn counted(
        &mut self,
        account: AccountId,
        rows: Vec<NotificationRequestRow>,
    ) -> Result<Vec<NotificationRequest>> {
        let from: Vec<i64> = rows.iter().map(|row| row.1).collect();
        let counts: Vec<(i64, i64)> = notifications::table
            .filter(notifications::account_id.eq(account.0))
            .filter(notifications::filtered.eq(true))
            .filter(notifications::from_id.eq_any(from))
            .group_by(notifications::from_id)
            .select((notifications::from_id, count_star()))
            .load(self.conn())?;
        let counts: HashMap<i64, i64> = counts.into_iter().collect();
        let request = |(id, from, status, created, updated): NotificationRequestRow| NotificationRequest {
            id: RequestId(id),
            from_id: AccountId(from),
            last_status_id: status.map(StatusId),
            created_at: Timestamp::from_millis(created),
            updated_at: Timestamp::from_millis(updated),
            count: counts.get(&from).copied().unwrap_or(0),
        };
        Ok(rows.into_iter().map(request).collect())
    }

    /// Returns whether an account always accepts notifications from another.
    pub(super) fn is_sender_accepted(&mut self, account: AccountId, from: AccountId) -> Result<bool> {
        let query = notice_permissions::table.find((account.0, from.0)).select(notice_permissions::from_id);
        Ok(query.first::<i64>(self.conn()).optional()?.is_some())
    }

    /// Returns since when an account follows another, if it does.
    pub(super) fn follows_since(
        &mut self,
        account: AccountId,
        target: AccountId,
    ) -> Result<Option<Timestamp>> {
        let query = follows::table
            .filter(follows::account_id.eq(account.0))
            .filter(follows::target_id.eq(target.0))
            .filter(follows::accepted.eq(true))
            .select(follows::created_at);
        Ok(query.first::<i64>(self.conn()).optional()?.map(Timestamp::from_millis))
    }
}

impl Tx<'_> {
    /// Sets the notification policy of an account.
    pub fn set_notification_policy(&mut self, account: AccountId, policy: &NotificationPolicy) -> Result<()> {
        diesel::delete(notice_policies::table.find(account.0)).execute(self.conn())?;
        let row = (
            notice_policies::account_id.eq(account.0),
            notice_policies::not_following.eq(policy.not_following.as_str()),
            notice_policies::not_followers.eq(policy.not_followers.as_str()),
            notice_policies::new_accounts.eq(policy.new_accounts.as_str()),
            notice_policies::private_mentions.eq(policy.private_mentions.as_str()),
            notice_policies::limited_accounts.eq(policy.limited_accounts.as_str()),
            notice_policies::bots.eq(policy.bots.as_str()),
        );
        diesel::insert_into(notice_policies::table).values(row).execute(self.conn())?;
        Ok(())
    }

    /// Records that a notification from an account was filtered.
    pub fn record_notification_request(
        &mut self,
        account: AccountId,
        from: AccountId,
        status: Option<StatusId>,
    ) -> Result<()> {
        let now = self.now().millis();
        let row = (
            notice_requests::id.eq(self.next_id::<RequestId>().0),
            notice_requests::account_id.eq(account.0),
            notice_requests::from_id.eq(from.0),
            notice_requests::created_at.eq(now),
            notice_requests::updated_at.eq(now),
        );
        on_both!(self.conn(), |c| diesel::insert_into(notice_requests::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        let theirs = notice_requests::table
            .filter(notice_requests::account_id.eq(account.0))
            .filter(notice_requests::from_id.eq(from.0));
        diesel::update(theirs).set(notice_requests::updated_at.eq(now)).execute(self.conn())?;
        if let Some(status) = status {
            diesel::update(theirs).set(notice_requests::last_status_id.eq(status.0)).execute(self.conn())?;
        }
        Ok(())
    }

    /// Accepts the filtered notifications from an account, and all later ones.
    pub fn accept_notification_request(
        &mut self,
        account: AccountId,
        request: &NotificationRequest,
    ) -> Result<()> {
        let row =
            (notice_permissions::account_id.eq(account.0), notice_permissions::from_id.eq(request.from_id.0));
        on_both!(self.conn(), |c| diesel::insert_into(notice_permissions::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        let waiting = notifications::table
            .filter(notifications::account_id.eq(account.0))
            .filter(notifications::from_id.eq(request.from_id.0));
        diesel::update(waiting).set(notifications::filtered.eq(false)).execute(self.conn())?;
        diesel::delete(notice_requests::table.find(request.id.0)).execute(self.conn())?;
        Ok(())
    }

    /// Deletes the filtered notifications from an account, and the request.
    pub fn dismiss_notification_request(
        &mut self,
        account: AccountId,
        request: &NotificationRequest,
    ) -> Result<()> {
        let waiting = notifications::table
            .filter(notifications::account_id.eq(account.0))
            .filter(notifications::from_id.eq(request.from_id.0))
            .filter(notifications::filtered.eq(true));
        diesel::delete(waiting).execute(self.conn())?;
        diesel::delete(notice_requests::table.find(request.id.0)).execute(self.conn())?;
        Ok(())
    }
}
