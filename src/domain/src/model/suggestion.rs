//! Suggestions of accounts to follow, with reasons.

use super::account::Account;

/// The reason for a suggestion, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::IntoStaticStr)]
pub enum Reason {
    /// The viewer's manager.
    #[strum(serialize = "manager")]
    Manager,
    /// A person whose manager is the viewer.
    #[strum(serialize = "report")]
    Report,
    /// A person in the viewer's department.
    #[strum(serialize = "department")]
    Department,
    /// A person who shares a skill with the viewer.
    #[strum(serialize = "skill")]
    Skill,
    /// A person who shares an interest or a project with the viewer.
    #[strum(serialize = "interest")]
    Interest,
    /// A person who posts with hashtags that the viewer follows.
    #[strum(serialize = "tag")]
    Tag,
    /// A person followed by accounts that the viewer follows.
    #[strum(serialize = "friends")]
    Friends,
    /// A person in the viewer's division.
    #[strum(serialize = "division")]
    Division,
    /// A person of the company.
    #[strum(serialize = "colleague")]
    Colleague,
}

impl Reason {
    /// Returns the name in the API.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Returns the weight for the ranking.
    pub const fn weight(self) -> u32 {
        match self {
            Self::Manager => 100,
            Self::Report => 90,
            Self::Department => 50,
            Self::Friends => 40,
            Self::Skill => 30,
            Self::Tag => 25,
            Self::Interest => 20,
            Self::Division => 15,
            Self::Colleague => 1,
        }
    }
}

/// A suggested account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggested {
    /// The account.
    pub account: Account,
    /// The reasons, the strongest first.
    pub reasons: Vec<Reason>,
}
