//! Quotes: statuses that embed another status, and the permission to quote.

use super::{AccountId, StatusId};

/// The widest audience that an author permits to quote a status.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    serde::Serialize,
    serde::Deserialize,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
pub enum QuoteAudience {
    /// Only the author.
    #[default]
    #[strum(serialize = "nobody")]
    Nobody,
    /// Some people, which only the author's own server knows.
    #[strum(serialize = "others")]
    Others,
    /// The author's followers.
    #[strum(serialize = "followers")]
    Followers,
    /// Everyone who may see it.
    #[strum(serialize = "public")]
    Public,
}

impl QuoteAudience {
    /// Every audience, the narrowest first.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name in the database; the API uses the same for those that a person may choose.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Parses the name of an audience that a person may choose.
    pub fn choose(word: &str) -> Option<Self> {
        word.parse().ok().filter(|circle| *circle != Self::Others)
    }
}

/// The quote policy of a status. The default permits no one: silence is not consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QuotePolicy {
    /// The audience whose quotes are approved automatically.
    pub automatic: QuoteAudience,
    /// The audience whose quotes the author approves one by one; used for remote statuses only, since local
    /// people are not asked.
    pub manual: QuoteAudience,
}

impl QuotePolicy {
    /// Creates the policy of a local author.
    pub const fn automatic_for(automatic: QuoteAudience) -> Self {
        Self { automatic, manual: QuoteAudience::Nobody }
    }
}

/// The state of a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::VariantArray, strum::EnumString)]
pub enum QuoteState {
    /// Not answered yet, or without a verified approval.
    #[strum(serialize = "pending")]
    Pending,
    /// Approved by the quoted author.
    #[strum(serialize = "accepted")]
    Accepted,
    /// Rejected by the quoted author.
    #[strum(serialize = "rejected")]
    Rejected,
    /// Approved at first, then revoked by the quoted author.
    #[strum(serialize = "revoked")]
    Revoked,
    /// The quoted status was deleted.
    #[strum(serialize = "deleted")]
    Deleted,
}

impl QuoteState {
    /// Every state.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name in the API and the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A quote of a status in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The quoting status.
    pub status_id: StatusId,
    /// The quoted status, if it is stored.
    pub quoted_id: Option<StatusId>,
    /// The object id of the quoted status, whether or not it is stored.
    pub quoted_uri: String,
    /// The HTML page of the quoted status, if it is stored.
    pub quoted_url: Option<String>,
    /// The author of the quoted status, if it is stored.
    pub quoted_author: Option<AccountId>,
    /// The state.
    pub state: QuoteState,
    /// The id of the QuoteAuthorization.
    pub stamp: Option<String>,
}

/// The quote that a remote status claims; not verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteQuote {
    /// The object id of the quoted status.
    pub uri: String,
    /// The id of the QuoteAuthorization.
    pub stamp: Option<String>,
}

/// The visibility of a quote for a viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuoteShown {
    /// The quote, or the state for which it is not shown.
    As(QuoteState),
    /// The viewer may not see the quoted status.
    Unauthorized,
    /// The viewer blocks the quoted author; clients ask before showing it.
    BlockedAccount,
    /// The viewer blocks the quoted author's host; clients ask before showing it.
    BlockedDomain,
    /// The viewer mutes the quoted author; clients ask before showing it.
    MutedAccount,
}

impl QuoteShown {
    /// Returns the name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::As(state) => state.as_str(),
            Self::Unauthorized => "unauthorized",
            Self::BlockedAccount => "blocked_account",
            Self::BlockedDomain => "blocked_domain",
            Self::MutedAccount => "muted_account",
        }
    }

    /// Whether the location of the quoted status is withheld. A pending quote keeps the link that its
    /// author wrote, because many servers never answer.
    pub const fn is_refused(self) -> bool {
        matches!(self, Self::Unauthorized | Self::As(QuoteState::Rejected | QuoteState::Revoked))
    }

    /// Whether the quoted status is included.
    pub const fn is_open(self) -> bool {
        match self {
            Self::As(state) => matches!(state, QuoteState::Accepted),
            Self::Unauthorized => false,
            Self::BlockedAccount | Self::BlockedDomain | Self::MutedAccount => true,
        }
    }
}

/// The permission of a viewer to quote a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::IntoStaticStr)]
pub enum Consent {
    /// Approved automatically.
    #[strum(serialize = "automatic")]
    Given,
    /// Approved one by one by the author.
    #[strum(serialize = "manual")]
    Asked,
    /// Only known to the author's own server.
    #[strum(serialize = "unknown")]
    Unknown,
    /// Not permitted.
    #[default]
    #[strum(serialize = "denied")]
    Denied,
}

impl Consent {
    /// Returns the name in the API.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A stamp: the approval by an author that another status quotes theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The stamp's id.
    pub uri: String,
    /// The actor id of the approving author.
    pub author: String,
    /// The id of the quoting status.
    pub quoting: String,
    /// The id of the quoted status.
    pub quoted: String,
}
