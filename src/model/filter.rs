//! Filters: what somebody does not want to see, or only after a warning.

use super::{FilterId, RelationId, StatusId, Timestamp};

/// Where a filter works. Clients apply it; the server only says what matches.
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

    /// The word for it in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Notifications => "notifications",
            Self::Public => "public",
            Self::Thread => "thread",
            Self::Account => "account",
        }
    }

    /// The context with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|context| context.as_str() == word)
    }
}

/// What clients do with what matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FilterAction {
    /// Show it after a warning.
    #[default]
    Warn,
    /// Do not show it.
    Hide,
    /// Blur its media.
    Blur,
}

impl FilterAction {
    /// Every action.
    pub const ALL: [Self; 3] = [Self::Warn, Self::Hide, Self::Blur];

    /// The word for it in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Hide => "hide",
            Self::Blur => "blur",
        }
    }

    /// The action with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }
}

/// A word or phrase that a filter looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyword {
    /// Our id.
    pub id: RelationId,
    /// What to look for, letter case aside.
    pub text: String,
    /// Not as a part of a longer word.
    pub whole_word: bool,
}

/// A status that a filter names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedStatus {
    /// Our id of the naming.
    pub id: RelationId,
    /// The status.
    pub status: StatusId,
}

/// A filter of somebody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Our id.
    pub id: FilterId,
    /// What its owner calls it.
    pub title: String,
    /// Where it works.
    pub contexts: Vec<FilterContext>,
    /// What happens to what matches.
    pub action: FilterAction,
    /// Until when; none for ever.
    pub expires_at: Option<Timestamp>,
    /// What it looks for.
    pub keywords: Vec<Keyword>,
    /// Which statuses it names.
    pub statuses: Vec<NamedStatus>,
}

/// A filter that a status matches, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterMatch {
    /// The filter.
    pub filter: Filter,
    /// The keywords found.
    pub keywords: Vec<String>,
    /// The status, if the filter names it.
    pub status: Option<StatusId>,
}
