//! Notifications: what someone did that concerns somebody here.

use super::{AccountId, LogId, NotificationId, ReportId, SeveranceId, StatusId, Timestamp};

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
    /// Follows of the recipient ended, because a host or an account was shut out.
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
    /// What ended follows of the recipient.
    pub severance_id: Option<SeveranceId>,
    /// When.
    pub created_at: Timestamp,
}

/// Why follows ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeveranceCause {
    /// An administrator blocked a whole host.
    HostBlock,
    /// The person shuns a whole host.
    Shun,
    /// An account was suspended for good.
    Suspension,
}

impl SeveranceCause {
    /// Every cause.
    pub const ALL: [Self; 3] = [Self::HostBlock, Self::Shun, Self::Suspension];

    /// The word for it in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HostBlock => "domain_block",
            Self::Shun => "user_domain_block",
            Self::Suspension => "account_suspension",
        }
    }

    /// The cause with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == word)
    }
}

/// What ended somebody's follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Severance {
    /// Its id.
    pub id: SeveranceId,
    /// Why.
    pub cause: SeveranceCause,
    /// The host, or the address of the account.
    pub target: String,
    /// How many followers were lost.
    pub followers_count: i64,
    /// How many that were followed.
    pub following_count: i64,
    /// When the first of them ended.
    pub created_at: Timestamp,
}
