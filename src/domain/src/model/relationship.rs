//! Relationships between two accounts.

use super::{AccountId, FollowId, Timestamp};

/// The state of a follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FollowState {
    /// Requested, not answered yet.
    Pending,
    /// Accepted.
    Accepted,
}

/// A follow, or the request for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follow {
    /// The local id, also the paging cursor of follower lists.
    pub id: FollowId,
    /// The follower.
    pub account_id: AccountId,
    /// The followed account.
    pub target_id: AccountId,
    /// The Follow activity's id.
    pub uri: String,
    /// The state.
    pub state: FollowState,
    /// Whether boosts appear in the follower's home timeline.
    pub show_boosts: bool,
    /// Whether the follower is notified of each post.
    pub notify: bool,
    /// The languages the follower wants; `None` for all.
    pub languages: Option<Vec<String>>,
    /// When it was requested.
    pub created_at: Timestamp,
}

/// The relationship of a viewer with one other account, as the API's Relationship shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relationship {
    /// The other account.
    pub id: AccountId,
    /// Whether the viewer follows it.
    pub following: bool,
    /// Whether its boosts appear in the viewer's home timeline.
    pub showing_boosts: bool,
    /// Whether the viewer is notified of its posts.
    pub notifying: bool,
    /// Whether it follows the viewer.
    pub followed_by: bool,
    /// Whether the viewer blocks it.
    pub blocking: bool,
    /// Whether it blocks the viewer.
    pub blocked_by: bool,
    /// Whether the viewer mutes it.
    pub muting: bool,
    /// Whether the mute includes its notifications.
    pub muting_notifications: bool,
    /// When the mute expires.
    pub muting_expires_at: Option<Timestamp>,
    /// Whether the viewer has requested to follow it.
    pub requested: bool,
    /// Whether it has requested to follow the viewer.
    pub requested_by: bool,
    /// Whether the viewer blocks its host.
    pub domain_blocking: bool,
    /// Whether the viewer endorses it.
    pub endorsed: bool,
    /// The viewer's private note about it.
    pub note: String,
    /// The languages of its posts that the viewer wants; `None` for all.
    pub languages: Option<Vec<String>>,
}
