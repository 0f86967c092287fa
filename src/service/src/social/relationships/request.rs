//! Answering follow requests, and removing followers.

use crate::instance::Instance;
use crate::{Error, Result};
use portico_domain::model::AccountId;
use portico_domain::model::account::Account;
use portico_domain::model::event::Event;
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::relationship::{Follow, FollowState, Relationship};
use portico_domain::policy::peering;
use portico_store::Tx;

use super::find_other;
use super::list::load_relationship;

/// Accepts a follow request.
///
/// # Errors
/// `NotFound` if there is no such request.
pub async fn authorize(instance: &Instance, me: &Account, follower: AccountId) -> Result<Relationship> {
    let me = me.id;
    instance
        .store
        .write(move |tx| {
            let follower = find_other(tx, follower)?;
            let follow = tx
                .find_follow_between(follower.id, me)?
                .filter(|follow| follow.state == FollowState::Pending)
                .ok_or(Error::NotFound("follow request"))?;
            accept_request(tx, &follow, &follower)?;
            load_relationship(tx, me, follower.id)
        })
        .await
}

/// Accepts a follow request, notifies, and emits the event for a remote follower.
pub(crate) fn accept_request(tx: &mut Tx<'_>, follow: &Follow, follower: &Account) -> Result<()> {
    tx.accept_follow(follow)?;
    tx.withdraw_notification(follow.target_id, NotificationKind::FollowRequest, follower.id, None)?;
    tx.notify(follow.target_id, NotificationKind::Follow, follower.id, None)?;
    if follower.is_local() {
        tx.backfill_home(follower.id, follow.target_id)?;
    } else {
        tx.emit(&Event::FollowAccepted { follow: follow.id })?;
    }
    Ok(())
}

/// Accepts all requests to an account that has just been unlocked, except from followers who need approval
/// anyway.
pub(crate) fn accept_all_requests(tx: &mut Tx<'_>, me: AccountId) -> Result<()> {
    for follow in tx.list_follow_requests(me)? {
        let Some(follower) = tx.find_account(follow.account_id)? else { continue };
        let silenced = follower.silenced_at.is_some();
        if !peering::must_ask(false, tx.tier_of_account(&follower)?, silenced) {
            accept_request(tx, &follow, &follower)?;
        }
    }
    Ok(())
}

/// Rejects a follow request.
///
/// # Errors
/// `NotFound` if there is no such request.
pub async fn reject(instance: &Instance, me: &Account, follower: AccountId) -> Result<Relationship> {
    let me = me.id;
    instance
        .store
        .write(move |tx| {
            let follower = find_other(tx, follower)?;
            let asked = tx.find_follow_between(follower.id, me)?;
            if asked.is_none_or(|follow| follow.state != FollowState::Pending) {
                return Err(Error::NotFound("follow request"));
            }
            reject_request(tx, me, &follower)?;
            load_relationship(tx, me, follower.id)
        })
        .await
}

/// Removes a follower; idempotent.
pub async fn remove_follower(instance: &Instance, me: &Account, follower: AccountId) -> Result<Relationship> {
    let me = me.id;
    instance
        .store
        .write(move |tx| {
            let follower = find_other(tx, follower)?;
            reject_request(tx, me, &follower)?;
            load_relationship(tx, me, follower.id)
        })
        .await
}

/// Deletes a follow of (or request to) a local account, and emits the event for the follower's host.
pub(crate) fn reject_request(tx: &mut Tx<'_>, me: AccountId, follower: &Account) -> Result<()> {
    let Some(follow) = tx.find_follow_between(follower.id, me)? else { return Ok(()) };
    tx.delete_follow(&follow)?;
    tx.withdraw_notification(me, NotificationKind::FollowRequest, follower.id, None)?;
    if !follower.is_local() {
        tx.emit(&Event::FollowRejected { account: follower.id, target: me, uri: follow.uri })?;
    }
    Ok(())
}
