//! Groups: teams, projects, communities of practice, and rooms with guests.
//!
//! A group is an account of kind Group that nobody signs in with. Its members are those who follow it and
//! were accepted; a few of them have a role.

use std::fmt;
use std::str::FromStr;

use super::account::Account;
use super::{AccountId, Reach, Timestamp};

/// How one becomes a member.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum JoinPolicy {
    /// By joining.
    Open,
    /// By asking; an owner or moderator answers.
    Request,
    /// By an invitation.
    Invite,
}

impl JoinPolicy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Request, Self::Invite];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Request => "request",
            Self::Invite => "invite",
        }
    }
}

impl FromStr for JoinPolicy {
    type Err = &'static str;
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|policy| policy.as_str() == word)
            .ok_or("must be one of open, request, invite")
    }
}

/// Who sees that a group is there, and what is posted to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupVisibility {
    /// Everybody within a reach sees both: instance, company, partners or public.
    Within(Reach),
    /// Staff see that it is there; what is posted is for members.
    Members,
    /// Only members, and who is invited, know of it at all.
    Hidden,
}

impl GroupVisibility {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Within(Reach::Instance),
        Self::Within(Reach::Company),
        Self::Within(Reach::Partners),
        Self::Within(Reach::Public),
        Self::Members,
        Self::Hidden,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Within(reach) => reach.as_str(),
            Self::Members => "members",
            Self::Hidden => "hidden",
        }
    }

    /// Whether what is posted is for members alone.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Members | Self::Hidden)
    }

    /// How far what is posted to the group goes.
    pub const fn reach(self) -> Reach {
        match self {
            Self::Within(reach) => reach,
            Self::Members | Self::Hidden => Reach::Group,
        }
    }
}

/// Whom the document of a group elsewhere says that what is posted to it is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum GroupAudience {
    /// Nothing is said: for everybody.
    #[default]
    Everybody,
    /// Its host's company.
    Company,
    /// Its host's company and partners.
    Partners,
    /// Its members.
    Members,
}

impl FromStr for GroupVisibility {
    type Err = &'static str;
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|visibility| visibility.as_str() == word)
            .ok_or("must be one of instance, company, partners, public, members, hidden")
    }
}

/// What somebody has to say in a group.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum GroupRole {
    /// Reads and posts.
    Member,
    /// Also answers requests, removes people and posts, and pins.
    Moderator,
    /// Also changes the group, gives roles, and can close it.
    Owner,
}

impl GroupRole {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Member, Self::Moderator, Self::Owner];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Moderator => "moderator",
            Self::Owner => "owner",
        }
    }
}

impl FromStr for GroupRole {
    type Err = &'static str;
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == word)
            .ok_or("must be one of member, moderator, owner")
    }
}

/// By what people are members without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RuleAttribute {
    /// Their department.
    Department,
    /// Their division.
    Division,
    /// Their job title.
    JobTitle,
    /// One of their skills.
    Skill,
    /// Where they are.
    Location,
}

impl RuleAttribute {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Department, Self::Division, Self::JobTitle, Self::Skill, Self::Location];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Department => "department",
            Self::Division => "division",
            Self::JobTitle => "job_title",
            Self::Skill => "skill",
            Self::Location => "location",
        }
    }
}

/// Who is a member without asking: everybody in the directory with this value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What of the profile is looked at.
    pub attribute: RuleAttribute,
    /// What it has to be; letter case does not matter.
    pub value: String,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.attribute.as_str(), self.value)
    }
}

impl FromStr for Rule {
    type Err = &'static str;
    /// Reads `department=Sales`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "must be department, division, job_title, skill or location, = and a value";
        let (name, value) = text.split_once('=').ok_or(FORM)?;
        let attribute = RuleAttribute::ALL.into_iter().find(|known| known.as_str() == name.trim());
        let value = value.trim().to_owned();
        if value.is_empty() || value.chars().count() > 120 || value.chars().any(char::is_control) {
            return Err(FORM);
        }
        Ok(Self { attribute: attribute.ok_or(FORM)?, value })
    }
}

/// What a group is, besides its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its account.
    pub id: AccountId,
    /// How one becomes a member.
    pub join: JoinPolicy,
    /// Who sees it.
    pub visibility: GroupVisibility,
    /// Who is a member without asking.
    pub rule: Option<Rule>,
    /// Whether it is a room, into which staff may invite guests from anywhere.
    pub room: bool,
    /// Who made it.
    pub created_by: Option<AccountId>,
    /// When it was made, or first heard of.
    pub created_at: Timestamp,
}

/// What somebody is to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Nothing.
    #[default]
    None,
    /// Has asked to join.
    Asked,
    /// Is invited.
    Invited,
    /// Is a member.
    Member,
}

/// A group as somebody is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupView {
    /// Its account.
    pub account: Account,
    /// What it is.
    pub group: Group,
    /// What the viewer is to it.
    pub standing: Standing,
    /// What the viewer has to say in it; none for who is no member.
    pub role: Option<GroupRole>,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// Who.
    pub account: Account,
    /// What they have to say.
    pub role: GroupRole,
}

/// An outsider in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// The room.
    pub group: AccountId,
    /// Who.
    pub account: AccountId,
    /// The member of staff who answers for them.
    pub sponsor: AccountId,
    /// Until when.
    pub until: Timestamp,
    /// When they accepted.
    pub accepted_at: Option<Timestamp>,
    /// When they were invited.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for visibility in GroupVisibility::ALL {
            assert_eq!(visibility.as_str().parse(), Ok(visibility));
            assert_eq!(visibility.is_closed(), visibility.reach() == Reach::Group);
        }
        for policy in JoinPolicy::ALL {
            assert_eq!(policy.as_str().parse(), Ok(policy));
        }
        for role in GroupRole::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        let rule: Rule = "department = Sales & Care".parse().unwrap();
        assert_eq!((rule.attribute, rule.value.as_str()), (RuleAttribute::Department, "Sales & Care"));
        assert_eq!(rule.to_string().parse(), Ok(rule));
        for wrong in ["", "department", "department=", "salary=high", "skill=a\u{7}b"] {
            assert!(wrong.parse::<Rule>().is_err(), "{wrong}");
        }
    }
}
