//! Decisions about moderation: which role may do what, and to which account; and the forwarding of reports.

use super::Refusal;
use super::reach::host_allowed;
use crate::model::AccountId;
use crate::model::peer::{FederationMode, Tier};
use crate::model::user::Role;

/// A right that only some roles have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Power {
    /// See the metrics of the instance.
    Dashboard,
    /// Read and resolve reports.
    Reports,
    /// See accounts as moderators do, and take action on them.
    People,
    /// Decide what may trend.
    Trends,
    /// Set the tiers of remote hosts.
    Hosts,
    /// Block addresses.
    Blocks,
    /// Erase an account permanently.
    Erase,
}

/// Returns the rights of a role.
pub const fn powers(role: Role) -> &'static [Power] {
    match role {
        Role::Member => &[],
        Role::Moderator => &[Power::Dashboard, Power::Reports, Power::People, Power::Trends],
        Role::Admin => &[
            Power::Dashboard,
            Power::Reports,
            Power::People,
            Power::Trends,
            Power::Hosts,
            Power::Blocks,
            Power::Erase,
        ],
    }
}

/// Checks whether a role has a right.
pub fn may(role: Role, power: Power) -> Result<(), Refusal> {
    if powers(role).contains(&power) { Ok(()) } else { Err(Refusal::Role) }
}

/// The account that a moderator acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModerationTarget {
    /// The account.
    pub id: AccountId,
    /// The role; `None` for a remote account.
    pub role: Option<Role>,
    /// Whether it is the instance actor.
    pub is_instance_actor: bool,
}

/// Checks whether a moderator may take action on this account: never on themselves, the instance actor, or
/// a user with the same rights. The command line (`by` is `None`) may act on all of these except the
/// instance actor.
pub fn may_moderate(by: Option<AccountId>, role: Role, target: &ModerationTarget) -> Result<(), Refusal> {
    may(role, Power::People)?;
    if target.is_instance_actor {
        return Err(Refusal::Role);
    }
    let Some(by) = by else { return Ok(()) };
    if by == target.id {
        return Err(Refusal::Yourself);
    }
    match target.role {
        Some(other) if other >= role && other != Role::Member => Err(Refusal::Role),
        _ => Ok(()),
    }
}

/// Whether a report may be forwarded to the reported account's host. `tier` is the tier of that host;
/// `None` for a local account, whose moderators already have the report.
pub fn may_forward(mode: FederationMode, tier: Option<Tier>) -> bool {
    tier.is_some_and(|tier| host_allowed(mode, tier).is_ok())
}

/// Whether an account may appear in public timelines, the directory, search and suggestions. Silenced
/// accounts appear only to their followers and to themselves.
pub const fn may_list(silenced: bool, follows: bool, own: bool) -> bool {
    !silenced || follows || own
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(id: i64, role: Option<Role>) -> ModerationTarget {
        ModerationTarget { id: AccountId(id), role, is_instance_actor: false }
    }

    #[test]
    fn members_may_do_nothing_and_administrators_everything() {
        let all = powers(Role::Admin);
        assert!(all.iter().all(|power| may(Role::Member, *power) == Err(Refusal::Role)));
        assert!(all.iter().all(|power| may(Role::Admin, *power).is_ok()));
        assert!(powers(Role::Moderator).iter().all(|power| all.contains(power)));
        assert_eq!(may(Role::Moderator, Power::Hosts), Err(Refusal::Role));
    }

    #[test]
    fn nobody_moderates_themselves_or_their_equals() {
        let me = Some(AccountId(1));
        for (role, other, verdict) in [
            (Role::Member, Some(Role::Member), Err(Refusal::Role)),
            (Role::Moderator, Some(Role::Member), Ok(())),
            (Role::Moderator, None, Ok(())),
            (Role::Moderator, Some(Role::Moderator), Err(Refusal::Role)),
            (Role::Moderator, Some(Role::Admin), Err(Refusal::Role)),
            (Role::Admin, Some(Role::Moderator), Ok(())),
            (Role::Admin, Some(Role::Admin), Err(Refusal::Role)),
        ] {
            assert_eq!(may_moderate(me, role, &target(2, other)), verdict, "{role:?} {other:?}");
        }
        assert_eq!(may_moderate(me, Role::Admin, &target(1, Some(Role::Member))), Err(Refusal::Yourself));
        assert_eq!(may_moderate(None, Role::Admin, &target(1, Some(Role::Admin))), Ok(()));
        let server = ModerationTarget { is_instance_actor: true, ..target(3, None) };
        assert_eq!(may_moderate(None, Role::Admin, &server), Err(Refusal::Role));
    }

    #[test]
    fn reports_go_to_hosts_that_take_part() {
        for mode in [FederationMode::Closed, FederationMode::Allowlist, FederationMode::Open] {
            assert!(!may_forward(mode, None));
            for &tier in Tier::ALL {
                assert_eq!(may_forward(mode, Some(tier)), host_allowed(mode, tier).is_ok());
            }
        }
    }

    #[test]
    fn the_silenced_show_to_those_who_asked_for_them() {
        assert!(may_list(false, false, false));
        assert!(!may_list(true, false, false));
        assert!(may_list(true, true, false) && may_list(true, false, true));
    }
}
