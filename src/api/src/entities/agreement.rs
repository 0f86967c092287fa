//! Agreements with partners, for administrators.

use schemars::JsonSchema;
use serde::Serialize;

use portico_domain::model::agreement::{self, AgreementEvent, Terms};
use portico_service::partners::agreements::AgreementHistory;

/// One party of an agreement.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AgreementParty {
    /// The party's domain.
    domain: String,
    /// The party's contact person.
    contact: String,
    /// The terms that the party grants to the other.
    gives: Terms,
}

/// One version of an agreement with a partner, and its state.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Agreement {
    /// The partner's domain.
    domain: String,
    /// `proposed`, `accepted`, `rejected`, `withdrawn`, `replaced`, `ended` or `stopped`.
    state: agreement::State,
    /// Whether this instance proposed it.
    proposed_by_us: bool,
    /// Whether both sides agree to it; otherwise these are this instance's own terms.
    two_sided: bool,
    /// The id that all versions share.
    uri: String,
    /// The version number; rises with each change.
    version: i64,
    /// The SHA-256 of the canonical text: the same on both sides.
    digest: String,
    /// The proposer and the other party.
    parties: Vec<AgreementParty>,
    /// When it takes effect; null for the time when both have accepted.
    starts_at: Option<String>,
    /// When it ends; null for no fixed end.
    ends_at: Option<String>,
    /// A message to the other party.
    note: String,
    /// Whether this instance's actor has signed it.
    signed_by_us: bool,
    /// Whether the partner's instance actor has signed it.
    signed_by_them: bool,
    created_at: String,
    changed_at: String,
}

impl Agreement {
    /// Renders an agreement.
    pub fn render(agreement: &agreement::Agreement) -> Self {
        let text = &agreement.text;
        let party = |party: &agreement::Party| AgreementParty {
            domain: party.domain.clone(),
            contact: party.contact.clone(),
            gives: party.gives.clone(),
        };
        Self {
            domain: agreement.domain.clone(),
            state: agreement.state,
            proposed_by_us: agreement.by_us,
            two_sided: agreement.two_sided,
            uri: text.id.clone(),
            version: text.version,
            digest: agreement.digest.clone(),
            parties: text.parties.iter().map(party).collect(),
            starts_at: text.starts_at().map(|at| at.rfc3339()),
            ends_at: text.ends_at().map(|at| at.rfc3339()),
            note: text.note.clone(),
            signed_by_us: agreement.our_proof.is_some(),
            signed_by_them: agreement.their_proof.is_some(),
            created_at: agreement.created_at.rfc3339(),
            changed_at: agreement.changed_at.rfc3339(),
        }
    }
}

/// One entry in the history of an agreement.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AgreementChange {
    /// The time of the change.
    at: String,
    /// The kind of change: `proposed`, `accepted`, `ended`, `expired` …
    what: String,
    /// The person or host that made the change.
    by: String,
    /// Whether this instance made the change.
    by_us: bool,
    version: i64,
    digest: String,
    /// The reason, if one was given.
    note: String,
}

impl AgreementChange {
    fn render(event: &AgreementEvent) -> Self {
        Self {
            at: event.at.rfc3339(),
            what: event.what.clone(),
            by: event.actor.clone(),
            by_us: event.by_us,
            version: event.version,
            digest: event.digest.clone(),
            note: event.note.clone(),
        }
    }
}

/// All agreements with one partner.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AgreementDealings {
    /// The partner's domain.
    domain: String,
    /// The current tier of the partner's host.
    tier: String,
    /// The agreement that is in force, or was stopped.
    current: Option<Agreement>,
    /// The proposal that awaits an answer.
    open: Option<Agreement>,
    /// Every version, newest first.
    texts: Vec<Agreement>,
    /// The whole history, newest first.
    changes: Vec<AgreementChange>,
}

impl AgreementDealings {
    /// Renders all agreements with one partner.
    pub fn render(dealings: &AgreementHistory) -> Self {
        Self {
            domain: dealings.domain.clone(),
            tier: dealings.standing.tier.to_string(),
            current: dealings.current.as_ref().map(Agreement::render),
            open: dealings.open.as_ref().map(Agreement::render),
            texts: dealings.texts.iter().map(Agreement::render).collect(),
            changes: dealings.events.iter().map(AgreementChange::render).collect(),
        }
    }
}
