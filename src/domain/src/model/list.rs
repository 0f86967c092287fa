//! Lists: named sets of accounts with a timeline of their own.

use super::ListId;

/// The replies of members that a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RepliesPolicy {
    /// Replies to accounts that the owner follows.
    Followed,
    /// Replies to members of the list.
    #[default]
    List,
    /// No replies.
    None,
}

impl RepliesPolicy {
    /// Every policy.
    pub const ALL: [Self; 3] = [Self::Followed, Self::List, Self::None];

    /// Returns the name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Followed => "followed",
            Self::List => "list",
            Self::None => "none",
        }
    }

    /// Parses the name of a policy.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == word)
    }
}

/// A list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The local id.
    pub id: ListId,
    /// The title.
    pub title: String,
    /// The replies that it shows.
    pub replies: RepliesPolicy,
    /// Whether posts of its members are left out of the home timeline.
    pub exclusive: bool,
}
