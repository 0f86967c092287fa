//! Announcements of the operators to everyone on the instance.

use super::{AnnouncementId, Timestamp};

/// The maximum number of different reactions to an announcement.
pub const MOST_REACTIONS: usize = 8;

/// An announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// The local id.
    pub id: AnnouncementId,
    /// The text as typed, in Markdown.
    pub source: String,
    /// The sanitised HTML.
    pub content: String,
    /// When the announced event begins.
    pub starts_at: Option<Timestamp>,
    /// When the announced event ends; the announcement is hidden after that.
    pub ends_at: Option<Timestamp>,
    /// Whether start and end are days rather than times.
    pub all_day: bool,
    /// When it was published.
    pub published_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// An emoji reaction with its count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// The emoji.
    pub name: String,
    /// The number of people who reacted with it.
    pub count: i64,
    /// Whether the viewer is one of them.
    pub me: bool,
}

/// An announcement as a reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnouncementView {
    /// The announcement.
    pub announcement: Announcement,
    /// Whether the reader has dismissed it.
    pub read: bool,
    /// The reactions, the oldest first.
    pub reactions: Vec<Reaction>,
}
