//! Severed relationships: one row for each account and event that ended its follows, with a notification.

use crate::prelude::*;
use diesel::dsl::exists;

use super::schema::{follows, notifications, severances, users};
use super::{Error, Reader, Result, Tx, on_both};
use portico_domain::model::live::Live;
use portico_domain::model::notification::{NotificationKind, Severance, SeveranceCause};
use portico_domain::model::{AccountId, SeveranceId, Timestamp};

/// The time window, in seconds, in which follows that end for the same cause count as one event: for a large
/// host they end in parts.
const ONE_OCCASION: i64 = 3600;

type SeveranceRow = (i64, i64, String, String, i64, i64, i64);

fn severance((id, _, cause, target, followers, following, created_at): SeveranceRow) -> Result<Severance> {
    Ok(Severance {
        id: SeveranceId(id),
        cause: cause
            .parse::<SeveranceCause>()
            .map_err(|_| Error::Corrupt { what: "cause of a severance" })?,
        target,
        followers_count: followers,
        following_count: following,
        created_at: Timestamp::from_millis(created_at),
    })
}

impl Reader<'_> {
    /// Returns these severances, in no particular order.
    pub fn list_severances(&mut self, ids: &[SeveranceId]) -> Result<Vec<Severance>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let rows: Vec<SeveranceRow> =
            severances::table.filter(severances::id.eq_any(ids)).load(self.conn())?;
        rows.into_iter().map(severance).collect()
    }

    /// Returns the accounts that an account follows and its followers, each with whether it is a follower.
    pub fn list_bonds(&mut self, account: AccountId) -> Result<Vec<(AccountId, bool)>> {
        let rows: Vec<(i64, i64)> = follows::table
            .filter(follows::account_id.eq(account.0).or(follows::target_id.eq(account.0)))
            .filter(follows::accepted.eq(true))
            .select((follows::account_id, follows::target_id))
            .load(self.conn())?;
        let bond = |(follower, followed)| match follower == account.0 {
            true => (AccountId(followed), false),
            false => (AccountId(follower), true),
        };
        Ok(rows.into_iter().map(bond).collect())
    }
}

impl Tx<'_> {
    /// Records that a local account has lost followers or follows, and notifies it once for each event. Does
    /// nothing for a remote account.
    pub fn insert_severance(
        &mut self,
        account: AccountId,
        cause: SeveranceCause,
        target: &str,
        followers: i64,
        following: i64,
    ) -> Result<()> {
        let here = users::table.filter(users::account_id.eq(account.0));
        if followers + following == 0 || !diesel::select(exists(here)).get_result::<bool>(self.conn())? {
            return Ok(());
        }
        let now = self.now();
        let known: Option<i64> = severances::table
            .filter(severances::account_id.eq(account.0))
            .filter(severances::target.eq(target))
            .filter(severances::cause.eq(cause.as_str()))
            .filter(severances::created_at.gt(now.plus_seconds(-ONE_OCCASION).millis()))
            .order(severances::id.desc())
            .select(severances::id)
            .first(self.conn())
            .optional()?;
        if let Some(known) = known {
            diesel::update(severances::table.find(known))
                .set((
                    severances::followers_count.eq(severances::followers_count + followers),
                    severances::following_count.eq(severances::following_count + following),
                ))
                .execute(self.conn())?;
            return Ok(());
        }
        let id = self.next_id::<SeveranceId>();
        let row = (
            severances::id.eq(id.0),
            severances::account_id.eq(account.0),
            severances::cause.eq(cause.as_str()),
            severances::target.eq(target),
            severances::followers_count.eq(followers),
            severances::following_count.eq(following),
            severances::created_at.eq(now.millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(severances::table).values(&row).execute(c))?;
        let notification = self.ids().next_notification(now);
        let row = (
            notifications::id.eq(notification.0),
            notifications::account_id.eq(account.0),
            notifications::kind.eq(NotificationKind::SeveredRelationships.as_str()),
            // No account caused it in person, so clients are shown the recipient.
            notifications::from_id.eq(account.0),
            notifications::severance_id.eq(id.0),
            notifications::created_at.eq(now.millis()),
            notifications::filtered.eq(false),
        );
        on_both!(self.conn(), |c| diesel::insert_into(notifications::table).values(&row).execute(c))?;
        self.publish(Live::Notified { account, notification })
    }
}
