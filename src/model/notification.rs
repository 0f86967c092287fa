//! Notifications: what someone did that concerns somebody here.

use super::{AccountId, LogId, NotificationId, ReportId, StatusId, Timestamp};

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
    /// A poll in which the recipient voted, or which is theirs, has ended.
    Poll,
    /// A status that the recipient boosted was edited.
    Update,
    /// Someone joined the instance; for those who run it.
    SignUp,
    /// Someone was reported; for those who moderate.
    Report,
    /// Follows of the recipient ended, because a host was shut out.
    SeveredRelationships,
    /// Moderators have warned the recipient.
    ModerationWarning,
    /// A status of the recipient's was quoted.
    Quote,
    /// A status that the recipient quoted was edited.
    QuotedUpdate,
}

impl NotificationKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::Mention,
        Self::Status,
        Self::Reblog,
        Self::Follow,
        Self::FollowRequest,
        Self::Favourite,
        Self::Poll,
        Self::Update,
        Self::SignUp,
        Self::Report,
        Self::SeveredRelationships,
        Self::ModerationWarning,
        Self::Quote,
        Self::QuotedUpdate,
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
            Self::Poll => "poll",
            Self::Update => "update",
            Self::SignUp => "admin.sign_up",
            Self::Report => "admin.report",
            Self::SeveredRelationships => "severed_relationships",
            Self::ModerationWarning => "moderation_warning",
            Self::Quote => "quote",
            Self::QuotedUpdate => "quoted_update",
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
    /// The report concerned.
    pub report_id: Option<ReportId>,
    /// What moderators did to the recipient.
    pub warning_id: Option<LogId>,
    /// When.
    pub created_at: Timestamp,
}
