//! Remote tasks: background work that an incoming activity causes and that may need responses of other
//! servers.

use super::agreement::AgreementNotice;
use super::{AccountId, AgreementId, FollowId, Timestamp};

/// A remote task; each must be idempotent, since it may run twice.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum RemoteTask {
    /// Updates the memberships that group rules derive from the directory for an account's profile.
    Rules {
        /// The account whose profile changed.
        account: AccountId,
    },
    /// Fetches the pinned statuses of a remote account.
    Pins {
        /// The remote account.
        account: AccountId,
    },
    /// Moves the followers of an account to the account that it has moved to.
    TakeAlong {
        /// The account that moved.
        from: AccountId,
        /// The account it has moved to.
        to: AccountId,
        /// The follow after which to continue.
        after: Option<FollowId>,
    },
    /// Sends an activity about an agreement to the partner.
    Agreement {
        /// The id of the agreement.
        id: AgreementId,
        /// The activity to send.
        notice: AgreementNotice,
    },
    /// Compares the local followers of a remote account with the list that its own host has of them.
    Followers {
        /// The followed account.
        account: AccountId,
        /// The URL of the host's list of followers from this instance.
        url: String,
        /// When the host announced the list.
        at: Timestamp,
    },
}
