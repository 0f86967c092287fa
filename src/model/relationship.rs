//! What stands between two accounts.

use super::{AccountId, FollowId, Timestamp};

/// How far a follow has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FollowState {
    /// Asked, not answered.
    Pending,
    /// In force.
    Accepted,
}

/// A follow, or the request for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follow {
    /// Our id; pages of followers are cut by it.
    pub id: FollowId,
    /// Who follows.
    pub account_id: AccountId,
    /// Who is followed.
    pub target_id: AccountId,
    /// The Follow activity's id.
    pub uri: String,
    /// How far it has come.
    pub state: FollowState,
    /// Whether boosts show in the follower's home.
    pub show_reblogs: bool,
    /// Whether each post notifies.
    pub notify: bool,
    /// In which languages the follower wants posts; none for all.
    pub languages: Option<Vec<String>>,
    /// When it was asked for.
    pub created_at: Timestamp,
}

/// What `account` has to do with one other account, as the API's Relationship shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relationship {
    /// The other account.
    pub id: AccountId,
    /// The viewer follows it.
    pub following: bool,
    /// … and sees its boosts.
    pub showing_reblogs: bool,
    /// … and is notified of each post.
    pub notifying: bool,
    /// It follows the viewer.
    pub followed_by: bool,
    /// The viewer blocks it.
    pub blocking: bool,
    /// It blocks the viewer.
    pub blocked_by: bool,
    /// The viewer mutes it.
    pub muting: bool,
    /// … its notifications too.
    pub muting_notifications: bool,
    /// … until then.
    pub muting_expires_at: Option<Timestamp>,
    /// The viewer has asked to follow it.
    pub requested: bool,
    /// It has asked to follow the viewer.
    pub requested_by: bool,
    /// The viewer shuns its host.
    pub domain_blocking: bool,
    /// The viewer endorses it.
    pub endorsed: bool,
    /// What the viewer noted of it.
    pub note: String,
    /// In which languages the viewer wants its posts; none for all.
    pub languages: Option<Vec<String>>,
}
