//! Answering those who ask to follow, and removing followers.

use crate::instance::Instance;
use crate::model::AccountId;
use crate::model::account::Account;
use crate::model::event::Event;
use crate::model::notification::NotificationKind;
use crate::model::relationship::{Follow, FollowState, Relationship};
use crate::policy::peering;
use crate::service::{Error, Result};
use crate::store::Tx;

use super::list::one;
use super::other;

/// Lets an account follow that asked to.
///
/// # Errors
/// `NotFound` when it did not ask.
pub async fn authorize(instance: &Instance, me: &Account, follower: AccountId) -> Result<Relationship> {
    let me = me.id;
    instance
        .store
        .write(move |tx| {
            let follower = other(tx, follower)?;
            let follow = tx
                .find_follow_between(follower.id, me)?
                .filter(|follow| follow.state == FollowState::Pending)
                .ok_or(Error::NotFound("follow request"))?;
            let_in(tx, &follow, &follower)?;
            one(tx, me, follower.id)
        })
        .await
}

/// Puts a request in force, and tells whom it concerns.
pub(in crate::service) fn let_in(tx: &mut Tx<'_>, follow: &Follow, follower: &Account) -> Result<()> {
    tx.accept_follow(follow)?;
    tx.withdraw_notice(follow.target_id, NotificationKind::FollowRequest, follower.id, None)?;
    tx.notify(follow.target_id, NotificationKind::Follow, follower.id, None)?;
    if follower.is_local() {
        tx.backfill_home(follower.id, follow.target_id)?;
    } else {
        tx.emit(&Event::FollowAccepted { follow: follow.id })?;
    }
    Ok(())
}

/// Lets everybody in who asks to follow an account that is locked no more, but for those who must ask
/// all the same.
pub(in crate::service) fn let_all_in(tx: &mut Tx<'_>, me: AccountId) -> Result<()> {
    for follow in tx.list_requests(me)? {
        let Some(follower) = tx.find_account(follow.account_id)? else { continue };
        let silenced = follower.silenced_at.is_some();
        if !peering::must_ask(false, tx.tier_of_account(&follower)?, silenced) {
            let_in(tx, &follow, &follower)?;
        }
    }
    Ok(())
}

/// Turns down an account that asked to follow.
///
/// # Errors
/// `NotFound` when it did not ask.
pub async fn reject(instance: &Instance, me: &Account, follower: AccountId) -> Result<Relationship> {
    let me = me.id;
    instance
        .store
        .write(move |tx| {
            let follower = other(tx, follower)?;
            let asked = tx.find_follow_between(follower.id, me)?;
            if asked.is_none_or(|follow| follow.state != FollowState::Pending) {
                return Err(Error::NotFound("follow request"));
            }
            turn_away(tx, me, &follower)?;
            one(tx, me, follower.id)
        })
        .await
}

/// Makes an account follow no longer; without its follow, nothing happens.
///
/// # Errors
/// `NotFound` for an account that is not there.
pub async fn remove_follower(instance: &Instance, me: &Account, follower: AccountId) -> Result<Relationship> {
    let me = me.id;
    instance
        .store
        .write(move |tx| {
            let follower = other(tx, follower)?;
            turn_away(tx, me, &follower)?;
            one(tx, me, follower.id)
        })
        .await
}

/// Removes a follow of (or request to) a local account, and tells the follower's host.
pub(in crate::service) fn turn_away(tx: &mut Tx<'_>, me: AccountId, follower: &Account) -> Result<()> {
    let Some(follow) = tx.find_follow_between(follower.id, me)? else { return Ok(()) };
    tx.delete_follow(&follow)?;
    tx.withdraw_notice(me, NotificationKind::FollowRequest, follower.id, None)?;
    if !follower.is_local() {
        tx.emit(&Event::FollowRejected { account: follower.id, target: me, uri: follow.uri })?;
    }
    Ok(())
}
