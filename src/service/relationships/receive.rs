//! What remote accounts do to relationships. The edge has checked who speaks; here is decided what comes
//! of it. Everything may arrive twice, late, or in the wrong order.

use crate::instance::Instance;
use crate::model::AccountId;
use crate::model::account::{Account, ActorKind};
use crate::model::event::Event;
use crate::model::notification::NotificationKind;
use crate::model::pact::Standing;
use crate::model::peer::Tier;
use crate::model::relationship::{Follow, FollowState};
use crate::policy::{Refusal, interaction, peering, reach};
use crate::service::{Error, Result, agreements, groups, letters};
use crate::store::Tx;

use super::{block, follow, request};

/// How long an Undo that came before its activity is remembered, in seconds.
const UNDO_MEMORY: i64 = 3600;

/// Takes in a follow of a local account: it is in force at once, waits for an answer if the account is
/// locked, or is refused (and the follower's host told so). A second one is answered again, since peers
/// lose answers. `uri` is the Follow's id.
///
/// # Errors
/// `NotFound` for a target that is not local.
pub async fn receive_follow(
    instance: &Instance,
    actor: &Account,
    target: AccountId,
    uri: &str,
) -> Result<()> {
    let (actor, uri, mode) = (actor.clone(), uri.to_owned(), instance.settings.federation);
    let pen = letters::Pen::of(instance);
    instance
        .store
        .write(move |tx| {
            let target =
                tx.find_account(target)?.filter(Account::is_local).ok_or(Error::NotFound("account"))?;
            if undone_lately(tx, &uri, &actor)? {
                return Ok(());
            }
            let there = tx.standing_of_account(&actor)?.unwrap_or(Standing::of(Tier::Open));
            let tier = there.tier;
            let known = tx.find_follow_between(actor.id, target.id)?;
            let door = match known {
                Some(_) => Some(target.clone()),
                None => groups::at_door(tx, &actor, target.clone()).ok(),
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
                None => begin(tx, &pen, &actor, &target, (tier, &uri)),
            }
        })
        .await
}

/// Whether an activity was undone before it came. Some peers use the same id for each follow of the same
/// account, so this is remembered for an hour only.
fn undone_lately(tx: &mut Tx<'_>, uri: &str, actor: &Account) -> Result<bool> {
    let since = tx.now().plus_seconds(-UNDO_MEMORY);
    Ok(tx.has_tombstone_since(uri, &actor.uri, since)?)
}

/// Whether a remote account may follow a local one. The instance actor is for the company's instances
/// alone.
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
    pen: &letters::Pen,
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
        show_reblogs: true,
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
            groups::tell_of_request(tx, pen, target, actor)?;
        }
    }
    Ok(())
}

/// Takes in the acceptance of a follow that a local account asked for: by the Follow's id, or by who asked.
/// One that was never asked for changes nothing.
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
            let Some(follow) = asked(tx, actor, uri.as_deref(), follower)? else { return Ok(()) };
            if tx.accept_follow(&follow)? {
                tx.backfill_home(follow.account_id, follow.target_id)?;
            }
            Ok(())
        })
        .await
}

/// Takes in the refusal of a follow that a local account asked for or had; without one, nothing happens.
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
            if let Some(follow) = asked(tx, actor, uri.as_deref(), follower)? {
                tx.delete_follow(&follow)?;
                // A group that has put them out may take them in again.
                tx.set_ruled(follow.target_id, follow.account_id, false)?;
            }
            Ok(())
        })
        .await
}

/// The follow of `target` by a local account that an answer is about. Only the followed account may
/// answer, so a follow of anybody else is not found.
fn asked(
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

/// Takes in the end of a follow: by the Follow's id, or by whom it was of. One that comes before its
/// Follow is remembered.
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
                    tx.withdraw_notice(follow.target_id, NotificationKind::Follow, actor.id, None)?;
                    tx.withdraw_notice(follow.target_id, NotificationKind::FollowRequest, actor.id, None)?;
                }
                (None, Some(uri)) => tx.insert_tombstone(uri, &actor.uri)?,
                (None, None) => {}
            }
            Ok(())
        })
        .await
}

/// Takes in a block of a local account: follows end both ways, and the blocker is hidden from it.
///
/// # Errors
/// `Refused` for a target that is not a person here.
pub async fn receive_block(instance: &Instance, actor: &Account, target: AccountId, uri: &str) -> Result<()> {
    let (actor, uri) = (actor.clone(), uri.to_owned());
    instance
        .store
        .write(move |tx| {
            let target = tx.find_account(target)?.ok_or(Error::NotFound("account"))?;
            if !target.is_local() || target.is_instance_actor {
                return Err(Refusal::NotYours.into());
            }
            if undone_lately(tx, &uri, &actor)? || !tx.insert_block(actor.id, target.id, &uri)? {
                return Ok(());
            }
            follow::end(tx, target.id, &actor)?;
            request::turn_away(tx, target.id, &actor)?;
            block::part(tx, actor.id, target.id)
        })
        .await
}

/// Takes in the end of a block: by the Block's id, or by who was blocked. One that comes before its Block
/// is remembered.
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
