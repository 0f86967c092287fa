//! Reach: how far a status may ever go.

use std::fmt;
use std::str::FromStr;

use super::AccountId;
use super::user::Role;

/// How far a status may ever go. See the table in docs/architecture.md.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// The people it names.
    Direct,
    /// The author's accepted followers, on hosts that may receive at all, and the people it names.
    Followers,
    /// Signed-in staff of this instance; never leaves it.
    Instance,
    /// Every instance of the company.
    Company,
    /// The company and the partners in force.
    Partners,
    /// Whoever the instance's federation mode allows.
    Public,
    /// The members of the group it was posted to.
    Group,
}

impl Reach {
    /// Every reach.
    pub const ALL: [Self; 7] = [
        Self::Direct,
        Self::Group,
        Self::Followers,
        Self::Instance,
        Self::Company,
        Self::Partners,
        Self::Public,
    ];
    /// Those that one can ask for, from the narrowest kind of audience to the widest; a post goes to a
    /// group's members by being posted to the group.
    pub const CHOICES: [Self; 6] =
        [Self::Direct, Self::Followers, Self::Instance, Self::Company, Self::Partners, Self::Public];

    /// The word for it in the API, the configuration and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Followers => "followers",
            Self::Instance => "instance",
            Self::Company => "company",
            Self::Partners => "partners",
            Self::Public => "public",
            Self::Group => "group",
        }
    }

    /// What people call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Direct => "Only people named",
            Self::Followers => "Followers",
            Self::Instance => "Only here",
            Self::Company => "Company",
            Self::Partners => "Company and partners",
            Self::Public => "Public",
            Self::Group => "Group",
        }
    }

    /// The same in a sentence.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::Direct => "Only the people named in this post can see it",
            Self::Followers => "The author's followers and the people named can see this post",
            Self::Instance => "Only people of this instance can see this post; it never leaves it",
            Self::Company => "Everyone in the company can see this post",
            Self::Partners => "Everyone in the company and at its partners can see this post",
            Self::Public => "Anyone can see this post",
            Self::Group => "Only the members of the group can see this post",
        }
    }

    /// The reach with this word, if one can ask for it.
    ///
    /// # Errors
    /// [`NotAReach`] for any other text.
    pub fn choice(text: &str) -> Result<Self, NotAReach> {
        Self::CHOICES.into_iter().find(|reach| reach.as_str() == text).ok_or(NotAReach)
    }

    /// Whether the audience is a whole organisation or more, rather than chosen people.
    pub const fn is_organisational(self) -> bool {
        matches!(self, Self::Instance | Self::Company | Self::Partners | Self::Public)
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no reach.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of direct, followers, instance, company, partners, public")]
pub struct NotAReach;

impl FromStr for Reach {
    type Err = NotAReach;
    fn from_str(text: &str) -> Result<Self, NotAReach> {
        Self::ALL.into_iter().find(|reach| reach.as_str() == text).ok_or(NotAReach)
    }
}

/// Of a status for partners: the one partner that it is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Partner {
    /// Its domain. Of a status from a partner that is for this instance: ours.
    pub domain: String,
    /// Whether it is for the author's instance and this partner alone, without the rest of the company: so
    /// it is with answers to what a partner sent to this instance alone.
    pub alone: bool,
}

impl Partner {
    /// The company and one partner.
    pub fn named(domain: &str) -> Self {
        Self { domain: domain.to_owned(), alone: false }
    }
}

/// How far a status goes: its reach, and the one partner that it is for, if it is for one of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Extent {
    /// Its reach.
    pub reach: Reach,
    /// The one partner; only of a status for partners.
    pub partner: Option<Partner>,
}

impl Extent {
    /// All of a reach, or one partner if it is for partners.
    pub fn new(reach: Reach, partner: Option<Partner>) -> Self {
        Self { reach, partner: partner.filter(|_| reach == Reach::Partners) }
    }
}

impl From<Reach> for Extent {
    fn from(reach: Reach) -> Self {
        Self { reach, partner: None }
    }
}

/// How far people may make their posts go, by their role. It binds what is for a whole organisation; what is for
/// people who are chosen one by one (followers, the people named) is not bound by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceilings {
    /// Staff.
    pub member: Reach,
    /// Moderators.
    pub moderator: Reach,
    /// Administrators.
    pub admin: Reach,
}

impl Ceilings {
    /// The highest reach of a role.
    pub const fn of(self, role: Role) -> Reach {
        match role {
            Role::Member => self.member,
            Role::Moderator => self.moderator,
            Role::Admin => self.admin,
        }
    }
}

impl Default for Ceilings {
    fn default() -> Self {
        Self { member: Reach::Public, moderator: Reach::Public, admin: Reach::Public }
    }
}

/// To whom one status goes: its reach, whether public timelines list it, and the people it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience {
    /// How far it may ever go.
    pub reach: Reach,
    /// Whether it shows in timelines beyond the followers' home (Mastodon's public against unlisted).
    pub listed: bool,
    /// The accounts it names.
    pub mentions: Vec<AccountId>,
}
