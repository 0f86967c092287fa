//! Blocking and unblocking.

use crate::Result;
use crate::instance::Instance;
use portico_domain::model::account::Account;
use portico_domain::model::event::Event;
use portico_domain::model::relationship::Relationship;
use portico_domain::model::{AccountId, RelationId};
use portico_domain::policy::Refusal;
use portico_store::Tx;

use super::list::load_relationship;
use super::{find_other, follow, request};

/// Blocks an account: follows in both directions end, and neither sees the other any more.
///
/// # Errors
/// `Refused` for oneself.
pub async fn block(instance: &Instance, me: &Account, target: AccountId) -> Result<Relationship> {
    let me = me.clone();
    instance
        .store
        .write(move |tx| {
            let target = find_other(tx, target)?;
            if target.id == me.id {
                return Err(Refusal::Yourself.into());
            }
            begin(tx, &me, &target)?;
            load_relationship(tx, me.id, target.id)
        })
        .await
}

/// Inserts a block by a local account, and emits the event for a remote one.
pub(crate) fn begin(tx: &mut Tx<'_>, me: &Account, target: &Account) -> Result<()> {
    let uri = format!("{}#blocks/{}", me.uri, tx.next_id::<RelationId>());
    if tx.insert_block(me.id, target.id, &uri)? {
        follow::end(tx, me.id, target)?;
        request::reject_request(tx, me.id, target)?;
        part(tx, me.id, target.id)?;
        if !target.is_local() {
            tx.emit(&Event::Blocked { account: me.id, target: target.id, uri })?;
        }
    }
    Ok(())
}

/// Removes the two accounts from each other's home timelines and notifications.
pub(super) fn part(tx: &mut Tx<'_>, one: AccountId, other: AccountId) -> Result<()> {
    for (viewer, author) in [(one, other), (other, one)] {
        tx.clear_home(viewer, author)?;
        tx.delete_notifications_from(viewer, author)?;
    }
    Ok(())
}

/// Unblocks an account; idempotent. Follows do not come back.
pub async fn unblock(instance: &Instance, me: &Account, target: AccountId) -> Result<Relationship> {
    let me = me.id;
    instance
        .store
        .write(move |tx| {
            let target = find_other(tx, target)?;
            if let Some(uri) = tx.delete_block(me, target.id)?
                && !target.is_local()
            {
                tx.emit(&Event::Unblocked { account: me, target: target.id, uri })?;
            }
            load_relationship(tx, me, target.id)
        })
        .await
}
