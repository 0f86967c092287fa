//! Reach: how far a status may ever go.

use std::fmt;
use std::str::FromStr;

use super::AccountId;

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
}

impl Reach {
    /// Every reach, from the narrowest kind of audience to the widest.
    pub const ALL: [Self; 6] =
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
        }
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
