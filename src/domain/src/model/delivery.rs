//! The delivery log: the inboxes a post was sent to, the outcomes, and the hosts it was withheld from.

use super::Timestamp;

/// The rule of this instance by which a delivery to a host was withheld.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    schemars::JsonSchema,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
pub enum HostRule {
    /// The agreement with the host does not grant it, or is not in force.
    #[strum(serialize = "agreement")]
    Agreement,
    /// The reach of the post does not include the host.
    #[strum(serialize = "reach")]
    Reach,
    /// Nothing is exchanged with the host.
    #[strum(serialize = "host")]
    Host,
}

impl HostRule {
    /// Every rule.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name in the API and the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A host with a follower or mentioned account that a post was withheld from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// The host.
    pub host: String,
    /// The rule by which it was withheld.
    pub rule: HostRule,
    /// When that was decided.
    pub at: Timestamp,
}

/// The delivery record of a post: where it was sent, and where it was withheld.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence {
    /// The inboxes that it was queued for, by host.
    pub log: Vec<DeliveryLogEntry>,
    /// The hosts that it was withheld from, by name.
    pub withheld: Vec<Withheld>,
}

/// An inbox in the delivery log of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryLogEntry {
    /// The inbox.
    pub inbox: String,
    /// Its host.
    pub host: String,
    /// When it was first queued for this inbox.
    pub queued_at: Timestamp,
    /// When the inbox accepted it.
    pub taken_at: Option<Timestamp>,
    /// The reason for which it was refused permanently.
    pub refusal: Option<String>,
    /// The rule of this instance by which it was dropped, if there is one.
    pub rule: Option<HostRule>,
    /// When the host was asked to delete it, because the reach of the post was narrowed.
    pub recalled_at: Option<Timestamp>,
    /// The delivery that is still queued.
    pub waiting: Option<Waiting>,
}

/// A delivery that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The number of attempts.
    pub attempts: i64,
    /// When it is tried again; `None` if it was given up.
    pub next_at: Option<Timestamp>,
    /// The last error.
    pub last_error: Option<String>,
}

/// The outcome of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Accepted by the inbox.
    #[strum(serialize = "taken")]
    Taken,
    /// To be tried again.
    #[strum(serialize = "waiting")]
    Waiting,
    /// Refused permanently, by the inbox or by an operator.
    #[strum(serialize = "refused")]
    Refused,
    /// Given up after attempts over several days.
    #[strum(serialize = "given_up")]
    GivenUp,
    /// Withheld from the host by a rule of this instance.
    #[strum(serialize = "withheld")]
    Withheld,
}

impl DeliveryState {
    /// Returns the name in the API.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl DeliveryLogEntry {
    /// Returns the outcome. A delivery from before the log existed counts as taken if nothing is queued.
    pub fn state(&self) -> DeliveryState {
        match (&self.waiting, &self.refusal) {
            _ if self.taken_at.is_some() => DeliveryState::Taken,
            (Some(waiting), _) if waiting.next_at.is_some() => DeliveryState::Waiting,
            (Some(_), _) => DeliveryState::GivenUp,
            (None, Some(_)) => DeliveryState::Refused,
            (None, None) => DeliveryState::Taken,
        }
    }

    /// Returns the last error of a delivery that was not accepted.
    pub fn fault(&self) -> Option<&str> {
        if self.state() == DeliveryState::Taken {
            return None;
        }
        let waiting = self.waiting.as_ref().and_then(|waiting| waiting.last_error.as_deref());
        waiting.or(self.refusal.as_deref())
    }
}
