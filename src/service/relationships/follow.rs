//! Following and unfollowing.

use crate::instance::Instance;
use crate::model::account::Account;
use crate::model::event::Event;
use crate::model::notification::NotificationKind;
use crate::model::relationship::{Follow, FollowState, Relationship};
use crate::model::{AccountId, FollowId, Timestamp};
use crate::policy::{interaction, peering, reach};
use crate::service::{Error, Result, agreements, groups, text};
use crate::store::Tx;

use super::list::one;
use super::other;

/// What a follower wants; what is not said stays, or is the usual.
#[derive(Debug, Clone, Default)]
pub struct FollowOptions {
    /// The followed account's boosts too (usually yes).
    pub show_reblogs: Option<bool>,
    /// A notification of each post (usually no).
    pub notify: Option<bool>,
    /// Only posts in these languages (usually all); an empty list for all.
    pub languages: Option<Vec<String>>,
}

/// Follows an account, or asks to; following again changes the options.
///
/// # Errors
/// `NotFound`, or `Refused` for oneself, a blocked or suspended account, or a host that may not take part.
pub async fn follow(
    instance: &Instance,
    me: &Account,
    target: AccountId,
    options: FollowOptions,
) -> Result<Relationship> {
    let (me, mode) = (me.clone(), instance.settings.federation);
    instance
        .store
        .write(move |tx| {
            let target = other(tx, target)?;
            if let Some(mut follow) = tx.find_follow_between(me.id, target.id)? {
                follow.show_reblogs = options.show_reblogs.unwrap_or(follow.show_reblogs);
                follow.notify = options.notify.unwrap_or(follow.notify);
                if let Some(languages) = &options.languages {
                    follow.languages = chosen(languages);
                }
                tx.update_follow(&follow)?;
                return one(tx, me.id, target.id);
            }
            let blocked = tx.is_blocked_between(me.id, target.id)?;
            interaction::may_follow(me.id, target.id, blocked, target.is_away())?;
            if let Some(there) = tx.standing_of_account(&target)? {
                reach::host_allowed(mode, there.tier)?;
                agreements::check_following(tx, there, &target)?;
            }
            let target = groups::at_door(tx, &me, target)?;
            let follow = draft(tx.next_id(), &me, &target, &options, tx.now());
            begin(tx, &follow, &target)?;
            one(tx, me.id, target.id)
        })
        .await
}

/// The languages that a follower chose; none for all. Unsound ones are passed over.
fn chosen(languages: &[String]) -> Option<Vec<String>> {
    const MOST: usize = 20;
    let sound: Vec<String> = languages.iter().take(MOST).filter_map(|tag| text::language(tag)).collect();
    Some(sound).filter(|sound| !sound.is_empty())
}

pub(in crate::service) fn draft(
    id: FollowId,
    me: &Account,
    target: &Account,
    options: &FollowOptions,
    now: Timestamp,
) -> Follow {
    let at_once = target.is_local() && !peering::must_ask(target.locked, None, me.silenced_at.is_some());
    Follow {
        id,
        account_id: me.id,
        target_id: target.id,
        uri: format!("{}#follows/{id}", me.uri),
        state: if at_once { FollowState::Accepted } else { FollowState::Pending },
        show_reblogs: options.show_reblogs.unwrap_or(true),
        notify: options.notify.unwrap_or(false),
        languages: options.languages.as_deref().and_then(chosen),
        created_at: now,
    }
}

/// Writes a new follow by a local account, and tells whom it concerns.
pub(in crate::service) fn begin(tx: &mut Tx<'_>, follow: &Follow, target: &Account) -> Result<()> {
    if !tx.insert_follow(follow)? {
        return Ok(());
    }
    let (follower, followed) = (follow.account_id, follow.target_id);
    match (target.is_local(), follow.state) {
        (true, FollowState::Accepted) => {
            tx.backfill_home(follower, followed)?;
            tx.notify(followed, NotificationKind::Follow, follower, None)?;
        }
        (true, FollowState::Pending) => {
            tx.notify(followed, NotificationKind::FollowRequest, follower, None)?;
        }
        (false, _) => tx.emit(&Event::FollowRequested { follow: follow.id })?,
    }
    Ok(())
}

/// Stops following an account, or takes the request back; without one, nothing happens.
///
/// # Errors
/// `NotFound` for an account that is not there.
pub async fn unfollow(instance: &Instance, me: &Account, target: AccountId) -> Result<Relationship> {
    let me = me.id;
    instance
        .store
        .write(move |tx| {
            let target = other(tx, target)?;
            end(tx, me, &target)?;
            one(tx, me, target.id)
        })
        .await
}

/// Removes a local account's follow of `target`, and tells whom it concerns.
pub(in crate::service) fn end(tx: &mut Tx<'_>, me: AccountId, target: &Account) -> Result<()> {
    let Some(follow) = tx.find_follow_between(me, target.id)? else { return Ok(()) };
    tx.delete_follow(&follow)?;
    tx.leave_lists(me, target.id)?;
    if target.is_local() {
        tx.withdraw_notice(target.id, NotificationKind::Follow, me, None)?;
        tx.withdraw_notice(target.id, NotificationKind::FollowRequest, me, None)?;
    } else {
        tx.emit(&Event::Unfollowed { account: me, target: target.id, uri: follow.uri })?;
    }
    Ok(())
}

/// Lets this instance's actor follow that of another instance of the company. Answers whether that was
/// new.
///
/// # Errors
/// `NotFound` for an account that is not there, `Refused` if its host is not the company's.
pub async fn follow_sister(instance: &Instance, sister: AccountId) -> Result<bool> {
    let me = instance.actor_id;
    instance
        .store
        .write(move |tx| {
            let ours = tx.find_account(me)?.ok_or(Error::NotFound("account"))?;
            let theirs = tx.find_account(sister)?.ok_or(Error::NotFound("account"))?;
            if tx.tier_of_account(&theirs)? != Some(crate::model::peer::Tier::Company) {
                return Err(crate::policy::Refusal::Host.into());
            }
            if tx.find_follow_between(me, sister)?.is_some() {
                return Ok(false);
            }
            let follow = draft(tx.next_id(), &ours, &theirs, &FollowOptions::default(), tx.now());
            begin(tx, &follow, &theirs)?;
            Ok(true)
        })
        .await
}
