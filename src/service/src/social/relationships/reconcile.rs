//! Synchronises the local followers of a remote account with its host's list (FEP-8fcf).

use std::collections::HashSet;

use crate::instance::Instance;
use crate::{Error, Result};
use portico_domain::model::event::Event;
use portico_domain::model::relationship::{Follow, FollowState};
use portico_domain::model::{AccountId, FollowId, Timestamp};
use portico_store::Tx;

use super::follow;

/// Maximum number of follows compared in one run.
const MOST: i64 = 10_000;
/// Number of follows that may always end in one run, whatever their share.
const FEW: usize = 10;
/// Maximum number of unknown followers for which an Undo is sent per run.
const MOST_UNDONE: usize = 100;

/// Synchronises our follows with the host's list of local followers of its account. An accepted follow that
/// is not listed ends; a pending one that is listed is accepted; for a listed account that does not follow,
/// an Undo is sent. `at` is the time of the list: later follows are left alone.
///
/// # Errors
/// `Invalid` if more than ten follows and more than half of them would end: a fault of the other host is more
/// likely, and an operator must check.
pub async fn reconcile(
    instance: &Instance,
    account: AccountId,
    listed: Vec<String>,
    at: Timestamp,
) -> Result<()> {
    let origin = format!("{}/", instance.urls.origin());
    // An empty list is what a host sends after losing its data.
    if listed.is_empty() {
        tracing::info!(%account, "follower_sync.empty_list_ignored");
        return Ok(());
    }
    instance
        .store
        .write(move |tx| {
            let target = tx.find_account(account)?.ok_or(Error::NotFound("account"))?;
            let listed: HashSet<&str> =
                listed.iter().map(String::as_str).filter(|uri| uri.starts_with(&origin)).collect();
            let follows = by_people(tx, account)?;
            let in_force = follows.iter().filter(|(follow, _)| follow.state == FollowState::Accepted).count();
            let ended: Vec<AccountId> = follows
                .iter()
                .filter(|(follow, _)| follow.state == FollowState::Accepted && follow.created_at < at)
                .filter(|(_, uri)| !listed.contains(uri.as_str()))
                .map(|(follow, _)| follow.account_id)
                .collect();
            if ended.len() > FEW && ended.len() * 2 > in_force {
                let (many, who) = (ended.len(), &target.uri);
                tracing::error!(who, many, in_force, "follower_sync.refused");
                return Err(Error::invalid("too many follows would end at once"));
            }
            for follower in ended {
                follow::end(tx, follower, &target)?;
            }
            for (follow, _) in follows.iter().filter(|(_, uri)| listed.contains(uri.as_str())) {
                if follow.state == FollowState::Pending && tx.accept_follow(follow)? {
                    tx.backfill_home(follow.account_id, follow.target_id)?;
                }
            }
            let known: HashSet<&str> = follows.iter().map(|(_, uri)| uri.as_str()).collect();
            for stranger in listed.iter().filter(|uri| !known.contains(*uri)).take(MOST_UNDONE) {
                undo(tx, stranger, account)?;
            }
            Ok(())
        })
        .await
}

/// Lists the follows of an account by local people with their actor ids; leaves out the instance actor.
fn by_people(tx: &mut Tx<'_>, target: AccountId) -> Result<Vec<(Follow, String)>> {
    let mut found = Vec::new();
    for follow in tx.some_follows_by_locals(target, FollowId(0), MOST)? {
        let follower = tx.find_account(follow.account_id)?.filter(|account| !account.is_instance_actor);
        found.extend(follower.map(|follower| (follow, follower.uri)));
    }
    Ok(found)
}

fn undo(tx: &mut Tx<'_>, uri: &str, target: AccountId) -> Result<()> {
    let Some(account) = tx.find_account_by_uri(uri)?.filter(|account| account.is_local()) else {
        return Ok(());
    };
    if account.is_instance_actor {
        return Ok(());
    }
    let uri = format!("{}#follows/{}", account.uri, tx.next_id::<FollowId>());
    Ok(tx.emit(&Event::Unfollowed { account: account.id, target, uri })?)
}
