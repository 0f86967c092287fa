//! Moving local relationships of a moved account to its new account.

use crate::Result;
use portico_domain::model::account::Account;
use portico_domain::model::peer::FederationMode;
use portico_domain::model::relationship::{Follow, FollowState};
use portico_domain::model::{AccountId, FollowId};
use portico_domain::policy::{interaction, reach};
use portico_store::Tx;

use super::block;
use super::follow::{FollowOptions, begin, draft, end};

/// Maximum number of follows moved in one transaction.
const AT_ONCE: i64 = 100;

/// Moves the next chunk of local followers of `from` to `to`. Each follows `to` as usual, so `to` may have to
/// approve, and unfollows `from`. Before the first chunk, copies blocks and mutes. Returns the last follow
/// processed, to continue after it; `None` when done.
pub(crate) fn move_followers(
    tx: &mut Tx<'_>,
    mode: FederationMode,
    from: &Account,
    to: &Account,
    after: Option<FollowId>,
) -> Result<Option<FollowId>> {
    if after.is_none() {
        copy_blocks(tx, from, to)?;
    }
    let follows = tx.some_follows_by_locals(from.id, after.unwrap_or(FollowId(0)), AT_ONCE)?;
    let full = i64::try_from(follows.len()).is_ok_and(|len| len >= AT_ONCE);
    for follow in &follows {
        move_follower(tx, mode, follow, from, to)?;
    }
    Ok(follows.last().map(|last| last.id).filter(|_| full))
}

fn move_follower(
    tx: &mut Tx<'_>,
    mode: FederationMode,
    old: &Follow,
    from: &Account,
    to: &Account,
) -> Result<()> {
    let Some(me) = find_person(tx, old.account_id)? else { return Ok(()) };
    if old.state == FollowState::Accepted && may_follow(tx, mode, &me, to)? {
        if tx.find_follow_between(me.id, to.id)?.is_none() {
            let options = FollowOptions {
                show_boosts: Some(old.show_boosts),
                notify: Some(old.notify),
                languages: old.languages.clone(),
            };
            let follow = draft(tx.next_id(), &me, to, &options, tx.now());
            begin(tx, &follow, to)?;
        }
        for list in tx.lists_with(me.id, from.id)? {
            tx.insert_list_member(list.id, to.id)?;
        }
    }
    end(tx, me.id, from)
}

fn find_person(tx: &mut Tx<'_>, id: AccountId) -> Result<Option<Account>> {
    Ok(tx.find_account(id)?.filter(|account| !account.is_instance_actor))
}

fn may_follow(tx: &mut Tx<'_>, mode: FederationMode, me: &Account, to: &Account) -> Result<bool> {
    let blocked = tx.is_blocked_between(me.id, to.id)?;
    let allowed = match tx.tier_of_account(to)? {
        Some(tier) => reach::host_allowed(mode, tier).is_ok(),
        None => true,
    };
    Ok(allowed && interaction::may_follow(me.id, to.id, blocked, to.is_away()).is_ok())
}

/// Copies blocks and mutes to the new account, except for users who already follow it.
fn copy_blocks(tx: &mut Tx<'_>, from: &Account, to: &Account) -> Result<()> {
    for blocker in tx.local_blockers(from.id)? {
        if blocker != to.id && tx.find_follow_between(blocker, to.id)?.is_none() {
            let Some(me) = find_person(tx, blocker)? else { continue };
            block::begin(tx, &me, to)?;
        }
    }
    for (muter, mute) in tx.list_muters(from.id)? {
        if muter != to.id && tx.find_follow_between(muter, to.id)?.is_none() {
            tx.set_mute(muter, to.id, mute)?;
        }
    }
    Ok(())
}
