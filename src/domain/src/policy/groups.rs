//! Decisions about groups: who may join, who may post, and who may moderate.

use super::Refusal;
use crate::model::Reach;
use crate::model::account::ActorKind;
use crate::model::group::{Group, GroupAudience, GroupMembership, GroupRole, GroupVisibility, JoinPolicy};
use crate::model::peer::Tier;
use crate::model::user::Role;

/// Returns the visibility of a remote group, from its actor document. The company and partners are those of
/// its host.
pub const fn visibility_elsewhere(audience: GroupAudience, discoverable: Option<bool>) -> GroupVisibility {
    match (audience, discoverable) {
        (GroupAudience::Members, Some(false)) => GroupVisibility::Hidden,
        (GroupAudience::Members, _) => GroupVisibility::Members,
        (GroupAudience::Company, _) => GroupVisibility::Within(Reach::Company),
        (GroupAudience::Partners, _) => GroupVisibility::Within(Reach::Partners),
        (GroupAudience::Everybody, _) => GroupVisibility::Within(Reach::Public),
    }
}

/// Whether a post to a remote group goes to the group's host alone, besides the company: if that host
/// belongs to another organisation and the group is for that organisation. The company and partners of this
/// instance are not those of that host.
///
/// # Errors
/// [`Refusal::Host`] if that host is currently not a partner.
pub const fn for_one_host(visibility: GroupVisibility, tier: Tier) -> Result<bool, Refusal> {
    match (visibility, tier) {
        (GroupVisibility::Within(Reach::Public) | GroupVisibility::Members | GroupVisibility::Hidden, _)
        | (GroupVisibility::Within(_), Tier::Company) => Ok(false),
        (GroupVisibility::Within(_), Tier::Partner) => Ok(true),
        (GroupVisibility::Within(_), _) => Err(Refusal::Host),
    }
}

/// The outcome of joining a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinOutcome {
    /// Joined at once.
    AtOnce,
    /// Waits for the approval of an owner or moderator.
    Asks,
}

/// Checks whether a person may join. Bans are blocks by the group and are checked elsewhere.
///
/// # Errors
/// [`Refusal::Hidden`] for a group that the person must not know of, [`Refusal::Consent`] for one that
/// requires an invitation.
pub const fn may_join(group: &Group, invited: bool) -> Result<JoinOutcome, Refusal> {
    match (group.join, group.visibility, invited) {
        (_, _, true) => Ok(JoinOutcome::AtOnce),
        (_, GroupVisibility::Hidden, false) => Err(Refusal::Hidden),
        (JoinPolicy::Open, _, false) => Ok(JoinOutcome::AtOnce),
        (JoinPolicy::Request, _, false) => Ok(JoinOutcome::Asks),
        (JoinPolicy::Invite, _, false) => Err(Refusal::Consent),
    }
}

/// Checks whether a remote actor may enrol a local person by a membership rule: only groups of the company
/// may.
pub fn may_enrol(kind: ActorKind, tier: Option<Tier>) -> Result<(), Refusal> {
    if kind == ActorKind::Group && tier == Some(Tier::Company) { Ok(()) } else { Err(Refusal::Consent) }
}

/// Checks whether a person of this standing may know that the group exists.
pub const fn may_know(group: &Group, standing: GroupMembership) -> Result<(), Refusal> {
    match (group.visibility, standing) {
        (GroupVisibility::Hidden, GroupMembership::None | GroupMembership::Asked) => Err(Refusal::Hidden),
        _ => Ok(()),
    }
}

/// Checks whether a person of this standing may list the members. In an open group everyone who can see it
/// may.
pub fn may_list_members(group: &Group, standing: GroupMembership) -> Result<(), Refusal> {
    if group.visibility.is_closed() && standing != GroupMembership::Member {
        Err(Refusal::Role)
    } else {
        Ok(())
    }
}

/// Checks whether a member with this role may answer requests, invite, remove people and posts, ban, and
/// pin.
pub fn may_moderate(role: Option<GroupRole>) -> Result<(), Refusal> {
    if role >= Some(GroupRole::Moderator) { Ok(()) } else { Err(Refusal::Role) }
}

/// Checks whether a member with this role may edit the group, assign roles, and close it.
pub fn may_own(role: Option<GroupRole>) -> Result<(), Refusal> {
    if role == Some(GroupRole::Owner) { Ok(()) } else { Err(Refusal::Role) }
}

/// Checks whether a member with this role may invite. In an open group that everyone may join, every member
/// may.
pub fn may_invite(group: &Group, role: Option<GroupRole>) -> Result<(), Refusal> {
    match (group.join, role) {
        (JoinPolicy::Open, Some(_)) if !group.visibility.is_closed() => Ok(()),
        _ => may_moderate(role),
    }
}

/// Checks whether a user with this role on the instance may invite guests and be responsible for them.
/// `least` is the role required by the operator. Only rooms have guests.
pub fn may_sponsor(group: &Group, role: Role, least: Role) -> Result<(), Refusal> {
    if group.room && role >= least { Ok(()) } else { Err(Refusal::Role) }
}

/// Checks whether a member of one role may remove or ban a member of another: only lower roles, but owners
/// may remove anyone.
pub fn may_remove(by: Option<GroupRole>, target: Option<GroupRole>) -> Result<(), Refusal> {
    may_moderate(by)?;
    if by == Some(GroupRole::Owner) || target < by { Ok(()) } else { Err(Refusal::Role) }
}

/// Checks whether a member of `role` may leave or change their role, given the number of owners: the last
/// owner may not.
pub fn may_step_down(role: Option<GroupRole>, owners: usize) -> Result<(), Refusal> {
    if role == Some(GroupRole::Owner) && owners <= 1 { Err(Refusal::Role) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AccountId, Timestamp};

    fn group(join: JoinPolicy, visibility: GroupVisibility) -> Group {
        Group {
            id: AccountId(1),
            join,
            visibility,
            rule: None,
            room: false,
            created_by: None,
            created_at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn joining_follows_visibility_and_join_policy() {
        for &join in JoinPolicy::ALL {
            for visibility in GroupVisibility::ALL {
                let group = group(join, visibility);
                assert_eq!(may_join(&group, true), Ok(JoinOutcome::AtOnce), "an invitation is enough");
                let stranger = may_join(&group, false);
                match (visibility, join) {
                    (GroupVisibility::Hidden, _) => assert_eq!(stranger, Err(Refusal::Hidden)),
                    (_, JoinPolicy::Open) => assert_eq!(stranger, Ok(JoinOutcome::AtOnce)),
                    (_, JoinPolicy::Request) => assert_eq!(stranger, Ok(JoinOutcome::Asks)),
                    (_, JoinPolicy::Invite) => assert_eq!(stranger, Err(Refusal::Consent)),
                }
                for standing in [
                    GroupMembership::None,
                    GroupMembership::Asked,
                    GroupMembership::Invited,
                    GroupMembership::Member,
                ] {
                    let knows = may_know(&group, standing).is_ok();
                    let inside = matches!(standing, GroupMembership::Invited | GroupMembership::Member);
                    assert_eq!(knows, visibility != GroupVisibility::Hidden || inside);
                    let lists = may_list_members(&group, standing).is_ok();
                    assert_eq!(lists, !visibility.is_closed() || standing == GroupMembership::Member);
                }
            }
        }
    }

    #[test]
    fn groups_of_another_organisation_are_for_one_host() {
        let within = |audience| visibility_elsewhere(audience, None);
        for audience in [GroupAudience::Company, GroupAudience::Partners] {
            assert_eq!(for_one_host(within(audience), Tier::Company), Ok(false), "their company is ours");
            assert_eq!(for_one_host(within(audience), Tier::Partner), Ok(true));
            for tier in [Tier::Open, Tier::Limited, Tier::Blocked] {
                assert_eq!(for_one_host(within(audience), tier), Err(Refusal::Host));
            }
        }
        for &tier in Tier::ALL {
            assert_eq!(for_one_host(within(GroupAudience::Everybody), tier), Ok(false));
            assert_eq!(for_one_host(within(GroupAudience::Members), tier), Ok(false));
        }
        assert_eq!(visibility_elsewhere(GroupAudience::Members, Some(false)), GroupVisibility::Hidden);
    }

    #[test]
    fn group_roles_decide_about_lower_roles() {
        use GroupRole::{Member, Moderator, Owner};
        let roles = [None, Some(Member), Some(Moderator), Some(Owner)];
        for by in roles {
            assert_eq!(may_moderate(by).is_ok(), matches!(by, Some(Moderator | Owner)));
            assert_eq!(may_own(by).is_ok(), by == Some(Owner));
            for target in roles {
                let expected = match by {
                    Some(Owner) => true,
                    Some(Moderator) => !matches!(target, Some(Moderator | Owner)),
                    _ => false,
                };
                assert_eq!(may_remove(by, target).is_ok(), expected, "{by:?} {target:?}");
            }
        }
        assert!(may_step_down(Some(Owner), 1).is_err() && may_step_down(Some(Owner), 2).is_ok());
        assert!(may_step_down(Some(Member), 1).is_ok());
        let open = group(JoinPolicy::Open, GroupVisibility::ALL[0]);
        assert!(may_invite(&open, Some(Member)).is_ok() && may_invite(&open, None).is_err());
        let room = Group { room: true, ..group(JoinPolicy::Invite, GroupVisibility::Hidden) };
        assert!(may_sponsor(&room, Role::Member, Role::Member).is_ok());
        assert!(may_sponsor(&room, Role::Member, Role::Moderator).is_err());
        assert!(may_sponsor(&room, Role::Admin, Role::Moderator).is_ok());
        assert!(may_sponsor(&open, Role::Admin, Role::Member).is_err(), "no other group has guests");
        let closed = group(JoinPolicy::Open, GroupVisibility::Members);
        assert!(may_invite(&closed, Some(Member)).is_err() && may_invite(&closed, Some(Moderator)).is_ok());
    }
}
