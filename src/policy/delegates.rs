//! Delegates: may somebody post in somebody else's name?
//!
//! A delegation lets its holder say something, and read nothing: what a post in another's name answers or quotes, the
//! delegate must be allowed to see as themselves. Nothing that goes to named people alone is said in another's name,
//! because the answers would come to somebody who did not write it.

use super::Refusal;
use crate::model::delegation::Delegation;
use crate::model::{AccountId, Reach, Timestamp};

/// What a delegate wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// To post.
    Post,
    /// To answer something.
    Answer,
}

/// Whether a delegation is in force.
pub fn is_in_force(delegation: &Delegation, now: Timestamp) -> bool {
    delegation.until.is_none_or(|until| now < until)
}

/// May `delegate` do this in the name of `leader`, with the delegation that is found between them?
///
/// # Errors
/// [`Refusal::Delegation`] without one that is in force and covers it, [`Refusal::Reach`] for what would go to named
/// people alone.
pub fn may_speak(
    leader: AccountId,
    delegate: AccountId,
    found: Option<&Delegation>,
    deed: Deed,
    reach: Reach,
    now: Timestamp,
) -> Result<(), Refusal> {
    let covers = |delegation: &&Delegation| {
        delegation.leader_id == leader
            && delegation.delegate_id == delegate
            && is_in_force(delegation, now)
            && match deed {
                Deed::Post => delegation.may_post,
                Deed::Answer => delegation.may_answer,
            }
    };
    if found.filter(covers).is_none() {
        return Err(Refusal::Delegation);
    }
    if reach == Reach::Direct { Err(Refusal::Reach) } else { Ok(()) }
}

/// May one person make another their delegate? Both are of this instance, where the record is kept.
///
/// # Errors
/// [`Refusal::Yourself`], or [`Refusal::Delegation`] for somebody from elsewhere.
pub fn may_appoint(leader: AccountId, delegate: AccountId, is_staff: bool) -> Result<(), Refusal> {
    if leader == delegate {
        Err(Refusal::Yourself)
    } else if is_staff {
        Ok(())
    } else {
        Err(Refusal::Delegation)
    }
}

/// May this viewer know who posted something in somebody's name? The two concerned, and moderators.
pub fn may_know(viewer: AccountId, leader: AccountId, delegate: AccountId, moderates: bool) -> bool {
    moderates || viewer == leader || viewer == delegate
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nobody_speaks_for_another_without_a_delegation_in_force(
            leader in 1_i64..4, delegate in 1_i64..4, of in 1_i64..4, to in 1_i64..4,
            may_post: bool, may_answer: bool, until in prop::option::of(0_i64..10), now in 0_i64..10,
            there: bool, answers: bool, reach in prop::sample::select(Reach::ALL.to_vec()),
        ) {
            let delegation = Delegation {
                leader_id: AccountId(of),
                delegate_id: AccountId(to),
                may_post,
                may_answer,
                until: until.map(Timestamp::from_millis),
                created_at: Timestamp::from_millis(0),
            };
            let deed = if answers { Deed::Answer } else { Deed::Post };
            let now = Timestamp::from_millis(now);
            let found = there.then_some(&delegation);
            let verdict = may_speak(AccountId(leader), AccountId(delegate), found, deed, reach, now);
            let due = there
                && of == leader
                && to == delegate
                && until.is_none_or(|until| now.millis() < until)
                && (if answers { may_answer } else { may_post })
                && reach != Reach::Direct;
            prop_assert_eq!(verdict.is_ok(), due);
        }
    }

    #[test]
    fn delegates_are_other_people_of_this_instance() {
        assert_eq!(may_appoint(AccountId(1), AccountId(1), true), Err(Refusal::Yourself));
        assert_eq!(may_appoint(AccountId(1), AccountId(2), false), Err(Refusal::Delegation));
        assert!(may_appoint(AccountId(1), AccountId(2), true).is_ok());
    }

    #[test]
    fn the_record_is_for_the_two_and_for_moderators() {
        let (leader, delegate, other) = (AccountId(1), AccountId(2), AccountId(3));
        assert!(may_know(leader, leader, delegate, false) && may_know(delegate, leader, delegate, false));
        assert!(!may_know(other, leader, delegate, false) && may_know(other, leader, delegate, true));
    }
}
