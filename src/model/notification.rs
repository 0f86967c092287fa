//! Notifications: what someone did that concerns somebody here.

use super::{AccountId, NotificationId, StatusId, Timestamp};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotificationKind {
    /// A status names the recipient.
    Mention,
    /// Someone whose posts the recipient asked to hear of has posted.
    Status,
    /// A status of the recipient's was boosted.
    Reblog,
    /// Someone follows the recipient.
    Follow,
    /// Someone asks to.
    FollowRequest,
    /// A status of the recipient's was favourited.
    Favourite,
    /// A status that the recipient boosted was edited.
    Update,
}

impl NotificationKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Mention,
        Self::Status,
        Self::Reblog,
        Self::Follow,
        Self::FollowRequest,
        Self::Favourite,
        Self::Update,
    ];

    /// The word for it in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mention => "mention",
            Self::Status => "status",
            Self::Reblog => "reblog",
            Self::Follow => "follow",
            Self::FollowRequest => "follow_request",
            Self::Favourite => "favourite",
            Self::Update => "update",
        }
    }

    /// The kind with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Our id, below 2^53.
    pub id: NotificationId,
    /// Whom it tells.
    pub account_id: AccountId,
    /// What happened.
    pub kind: NotificationKind,
    /// Who did it.
    pub from_id: AccountId,
    /// The status concerned.
    pub status_id: Option<StatusId>,
    /// When.
    pub created_at: Timestamp,
}
