//! What the operators tell everybody on the instance.

use super::{AnnouncementId, Timestamp};

/// How many different reactions an announcement may have.
pub const MOST_REACTIONS: usize = 8;

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Our id.
    pub id: AnnouncementId,
    /// Markdown, as it was typed.
    pub source: String,
    /// Safe HTML.
    pub content: String,
    /// When what it tells of begins.
    pub starts_at: Option<Timestamp>,
    /// When what it tells of ends; then it is no longer shown.
    pub ends_at: Option<Timestamp>,
    /// Whether the two are days, not moments.
    pub all_day: bool,
    /// When it was published.
    pub published_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// How many reacted with an emoji.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// The emoji.
    pub name: String,
    /// By how many people.
    pub count: i64,
    /// Whether the viewer is one of them.
    pub me: bool,
}

/// An announcement as its reader is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnouncementView {
    /// The announcement.
    pub announcement: Announcement,
    /// Whether the reader has dismissed it.
    pub read: bool,
    /// The reactions, the oldest first.
    pub reactions: Vec<Reaction>,
}
