//! Groups: who gets in, who may post, and who decides about others.

use super::Refusal;
use crate::model::Reach;
use crate::model::account::ActorKind;
use crate::model::group::{Group, GroupAudience, GroupRole, GroupVisibility, JoinPolicy, Standing};
use crate::model::peer::Tier;
use crate::model::user::Role;

/// Who sees a group elsewhere and what is posted to it, by what its document says. The company and the partners
/// are those of its host.
pub const fn visibility_elsewhere(audience: GroupAudience, discoverable: Option<bool>) -> GroupVisibility {
    match (audience, discoverable) {
        (GroupAudience::Members, Some(false)) => GroupVisibility::Hidden,
        (GroupAudience::Members, _) => GroupVisibility::Members,
        (GroupAudience::Company, _) => GroupVisibility::Within(Reach::Company),
        (GroupAudience::Partners, _) => GroupVisibility::Within(Reach::Partners),
        (GroupAudience::Everybody, _) => GroupVisibility::Within(Reach::Public),
    }
}

/// The one host that something posted to a group elsewhere is for beside our own company: the group's, if that is
/// of another organisation and the group is for that organisation. Our company and our partners are not theirs.
///
/// # Errors
/// [`Refusal::Host`] if that host is no partner now.
pub const fn for_one_host(visibility: GroupVisibility, tier: Tier) -> Result<bool, Refusal> {
    match (visibility, tier) {
        (GroupVisibility::Within(Reach::Public) | GroupVisibility::Members | GroupVisibility::Hidden, _)
        | (GroupVisibility::Within(_), Tier::Company) => Ok(false),
        (GroupVisibility::Within(_), Tier::Partner) => Ok(true),
        (GroupVisibility::Within(_), _) => Err(Refusal::Host),
    }
}

/// What happens to somebody at a group's door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// They are in.
    AtOnce,
    /// An owner or moderator has to answer.
    Asks,
}

/// May somebody become a member? Who is banned is blocked by the group, which is asked elsewhere.
///
/// # Errors
/// [`Refusal::Hidden`] for a group that they may not know of, [`Refusal::Consent`] for one that only takes
/// whom it has invited.
pub const fn may_join(group: &Group, invited: bool) -> Result<Entry, Refusal> {
    match (group.join, group.visibility, invited) {
        (_, _, true) => Ok(Entry::AtOnce),
        (_, GroupVisibility::Hidden, false) => Err(Refusal::Hidden),
        (JoinPolicy::Open, _, false) => Ok(Entry::AtOnce),
        (JoinPolicy::Request, _, false) => Ok(Entry::Asks),
        (JoinPolicy::Invite, _, false) => Err(Refusal::Consent),
    }
}

/// May an actor elsewhere have somebody of ours follow it, because a rule of its names them? Groups of the company
/// may.
///
/// # Errors
/// [`Refusal::Consent`] for anything else.
pub fn may_enrol(kind: ActorKind, tier: Option<Tier>) -> Result<(), Refusal> {
    if kind == ActorKind::Group && tier == Some(Tier::Company) { Ok(()) } else { Err(Refusal::Consent) }
}

/// May somebody of this standing know of the group at all?
///
/// # Errors
/// [`Refusal::Hidden`] when not.
pub const fn may_know(group: &Group, standing: Standing) -> Result<(), Refusal> {
    match (group.visibility, standing) {
        (GroupVisibility::Hidden, Standing::None | Standing::Asked) => Err(Refusal::Hidden),
        _ => Ok(()),
    }
}

/// May somebody of this standing see who is in the group? In an open one, whoever sees the group.
///
/// # Errors
/// [`Refusal::Role`] when not.
pub fn may_list_members(group: &Group, standing: Standing) -> Result<(), Refusal> {
    if group.visibility.is_closed() && standing != Standing::Member { Err(Refusal::Role) } else { Ok(()) }
}

/// May a member of this role answer requests, invite, remove people and posts, ban, and pin?
///
/// # Errors
/// [`Refusal::Role`] when not.
pub fn may_moderate(role: Option<GroupRole>) -> Result<(), Refusal> {
    if role >= Some(GroupRole::Moderator) { Ok(()) } else { Err(Refusal::Role) }
}

/// May a member of this role change the group, give roles, and close it?
///
/// # Errors
/// [`Refusal::Role`] when not.
pub fn may_own(role: Option<GroupRole>) -> Result<(), Refusal> {
    if role == Some(GroupRole::Owner) { Ok(()) } else { Err(Refusal::Role) }
}

/// May a member of this role invite? Where everybody may join, everybody may invite.
///
/// # Errors
/// [`Refusal::Role`] when not.
pub fn may_invite(group: &Group, role: Option<GroupRole>) -> Result<(), Refusal> {
    match (group.join, role) {
        (JoinPolicy::Open, Some(_)) if !group.visibility.is_closed() => Ok(()),
        _ => may_moderate(role),
    }
}

/// May somebody of this role of the instance invite guests into a room and answer for them? The operator says from
/// which role on; and only into rooms, never into other groups.
///
/// # Errors
/// [`Refusal::Role`] when not.
pub fn may_sponsor(group: &Group, role: Role, least: Role) -> Result<(), Refusal> {
    if group.room && role >= least { Ok(()) } else { Err(Refusal::Role) }
}

/// May a member of one role remove or ban one of another? Only those below, and an owner anybody.
///
/// # Errors
/// [`Refusal::Role`] when not.
pub fn may_remove(by: Option<GroupRole>, whom: Option<GroupRole>) -> Result<(), Refusal> {
    may_moderate(by)?;
    if by == Some(GroupRole::Owner) || whom < by { Ok(()) } else { Err(Refusal::Role) }
}

/// May somebody change what they are in a group of this many owners, from `role`? Not its last owner.
///
/// # Errors
/// [`Refusal::Role`] when not.
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
    fn who_gets_in() {
        for join in JoinPolicy::ALL {
            for visibility in GroupVisibility::ALL {
                let group = group(join, visibility);
                assert_eq!(may_join(&group, true), Ok(Entry::AtOnce), "whoever is invited is in");
                let stranger = may_join(&group, false);
                match (visibility, join) {
                    (GroupVisibility::Hidden, _) => assert_eq!(stranger, Err(Refusal::Hidden)),
                    (_, JoinPolicy::Open) => assert_eq!(stranger, Ok(Entry::AtOnce)),
                    (_, JoinPolicy::Request) => assert_eq!(stranger, Ok(Entry::Asks)),
                    (_, JoinPolicy::Invite) => assert_eq!(stranger, Err(Refusal::Consent)),
                }
                for standing in [Standing::None, Standing::Asked, Standing::Invited, Standing::Member] {
                    let knows = may_know(&group, standing).is_ok();
                    let inside = matches!(standing, Standing::Invited | Standing::Member);
                    assert_eq!(knows, visibility != GroupVisibility::Hidden || inside);
                    let lists = may_list_members(&group, standing).is_ok();
                    assert_eq!(lists, !visibility.is_closed() || standing == Standing::Member);
                }
            }
        }
    }

    #[test]
    fn what_is_for_anothers_organisation_is_for_one_host() {
        let within = |audience| visibility_elsewhere(audience, None);
        for audience in [GroupAudience::Company, GroupAudience::Partners] {
            assert_eq!(for_one_host(within(audience), Tier::Company), Ok(false), "their company is ours");
            assert_eq!(for_one_host(within(audience), Tier::Partner), Ok(true));
            for tier in [Tier::Open, Tier::Limited, Tier::Blocked] {
                assert_eq!(for_one_host(within(audience), tier), Err(Refusal::Host));
            }
        }
        for tier in Tier::ALL {
            assert_eq!(for_one_host(within(GroupAudience::Everybody), tier), Ok(false));
            assert_eq!(for_one_host(within(GroupAudience::Members), tier), Ok(false));
        }
        assert_eq!(visibility_elsewhere(GroupAudience::Members, Some(false)), GroupVisibility::Hidden);
    }

    #[test]
    fn who_decides_about_whom() {
        use GroupRole::{Member, Moderator, Owner};
        let roles = [None, Some(Member), Some(Moderator), Some(Owner)];
        for by in roles {
            assert_eq!(may_moderate(by).is_ok(), matches!(by, Some(Moderator | Owner)));
            assert_eq!(may_own(by).is_ok(), by == Some(Owner));
            for whom in roles {
                let expected = match by {
                    Some(Owner) => true,
                    Some(Moderator) => !matches!(whom, Some(Moderator | Owner)),
                    _ => false,
                };
                assert_eq!(may_remove(by, whom).is_ok(), expected, "{by:?} {whom:?}");
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
