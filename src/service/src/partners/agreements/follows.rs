//! Which accounts may be followed under an agreement.

use crate::Result;
use portico_domain::model::account::Account;
use portico_domain::model::event::Event;
use portico_domain::model::pact::{Permit, Standing};
use portico_domain::policy::peering::may_be_followed;
use portico_store::{PactRow, Reader, Tx};

/// Checks whether local accounts may follow this account of a partner.
///
/// # Errors
/// `Refused` when the agreement does not allow it.
pub(crate) fn check_following(reader: &mut Reader<'_>, there: Standing, target: &Account) -> Result<()> {
    let flow = there.pact.takes;
    let named = !flow.has(Permit::Follows) && {
        let pact = target.domain.as_deref().map(|domain| reader.find_pact(domain)).transpose()?.flatten();
        pact.is_some_and(|pact| is_among(&pact.follows_taken, target))
    };
    Ok(may_be_followed(flow, named)?)
}

/// Checks whether a partner's account may follow this local account. An agreement never names the instance
/// actor.
///
/// # Errors
/// `Refused` when the agreement does not allow it.
pub(crate) fn check_follower(
    reader: &mut Reader<'_>,
    there: Standing,
    follower: &Account,
    target: &Account,
) -> Result<()> {
    let flow = there.pact.gives;
    let named = !flow.has(Permit::Follows) && {
        let pact = follower.domain.as_deref().map(|domain| reader.find_pact(domain)).transpose()?.flatten();
        pact.is_some_and(|pact| is_among(&pact.follows_given, target))
    };
    Ok(may_be_followed(flow, named)?)
}

fn is_among(names: &[String], account: &Account) -> bool {
    names.iter().any(|name| name.eq_ignore_ascii_case(&account.username))
}

/// Ends the follows that an agreement does not grant: sends an Undo for local followers, and a Reject to
/// remote ones.
pub(super) fn narrow(tx: &mut Tx<'_>, pact: &PactRow) -> Result<()> {
    let (gives, takes) = (pact.pact.gives.has(Permit::Follows), pact.pact.takes.has(Permit::Follows));
    if gives && takes {
        return Ok(());
    }
    for id in tx.follows_across(&pact.domain)? {
        let Some(follow) = tx.find_follow(id)? else { continue };
        let Some(followed) = tx.find_account(follow.target_id)? else { continue };
        // A local target means that the follower is remote.
        let theirs = followed.is_local();
        let (granted, names) =
            if theirs { (gives, &pact.follows_given) } else { (takes, &pact.follows_taken) };
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
