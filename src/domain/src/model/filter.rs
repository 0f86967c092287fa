//! Filters: hide matching posts, or show them behind a warning.

use super::{FilterId, RelationId, StatusId, Timestamp};

/// Where a filter applies. Clients apply it; the server only reports the matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterContext {
    /// The home timeline and lists.
    Home,
    /// Notifications.
    Notifications,
    /// Public timelines.
    Public,
    /// Threads.
    Thread,
    /// Profiles.
    Account,
}

impl FilterContext {
    /// Every context.
    pub const ALL: [Self; 5] = [Self::Home, Self::Notifications, Self::Public, Self::Thread, Self::Account];

    /// Returns the name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Notifications => "notifications",
            Self::Public => "public",
            Self::Thread => "thread",
            Self::Account => "account",
        }
    }

    /// Parses the name of a context.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|context| context.as_str() == word)
    }
}

/// The action of clients on a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FilterAction {
    /// Show it behind a warning.
    #[default]
    Warn,
    /// Hide it.
    Hide,
    /// Blur its media.
    Blur,
}

impl FilterAction {
    /// Every action.
    pub const ALL: [Self; 3] = [Self::Warn, Self::Hide, Self::Blur];

    /// Returns the name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Hide => "hide",
            Self::Blur => "blur",
        }
    }

    /// Parses the name of an action.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }
}

/// A keyword or phrase of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyword {
    /// The local id.
    pub id: RelationId,
    /// The text; letter case is ignored.
    pub text: String,
    /// Whether it must not be a part of a longer word.
    pub whole_word: bool,
}

/// A status that a filter lists explicitly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedStatus {
    /// The id of the entry.
    pub id: RelationId,
    /// The status.
    pub status: StatusId,
}

/// A filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The local id.
    pub id: FilterId,
    /// The title.
    pub title: String,
    /// The contexts where it applies.
    pub contexts: Vec<FilterContext>,
    /// The action.
    pub action: FilterAction,
    /// When it expires; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// The keywords.
    pub keywords: Vec<Keyword>,
    /// The statuses listed explicitly.
    pub statuses: Vec<NamedStatus>,
}

/// A match of a filter with a status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterMatch {
    /// The filter.
    pub filter: Filter,
    /// The matching keywords.
    pub keywords: Vec<String>,
    /// The status, if the filter lists it explicitly.
    pub status: Option<StatusId>,
}
