//! Our side of who follows a remote account, mended by what its host says (FEP-8fcf).

use std::collections::HashSet;

use crate::instance::Instance;
use crate::model::event::Event;
use crate::model::relationship::{Follow, FollowState};
use crate::model::{AccountId, FollowId, Timestamp};
use crate::service::{Error, Result};
use crate::store::Tx;

use super::follow;

/// Follows looked at in one run.
const MOST: i64 = 10_000;
/// So many follows may end in one run whatever share of all they are.
const FEW: usize = 10;
/// Strangers on a list who are told that they do not follow, at most.
const MOST_UNDONE: usize = 100;

/// Makes our side agree with the list of our people whom a remote account holds to be its followers: who is not
/// listed follows no longer, who waits and is listed follows, and of who is listed and does not follow, the
/// host is told so. `at` is when the host spoke: what began later is left alone.
///
/// # Errors
/// `Invalid` if more than ten follows and more than half of them would end: that is more likely a fault
/// elsewhere, and for an operator to see.
pub async fn reconcile(
    instance: &Instance,
    account: AccountId,
    listed: Vec<String>,
    at: Timestamp,
) -> Result<()> {
    let origin = format!("{}/", instance.urls.origin());
    // Nobody at all is what a host says that has lost its memory.
    if listed.is_empty() {
        tracing::info!(%account, "an empty list of followers was passed over");
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
                tracing::error!(who, many, in_force, "its host lists so few followers that none is removed");
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

/// The follows of an account by people here, each with who follows; the instance's own actor aside.
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
