//! Whose notifications reach somebody, and whose wait for a decision; conversations.

use super::account::Account;
use super::view::StatusView;
use super::{AccountId, RequestId, StatusId, Timestamp};

/// What happens to a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verdict {
    /// It is told.
    #[default]
    Accept,
    /// It waits until its reader lets it through.
    Filter,
    /// It is lost.
    Drop,
}

impl Verdict {
    /// Every verdict, the mildest first.
    pub const ALL: [Self; 3] = [Self::Accept, Self::Filter, Self::Drop];

    /// The word for it in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Filter => "filter",
            Self::Drop => "drop",
        }
    }

    /// The verdict with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == word)
    }
}

/// What somebody wants to happen to the notifications of people whom they do not know well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NoticePolicy {
    /// Of whom they do not follow.
    pub not_following: Verdict,
    /// Of who does not follow them, or only since a few days.
    pub not_followers: Verdict,
    /// Of accounts that are new.
    pub new_accounts: Verdict,
    /// Of who names them in private, unasked.
    pub private_mentions: Verdict,
    /// Of accounts that moderation keeps at arm's length.
    pub limited_accounts: Verdict,
    /// Of programs.
    pub bots: Verdict,
}

/// The notifications of one account that wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRequest {
    /// Our id.
    pub id: RequestId,
    /// Whose notifications.
    pub from_id: AccountId,
    /// The newest post concerned.
    pub last_status_id: Option<StatusId>,
    /// When the first came.
    pub created_at: Timestamp,
    /// When the last came.
    pub updated_at: Timestamp,
    /// How many wait.
    pub count: i64,
}

/// Waiting notifications as the API shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRequestView {
    /// The request.
    pub request: NoticeRequest,
    /// Whose notifications.
    pub account: Account,
    /// The newest post concerned.
    pub last_status: Option<StatusView>,
}

/// A conversation as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationView {
    /// Our id.
    pub id: RequestId,
    /// Whether something in it is new to its reader.
    pub unread: bool,
    /// Who takes part, besides the reader.
    pub accounts: Vec<Account>,
    /// The newest post.
    pub last_status: Option<StatusView>,
}
