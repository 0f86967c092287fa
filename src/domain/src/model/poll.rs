//! Polls of a status.

use super::{StatusId, Timestamp};

/// The maximum number of options of a local poll.
pub const MAX_OPTIONS: usize = 4;
/// The maximum length of an option of a local poll, in characters.
pub const MAX_OPTION: usize = 50;
/// The minimum duration of a local poll, in seconds.
pub const MIN_OPEN: i64 = 300;
/// The maximum duration of a local poll, in seconds.
pub const MAX_OPEN: i64 = 2_629_746;

/// A poll as it is created or received, before any local votes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Poll {
    /// The options with their number of votes.
    pub options: Vec<(String, i64)>,
    /// Whether more than one may be chosen.
    pub multiple: bool,
    /// Whether the counts are hidden until the end.
    pub hide_totals: bool,
    /// When it ends; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// The number of voters; `None` if unknown.
    pub voters_count: Option<i64>,
}

/// A poll as a viewer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollView {
    /// The status with the poll.
    pub id: StatusId,
    /// The poll.
    pub poll: Poll,
    /// Whether it has ended.
    pub expired: bool,
    /// The viewer's choices; `None` without a viewer.
    pub own_votes: Option<Vec<i64>>,
    /// Whether the viewer voted or is the author; `None` without a viewer.
    pub voted: Option<bool>,
}

impl PollView {
    /// Sets the choices of a viewer, who may be the author.
    pub fn apply_viewer(&mut self, author: bool, own: Vec<i64>) {
        self.voted = Some(author || !own.is_empty());
        self.own_votes = Some(own);
    }
}
