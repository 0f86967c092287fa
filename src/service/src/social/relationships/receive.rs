//! Receiving follows and blocks from remote accounts. The caller has verified the actor. Every activity may
//! arrive twice, late, or out of order.

use crate::instance::Instance;
use crate::partners::agreements;
use crate::publishing::system_messages;
use crate::social::groups;
use crate::{Error, Result};
use portico_domain::model::AccountId;
use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::agreement_grants::PeerStanding;
use portico_domain::model::event::Event;
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::peer::Tier;
use portico_domain::model::relationship::{Follow, FollowState};
use portico_domain::policy::{Refusal, interaction, peering, reach};
use portico_store::Tx;

use super::{block, follow, request};

/// Seconds for which an Undo that arrived before its activity is remembered.
const UNDO_MEMORY: i64 = 3600;

/// Receives a Follow of a local account. It is accepted at once, pending if the account is locked, or
/// rejected with a Reject to the follower's host. A repeated Follow is answered again, since peers lose
/// answers. `uri` is the Follow's id.
///
/// # Errors
/// `NotFound` if the target is not local.
pub async fn receive_follow(
    instance: &Instance,
    actor: &Account,
    target: AccountId,
    uri: &str,
) -> Result<()> {
    let (actor, uri, mode) = (actor.clone(), uri.to_owned(), instance.settings.federation);
    let writer = system_messages::MessageWriter::new(instance);
    instance
        .store
        .write(move |tx| {
            let target =
                tx.find_account(target)?.filter(Account::is_local).ok_or(Error::NotFound("account"))?;
            if was_undone_recently(tx, &uri, &actor)? {
                return Ok(());
            }
            let there =
                tx.standing_of_account(&actor)?.unwrap_or(PeerStanding::without_agreement(Tier::Open));
            let tier = there.tier;
            let known = tx.find_follow_between(actor.id, target.id)?;
            let door = match known {
                Some(_) => Some(target.clone()),
                None => groups::check_entry(tx, &actor, target.clone()).ok(),
            };
            let allowed = reach::host_allowed(mode, tier).is_ok()
                && may_follow(tx, &actor, &target, tier)?
                && agreements::check_follower(tx, there, &actor, &target).is_ok();
            let Some(target) = door.filter(|_| allowed) else {
                return Ok(tx.emit(&Event::FollowRejected {
                    account: actor.id,
                    target: target.id,
                    uri: uri.clone(),
                })?);
            };
            match known {
                Some(known) => answer_again(tx, Follow { uri: uri.clone(), ..known }),
                None => begin(tx, &writer, &actor, &target, (tier, &uri)),
            }
        })
        .await
}

/// Whether an activity was undone before it arrived. Remembered for an hour only, because some peers reuse
/// one id for every Follow of the same account.
fn was_undone_recently(tx: &mut Tx<'_>, uri: &str, actor: &Account) -> Result<bool> {
    let since = tx.now().plus_seconds(-UNDO_MEMORY);
    Ok(tx.has_tombstone_since(uri, &actor.uri, since)?)
}

/// Whether a remote account may follow a local one. Only the company's instances may follow the instance
/// actor.
fn may_follow(tx: &mut Tx<'_>, actor: &Account, target: &Account, tier: Tier) -> Result<bool> {
    let blocked = tx.is_blocked_between(actor.id, target.id)?;
    let away = target.is_away() || actor.suspended_at.is_some();
    let sister = peering::may_subscribe(tier, actor.kind).is_ok();
    Ok(interaction::may_follow(actor.id, target.id, blocked, away).is_ok()
        && (!target.is_instance_actor || sister))
}

fn answer_again(tx: &mut Tx<'_>, follow: Follow) -> Result<()> {
    tx.update_follow(&follow)?;
    if follow.state == FollowState::Accepted {
        tx.emit(&Event::FollowAccepted { follow: follow.id })?;
    }
    Ok(())
}

fn begin(
    tx: &mut Tx<'_>,
    writer: &system_messages::MessageWriter,
    actor: &Account,
    target: &Account,
    (tier, uri): (Tier, &str),
) -> Result<()> {
    let at_once = target.is_instance_actor
        || !peering::must_ask(target.locked, Some(tier), actor.silenced_at.is_some());
    let follow = Follow {
        id: tx.next_id(),
        account_id: actor.id,
        target_id: target.id,
        uri: uri.to_owned(),
        state: if at_once { FollowState::Accepted } else { FollowState::Pending },
        show_boosts: true,
        notify: false,
        languages: None,
        created_at: tx.now(),
    };
    tx.insert_follow(&follow)?;
    if at_once {
        tx.notify(target.id, NotificationKind::Follow, actor.id, None)?;
        tx.emit(&Event::FollowAccepted { follow: follow.id })?;
    } else {
        tx.notify(target.id, NotificationKind::FollowRequest, actor.id, None)?;
        if target.kind == ActorKind::Group {
            groups::notify_of_request(tx, writer, target, actor)?;
        }
    }
    Ok(())
}

/// Receives an Accept of a local account's Follow, identified by the Follow's id or by the follower. Ignores
/// an Accept without a matching Follow.
pub async fn receive_accept(
    instance: &Instance,
    actor: &Account,
    uri: Option<&str>,
    follower: Option<AccountId>,
) -> Result<()> {
    let (actor, uri) = (actor.id, uri.map(ToOwned::to_owned));
    instance
        .store
        .write(move |tx| {
            let Some(follow) = find_requested_follow(tx, actor, uri.as_deref(), follower)? else {
                return Ok(());
            };
            if tx.accept_follow(&follow)? {
                tx.backfill_home(follow.account_id, follow.target_id)?;
            }
            Ok(())
        })
        .await
}

/// Receives a Reject of a local account's pending or accepted follow. Ignores a Reject without a matching
/// follow.
pub async fn receive_reject(
    instance: &Instance,
    actor: &Account,
    uri: Option<&str>,
    follower: Option<AccountId>,
) -> Result<()> {
    let (actor, uri) = (actor.id, uri.map(ToOwned::to_owned));
    instance
        .store
        .write(move |tx| {
            if let Some(follow) = find_requested_follow(tx, actor, uri.as_deref(), follower)? {
                tx.delete_follow(&follow)?;
                // A group that removed them may admit them again.
                tx.set_ruled(follow.target_id, follow.account_id, false)?;
            }
            Ok(())
        })
        .await
}

/// Finds the local account's follow of `target` that an answer refers to. Only the followed account may
/// answer, so follows of other accounts do not match.
fn find_requested_follow(
    tx: &mut Tx<'_>,
    target: AccountId,
    uri: Option<&str>,
    follower: Option<AccountId>,
) -> Result<Option<Follow>> {
    let by_uri = match uri {
        Some(uri) => tx.find_follow_made_of(target, uri)?,
        None => None,
    };
    let found = match (by_uri, follower) {
        (Some(follow), _) => Some(follow),
        (None, Some(follower)) => tx.find_follow_between(follower, target)?,
        (None, None) => None,
    };
    let Some(follow) = found else { return Ok(None) };
    let local = tx.find_account(follow.account_id)?.is_some_and(|account| account.is_local());
    Ok(local.then_some(follow))
}

/// Receives an Undo of a Follow, identified by the Follow's id or by the followed account. An Undo that
/// arrives before its Follow is remembered.
pub async fn receive_unfollow(
    instance: &Instance,
    actor: &Account,
    uri: Option<&str>,
    target: Option<AccountId>,
) -> Result<()> {
    let (actor, uri) = (actor.clone(), uri.map(ToOwned::to_owned));
    instance
        .store
        .write(move |tx| {
            let by_uri = match &uri {
                Some(uri) => tx.find_follow_made_by(actor.id, uri)?,
                None => None,
            };
            let found = match (by_uri, target) {
                (Some(follow), _) => Some(follow),
                (None, Some(target)) => tx.find_follow_between(actor.id, target)?,
                (None, None) => None,
            };
            match (found, &uri) {
                (Some(follow), _) => {
                    tx.delete_follow(&follow)?;
                    tx.withdraw_notification(follow.target_id, NotificationKind::Follow, actor.id, None)?;
                    tx.withdraw_notification(
                        follow.target_id,
                        NotificationKind::FollowRequest,
                        actor.id,
                        None,
                    )?;
                }
                (None, Some(uri)) => tx.insert_tombstone(uri, &actor.uri)?,
                (None, None) => {}
            }
            Ok(())
        })
        .await
}

/// Receives a Block of a local account: follows in both directions end, and the blocker is hidden from it.
///
/// # Errors
/// `Refused` if the target is not a local person or group.
pub async fn receive_block(instance: &Instance, actor: &Account, target: AccountId, uri: &str) -> Result<()> {
    let (actor, uri) = (actor.clone(), uri.to_owned());
    instance
        .store
        .write(move |tx| {
            let target = tx.find_account(target)?.ok_or(Error::NotFound("account"))?;
            if !target.is_local() || target.is_instance_actor {
                return Err(Refusal::NotYours.into());
            }
            if was_undone_recently(tx, &uri, &actor)? || !tx.insert_block(actor.id, target.id, &uri)? {
                return Ok(());
            }
            follow::end(tx, target.id, &actor)?;
            request::reject_request(tx, target.id, &actor)?;
            block::part(tx, actor.id, target.id)
        })
        .await
}

/// Receives an Undo of a Block, identified by the Block's id or by the blocked account. An Undo that arrives
/// before its Block is remembered.
pub async fn receive_unblock(
    instance: &Instance,
    actor: &Account,
    uri: Option<&str>,
    target: Option<AccountId>,
) -> Result<()> {
    let (actor, uri) = (actor.clone(), uri.map(ToOwned::to_owned));
    instance
        .store
        .write(move |tx| {
            let mut lifted = false;
            if let Some(uri) = &uri {
                lifted = tx.delete_block_by_uri(actor.id, uri)?;
            }
            if let Some(target) = target {
                lifted |= tx.delete_block(actor.id, target)?.is_some();
            }
            if let Some(uri) = uri.as_ref().filter(|_| !lifted) {
                tx.insert_tombstone(uri, &actor.uri)?;
            }
            Ok(())
        })
        .await
}
