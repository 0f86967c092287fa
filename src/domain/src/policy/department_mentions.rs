//! Decisions about mentions of departments and divisions: who may use them, how often, and for how many
//! people. A mention notifies only people who may see the post anyway; it never widens a reach.

use super::Refusal;
use crate::model::Reach;
use crate::model::department::DepartmentMentioners;
use crate::model::peer::Tier;
use crate::model::user::Role;

/// The maximum number of departments and divisions that a post may mention.
pub const MOST_DEPARTMENTS: usize = 3;
/// The maximum number of local people that one mention in a remote post may notify. The constant below
/// limits such mentions per author and day.
pub const MOST_FROM_ELSEWHERE: usize = 500;
const MENTIONS_FROM_ELSEWHERE: i64 = 10;

/// The limits of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MentionLimits {
    /// The mentions per day.
    pub mentions_per_day: i64,
    /// The people in each mentioned department or division.
    pub people: usize,
}

/// Returns the limits of a role.
pub const fn mention_limits(role: Role) -> MentionLimits {
    match role {
        Role::Member => MentionLimits { mentions_per_day: 5, people: 200 },
        Role::Moderator => MentionLimits { mentions_per_day: 20, people: 500 },
        Role::Admin => MentionLimits { mentions_per_day: 50, people: 2_000 },
    }
}

/// Checks whether a user with this role may mention departments and divisions at all.
pub fn may_mention(allowed_to: DepartmentMentioners, role: Role) -> Result<(), Refusal> {
    let allowed = match allowed_to {
        DepartmentMentioners::Staff => true,
        DepartmentMentioners::Moderators => role >= Role::Moderator,
        DepartmentMentioners::Admins => role == Role::Admin,
        DepartmentMentioners::Nobody => false,
    };
    if allowed { Ok(()) } else { Err(Refusal::Role) }
}

/// Whether mentions in a post of this reach notify anyone. They do not in posts for chosen people or
/// followers, because their author has already chosen the audience.
pub const fn notifies(reach: Reach) -> bool {
    reach.is_organisational()
}

/// Whether a remote post may mention a local department or division: only from the company, with an
/// organisational audience, and within the daily limit.
pub const fn may_mention_here(author_tier: Option<Tier>, reach: Reach, mentions_today: i64) -> bool {
    matches!(author_tier, Some(Tier::Company)) && notifies(reach) && mentions_today < MENTIONS_FROM_ELSEWHERE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_decides_who_mentions_departments() {
        for (callers, allowed) in [
            (DepartmentMentioners::Staff, 3),
            (DepartmentMentioners::Moderators, 2),
            (DepartmentMentioners::Admins, 1),
            (DepartmentMentioners::Nobody, 0),
        ] {
            let may = Role::ALL.iter().copied().filter(|role| may_mention(callers, *role).is_ok()).count();
            assert_eq!(may, allowed, "{callers:?}");
        }
        assert!(mention_limits(Role::Member).people < mention_limits(Role::Admin).people);
    }

    #[test]
    fn only_posts_for_an_organisation_call_and_only_the_company_calls_from_elsewhere() {
        assert!(!notifies(Reach::Direct) && !notifies(Reach::Followers) && notifies(Reach::Instance));
        assert!(may_mention_here(Some(Tier::Company), Reach::Company, 0));
        assert!(!may_mention_here(Some(Tier::Company), Reach::Company, MENTIONS_FROM_ELSEWHERE));
        assert!(!may_mention_here(Some(Tier::Company), Reach::Followers, 0));
        for tier in [None, Some(Tier::Partner), Some(Tier::Open), Some(Tier::Limited), Some(Tier::Blocked)] {
            assert!(!may_mention_here(tier, Reach::Public, 0), "{tier:?}");
        }
    }
}
