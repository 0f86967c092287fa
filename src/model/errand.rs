//! Errands: what is to be done beside the requests because of something that came from elsewhere, and may
//! need other servers to answer.

use super::agreement::Notice;
use super::{AccountId, AgreementId, FollowId, Timestamp};

/// One errand; each may run twice.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Errand {
    /// Bring the groups whose members the directory tells in line with somebody's profile.
    Rules {
        /// Whose profile changed.
        account: AccountId,
    },
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
    /// Tell a partner's administrators something of an agreement.
    Agreement {
        /// Which text.
        id: AgreementId,
        /// What of it.
        notice: Notice,
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
