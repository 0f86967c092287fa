//! Polls: what a status asks its readers.

use super::{StatusId, Timestamp};

/// Most options that a poll written here has.
pub const MAX_OPTIONS: usize = 4;
/// Longest option of a poll written here, in characters.
pub const MAX_OPTION: usize = 50;
/// Shortest time that a poll written here is open, in seconds.
pub const MIN_OPEN: i64 = 300;
/// Longest time that a poll written here is open, in seconds.
pub const MAX_OPEN: i64 = 2_629_746;

/// A poll as it is written or received, before anybody of this instance has voted in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Poll {
    /// The options and how many chose each.
    pub options: Vec<(String, i64)>,
    /// Whether more than one may be chosen.
    pub multiple: bool,
    /// Whether the counts are hidden until the end.
    pub hide_totals: bool,
    /// When it ends; none for never.
    pub expires_at: Option<Timestamp>,
    /// How many people voted; none if nobody told.
    pub voters_count: Option<i64>,
}

/// A poll as its viewer is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollView {
    /// The status that asks.
    pub id: StatusId,
    /// The poll.
    pub poll: Poll,
    /// Whether it is over.
    pub expired: bool,
    /// What the viewer chose; none without a viewer.
    pub own_votes: Option<Vec<i64>>,
    /// Whether the viewer voted, or is the author; none without a viewer.
    pub voted: Option<bool>,
}

impl PollView {
    /// Completes it for a viewer, who may be its author, and what they chose.
    pub fn seen_by(&mut self, author: bool, own: Vec<i64>) {
        self.voted = Some(author || !own.is_empty());
        self.own_votes = Some(own);
    }
}
