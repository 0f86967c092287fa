//! Notifications: actions of accounts that concern a local account.

use super::{AccountId, LogId, NotificationId, ReportId, SeveranceId, StatusId, Timestamp};

/// The kind of event that a notification reports.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::VariantArray, strum::EnumString,
)]
pub enum NotificationKind {
    /// A status mentions the recipient.
    #[strum(serialize = "mention")]
    Mention,
    /// An account posted, whose posts the recipient subscribed to.
    #[strum(serialize = "status")]
    Status,
    /// A status of the recipient was boosted.
    #[strum(serialize = "reblog")]
    Boost,
    /// An account follows the recipient.
    #[strum(serialize = "follow")]
    Follow,
    /// An account requests to follow the recipient.
    #[strum(serialize = "follow_request")]
    FollowRequest,
    /// A status of the recipient was favourited.
    #[strum(serialize = "favourite")]
    Favourite,
    /// A poll ended that the recipient created or voted in.
    #[strum(serialize = "poll")]
    Poll,
    /// A status that the recipient boosted was edited.
    #[strum(serialize = "update")]
    Update,
    /// An account was created on the instance; for administrators.
    #[strum(serialize = "admin.sign_up")]
    SignUp,
    /// A report was filed; for moderators.
    #[strum(serialize = "admin.report")]
    Report,
    /// Follows of the recipient ended, because a host or an account was blocked or suspended.
    #[strum(serialize = "severed_relationships")]
    SeveredRelationships,
    /// Moderators warned the recipient.
    #[strum(serialize = "moderation_warning")]
    ModerationWarning,
    /// A status of the recipient was quoted.
    #[strum(serialize = "quote")]
    Quote,
    /// A status that the recipient quoted was edited.
    #[strum(serialize = "quoted_update")]
    QuotedUpdate,
}

impl NotificationKind {
    /// Every kind.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name in the API and the database.
    pub fn as_str(self) -> &'static str {
        self.into()
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::VariantArray, strum::EnumString)]
pub enum SeveranceCause {
    /// An administrator blocked the host.
    #[strum(serialize = "domain_block")]
    HostBlock,
    /// The user blocked the host.
    #[strum(serialize = "user_domain_block")]
    DomainBlock,
    /// The account was suspended permanently.
    #[strum(serialize = "account_suspension")]
    Suspension,
}

impl SeveranceCause {
    /// Every cause.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name in the API and the database.
    pub fn as_str(self) -> &'static str {
        self.into()
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
