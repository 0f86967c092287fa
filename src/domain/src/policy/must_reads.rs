//! Decisions about must-read posts: who may post one, which remote ones are accepted, and who is expected
//! to acknowledge it.
//!
//! The expected readers are computed twice: here for one person, and in the store as SQL for many; a test
//! checks that both agree. A must-read mark never widens reach: people who may not see a post are not
//! expected to read it.

use super::Refusal;
use crate::model::annotations::{Announcers, MustRead};
use crate::model::peer::Tier;
use crate::model::user::Role;
use crate::model::{AccountId, Reach, Timestamp};

/// The minimum time between two reminders, in seconds.
pub const REMINDER_PAUSE: i64 = 24 * 3600;

/// Checks whether a user with this role and name may post must-read posts.
pub fn may_require(announcers: &Announcers, role: Role, username: &str) -> Result<(), Refusal> {
    let named = announcers.names.iter().any(|name| name.eq_ignore_ascii_case(username));
    if named || announcers.roles.contains(&role) { Ok(()) } else { Err(Refusal::Role) }
}

/// Checks whether a post of this reach may be must-read. It needs an organisational audience; if a
/// department or group must read it, the company at most, because the name of the department or group is
/// internal.
pub const fn may_go(reach: Reach, chosen: bool) -> Result<(), Refusal> {
    match reach {
        Reach::Instance | Reach::Company => Ok(()),
        Reach::Partners | Reach::Public if !chosen => Ok(()),
        _ => Err(Refusal::Reach),
    }
}

/// Whether the must-read mark of a post from a host of this tier is accepted: only from the company's
/// instances.
pub const fn is_believed(tier: Tier) -> bool {
    matches!(tier, Tier::Company)
}

/// The facts about a person that decide whether they must read a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The account.
    pub account: AccountId,
    /// The tier of the person's host; `None` for this instance.
    pub tier: Option<Tier>,
    /// Whether the person can sign in and is not suspended.
    pub is_active: bool,
    /// Whether the person belongs to the department that must read it; true if no department is named.
    pub is_of_department: bool,
    /// Whether the person is a member of the group that must read it; true if no group is named.
    pub is_member: bool,
    /// When the account was created, or first seen.
    pub since: Timestamp,
}

/// Whether a person is expected to acknowledge a post. People who joined after the deadline, or after the
/// obligation ended, are not; people who were expected before stay counted.
pub fn is_expected(must_read: &MustRead, author: AccountId, reach: Reach, facts: &Facts) -> bool {
    let belongs = match facts.tier {
        None => true,
        Some(Tier::Company) => reach != Reach::Instance,
        Some(_) => false,
    };
    let end = [must_read.require.acknowledge_by, must_read.ended_at].into_iter().flatten().min();
    facts.account != author
        && facts.is_active
        && belongs
        && facts.is_of_department
        && facts.is_member
        && end.is_none_or(|end| facts.since <= end)
}

/// Returns when readers may be reminded again; `None` if they may be now.
pub fn remind_after(must_read: &MustRead, now: Timestamp) -> Option<Timestamp> {
    must_read.reminded_at.map(|at| at.plus_seconds(REMINDER_PAUSE)).filter(|after| *after > now)
}

/// Whether the deadline has passed.
pub fn is_overdue(must_read: &MustRead, now: Timestamp) -> bool {
    must_read.ended_at.is_none() && must_read.require.acknowledge_by.is_some_and(|by| by < now)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::StatusId;
    use crate::model::annotations::Require;

    #[test]
    fn announcers_are_roles_and_names() {
        let announcers = Announcers { roles: vec![Role::Admin], names: vec!["alice".into()] };
        assert!(may_require(&announcers, Role::Admin, "bob").is_ok());
        assert!(may_require(&announcers, Role::Member, "Alice").is_ok());
        assert_eq!(may_require(&announcers, Role::Moderator, "bob"), Err(Refusal::Role));
        let usual = Announcers::default();
        assert!(may_require(&usual, Role::Moderator, "x").is_ok());
        assert_eq!(may_require(&usual, Role::Member, "x"), Err(Refusal::Role));
    }

    #[test]
    fn names_of_departments_stay_in_the_company() {
        for &reach in Reach::ALL {
            let inside = matches!(reach, Reach::Instance | Reach::Company);
            assert_eq!(may_go(reach, true).is_ok(), inside, "{reach}");
            assert_eq!(may_go(reach, false).is_ok(), reach.is_organisational(), "{reach}");
        }
    }

    fn mark(acknowledge_by: Option<i64>, ended_at: Option<i64>) -> MustRead {
        let at = |at: Option<i64>| at.map(Timestamp::from_millis);
        MustRead {
            status_id: StatusId(1),
            require: Require { acknowledge_by: at(acknowledge_by), ..Require::default() },
            reminded_at: None,
            ended_at: at(ended_at),
        }
    }

    proptest! {
        #[test]
        fn only_active_people_of_the_company_are_expected(
            account in 1_i64..4, tier in prop::option::of(prop::sample::select(Tier::ALL.to_vec())),
            is_active: bool, is_of_department: bool, is_member: bool, since in 0_i64..10,
            by in prop::option::of(0_i64..10), ended in prop::option::of(0_i64..10),
            reach in prop::sample::select(Reach::ALL.to_vec()),
        ) {
            let since = Timestamp::from_millis(since);
            let facts = Facts { account: AccountId(account), tier, is_active, is_of_department, is_member, since };
            if is_expected(&mark(by, ended), AccountId(1), reach, &facts) {
                prop_assert!(account != 1 && is_active && is_of_department && is_member);
                prop_assert!(matches!(tier, None | Some(Tier::Company)));
                prop_assert!(tier.is_none() || reach != Reach::Instance);
                prop_assert!(by.is_none_or(|by| since.millis() <= by));
            }
        }
    }

    #[test]
    fn reminders_have_a_pause() {
        let now = Timestamp::from_millis(1_000_000_000);
        let mut must_read = mark(None, None);
        assert_eq!(remind_after(&must_read, now), None);
        must_read.reminded_at = Some(now);
        assert_eq!(remind_after(&must_read, now), Some(now.plus_seconds(REMINDER_PAUSE)));
        assert_eq!(remind_after(&must_read, now.plus_seconds(REMINDER_PAUSE)), None);
    }
}
