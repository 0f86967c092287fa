//! Reach: the widest audience that a status may ever have.

use std::fmt;

use super::user::Role;

/// The widest audience that a status may ever have. See the table in docs/architecture.md.
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
#[strum(parse_err_ty = NotAReach, parse_err_fn = unknown_reach)]
pub enum Reach {
    /// The mentioned people.
    #[strum(serialize = "direct")]
    Direct,
    /// The members of the group that it was posted to.
    #[strum(serialize = "group")]
    Group,
    /// The author's accepted followers on hosts that may receive posts, and the mentioned people.
    #[strum(serialize = "followers")]
    Followers,
    /// Signed-in staff of this instance; never leaves it.
    #[strum(serialize = "instance")]
    Instance,
    /// Every instance of the company.
    #[strum(serialize = "company")]
    Company,
    /// The company and the partners in force.
    #[strum(serialize = "partners")]
    Partners,
    /// Everyone permitted by the instance's federation mode.
    #[strum(serialize = "public")]
    Public,
}

impl Reach {
    /// Every reach.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;
    /// The reaches that can be requested, from the narrowest to the widest. `Group` is not among them: it
    /// results from posting to a group.
    pub const CHOICES: [Self; 6] =
        [Self::Direct, Self::Followers, Self::Instance, Self::Company, Self::Partners, Self::Public];

    /// Returns the name in the API, the configuration and the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Returns the label shown to people.
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

    /// Returns an explanation shown to people.
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

    /// Parses the name of a reach that can be requested.
    pub fn choice(text: &str) -> Result<Self, NotAReach> {
        Self::CHOICES.into_iter().find(|reach| reach.as_str() == text).ok_or(NotAReach)
    }

    /// Whether the audience is at least a whole organisation, rather than chosen people.
    pub const fn is_organisational(self) -> bool {
        matches!(self, Self::Instance | Self::Company | Self::Partners | Self::Public)
    }
}

fn unknown_reach(_: &str) -> NotAReach {
    NotAReach
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The error for a text that names no reach.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of direct, followers, instance, company, partners, public")]
pub struct NotAReach;

/// The one partner that a status for partners is addressed to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Partner {
    /// The domain of the partner. For a status from a partner to this instance: the domain of this
    /// instance.
    pub domain: String,
    /// Whether only the author's instance and this partner get it, without the rest of the company. True for
    /// replies to a status that a partner sent to this instance alone.
    pub alone: bool,
}

impl Partner {
    /// Addresses the company and one partner.
    pub fn named(domain: &str) -> Self {
        Self { domain: domain.to_owned(), alone: false }
    }
}

/// The audience limits of a status: its reach, and the one partner it is addressed to, if any.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AudienceLimits {
    /// The reach.
    pub reach: Reach,
    /// The one partner; only for a status for partners.
    pub partner: Option<Partner>,
}

impl AudienceLimits {
    /// Combines a reach and a partner; the partner is dropped unless the reach is partners.
    pub fn new(reach: Reach, partner: Option<Partner>) -> Self {
        Self { reach, partner: partner.filter(|_| reach == Reach::Partners) }
    }
}

impl From<Reach> for AudienceLimits {
    fn from(reach: Reach) -> Self {
        Self { reach, partner: None }
    }
}

/// The widest reach that people may give their posts, by role. It limits audiences of whole organisations,
/// not those chosen one by one (followers, mentioned people).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceilings {
    /// Members without another role.
    pub member: Reach,
    /// Moderators.
    pub moderator: Reach,
    /// Administrators.
    pub admin: Reach,
}

impl Ceilings {
    /// Returns the widest reach of a role.
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
