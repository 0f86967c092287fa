//! Groups, their members and guests. An extension of Portico.

use schemars::JsonSchema;
use serde::Serialize;

use super::Account;
use portico_domain::model::group::{
    GroupMember, GroupMembership, GroupRole, GroupRule, GroupView, JoinPolicy,
};
use portico_domain::model::urls::Urls;
use portico_domain::model::{Reach, Timestamp};
use portico_service::social::groups::{GuestView, Membership};

/// A group as the caller sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Group {
    id: String,
    account: Account,
    /// The source text of the description; empty for a group of another instance.
    note_source: String,
    join_policy: JoinPolicy,
    /// The visibility of the group and its posts: `instance`, `company`, `partners` or `public`; with
    /// `members`, only members see its posts; with `hidden`, only members know that it exists.
    visibility: &'static str,
    /// The reach of posts in the group.
    reach: Reach,
    /// The rule for automatic membership, such as `department=Sales`.
    rule: Option<String>,
    /// Whether the group is a room, into which guests from any server can be invited.
    room: bool,
    /// Whether the group belongs to this instance.
    local: bool,
    members_count: i64,
    /// The caller's membership.
    standing: GroupMembership,
    /// The caller's role, if any.
    role: Option<GroupRole>,
}

impl Group {
    /// Renders a group.
    pub fn render(view: &GroupView, urls: &Urls) -> Self {
        let (account, group) = (&view.account, &view.group);
        Self {
            id: account.id.to_string(),
            account: Account::render(account, urls),
            note_source: account.note_source.clone().unwrap_or_default(),
            join_policy: group.join,
            visibility: group.visibility.as_str(),
            reach: group.visibility.reach(),
            rule: group.rule.as_ref().map(GroupRule::to_string),
            room: group.room,
            local: account.is_local(),
            members_count: account.followers_count,
            standing: view.standing,
            role: view.role,
        }
    }
}

/// A member of a group.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Member {
    account: Account,
    role: GroupRole,
}

impl Member {
    /// Renders a member.
    pub fn render(member: &GroupMember, urls: &Urls) -> Self {
        Self { account: Account::render(&member.account, urls), role: member.role }
    }
}

/// An account that is invited into a group.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Invitation {
    account: Account,
    /// The account that invited it.
    invited_by: Option<Account>,
}

impl Invitation {
    /// Renders an invitation.
    pub fn render(invited: &Membership, urls: &Urls) -> Self {
        Self {
            account: Account::render(&invited.account, urls),
            invited_by: invited.by.as_ref().map(|by| Account::render(by, urls)),
        }
    }
}

/// A guest of a room.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "RoomGuest")]
pub struct Guest {
    account: Account,
    /// The account responsible for the guest.
    sponsor: Option<Account>,
    /// When the stay ends.
    until: String,
    /// When the guest accepted the invitation.
    accepted_at: Option<String>,
    /// `invited`, `present` or `over`.
    state: &'static str,
}

impl Guest {
    /// Renders a guest with the state at this time.
    pub fn render(view: &GuestView, urls: &Urls, now: Timestamp) -> Self {
        let guest = &view.guest;
        Self {
            account: Account::render(&view.account, urls),
            sponsor: view.sponsor.as_ref().map(|sponsor| Account::render(sponsor, urls)),
            until: guest.until.rfc3339(),
            accepted_at: guest.accepted_at.map(Timestamp::rfc3339),
            state: match guest.accepted_at {
                _ if guest.until <= now => "over",
                Some(_) => "present",
                None => "invited",
            },
        }
    }
}
