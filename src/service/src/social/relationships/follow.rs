//! Following and unfollowing.

use crate::instance::Instance;
use crate::partners::agreements;
use crate::social::groups;
use crate::{Error, Result};
use portico_domain::model::account::Account;
use portico_domain::model::event::Event;
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::relationship::{Follow, FollowState, Relationship};
use portico_domain::model::{AccountId, FollowId, Timestamp};
use portico_domain::policy::{interaction, peering, reach};
use portico_store::Tx;

use super::find_other;
use super::list::load_relationship;

/// The options of a follow; absent fields keep their value or take the default.
#[derive(Debug, Clone, Default)]
pub struct FollowOptions {
    /// Whether boosts show as well (default: yes).
    pub show_boosts: Option<bool>,
    /// Whether each post notifies (default: no).
    pub notify: Option<bool>,
    /// Only posts in these languages (default: all); an empty list for all.
    pub languages: Option<Vec<String>>,
}

/// Follows an account, or requests to; a repeated follow changes the options.
///
/// # Errors
/// `Refused` for oneself, a blocked or suspended account, or a host that may not federate.
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
            let target = find_other(tx, target)?;
            if let Some(mut follow) = tx.find_follow_between(me.id, target.id)? {
                follow.show_boosts = options.show_boosts.unwrap_or(follow.show_boosts);
                follow.notify = options.notify.unwrap_or(follow.notify);
                if let Some(languages) = &options.languages {
                    follow.languages = chosen_languages(languages);
                }
                tx.update_follow(&follow)?;
                return load_relationship(tx, me.id, target.id);
            }
            let blocked = tx.is_blocked_between(me.id, target.id)?;
            interaction::may_follow(me.id, target.id, blocked, target.is_away())?;
            if let Some(there) = tx.standing_of_account(&target)? {
                reach::host_allowed(mode, there.tier)?;
                agreements::check_following(tx, there, &target)?;
            }
            let target = groups::check_entry(tx, &me, target)?;
            let follow = draft(tx.next_id(), &me, &target, &options, tx.now());
            begin(tx, &follow, &target)?;
            load_relationship(tx, me.id, target.id)
        })
        .await
}

/// Returns the chosen languages; `None` for all. Ignores invalid tags.
fn chosen_languages(languages: &[String]) -> Option<Vec<String>> {
    const MOST: usize = 20;
    let sound: Vec<String> =
        languages.iter().take(MOST).filter_map(|tag| portico_html::language(tag)).collect();
    Some(sound).filter(|sound| !sound.is_empty())
}

pub(crate) fn draft(
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
        show_boosts: options.show_boosts.unwrap_or(true),
        notify: options.notify.unwrap_or(false),
        languages: options.languages.as_deref().and_then(chosen_languages),
        created_at: now,
    }
}

/// Inserts a new follow by a local account, and notifies the followed account or emits the event for its
/// host.
pub(crate) fn begin(tx: &mut Tx<'_>, follow: &Follow, target: &Account) -> Result<()> {
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

/// Unfollows an account, or cancels the request; idempotent.
pub async fn unfollow(instance: &Instance, me: &Account, target: AccountId) -> Result<Relationship> {
    let me = me.id;
    instance
        .store
        .write(move |tx| {
            let target = find_other(tx, target)?;
            end(tx, me, &target)?;
            load_relationship(tx, me, target.id)
        })
        .await
}

/// Deletes a local account's follow of `target`, and emits the event for a remote one.
pub(crate) fn end(tx: &mut Tx<'_>, me: AccountId, target: &Account) -> Result<()> {
    let Some(follow) = tx.find_follow_between(me, target.id)? else { return Ok(()) };
    tx.delete_follow(&follow)?;
    tx.leave_lists(me, target.id)?;
    if target.is_local() {
        tx.withdraw_notification(target.id, NotificationKind::Follow, me, None)?;
        tx.withdraw_notification(target.id, NotificationKind::FollowRequest, me, None)?;
    } else {
        tx.emit(&Event::Unfollowed { account: me, target: target.id, uri: follow.uri })?;
    }
    Ok(())
}

/// Makes the instance actor follow that of another instance of the company. Returns whether the follow is
/// new.
///
/// # Errors
/// `Refused` if the host does not belong to the company.
pub async fn follow_company_peer(instance: &Instance, sister: AccountId) -> Result<bool> {
    let me = instance.actor_id;
    instance
        .store
        .write(move |tx| {
            let ours = tx.find_account(me)?.ok_or(Error::NotFound("account"))?;
            let theirs = tx.find_account(sister)?.ok_or(Error::NotFound("account"))?;
            if tx.tier_of_account(&theirs)? != Some(portico_domain::model::peer::Tier::Company) {
                return Err(portico_domain::policy::Refusal::Host.into());
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
