//! The delivery log: which inboxes a post was to go to, what came of each, and from which hosts it was kept.

use super::Timestamp;

/// The rule of this instance that keeps something from a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HostRule {
    /// The agreement with it does not let this flow, or is not in force.
    Agreement,
    /// The reach of the post does not go there.
    Reach,
    /// Nothing may be exchanged with it.
    Host,
}

impl HostRule {
    /// Every rule.
    pub const ALL: [Self; 3] = [Self::Agreement, Self::Reach, Self::Host];

    /// Its word in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agreement => "agreement",
            Self::Reach => "reach",
            Self::Host => "host",
        }
    }

    /// The rule with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == word)
    }
}

/// A host to which something binds a post (a follower there, or somebody it names), and from which it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// The host.
    pub host: String,
    /// By which rule.
    pub rule: HostRule,
    /// When that was decided.
    pub at: Timestamp,
}

/// Who got a post, and who did not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence {
    /// The inboxes that it was to go to, by host.
    pub log: Vec<Delivered>,
    /// The hosts from which it was kept, by name.
    pub withheld: Vec<Withheld>,
}

/// One inbox in the delivery log of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// The inbox.
    pub inbox: String,
    /// Its host.
    pub host: String,
    /// When it was first to be sent there.
    pub queued_at: Timestamp,
    /// When it was taken.
    pub taken_at: Option<Timestamp>,
    /// Why it was not, and will not be.
    pub refusal: Option<String>,
    /// The rule of this instance by which it was not, if it was that.
    pub rule: Option<HostRule>,
    /// When its host was asked to delete it, because the post was made to go less far.
    pub recalled_at: Option<Timestamp>,
    /// What still waits to be sent there.
    pub waiting: Option<Waiting>,
}

/// A delivery that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried again; none if it is given up.
    pub next_at: Option<Timestamp>,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// What came of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// The inbox took it.
    Taken,
    /// It is tried again.
    Waiting,
    /// The inbox, or an operator, refused it for good.
    Refused,
    /// It was tried for days.
    GivenUp,
    /// A rule of this instance kept it from the host from the beginning.
    Withheld,
}

impl DeliveryState {
    /// Its word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Waiting => "waiting",
            Self::Refused => "refused",
            Self::GivenUp => "given_up",
            Self::Withheld => "withheld",
        }
    }
}

impl Delivered {
    /// What came of it. What was sent before the log told is taken if nothing of it waits.
    pub fn state(&self) -> DeliveryState {
        match (&self.waiting, &self.refusal) {
            _ if self.taken_at.is_some() => DeliveryState::Taken,
            (Some(waiting), _) if waiting.next_at.is_some() => DeliveryState::Waiting,
            (Some(_), _) => DeliveryState::GivenUp,
            (None, Some(_)) => DeliveryState::Refused,
            (None, None) => DeliveryState::Taken,
        }
    }

    /// What went wrong last, with what was not taken.
    pub fn fault(&self) -> Option<&str> {
        if self.state() == DeliveryState::Taken {
            return None;
        }
        let waiting = self.waiting.as_ref().and_then(|waiting| waiting.last_error.as_deref());
        waiting.or(self.refusal.as_deref())
    }
}
