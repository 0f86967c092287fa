//! Pinned statuses: what an author keeps on top of the profile.

use super::{Error, Result};
use crate::instance::Instance;
use crate::model::StatusId;
use crate::model::account::Account;
use crate::model::event::Event;
use crate::model::view::StatusView;
use crate::policy::interaction;

/// How many statuses an account may pin.
pub const MAX_PINNED: i64 = 5;

/// Pins one's own status.
///
/// # Errors
/// `Refused` for what may not be pinned, `Invalid` when there are enough.
pub async fn add(instance: &Instance, me: &Account, id: StatusId) -> Result<StatusView> {
    change(instance, me, id, true).await
}

/// Takes a pin down; without one, nothing happens.
///
/// # Errors
/// `Refused` for somebody else's status.
pub async fn remove(instance: &Instance, me: &Account, id: StatusId) -> Result<StatusView> {
    change(instance, me, id, false).await
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
                tx.emit(&Event::ProfileUpdated { account: me, at })?;
            }
            tx.status_view(Some(me), id)?.ok_or(Error::NotFound("status"))
        })
        .await
}
