//! Which accounts may be followed under an agreement.

use crate::Result;
use portico_domain::model::account::Account;
use portico_domain::model::agreement_grants::{Grant, PeerStanding};
use portico_domain::model::event::Event;
use portico_domain::policy::peering::may_be_followed;
use portico_store::{Reader, StoredGrants, Tx};

/// Checks whether local accounts may follow this account of a partner.
///
/// # Errors
/// `Refused` when the agreement does not allow it.
pub(crate) fn check_following(reader: &mut Reader<'_>, there: PeerStanding, target: &Account) -> Result<()> {
    let granted = there.grants.takes;
    let named = !granted.has(Grant::Follows) && {
        let grants = target
            .domain
            .as_deref()
            .map(|domain| reader.find_agreement_grants(domain))
            .transpose()?
            .flatten();
        grants.is_some_and(|grants| is_among(&grants.follows_taken, target))
    };
    Ok(may_be_followed(granted, named)?)
}

/// Checks whether a partner's account may follow this local account. An agreement never names the instance
/// actor.
///
/// # Errors
/// `Refused` when the agreement does not allow it.
pub(crate) fn check_follower(
    reader: &mut Reader<'_>,
    there: PeerStanding,
    follower: &Account,
    target: &Account,
) -> Result<()> {
    let granted = there.grants.gives;
    let named = !granted.has(Grant::Follows) && {
        let grants = follower
            .domain
            .as_deref()
            .map(|domain| reader.find_agreement_grants(domain))
            .transpose()?
            .flatten();
        grants.is_some_and(|grants| is_among(&grants.follows_given, target))
    };
    Ok(may_be_followed(granted, named)?)
}

fn is_among(names: &[String], account: &Account) -> bool {
    names.iter().any(|name| name.eq_ignore_ascii_case(&account.username))
}

/// Ends the follows that an agreement does not grant: sends an Undo for local followers, and a Reject to
/// remote ones.
pub(super) fn narrow(tx: &mut Tx<'_>, stored: &StoredGrants) -> Result<()> {
    let (gives, takes) = (stored.grants.gives.has(Grant::Follows), stored.grants.takes.has(Grant::Follows));
    if gives && takes {
        return Ok(());
    }
    for id in tx.follows_across(&stored.domain)? {
        let Some(follow) = tx.find_follow(id)? else { continue };
        let Some(followed) = tx.find_account(follow.target_id)? else { continue };
        // A local target means that the follower is remote.
        let theirs = followed.is_local();
        let (granted, names) =
            if theirs { (gives, &stored.follows_given) } else { (takes, &stored.follows_taken) };
        if granted || is_among(names, &followed) || !tx.delete_follow(&follow)? {
            continue;
        }
        let (account, target, uri) = (follow.account_id, follow.target_id, follow.uri.clone());
        tx.emit(&match theirs {
            true => Event::FollowRejected { account, target, uri },
            false => Event::Unfollowed { account, target, uri },
        })?;
    }
    Ok(())
}
