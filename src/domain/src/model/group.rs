//! Groups: teams, projects, communities of practice, and rooms with guests.
//!
//! A group is an account of kind Group that cannot sign in. Its members are its accepted followers; some of
//! them have a role.

use std::fmt;
use std::str::FromStr;

use super::account::Account;
use super::{AccountId, Reach, Timestamp};

/// The error for a text that names no variant: a list of the names.
type ValidNames = &'static str;

/// How people become members.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::EnumString,
)]
#[serde(rename_all = "lowercase")]
#[strum(parse_err_ty = ValidNames, parse_err_fn = unknown_join_policy)]
pub enum JoinPolicy {
    /// By joining.
    #[strum(serialize = "open")]
    Open,
    /// By a request, which an owner or moderator approves.
    #[strum(serialize = "request")]
    Request,
    /// By an invitation.
    #[strum(serialize = "invite")]
    Invite,
}

impl JoinPolicy {
    /// Every policy.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name of the policy.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

fn unknown_join_policy(_: &str) -> ValidNames {
    "must be one of open, request, invite"
}

/// The people who can see a group and its posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupVisibility {
    /// Everyone within a reach (instance, company, partners or public) sees the group and its posts.
    Within(Reach),
    /// Staff see the group; only members see its posts.
    Members,
    /// Only members and invited people see the group at all.
    Hidden,
}

impl GroupVisibility {
    /// Every visibility.
    pub const ALL: [Self; 6] = [
        Self::Within(Reach::Instance),
        Self::Within(Reach::Company),
        Self::Within(Reach::Partners),
        Self::Within(Reach::Public),
        Self::Members,
        Self::Hidden,
    ];

    /// Returns the name of the visibility.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Within(reach) => reach.as_str(),
            Self::Members => "members",
            Self::Hidden => "hidden",
        }
    }

    /// Whether only members see the posts.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Members | Self::Hidden)
    }

    /// Returns the reach of posts to the group.
    pub const fn reach(self) -> Reach {
        match self {
            Self::Within(reach) => reach,
            Self::Members | Self::Hidden => Reach::Group,
        }
    }
}

/// The audience of a remote group's posts, as its actor document states it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum GroupAudience {
    /// Not stated: everyone.
    #[default]
    Everybody,
    /// The company of its host.
    Company,
    /// The company and the partners of its host.
    Partners,
    /// The members.
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

/// The role of a member in a group.
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
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::EnumString,
)]
#[serde(rename_all = "lowercase")]
#[strum(parse_err_ty = ValidNames, parse_err_fn = unknown_group_role)]
pub enum GroupRole {
    /// Can read and post.
    #[strum(serialize = "member")]
    Member,
    /// Can also answer requests, remove people and posts, and pin posts.
    #[strum(serialize = "moderator")]
    Moderator,
    /// Can also edit the group, assign roles, and close the group.
    #[strum(serialize = "owner")]
    Owner,
}

impl GroupRole {
    /// Every role, the lowest first.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name of the role.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

fn unknown_group_role(_: &str) -> ValidNames {
    "must be one of member, moderator, owner"
}

/// The profile attribute that a membership rule compares.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::VariantArray, strum::EnumString,
)]
pub enum RuleAttribute {
    /// The department.
    #[strum(serialize = "department")]
    Department,
    /// The division.
    #[strum(serialize = "division")]
    Division,
    /// The job title.
    #[strum(serialize = "job_title")]
    JobTitle,
    /// One of the skills.
    #[strum(serialize = "skill")]
    Skill,
    /// The location.
    #[strum(serialize = "location")]
    Location,
}

impl RuleAttribute {
    /// Every attribute.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name of the attribute.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A membership rule: everyone in the directory with this value is a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRule {
    /// The profile attribute.
    pub attribute: RuleAttribute,
    /// The required value; compared without regard to letter case.
    pub value: String,
}

impl fmt::Display for GroupRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.attribute.as_str(), self.value)
    }
}

impl FromStr for GroupRule {
    type Err = &'static str;
    /// Parses a rule such as `department=Sales`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str =
            "must be department, division, job_title, skill or location, followed by = and a value";
        let (name, value) = text.split_once('=').ok_or(FORM)?;
        let attribute = name.trim().parse::<RuleAttribute>();
        let value = value.trim().to_owned();
        if value.is_empty() || value.chars().count() > 120 || value.chars().any(char::is_control) {
            return Err(FORM);
        }
        Ok(Self { attribute: attribute.map_err(|_| FORM)?, value })
    }
}

/// The properties of a group besides its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The account of the group.
    pub id: AccountId,
    /// How people become members.
    pub join: JoinPolicy,
    /// The people who can see it.
    pub visibility: GroupVisibility,
    /// The membership rule, if there is one.
    pub rule: Option<GroupRule>,
    /// Whether it is a room, to which staff may invite guests from any host.
    pub room: bool,
    /// The account that created it.
    pub created_by: Option<AccountId>,
    /// When it was created, or first seen.
    pub created_at: Timestamp,
}

/// The relation of a person to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GroupMembership {
    /// Not related.
    #[default]
    None,
    /// Has requested to join.
    Asked,
    /// Is invited.
    Invited,
    /// Is a member.
    Member,
}

/// A group as a viewer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupView {
    /// The account of the group.
    pub account: Account,
    /// The properties of the group.
    pub group: Group,
    /// The viewer's relation to it.
    pub standing: GroupMembership,
    /// The viewer's role; `None` if the viewer is not a member.
    pub role: Option<GroupRole>,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// The account of the member.
    pub account: Account,
    /// The role.
    pub role: GroupRole,
}

/// A guest of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// The room.
    pub group: AccountId,
    /// The guest.
    pub account: AccountId,
    /// The member of staff who invited the guest and is responsible for them.
    pub sponsor: AccountId,
    /// When the access ends.
    pub until: Timestamp,
    /// When the guest accepted.
    pub accepted_at: Option<Timestamp>,
    /// When the guest was invited.
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
        for &policy in JoinPolicy::ALL {
            assert_eq!(policy.as_str().parse(), Ok(policy));
        }
        for &role in GroupRole::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        let rule: GroupRule = "department = Sales & Care".parse().unwrap();
        assert_eq!((rule.attribute, rule.value.as_str()), (RuleAttribute::Department, "Sales & Care"));
        assert_eq!(rule.to_string().parse(), Ok(rule));
        for wrong in ["", "department", "department=", "salary=high", "skill=a\u{7}b"] {
            assert!(wrong.parse::<GroupRule>().is_err(), "{wrong}");
        }
    }
}
