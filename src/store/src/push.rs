//! Web Push subscriptions, their jobs, and the instance's keys for them.

use crate::prelude::*;
use diesel::dsl::exists;

use super::schema::{accounts, follows, meta, push_subscriptions, users};
use super::{Error, PushDelivery, Reader, Result, Tx, on_both};
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::push::{PushPolicy, PushSubscription};
use portico_domain::model::{AccountId, NotificationId, PushId, TokenId};

#[derive(Queryable, Selectable)]
#[diesel(table_name = push_subscriptions)]
struct PushSubscriptionRow {
    id: i64,
    token_id: i64,
    account_id: i64,
    endpoint: String,
    p256dh: String,
    auth: String,
    standard: bool,
    alerts: String,
    policy: String,
    sealed_token: String,
}

fn subscription(row: PushSubscriptionRow) -> Result<PushSubscription> {
    Ok(PushSubscription {
        id: PushId(row.id),
        token_id: TokenId(row.token_id),
        account_id: AccountId(row.account_id),
        endpoint: row.endpoint,
        p256dh: row.p256dh,
        auth: row.auth,
        standard: row.standard,
        alerts: row.alerts.split_whitespace().filter_map(|word| word.parse().ok()).collect(),
        policy: row.policy.parse::<PushPolicy>().map_err(|_| Error::Corrupt { what: "push policy" })?,
        sealed_token: row.sealed_token,
    })
}

fn words(alerts: &[NotificationKind]) -> String {
    alerts.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" ")
}

impl Reader<'_> {
    /// Returns the subscription of a token.
    pub fn find_push_subscription(&mut self, token: TokenId) -> Result<Option<PushSubscription>> {
        let query = push_subscriptions::table.filter(push_subscriptions::token_id.eq(token.0));
        query
            .select(PushSubscriptionRow::as_select())
            .first(self.conn())
            .optional()?
            .map(subscription)
            .transpose()
    }

    /// Returns the subscription with this id.
    pub fn push_subscription(&mut self, id: PushId) -> Result<Option<PushSubscription>> {
        let query = push_subscriptions::table.find(id.0);
        query
            .select(PushSubscriptionRow::as_select())
            .first(self.conn())
            .optional()?
            .map(subscription)
            .transpose()
    }

    /// Returns whether an account's sign-in is enabled: it is neither disabled nor suspended.
    pub fn may_sign_in(&mut self, account: AccountId) -> Result<bool> {
        let usable = users::table
            .inner_join(accounts::table)
            .filter(users::account_id.eq(account.0))
            .filter(users::disabled_at.is_null())
            .filter(accounts::suspended_at.is_null());
        Ok(diesel::select(exists(usable)).get_result(self.conn())?)
    }

    /// Returns a stored value of the instance.
    pub fn find_meta_value(&mut self, key: &str) -> Result<Option<String>> {
        Ok(meta::table.find(key).select(meta::value).first(self.conn()).optional()?)
    }
}

impl Tx<'_> {
    /// Stores a value, unless its key has one already. Returns the stored value.
    pub fn insert_meta_value(&mut self, key: &str, value: &str) -> Result<String> {
        let row = (meta::key.eq(key), meta::value.eq(value));
        on_both!(self.conn(), |c| diesel::insert_into(meta::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        self.find_meta_value(key)?.ok_or(Error::Corrupt { what: "instance setting" })
    }

    /// Inserts a subscription.
    pub fn insert_push_subscription(&mut self, new: &PushSubscription) -> Result<()> {
        let now = self.now().millis();
        let row = (
            push_subscriptions::id.eq(new.id.0),
            push_subscriptions::token_id.eq(new.token_id.0),
            push_subscriptions::account_id.eq(new.account_id.0),
            push_subscriptions::endpoint.eq(&new.endpoint),
            push_subscriptions::p256dh.eq(&new.p256dh),
            push_subscriptions::auth.eq(&new.auth),
            push_subscriptions::standard.eq(new.standard),
            push_subscriptions::alerts.eq(words(&new.alerts)),
            push_subscriptions::policy.eq(new.policy.as_str()),
            push_subscriptions::sealed_token.eq(&new.sealed_token),
            push_subscriptions::created_at.eq(now),
        );
        on_both!(self.conn(), |c| diesel::insert_into(push_subscriptions::table).values(&row).execute(c))?;
        Ok(())
    }

    /// Updates the alerts and the policy of a subscription.
    pub fn update_push_subscription(
        &mut self,
        id: PushId,
        alerts: &[NotificationKind],
        policy: PushPolicy,
    ) -> Result<()> {
        let change = diesel::update(push_subscriptions::table.find(id.0)).set((
            push_subscriptions::alerts.eq(words(alerts)),
            push_subscriptions::policy.eq(policy.as_str()),
        ));
        change.execute(self.conn())?;
        Ok(())
    }

    /// Deletes the subscription of a token, if there is one.
    pub fn delete_push_subscription(&mut self, token: TokenId) -> Result<()> {
        let its = push_subscriptions::table.filter(push_subscriptions::token_id.eq(token.0));
        diesel::delete(its).execute(self.conn())?;
        Ok(())
    }

    /// Enqueues a job for each subscription that wants a notification. To be called in the transaction that
    /// writes the notification.
    pub fn enqueue_pushes(
        &mut self,
        recipient: AccountId,
        kind: NotificationKind,
        from: AccountId,
        notification: NotificationId,
    ) -> Result<()> {
        let theirs = push_subscriptions::table
            .filter(push_subscriptions::account_id.eq(recipient.0))
            .select(PushSubscriptionRow::as_select());
        let theirs: Vec<PushSubscriptionRow> = theirs.load(self.conn())?;
        if theirs.is_empty() {
            return Ok(());
        }
        let bond = |one: AccountId, other: AccountId| {
            follows::table
                .filter(follows::account_id.eq(one.0))
                .filter(follows::target_id.eq(other.0))
                .filter(follows::accepted.eq(true))
        };
        let bonds = diesel::select((exists(bond(recipient, from)), exists(bond(from, recipient))));
        let (followed, follower): (bool, bool) = bonds.get_result(self.conn())?;
        for row in theirs {
            let wish = subscription(row)?;
            if wish.alerts.contains(&kind) && wish.policy.lets(followed, follower) {
                self.enqueue(&PushDelivery { subscription: wish.id, notification })?;
            }
        }
        Ok(())
    }
}
