//! Suggestions: people whom somebody may want to follow, and why.

use super::account::Account;

/// Why somebody is suggested, the strongest reason first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// They are the viewer's manager.
    Manager,
    /// The viewer is their manager.
    Report,
    /// They work in the viewer's department.
    Department,
    /// They know what the viewer knows.
    Skill,
    /// They like to hear of what the viewer likes to hear of, or work on the same.
    Interest,
    /// They post under hashtags that the viewer follows.
    Tag,
    /// People whom the viewer follows follow them.
    Friends,
    /// They work in the viewer's division.
    Division,
    /// They are of the company.
    Colleague,
}

impl Reason {
    /// The word for it in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manager => "manager",
            Self::Report => "report",
            Self::Department => "department",
            Self::Skill => "skill",
            Self::Interest => "interest",
            Self::Tag => "tag",
            Self::Friends => "friends",
            Self::Division => "division",
            Self::Colleague => "colleague",
        }
    }

    /// How much it counts.
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

/// Somebody whom the viewer may want to follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggested {
    /// Who.
    pub account: Account,
    /// Why, the strongest first.
    pub reasons: Vec<Reason>,
}
