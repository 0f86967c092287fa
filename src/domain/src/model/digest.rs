//! Digests: mails that summarise missed activity.

use super::{AccountId, DigestId, Timestamp, UserId};

/// How often a user gets a digest by mail.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Default,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::EnumString,
)]
pub enum Period {
    /// On each day, if the user was away for a day.
    #[strum(serialize = "daily")]
    Daily,
    /// In each week, if the user was away for a week.
    #[default]
    #[strum(serialize = "weekly")]
    Weekly,
    /// Never.
    #[strum(serialize = "off")]
    Off,
}

impl Period {
    /// Every period.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name in the API, the configuration and the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Returns the length in seconds; `None` for never.
    pub const fn seconds(self) -> Option<i64> {
        match self {
            Self::Daily => Some(24 * 3600),
            Self::Weekly => Some(7 * 24 * 3600),
            Self::Off => None,
        }
    }
}

/// The date and hour in a user's time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalTime {
    /// The date, such as `2026-11-02`.
    pub date: String,
    /// The week, such as `2026-W45` (ISO 8601).
    pub week: String,
    /// Whether it is the first day of that week.
    pub is_monday: bool,
    /// The hour, from 0 to 23.
    pub hour: i8,
}

/// A user who may be due a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The user.
    pub user_id: UserId,
    /// The account of the user.
    pub account_id: AccountId,
    /// The user's choice; `None` for the operator's default.
    pub wish: Option<Period>,
    /// When the user was last active, as far as known. The digest covers the time since then at most.
    pub looked_at: Timestamp,
    /// The user's time zone (IANA name); may be empty.
    pub time_zone: String,
}

/// The progress of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::VariantArray, strum::EnumString)]
pub enum DigestState {
    /// To be sent.
    #[strum(serialize = "waiting")]
    Waiting,
    /// Handed over to the mail server, or about to be. After a crash it stays in this state and is not sent
    /// again, because it may have arrived.
    #[strum(serialize = "sending")]
    Sending,
    /// Accepted by the mail server.
    #[strum(serialize = "sent")]
    Sent,
    /// Not sent, because there was nothing to report or the user no longer wants it.
    #[strum(serialize = "needless")]
    Needless,
    /// Rejected by the mail server.
    #[strum(serialize = "failed")]
    Failed,
}

impl DigestState {
    /// Every state.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name in the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A digest of a user for a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// The local id.
    pub id: DigestId,
    /// The recipient.
    pub user_id: UserId,
    /// The start of the period that the digest covers.
    pub since: Timestamp,
    /// The progress.
    pub state: DigestState,
}
