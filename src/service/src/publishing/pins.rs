//! Pinned statuses, shown on top of the author's profile.

use crate::instance::Instance;
use crate::lookup;
use crate::{Error, Result};
use portico_domain::model::account::Account;
use portico_domain::model::event::Event;
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, StatusId, Timestamp};
use portico_domain::policy::interaction;

/// Maximum number of statuses that an account may pin.
pub const MAX_PINNED: i64 = 5;

/// Pins the caller's own status.
///
/// # Errors
/// `Refused` if it may not be pinned; `Invalid` at the maximum.
pub async fn add(instance: &Instance, me: &Account, id: StatusId) -> Result<StatusView> {
    change(instance, me, id, true).await
}

/// Unpins a status; idempotent.
pub async fn remove(instance: &Instance, me: &Account, id: StatusId) -> Result<StatusView> {
    change(instance, me, id, false).await
}

/// Maximum number of pins stored for a remote account.
const MOST_REMOTE: i64 = 20;

/// Applies a remote account's pinning or unpinning of its own status. Ignores duplicates and pins beyond the
/// limit.
///
/// # Errors
/// `Refused` for another author's status, or one that may not be pinned.
pub async fn receive(instance: &Instance, actor: &Account, id: StatusId, pinned: bool) -> Result<()> {
    let actor = actor.id;
    instance
        .store
        .write(move |tx| {
            let Some(status) = tx.find_status(id)? else { return Ok(()) };
            interaction::may_pin(actor, &status)?;
            let full = pinned && tx.count_pinned(actor)? >= MOST_REMOTE;
            if pinned != status.pinned_at.is_some() && !full {
                let at = tx.now();
                tx.set_pinned(id, pinned.then_some(at))?;
            }
            Ok(())
        })
        .await
}

/// Replaces all pins of a remote account, the first on top. Ignores statuses that it may not pin.
pub async fn receive_all(instance: &Instance, actor: AccountId, ids: Vec<StatusId>) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            for old in tx.list_pinned(actor)? {
                tx.set_pinned(old, None)?;
            }
            let now = tx.now();
            for (place, id) in ids.iter().take(20).enumerate() {
                let status = tx.find_status(*id)?;
                if status.is_some_and(|status| interaction::may_pin(actor, &status).is_ok()) {
                    let later = i64::try_from(place).unwrap_or_default();
                    tx.set_pinned(*id, Some(Timestamp::from_millis(now.millis() - later)))?;
                }
            }
            Ok(())
        })
        .await
}

async fn change(instance: &Instance, me: &Account, id: StatusId, pinned: bool) -> Result<StatusView> {
    let me = me.id;
    instance
        .store
        .write(move |tx| {
            let status = tx.find_status(id)?.ok_or(Error::NotFound("status"))?;
            interaction::may_pin(me, &status)?;
            if pinned != status.pinned_at.is_some() {
                if pinned && tx.count_pinned(me)? >= MAX_PINNED {
                    return Err(Error::invalid("You have already pinned the maximum number of posts"));
                }
                let at = tx.now();
                tx.set_pinned(id, pinned.then_some(at))?;
                tx.emit(&Event::Pinned { status: id, pinned, at })?;
            }
            lookup::load_status_view(tx, me, id)
        })
        .await
}
