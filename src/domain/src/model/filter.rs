//! Filters: hide matching posts, or show them behind a warning.

use super::{FilterId, RelationId, StatusId, Timestamp};

/// Where a filter applies. Clients apply it; the server only reports the matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::VariantArray, strum::EnumString)]
pub enum FilterContext {
    /// The home timeline and lists.
    #[strum(serialize = "home")]
    Home,
    /// Notifications.
    #[strum(serialize = "notifications")]
    Notifications,
    /// Public timelines.
    #[strum(serialize = "public")]
    Public,
    /// Threads.
    #[strum(serialize = "thread")]
    Thread,
    /// Profiles.
    #[strum(serialize = "account")]
    Account,
}

impl FilterContext {
    /// Every context.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name in the API and the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The action of clients on a match.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, strum::IntoStaticStr, strum::VariantArray, strum::EnumString,
)]
pub enum FilterAction {
    /// Show it behind a warning.
    #[default]
    #[strum(serialize = "warn")]
    Warn,
    /// Hide it.
    #[strum(serialize = "hide")]
    Hide,
    /// Blur its media.
    #[strum(serialize = "blur")]
    Blur,
}

impl FilterAction {
    /// Every action.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name in the API and the database.
    pub fn as_str(self) -> &'static str {
        self.into()
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
