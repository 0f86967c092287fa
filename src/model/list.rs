//! Lists: people whose posts somebody wants to read by themselves.

use super::ListId;

/// Which answers of its members a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RepliesPolicy {
    /// Answers to anybody whom its owner follows.
    Followed,
    /// Answers to its members.
    #[default]
    List,
    /// None.
    None,
}

impl RepliesPolicy {
    /// Every policy.
    pub const ALL: [Self; 3] = [Self::Followed, Self::List, Self::None];

    /// The word for it in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Followed => "followed",
            Self::List => "list",
            Self::None => "none",
        }
    }

    /// The policy with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == word)
    }
}

/// A list of somebody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// Our id.
    pub id: ListId,
    /// What its owner calls it.
    pub title: String,
    /// Which answers it shows.
    pub replies: RepliesPolicy,
    /// Whether its members' posts are kept out of the home timeline.
    pub exclusive: bool,
}
