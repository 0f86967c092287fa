//! Agreements with partners, as administrators are shown them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::agreement::{self, AgreementEvent, Terms};
use crate::service::agreements::Dealings;

/// One party of an agreement.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AgreementParty {
    /// Its domain.
    domain: String,
    /// Who answers for it.
    contact: String,
    /// What it gives the other.
    gives: Terms,
}

/// One text with a partner, and what became of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Agreement {
    /// The partner.
    domain: String,
    /// `proposed`, `accepted`, `rejected`, `withdrawn`, `replaced`, `ended` or `stopped`.
    state: agreement::State,
    /// Whether this instance proposed it.
    proposed_by_us: bool,
    /// Whether both sides have a say; otherwise these are terms of this instance's own.
    two_sided: bool,
    /// What all versions have in common.
    uri: String,
    /// Rises with each change.
    version: i64,
    /// The SHA-256 of the canonical text: the same on both sides.
    digest: String,
    /// Whoever proposed it, and the other.
    parties: Vec<AgreementParty>,
    /// From when; from when both have accepted if null.
    starts_at: Option<String>,
    /// Until when; until somebody ends it if null.
    ends_at: Option<String>,
    /// What people say with it.
    note: String,
    /// Whether this instance's actor has signed it.
    signed_by_us: bool,
    /// Whether the partner's instance actor has signed it.
    signed_by_them: bool,
    created_at: String,
    changed_at: String,
}

impl Agreement {
    /// Renders a text.
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

/// One thing that happened to an agreement.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AgreementChange {
    /// When.
    at: String,
    /// What: `proposed`, `accepted`, `ended`, `expired` …
    what: String,
    /// Who did it.
    by: String,
    /// Whether it was this side.
    by_us: bool,
    version: i64,
    digest: String,
    /// Why, if somebody said so.
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

/// Everything that there is with one partner.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AgreementDealings {
    /// The partner.
    domain: String,
    /// What its host is to this instance now.
    tier: String,
    /// What is in force, or was stopped.
    current: Option<Agreement>,
    /// What waits for an answer.
    open: Option<Agreement>,
    /// Every text, the newest first.
    texts: Vec<Agreement>,
    /// All that happened, the newest first.
    changes: Vec<AgreementChange>,
}

impl AgreementDealings {
    /// Renders what there is.
    pub fn render(dealings: &Dealings) -> Self {
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
