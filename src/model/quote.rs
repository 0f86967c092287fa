//! Quotes: a status that shows another inside it, and whom authors let do so.

use super::{AccountId, StatusId};

/// Whom an author lets quote a status: the widest circle named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Circle {
    /// Only the author.
    #[default]
    Nobody,
    /// Some people; who, only the author's own server can tell.
    Others,
    /// The author's followers.
    Followers,
    /// Whoever may see it.
    Public,
}

impl Circle {
    /// Every circle, the narrowest first.
    pub const ALL: [Self; 4] = [Self::Nobody, Self::Others, Self::Followers, Self::Public];

    /// The word for it in the database; in the API, those that a person may choose have the same.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Others => "others",
            Self::Followers => "followers",
            Self::Public => "public",
        }
    }

    /// The circle with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|circle| circle.as_str() == word)
    }

    /// The circle with this word, of those that a person may choose.
    pub fn choose(word: &str) -> Option<Self> {
        Self::parse(word).filter(|circle| *circle != Self::Others)
    }
}

/// Who may quote a status. The default lets nobody: silence is no consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QuotePolicy {
    /// Without asking.
    pub automatic: Circle,
    /// If the author agrees each time; people of this instance are not asked, so only elsewhere.
    pub manual: Circle,
}

impl QuotePolicy {
    /// What a person here chooses.
    pub const fn of(automatic: Circle) -> Self {
        Self { automatic, manual: Circle::Nobody }
    }
}

/// How far a quote has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuoteState {
    /// Nobody has answered yet, or nothing proves the answer yet.
    Pending,
    /// The quoted author agrees.
    Accepted,
    /// The quoted author does not agree.
    Rejected,
    /// The quoted author no longer agrees.
    Revoked,
    /// What it quotes is gone.
    Deleted,
}

impl QuoteState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Accepted, Self::Rejected, Self::Revoked, Self::Deleted];

    /// The word for it in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Revoked => "revoked",
            Self::Deleted => "deleted",
        }
    }

    /// The state with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// What a status quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The status that quotes.
    pub status_id: StatusId,
    /// The status that is quoted, when we have it.
    pub quoted_id: Option<StatusId>,
    /// Its object id, whether or not we have it.
    pub quoted_uri: String,
    /// Its page for people, when we have it.
    pub quoted_url: Option<String>,
    /// Who wrote it, when we have it.
    pub quoted_author: Option<AccountId>,
    /// How far the quote has come.
    pub state: QuoteState,
    /// The id of the stamp by which the quoted author agrees.
    pub stamp: Option<String>,
}

/// What a status from elsewhere says that it quotes; not believed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteQuote {
    /// The object id of what it quotes.
    pub uri: String,
    /// The stamp that it shows.
    pub stamp: Option<String>,
}

/// What a viewer is shown of a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuoteShown {
    /// The quote, or why there is none to be shown.
    As(QuoteState),
    /// The viewer may not see what it quotes.
    Unauthorized,
    /// The viewer blocks the quoted author; clients ask before they show it.
    BlockedAccount,
    /// The viewer shuns the quoted author's host; as above.
    BlockedDomain,
    /// The viewer mutes the quoted author; as above.
    MutedAccount,
}

impl QuoteShown {
    /// The word for it in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::As(state) => state.as_str(),
            Self::Unauthorized => "unauthorized",
            Self::BlockedAccount => "blocked_account",
            Self::BlockedDomain => "blocked_domain",
            Self::MutedAccount => "muted_account",
        }
    }

    /// Whether the viewer, or everybody, is not to be told where the quoted status is. While nobody has
    /// answered, the link that its author wrote stays: many servers ask nobody.
    pub const fn is_refused(self) -> bool {
        matches!(self, Self::Unauthorized | Self::As(QuoteState::Rejected | QuoteState::Revoked))
    }

    /// Whether what is quoted comes along.
    pub const fn is_open(self) -> bool {
        match self {
            Self::As(state) => matches!(state, QuoteState::Accepted),
            Self::Unauthorized => false,
            Self::BlockedAccount | Self::BlockedDomain | Self::MutedAccount => true,
        }
    }
}

/// Whether somebody may quote a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Consent {
    /// Without asking.
    Given,
    /// If the author agrees.
    Asked,
    /// Only the author's own server can tell.
    Unknown,
    /// No.
    #[default]
    Denied,
}

impl Consent {
    /// The word for it in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Given => "automatic",
            Self::Asked => "manual",
            Self::Unknown => "unknown",
            Self::Denied => "denied",
        }
    }
}
