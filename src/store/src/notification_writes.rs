//! Notification writes: a notification is written in the transaction of the change that it reports.

use crate::prelude::*;
use diesel::dsl::exists;
use diesel::expression::BoxableExpression;
use diesel::sql_types::Bool;

use super::connection::Db;
use super::schema::{blocks, follows, mutes, notifications, users};
use super::{Result, Tx, on_both};
use portico_domain::model::live::Live;
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::notification_policy::{NotificationPolicy, Verdict};
use portico_domain::model::peer::Tier;
use portico_domain::model::status::Status;
use portico_domain::model::{AccountId, Reach, StatusId, Timestamp};
use portico_domain::policy::notifications::{NEW_ACCOUNT, NEW_FOLLOWER, SenderFacts, verdict};
use portico_domain::policy::peering::may_notify;

/// Builds the condition that a notification is about this status, or about none.
fn about(status: Option<StatusId>) -> Box<dyn BoxableExpression<notifications::table, Db, SqlType = Bool>> {
    match status {
        Some(id) => Box::new(notifications::status_id.assume_not_null().eq(id.0)),
        None => Box::new(notifications::status_id.is_null()),
    }
}

impl Tx<'_> {
    /// Notifies a local account of an action of another. Does nothing for one's own actions, for a remote
    /// recipient, for a sender that the recipient blocks or mutes, or if the same notification exists.
    pub fn notify(
        &mut self,
        recipient: AccountId,
        kind: NotificationKind,
        from: AccountId,
        status: Option<StatusId>,
    ) -> Result<()> {
        // Only the end of one's own poll is an own action worth a notification.
        let own = recipient == from && kind != NotificationKind::Poll;
        if own || !self.wants_notification(recipient, kind, from)? {
            return Ok(());
        }
        if let Some(status) = status
            && self.mutes_thread_of(recipient, status)?
        {
            return Ok(());
        }
        let verdict = self.judge(recipient, kind, from, status)?;
        if verdict == Verdict::Drop {
            return Ok(());
        }
        let existing = notifications::table
            .filter(notifications::account_id.eq(recipient.0))
            .filter(notifications::from_id.eq(from.0))
            .filter(notifications::kind.eq(kind.as_str()))
            .filter(about(status))
            .select(notifications::id);
        let existing: Option<i64> = existing.first(self.conn()).optional()?;
        let again = matches!(kind, NotificationKind::Update | NotificationKind::QuotedUpdate);
        if existing.is_some() && !again {
            return Ok(());
        }
        let now = self.now();
        let id = self.ids().next_notification(now);
        let row = (
            notifications::id.eq(id.0),
            notifications::account_id.eq(recipient.0),
            notifications::kind.eq(kind.as_str()),
            notifications::from_id.eq(from.0),
            notifications::status_id.eq(status.map(|id| id.0)),
            notifications::created_at.eq(now.millis()),
            notifications::filtered.eq(verdict == Verdict::Filter),
        );
        on_both!(self.conn(), |c| diesel::insert_into(notifications::table).values(&row).execute(c))?;
        if verdict == Verdict::Filter {
            return self.record_notification_request(recipient, from, status);
        }
        self.enqueue_pushes(recipient, kind, from, id)?;
        self.publish(Live::Notified { account: recipient, notification: id })
    }

    /// Applies the recipient's notification policy to a notification.
    fn judge(
        &mut self,
        recipient: AccountId,
        kind: NotificationKind,
        from: AccountId,
        status: Option<StatusId>,
    ) -> Result<Verdict> {
        let policy = self.find_notification_policy(recipient)?;
        if policy == NotificationPolicy::default() {
            return Ok(Verdict::Accept);
        }
        let Some(sender) = self.find_account(from)? else { return Ok(Verdict::Drop) };
        let about = match status {
            Some(id) => self.find_status(id)?,
            None => None,
        };
        let now = self.now();
        let since = self.follows_since(from, recipient)?;
        let old = |at: Timestamp, seconds: i64| now.seconds() - at.seconds() >= seconds;
        let facts = SenderFacts {
            followed: self.follows_since(recipient, from)?.is_some(),
            follower: since.is_some_and(|since| old(since, NEW_FOLLOWER)),
            new: !old(sender.created_at, NEW_ACCOUNT),
            bot: sender.kind.is_bot(),
            limited: sender.silenced_at.is_some() || self.tier_of_account(&sender)? == Some(Tier::Limited),
            private: about.is_some_and(|status| {
                status.reach == Reach::Direct && status.in_reply_to_account_id != Some(recipient)
            }),
            // Messages of the instance itself are always accepted.
            trusted: sender.is_instance_actor || self.is_sender_accepted(recipient, from)?,
        };
        Ok(verdict(&policy, kind, &facts))
    }

    /// Deletes a notification of an action that was undone.
    pub fn withdraw_notification(
        &mut self,
        recipient: AccountId,
        kind: NotificationKind,
        from: AccountId,
        status: Option<StatusId>,
    ) -> Result<()> {
        let existing = notifications::table
            .filter(notifications::account_id.eq(recipient.0))
            .filter(notifications::from_id.eq(from.0))
            .filter(notifications::kind.eq(kind.as_str()))
            .filter(about(status));
        diesel::delete(existing).execute(self.conn())?;
        Ok(())
    }

    /// Notifies the local followers that subscribed to an author's posts; replies excluded.
    pub fn notify_subscribers(&mut self, status: &Status) -> Result<()> {
        if status.in_reply_to_uri.is_some() || status.reach == Reach::Direct {
            return Ok(());
        }
        let asked: Vec<i64> = follows::table
            .filter(follows::target_id.eq(status.account_id.0))
            .filter(follows::accepted.eq(true))
            .filter(follows::notify.eq(true))
            .select(follows::account_id)
            .load(self.conn())?;
        for follower in asked {
            self.notify(AccountId(follower), NotificationKind::Status, status.account_id, Some(status.id))?;
        }
        Ok(())
    }

    fn wants_notification(
        &mut self,
        recipient: AccountId,
        kind: NotificationKind,
        from: AccountId,
    ) -> Result<bool> {
        let now = self.now().millis();
        let local = users::table.filter(users::account_id.eq(recipient.0));
        let blocked =
            blocks::table.filter(blocks::account_id.eq(recipient.0)).filter(blocks::target_id.eq(from.0));
        let muted = mutes::table
            .filter(mutes::account_id.eq(recipient.0))
            .filter(mutes::target_id.eq(from.0))
            .filter(mutes::hide_notifications.eq(true))
            .filter(mutes::expires_at.is_null().or(mutes::expires_at.gt(now)));
        let followed = follows::table
            .filter(follows::account_id.eq(recipient.0))
            .filter(follows::target_id.eq(from.0))
            .filter(follows::accepted.eq(true));
        let bonds = diesel::select((exists(local), exists(blocked), exists(muted), exists(followed)));
        let (local, blocked, muted, followed): (bool, bool, bool, bool) = bonds.get_result(self.conn())?;
        let shunned = !self.on_blocked_domains(recipient, &[from.0])?.is_empty();
        if !local || blocked || muted || shunned {
            return Ok(false);
        }
        let Some(from) = self.find_account(from)? else { return Ok(false) };
        // A follow request waits for a decision, so it is notified wherever it comes from.
        let expected = followed || kind == NotificationKind::FollowRequest;
        let tier = self.tier_of_account(&from)?;
        Ok(from.suspended_at.is_none() && may_notify(tier, from.silenced_at.is_some(), expected))
    }

    /// Deletes an account's notifications of another account's actions.
    pub fn delete_notifications_from(&mut self, account: AccountId, from: AccountId) -> Result<()> {
        let rows = notifications::table
            .filter(notifications::account_id.eq(account.0))
            .filter(notifications::from_id.eq(from.0));
        diesel::delete(rows).execute(self.conn())?;
        Ok(())
    }
}
