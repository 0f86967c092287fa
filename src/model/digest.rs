//! Digests: mails of what somebody missed.

use super::{AccountId, DigestId, Timestamp, UserId};

/// How often somebody is told by mail what they missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Period {
    /// Each day on which they have not looked for a day.
    Daily,
    /// Each week in which they have not looked for a week.
    #[default]
    Weekly,
    /// Never.
    Off,
}

impl Period {
    /// Every period.
    pub const ALL: [Self; 3] = [Self::Daily, Self::Weekly, Self::Off];

    /// The word for it in the API, the configuration and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Off => "off",
        }
    }

    /// The period with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.as_str() == word)
    }

    /// Its length in seconds; none for never.
    pub const fn seconds(self) -> Option<i64> {
        match self {
            Self::Daily => Some(24 * 3600),
            Self::Weekly => Some(7 * 24 * 3600),
            Self::Off => None,
        }
    }
}

/// The day and hour where somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalTime {
    /// As `2026-11-02`.
    pub date: String,
    /// As `2026-W45` (ISO 8601).
    pub week: String,
    /// Whether it is the first day of that week.
    pub is_monday: bool,
    /// 0 to 23.
    pub hour: i8,
}

/// Somebody who may be due a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub user_id: UserId,
    /// The account that speaks for them.
    pub account_id: AccountId,
    /// What they chose; none for what the operator says.
    pub wish: Option<Period>,
    /// When they last looked, as far as it is known: since then at the latest they may have missed something.
    pub looked_at: Timestamp,
    /// The time zone they tell (IANA name); may be empty.
    pub time_zone: String,
}

/// How far a digest has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestState {
    /// It is to be sent.
    Waiting,
    /// It was handed to the mail server, or is being handed to it. A process that ended then leaves it so: one
    /// that may have arrived is not sent again.
    Sending,
    /// The mail server has it.
    Sent,
    /// There was nothing to tell, or nobody who wants it any more.
    Needless,
    /// The mail server will not have it.
    Failed,
}

impl DigestState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Sending, Self::Sent, Self::Needless, Self::Failed];

    /// The word for it in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Needless => "needless",
            Self::Failed => "failed",
        }
    }

    /// The state with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A digest for somebody and a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// Our id.
    pub id: DigestId,
    /// Whom it is for.
    pub user_id: UserId,
    /// What came since then is told.
    pub since: Timestamp,
    /// How far it has come.
    pub state: DigestState,
}
