//! Who may call a whole department or division by name, how often, and how many at once: a call takes
//! everybody's time. It never widens a reach: only those are told who may see the post anyway.

use super::Refusal;
use crate::model::Reach;
use crate::model::peer::Tier;
use crate::model::unit::Callers;
use crate::model::user::Role;

/// How many units one post may call.
pub const MOST_UNITS: usize = 3;
/// How many people of this instance a post from elsewhere may call, and how often a day one author may.
pub const MOST_FROM_ELSEWHERE: usize = 500;
const CALLS_FROM_ELSEWHERE: i64 = 10;

/// What somebody with a role may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many units a day.
    pub calls: i64,
    /// How many people in each.
    pub people: usize,
}

/// What somebody with this role may call.
pub const fn limits(role: Role) -> Limits {
    match role {
        Role::Member => Limits { calls: 5, people: 200 },
        Role::Moderator => Limits { calls: 20, people: 500 },
        Role::Admin => Limits { calls: 50, people: 2_000 },
    }
}

/// May somebody with this role call units at all?
///
/// # Errors
/// [`Refusal::Role`] when not.
pub fn may_call(callers: Callers, role: Role) -> Result<(), Refusal> {
    let allowed = match callers {
        Callers::Staff => true,
        Callers::Moderators => role >= Role::Moderator,
        Callers::Admins => role == Role::Admin,
        Callers::Nobody => false,
    };
    if allowed { Ok(()) } else { Err(Refusal::Role) }
}

/// Does a post of this reach call anybody? One for chosen people or followers does not: its author has said
/// whom it is for.
pub const fn calls(reach: Reach) -> bool {
    reach.is_organisational()
}

/// May a post from elsewhere call a unit here? Only one of the company, for an organisation, and not too often.
pub const fn may_call_here(author_tier: Option<Tier>, reach: Reach, calls_today: i64) -> bool {
    matches!(author_tier, Some(Tier::Company)) && calls(reach) && calls_today < CALLS_FROM_ELSEWHERE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_calls_is_the_operators_to_say() {
        for (callers, allowed) in
            [(Callers::Staff, 3), (Callers::Moderators, 2), (Callers::Admins, 1), (Callers::Nobody, 0)]
        {
            let may = Role::ALL.into_iter().filter(|role| may_call(callers, *role).is_ok()).count();
            assert_eq!(may, allowed, "{callers:?}");
        }
        assert!(limits(Role::Member).people < limits(Role::Admin).people);
    }

    #[test]
    fn only_posts_for_an_organisation_call_and_only_the_company_calls_from_elsewhere() {
        assert!(!calls(Reach::Direct) && !calls(Reach::Followers) && calls(Reach::Instance));
        assert!(may_call_here(Some(Tier::Company), Reach::Company, 0));
        assert!(!may_call_here(Some(Tier::Company), Reach::Company, CALLS_FROM_ELSEWHERE));
        assert!(!may_call_here(Some(Tier::Company), Reach::Followers, 0));
        for tier in [None, Some(Tier::Partner), Some(Tier::Open), Some(Tier::Limited), Some(Tier::Blocked)] {
            assert!(!may_call_here(tier, Reach::Public, 0), "{tier:?}");
        }
    }
}
