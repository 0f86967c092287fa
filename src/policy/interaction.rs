//! What one may do with a status or an account that one can see.

use super::Refusal;
use super::reach::{ReachFacts, Setting, Viewer, may_see};
use crate::model::peer::Tier;
use crate::model::status::Status;
use crate::model::{AccountId, Reach};

/// May the viewer answer this status?
///
/// # Errors
/// [`Refusal::Hidden`] for what the viewer may not see.
pub fn may_reply(viewer: &Viewer, setting: &Setting, facts: &ReachFacts) -> Result<(), Refusal> {
    may_see(viewer, setting, facts)
}

/// May the viewer favourite this status?
///
/// # Errors
/// [`Refusal::Hidden`] for what the viewer may not see.
pub fn may_favourite(viewer: &Viewer, setting: &Setting, facts: &ReachFacts) -> Result<(), Refusal> {
    may_see(viewer, setting, facts)
}

/// May the viewer boost this status? Only what is for a whole organisation, or what the author sent to
/// followers, by the author.
///
/// # Errors
/// [`Refusal::Hidden`] for what the viewer may not see, [`Refusal::Reach`] for what must not go on.
pub fn may_boost(viewer: &Viewer, setting: &Setting, facts: &ReachFacts) -> Result<(), Refusal> {
    may_see(viewer, setting, facts)?;
    let own = viewer.staff() == Some(facts.author);
    if facts.reach.is_organisational() || (own && facts.reach == Reach::Followers) {
        Ok(())
    } else {
        Err(Refusal::Reach)
    }
}

/// May a remote actor's boost of this status show here? Of a status of ours, if the actor may see it; of
/// another host's, if the boost does not carry it further than its reach.
///
/// # Errors
/// [`Refusal::Reach`] or [`Refusal::Hidden`] when not.
pub fn may_relay(viewer: &Viewer, setting: &Setting, facts: &ReachFacts) -> Result<(), Refusal> {
    if facts.author_local() {
        return may_boost(viewer, setting, facts);
    }
    let Viewer::Actor { id, tier } = viewer else { return Err(Refusal::Reach) };
    let allowed = match facts.reach {
        Reach::Public => true,
        Reach::Partners => matches!(tier, Tier::Company | Tier::Partner),
        Reach::Company => *tier == Tier::Company,
        Reach::Followers => *id == facts.author,
        Reach::Instance | Reach::Direct => false,
    };
    if allowed { Ok(()) } else { Err(Refusal::Reach) }
}

/// May this account edit this status?
///
/// # Errors
/// [`Refusal::Hidden`] for somebody else's, or a boost.
pub fn may_edit(me: AccountId, status: &Status) -> Result<(), Refusal> {
    if status.account_id == me && status.reblog_of.is_none() { Ok(()) } else { Err(Refusal::Hidden) }
}

/// May this account delete this status?
///
/// # Errors
/// [`Refusal::Hidden`] for somebody else's.
pub fn may_delete(me: AccountId, status: &Status) -> Result<(), Refusal> {
    if status.account_id == me { Ok(()) } else { Err(Refusal::Hidden) }
}

/// May this account pin this status to its profile?
///
/// # Errors
/// [`Refusal::NotYours`] for somebody else's, [`Refusal::Reach`] for a direct one or a boost.
pub fn may_pin(me: AccountId, status: &Status) -> Result<(), Refusal> {
    if status.account_id != me {
        Err(Refusal::NotYours)
    } else if status.reach == Reach::Direct || status.reblog_of.is_some() {
        Err(Refusal::Reach)
    } else {
        Ok(())
    }
}

/// May one account follow another?
///
/// # Errors
/// [`Refusal::Yourself`], [`Refusal::Blocked`] or [`Refusal::Suspended`].
pub fn may_follow(
    me: AccountId,
    target: AccountId,
    blocked_either_way: bool,
    target_suspended: bool,
) -> Result<(), Refusal> {
    if me == target {
        Err(Refusal::Yourself)
    } else if blocked_either_way {
        Err(Refusal::Blocked)
    } else if target_suspended {
        Err(Refusal::Suspended)
    } else {
        Ok(())
    }
}
