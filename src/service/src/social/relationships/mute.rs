//! Muting and unmuting. The muted account is never notified.

use crate::Result;
use crate::instance::Instance;
use portico_domain::model::AccountId;
use portico_domain::model::relationship::Relationship;
use portico_domain::policy::Refusal;
use portico_store::Mute;

use super::find_other;
use super::list::load_relationship;

/// Maximum duration of a temporary mute, in seconds: ten years.
const LONGEST: i64 = 10 * 365 * 24 * 3600;

/// Hides an account's posts, and optionally its notifications, for `seconds`, or permanently if that is 0.
///
/// # Errors
/// `Refused` for oneself.
pub async fn mute(
    instance: &Instance,
    me: AccountId,
    target: AccountId,
    hide_notifications: bool,
    seconds: i64,
) -> Result<Relationship> {
    instance
        .store
        .write(move |tx| {
            let target = find_other(tx, target)?;
            if target.id == me {
                return Err(Refusal::Yourself.into());
            }
            let until = (seconds > 0).then(|| tx.now().plus_seconds(seconds.min(LONGEST)));
            tx.set_mute(me, target.id, Mute { hide_notifications, expires_at: until })?;
            load_relationship(tx, me, target.id)
        })
        .await
}

/// Unmutes an account; idempotent.
pub async fn unmute(instance: &Instance, me: AccountId, target: AccountId) -> Result<Relationship> {
    instance
        .store
        .write(move |tx| {
            let target = find_other(tx, target)?;
            tx.delete_mute(me, target.id)?;
            load_relationship(tx, me, target.id)
        })
        .await
}
