//! Notifications: actions of accounts that concern a local account.

use super::{AccountId, LogId, NotificationId, ReportId, SeveranceId, StatusId, Timestamp};

/// The kind of event that a notification reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotificationKind {
    /// A status mentions the recipient.
    Mention,
    /// An account posted, whose posts the recipient subscribed to.
    Status,
    /// A status of the recipient was boosted.
    Boost,
    /// An account follows the recipient.
    Follow,
    /// An account requests to follow the recipient.
    FollowRequest,
    /// A status of the recipient was favourited.
    Favourite,
    /// A poll ended that the recipient created or voted in.
    Poll,
    /// A status that the recipient boosted was edited.
    Update,
    /// An account was created on the instance; for administrators.
    SignUp,
    /// A report was filed; for moderators.
    Report,
    /// Follows of the recipient ended, because a host or an account was blocked or suspended.
    SeveredRelationships,
    /// Moderators warned the recipient.
    ModerationWarning,
    /// A status of the recipient was quoted.
    Quote,
    /// A status that the recipient quoted was edited.
    QuotedUpdate,
}

impl NotificationKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::Mention,
        Self::Status,
        Self::Boost,
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

    /// Returns the name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mention => "mention",
            Self::Status => "status",
            Self::Boost => "reblog",
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

    /// Parses the name of a kind.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The local id, below 2^53.
    pub id: NotificationId,
    /// The recipient.
    pub account_id: AccountId,
    /// The kind.
    pub kind: NotificationKind,
    /// The account that caused it.
    pub from_id: AccountId,
    /// The status concerned.
    pub status_id: Option<StatusId>,
    /// The report concerned.
    pub report_id: Option<ReportId>,
    /// The entry of the moderation log with the warning.
    pub warning_id: Option<LogId>,
    /// The cause of the ended follows.
    pub severance_id: Option<SeveranceId>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// The reason for which follows ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeveranceCause {
    /// An administrator blocked the host.
    HostBlock,
    /// The user blocked the host.
    DomainBlock,
    /// The account was suspended permanently.
    Suspension,
}

impl SeveranceCause {
    /// Every cause.
    pub const ALL: [Self; 3] = [Self::HostBlock, Self::DomainBlock, Self::Suspension];

    /// Returns the name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HostBlock => "domain_block",
            Self::DomainBlock => "user_domain_block",
            Self::Suspension => "account_suspension",
        }
    }

    /// Parses the name of a cause.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == word)
    }
}

/// An event that ended follows of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Severance {
    /// The id.
    pub id: SeveranceId,
    /// The cause.
    pub cause: SeveranceCause,
    /// The host, or the address of the account.
    pub target: String,
    /// The number of lost followers.
    pub followers_count: i64,
    /// The number of ended follows of other accounts.
    pub following_count: i64,
    /// When the first of them ended.
    pub created_at: Timestamp,
}
