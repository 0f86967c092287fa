//! Who may do something about whom, and what of a report goes where.

use super::Refusal;
use super::reach::host_allowed;
use crate::model::AccountId;
use crate::model::peer::{FederationMode, Tier};
use crate::model::user::Role;

/// Something that not everybody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Power {
    /// See figures about the instance.
    Dashboard,
    /// Read and settle reports.
    Reports,
    /// See people as moderators do, and do something about them.
    People,
    /// Say what may trend.
    Trends,
    /// Say what other hosts are to this instance.
    Hosts,
    /// Keep addresses out.
    Blocks,
    /// Erase an account for good.
    Erase,
}

/// What a role may do.
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

/// May somebody of this role do this?
///
/// # Errors
/// [`Refusal::Role`] when not.
pub fn may(role: Role, power: Power) -> Result<(), Refusal> {
    if powers(role).contains(&power) { Ok(()) } else { Err(Refusal::Role) }
}

/// Whom something is to be done about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Their account.
    pub id: AccountId,
    /// Their role; none for an account from elsewhere.
    pub role: Option<Role>,
    /// Whether it is this instance's own actor.
    pub is_instance_actor: bool,
}

/// May a moderator do something about this account? Never about themselves, the instance or somebody who
/// may moderate as much as they do; who has the command line (`by` is none) may.
///
/// # Errors
/// [`Refusal::Role`], or [`Refusal::Yourself`].
pub fn may_moderate(by: Option<AccountId>, role: Role, target: &Target) -> Result<(), Refusal> {
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

/// May a report be told to the reported account's host? `tier` is what that host is to us; none for an
/// account of this instance, whose moderators have it already.
pub fn may_forward(mode: FederationMode, tier: Option<Tier>) -> bool {
    tier.is_some_and(|tier| host_allowed(mode, tier).is_ok())
}

/// May an account be shown in what everybody is shown (public timelines, the directory, search,
/// suggestions)? One that moderators keep out shows to those who follow it, and to itself.
pub const fn may_list(silenced: bool, follows: bool, own: bool) -> bool {
    !silenced || follows || own
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(id: i64, role: Option<Role>) -> Target {
        Target { id: AccountId(id), role, is_instance_actor: false }
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
        let server = Target { is_instance_actor: true, ..target(3, None) };
        assert_eq!(may_moderate(None, Role::Admin, &server), Err(Refusal::Role));
    }

    #[test]
    fn reports_go_to_hosts_that_take_part() {
        for mode in [FederationMode::Closed, FederationMode::Allowlist, FederationMode::Open] {
            assert!(!may_forward(mode, None));
            for tier in Tier::ALL {
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
