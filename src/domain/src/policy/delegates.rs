//! Decisions about delegates: who may post in another person's name.
//!
//! A delegation permits writing, not reading: the delegate must be able to see a replied-to or quoted
//! status with their own account. Delegates cannot post to named people only, because the replies would
//! reach a person who did not write the post.

use super::Refusal;
use crate::model::delegation::Delegation;
use crate::model::{AccountId, Reach, Timestamp};

/// The action of a delegate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DelegatedAction {
    /// Post.
    Post,
    /// Reply.
    Answer,
}

/// Whether a delegation is in force.
pub fn is_in_force(delegation: &Delegation, now: Timestamp) -> bool {
    delegation.until.is_none_or(|until| now < until)
}

/// Checks whether `delegate` may do this in the name of `leader`. `found` is the delegation between them,
/// if there is one.
pub fn may_speak(
    leader: AccountId,
    delegate: AccountId,
    found: Option<&Delegation>,
    deed: DelegatedAction,
    reach: Reach,
    now: Timestamp,
) -> Result<(), Refusal> {
    let covers = |delegation: &&Delegation| {
        delegation.leader_id == leader
            && delegation.delegate_id == delegate
            && is_in_force(delegation, now)
            && match deed {
                DelegatedAction::Post => delegation.may_post,
                DelegatedAction::Answer => delegation.may_answer,
            }
    };
    if found.filter(covers).is_none() {
        return Err(Refusal::Delegation);
    }
    if reach == Reach::Direct { Err(Refusal::Reach) } else { Ok(()) }
}

/// Checks whether a person may appoint another as delegate. Both must be local, because the record is kept
/// on this instance.
pub fn may_appoint(leader: AccountId, delegate: AccountId, is_staff: bool) -> Result<(), Refusal> {
    if leader == delegate {
        Err(Refusal::Yourself)
    } else if is_staff {
        Ok(())
    } else {
        Err(Refusal::Delegation)
    }
}

/// Whether a viewer may know who posted in another person's name: only the two people concerned and
/// moderators.
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
            let deed = if answers { DelegatedAction::Answer } else { DelegatedAction::Post };
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
