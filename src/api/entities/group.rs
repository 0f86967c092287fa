//! Groups, their members and guests. Portico's own.

use schemars::JsonSchema;
use serde::Serialize;

use super::Account;
use crate::model::group::{GroupMember, GroupRole, GroupView, JoinPolicy, Rule, Standing};
use crate::model::urls::Urls;
use crate::model::{Reach, Timestamp};
use crate::service::groups::{GuestView, Membership};

/// A group as the caller is shown it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Group {
    id: String,
    account: Account,
    /// What it is about, as typed; empty for a group of another instance.
    note_source: String,
    join_policy: JoinPolicy,
    /// Who sees it and what is posted to it: `instance`, `company`, `partners` or `public`; `members`, if only
    /// they see what is posted; `hidden`, if only they know of it.
    visibility: &'static str,
    /// How far what is posted to it goes.
    reach: Reach,
    /// Who is a member without asking, as `department=Sales`.
    rule: Option<String>,
    /// Whether guests from anywhere may be invited into it.
    room: bool,
    /// Whether it is of this instance.
    local: bool,
    members_count: i64,
    /// What the caller is to it.
    standing: Standing,
    /// What the caller has to say in it.
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
            rule: group.rule.as_ref().map(Rule::to_string),
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

/// Somebody who is invited into a group.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Invitation {
    account: Account,
    /// Who invited them.
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

/// An outsider in a room.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "RoomGuest")]
pub struct Guest {
    account: Account,
    /// Who answers for them.
    sponsor: Option<Account>,
    /// Until when.
    until: String,
    /// When they accepted.
    accepted_at: Option<String>,
    /// `invited`, `present` or `over`.
    state: &'static str,
}

impl Guest {
    /// Renders a guest as they stand now.
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
