//! Digests: mails that summarise missed activity.

use super::{AccountId, DigestId, Timestamp, UserId};

/// How often a user gets a digest by mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Period {
    /// On each day, if the user was away for a day.
    Daily,
    /// In each week, if the user was away for a week.
    #[default]
    Weekly,
    /// Never.
    Off,
}

impl Period {
    /// Every period.
    pub const ALL: [Self; 3] = [Self::Daily, Self::Weekly, Self::Off];

    /// Returns the name in the API, the configuration and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Off => "off",
        }
    }

    /// Parses the name of a period.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.as_str() == word)
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestState {
    /// To be sent.
    Waiting,
    /// Handed over to the mail server, or about to be. After a crash it stays in this state and is not sent
    /// again, because it may have arrived.
    Sending,
    /// Accepted by the mail server.
    Sent,
    /// Not sent, because there was nothing to report or the user no longer wants it.
    Needless,
    /// Rejected by the mail server.
    Failed,
}

impl DigestState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Sending, Self::Sent, Self::Needless, Self::Failed];

    /// Returns the name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Needless => "needless",
            Self::Failed => "failed",
        }
    }

    /// Parses the name of a state.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
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
