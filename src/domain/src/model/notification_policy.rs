//! The notification policy of a user, requests of filtered notifications, and conversations.

use super::account::Account;
use super::view::StatusView;
use super::{AccountId, RequestId, StatusId, Timestamp};

/// The treatment of a notification.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Default,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::EnumString,
)]
pub enum Verdict {
    /// Shown.
    #[default]
    #[strum(serialize = "accept")]
    Accept,
    /// Filtered: held back until the recipient accepts it.
    #[strum(serialize = "filter")]
    Filter,
    /// Dropped.
    #[strum(serialize = "drop")]
    Drop,
}

impl Verdict {
    /// Every verdict, the mildest first.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name in the API and the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A user's treatment of notifications by groups of senders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NotificationPolicy {
    /// Accounts that the user does not follow.
    pub not_following: Verdict,
    /// Accounts that do not follow the user, or began to only a few days ago.
    pub not_followers: Verdict,
    /// New accounts.
    pub new_accounts: Verdict,
    /// Unsolicited private mentions.
    pub private_mentions: Verdict,
    /// Accounts limited by moderators.
    pub limited_accounts: Verdict,
    /// Bots.
    pub bots: Verdict,
}

/// A notification request: the filtered notifications of one sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationRequest {
    /// The local id.
    pub id: RequestId,
    /// The sender.
    pub from_id: AccountId,
    /// The newest status concerned.
    pub last_status_id: Option<StatusId>,
    /// When the first notification arrived.
    pub created_at: Timestamp,
    /// When the last notification arrived.
    pub updated_at: Timestamp,
    /// The number of filtered notifications.
    pub count: i64,
}

/// A notification request as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationRequestView {
    /// The request.
    pub request: NotificationRequest,
    /// The sender.
    pub account: Account,
    /// The newest status concerned.
    pub last_status: Option<StatusView>,
}

/// A conversation as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationView {
    /// The local id.
    pub id: RequestId,
    /// Whether it has posts that the reader has not seen.
    pub unread: bool,
    /// The other participants.
    pub accounts: Vec<Account>,
    /// The newest status.
    pub last_status: Option<StatusView>,
}
