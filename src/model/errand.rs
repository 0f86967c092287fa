//! Errands: what is to be done beside the requests because of something that came from elsewhere, and may
//! need other servers to answer.

use super::{AccountId, FollowId, Timestamp};

/// One errand; each may run twice.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Errand {
    /// Read what a remote account has pinned.
    Pins {
        /// Whose pins.
        account: AccountId,
    },
    /// Take those who follow an account along to the one that it has become.
    TakeAlong {
        /// The account that moved.
        from: AccountId,
        /// What it has become.
        to: AccountId,
        /// After which follow to go on.
        after: Option<FollowId>,
    },
    /// Compare who here follows a remote account with whom its own host holds to follow it.
    Followers {
        /// The followed account.
        account: AccountId,
        /// Where its host lists its followers here.
        url: String,
        /// When its host spoke of them.
        at: Timestamp,
    },
}
