//! Agreements between two instances: the grants of each party, the contacts, and the period.
//!
//! Both parties sign the same text, which lists the grants of each. Its canonical form has a digest that
//! both compare before signing.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::agreement_grants::{AgreementGrants, Grant, GrantSet};
use super::profile::Attribute;
use super::{AgreementId, Reach, Timestamp};

/// The maximum number of people that an agreement names.
pub const MOST_NAMES: usize = 200;
/// The maximum length of a contact, in characters.
pub const LONGEST_CONTACT: usize = 200;
/// The maximum length of a note, in characters.
pub const LONGEST_NOTE: usize = 2000;

/// The accounts of a party that the other party's people may follow.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Follows {
    /// Every account.
    Everybody,
    /// No account.
    #[default]
    Nobody,
    /// These accounts, by user name on their own instance.
    Only(BTreeSet<String>),
}

/// The serialised form of [`Follows`]: `everybody`, `nobody`, or a list of names.
#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
enum Written {
    Word(String),
    Names(BTreeSet<String>),
}

impl schemars::JsonSchema for Follows {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Follows".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Written::json_schema(generator)
    }
}

impl TryFrom<Written> for Follows {
    type Error = &'static str;
    fn try_from(written: Written) -> Result<Self, &'static str> {
        match written {
            Written::Names(names) => Ok(Self::Only(names)),
            Written::Word(word) if word == "everybody" => Ok(Self::Everybody),
            Written::Word(word) if word == "nobody" => Ok(Self::Nobody),
            Written::Word(_) => Err("follows must be everybody, nobody or a list of names"),
        }
    }
}

impl From<Follows> for Written {
    fn from(follows: Follows) -> Self {
        match follows {
            Follows::Everybody => Self::Word("everybody".to_owned()),
            Follows::Nobody => Self::Word("nobody".to_owned()),
            Follows::Only(names) => Self::Names(names),
        }
    }
}

/// The grants of one party to the other. Anything not listed is not granted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Terms {
    /// The reaches of posts that are sent: `partners`, `public`, `followers`.
    pub reaches: Vec<Reach>,
    /// Whether direct messages are sent.
    pub direct_messages: bool,
    /// Whether boosts are sent.
    pub boosts: bool,
    /// Whether attachments are sent.
    pub media: bool,
    /// Whether the directory of people is shared.
    pub directory: bool,
    /// The profile attributes that are sent, as far as their own reach includes partners.
    pub attributes: BTreeSet<Attribute>,
    /// The accounts that may be followed.
    pub follows: Follows,
}

impl Terms {
    /// Returns the grants of a partner without an agreement: the default for a new one.
    pub fn usual() -> Self {
        Self {
            reaches: vec![Reach::Partners, Reach::Public, Reach::Followers],
            direct_messages: true,
            boosts: true,
            media: true,
            directory: false,
            attributes: Attribute::ALL.iter().copied().collect(),
            follows: Follows::Everybody,
        }
    }

    /// Normalises the terms: reaches sorted and unique, names in lower case.
    #[must_use]
    pub fn tidy(mut self) -> Self {
        self.reaches.sort_by_key(|reach| reach.as_str());
        self.reaches.dedup();
        if let Follows::Only(names) = self.follows {
            let names: BTreeSet<String> =
                names.iter().map(|name| name.trim().trim_start_matches('@').to_lowercase()).collect();
            self.follows = if names.is_empty() { Follows::Nobody } else { Follows::Only(names) };
        }
        self
    }

    /// Returns the reason why the terms are invalid, or `None`.
    pub fn fault(&self) -> Option<String> {
        let possible = [Reach::Partners, Reach::Public, Reach::Followers];
        if let Some(reach) = self.reaches.iter().find(|reach| !possible.contains(reach)) {
            return Some(format!(
                "{reach} posts cannot be sent to a partner: use partners, public or followers"
            ));
        }
        let sound = |name: &String| {
            !name.is_empty()
                && name.len() <= 100
                && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter))
        };
        match &self.follows {
            Follows::Only(names) if names.len() > MOST_NAMES => {
                Some(format!("at most {MOST_NAMES} accounts can be named"))
            }
            Follows::Only(names) => {
                let odd = names.iter().find(|name| !sound(name))?;
                Some(format!("{odd:?} is not a valid user name: use names without a host, such as carol"))
            }
            Follows::Everybody | Follows::Nobody => None,
        }
    }

    /// Returns the grants of these terms.
    pub fn granted(&self) -> GrantSet {
        let grants = [
            (self.reaches.contains(&Reach::Partners), Grant::Partners),
            (self.reaches.contains(&Reach::Public), Grant::Public),
            (self.reaches.contains(&Reach::Followers), Grant::Followers),
            (self.direct_messages, Grant::Direct),
            (self.boosts, Grant::Boosts),
            (self.media, Grant::Media),
            (self.directory, Grant::Directory),
            (self.follows == Follows::Everybody, Grant::Follows),
        ];
        let granted = grants.into_iter().filter(|(granted, _)| *granted);
        let granted = granted.fold(GrantSet::NOTHING, |granted, (_, grant)| granted.with(grant));
        self.attributes.iter().fold(granted, |granted, attribute| granted.with_attribute(*attribute))
    }

    /// Returns the accounts that may be followed by name.
    pub fn named(&self) -> Vec<String> {
        match &self.follows {
            Follows::Only(names) => names.iter().cloned().collect(),
            Follows::Everybody | Follows::Nobody => Vec::new(),
        }
    }
}

/// One of the two parties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// The domain.
    pub domain: String,
    /// A contact person: an address or telephone number, as free text.
    pub contact: String,
    /// The grants to the other party.
    pub gives: Terms,
}

/// The text that both parties sign. The digest is of its canonical form (RFC 8785).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// The id common to all versions of one agreement: a URL of the instance that proposed the first one.
    pub id: String,
    /// The version, which increases with each change.
    pub version: i64,
    /// The proposer of this version, then the other party.
    pub parties: [Party; 2],
    /// The start, in RFC 3339; if absent, when both parties have accepted.
    #[serde(rename = "startTime", skip_serializing_if = "Option::is_none", default)]
    pub starts: Option<String>,
    /// The end, in RFC 3339; if absent, the agreement runs until a party ends it.
    #[serde(rename = "endTime", skip_serializing_if = "Option::is_none", default)]
    pub ends: Option<String>,
    /// A free-text note.
    #[serde(rename = "content", skip_serializing_if = "String::is_empty", default)]
    pub note: String,
}

impl Text {
    /// Returns the start.
    pub fn starts_at(&self) -> Option<Timestamp> {
        self.starts.as_deref().and_then(Timestamp::parse)
    }

    /// Returns the end.
    pub fn ends_at(&self) -> Option<Timestamp> {
        self.ends.as_deref().and_then(Timestamp::parse)
    }

    /// Returns the party of this domain.
    pub fn party(&self, domain: &str) -> Option<&Party> {
        self.parties.iter().find(|party| party.domain == domain)
    }

    /// Returns the party that does not have this domain.
    pub fn other(&self, domain: &str) -> Option<&Party> {
        self.parties.iter().find(|party| party.domain != domain)
    }

    /// Returns the party that proposes this version.
    pub const fn proposer(&self) -> &Party {
        let [first, _] = &self.parties;
        first
    }

    /// Returns the reason why the text is invalid, or `None`. Applies to local and received texts alike.
    pub fn fault(&self) -> Option<String> {
        let [first, second] = &self.parties;
        if first.domain == second.domain {
            return Some("the two parties must have different domains".to_owned());
        }
        if !(1..=1_000_000).contains(&self.version) || self.id.len() > 500 {
            return Some("the version or id is out of range".to_owned());
        }
        for party in &self.parties {
            if party.contact.trim().is_empty() || party.contact.chars().count() > LONGEST_CONTACT {
                return Some(format!(
                    "{} must name a contact of at most {LONGEST_CONTACT} characters",
                    party.domain
                ));
            }
            if party.contact.chars().chain(party.domain.chars()).any(char::is_control) {
                return Some("a contact must be one line, without control characters".to_owned());
            }
            if party.gives != party.gives.clone().tidy() {
                return Some("the terms are not in canonical form".to_owned());
            }
            if let Some(fault) = party.gives.fault() {
                return Some(fault);
            }
        }
        let moments = [(&self.starts, self.starts_at()), (&self.ends, self.ends_at())];
        if moments.iter().any(|(said, read)| said.is_some() != read.is_some()) {
            return Some("the start or end is not a valid RFC 3339 time".to_owned());
        }
        if let (Some(starts), Some(ends)) = (self.starts_at(), self.ends_at())
            && starts >= ends
        {
            return Some("the end must be after the start".to_owned());
        }
        (self.note.chars().count() > LONGEST_NOTE)
            .then(|| format!("the note is longer than {LONGEST_NOTE} characters"))
    }

    /// Returns the grants in both directions, as seen by the party of this domain; `None` if it is not a
    /// party.
    pub fn grants_for(&self, domain: &str) -> Option<AgreementGrants> {
        let (us, them) = (self.party(domain)?, self.other(domain)?);
        Some(AgreementGrants { gives: us.gives.granted(), takes: them.gives.granted() })
    }
}

/// The state of a version of an agreement.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(parse_err_ty = NotAState, parse_err_fn = unknown_state)]
pub enum State {
    /// Proposed by one party and not yet answered.
    #[strum(serialize = "proposed")]
    Proposed,
    /// Accepted by both parties, or set by this instance alone.
    #[strum(serialize = "accepted")]
    Accepted,
    /// Rejected by the other party.
    #[strum(serialize = "rejected")]
    Rejected,
    /// Withdrawn by its proposer.
    #[strum(serialize = "withdrawn")]
    Withdrawn,
    /// Replaced by a later version.
    #[strum(serialize = "replaced")]
    Replaced,
    /// Ended, by its date or by either party.
    #[strum(serialize = "ended")]
    Ended,
    /// Stopped at once by this instance, in an emergency.
    #[strum(serialize = "stopped")]
    Stopped,
}

impl State {
    /// Every state.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name of the state.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

fn unknown_state(_: &str) -> NotAState {
    NotAState
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The error for a text that names no state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a state of an agreement")]
pub struct NotAState;

/// One version of an agreement with a partner, and its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// The local id.
    pub id: AgreementId,
    /// The domain of the partner.
    pub domain: String,
    /// The signed text.
    pub text: Text,
    /// The SHA-256 digest of its canonical form, in hexadecimal.
    pub digest: String,
    /// Whether this instance proposed it.
    pub by_us: bool,
    /// Whether both parties take part. False for terms that this instance set for itself, towards a partner
    /// whose software does not support agreements.
    pub two_sided: bool,
    /// The state.
    pub state: State,
    /// The proof of this instance's actor, as JSON.
    pub our_proof: Option<String>,
    /// The proof of the partner's instance actor, as JSON.
    pub their_proof: Option<String>,
    /// When it was proposed or received.
    pub created_at: Timestamp,
    /// When its state last changed.
    pub changed_at: Timestamp,
}

/// An entry of an agreement's permanent history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementEvent {
    /// The domain of the partner.
    pub domain: String,
    /// The id of the agreement.
    pub uri: String,
    /// The version.
    pub version: i64,
    /// The digest of the text.
    pub digest: String,
    /// The event: the new state, or another word.
    pub what: String,
    /// Whether this instance caused it.
    pub by_us: bool,
    /// The person or actor who caused it.
    pub actor: String,
    /// The reason, as free text.
    pub note: String,
    /// When it happened.
    pub at: Timestamp,
}

/// The activity about an agreement that is sent to the other party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgreementNotice {
    /// Proposes it.
    Offer,
    /// Accepts it.
    Accept,
    /// Rejects it.
    Reject,
    /// Ends it, or withdraws the proposal.
    Undo,
}

/// A reference to one version of an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The id of the agreement.
    pub uri: String,
    /// The version.
    pub version: i64,
    /// The digest of the text.
    pub digest: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> Text {
        let party = |domain: &str| Party {
            domain: domain.to_owned(),
            contact: format!("it@{domain}"),
            gives: Terms::usual().tidy(),
        };
        Text {
            id: "https://a.example/agreements/1".to_owned(),
            version: 1,
            parties: [party("a.example"), party("b.example")],
            starts: None,
            ends: None,
            note: String::new(),
        }
    }

    #[test]
    fn usual_terms_give_what_the_tier_gives() {
        assert_eq!(Terms::usual().granted(), GrantSet::USUAL);
        assert_eq!(Terms::default().granted(), GrantSet::NOTHING);
        assert_eq!(text().grants_for("a.example"), Some(AgreementGrants::USUAL));
        assert_eq!(text().grants_for("c.example"), None);
    }

    #[test]
    fn each_party_reads_its_own_side() {
        let mut text = text();
        let [a, b] = &mut text.parties;
        a.gives = Terms { boosts: true, ..Terms::default() };
        b.gives = Terms { media: true, ..Terms::default() };
        let (boosts, media) = (GrantSet::NOTHING.with(Grant::Boosts), GrantSet::NOTHING.with(Grant::Media));
        assert_eq!(text.grants_for("a.example"), Some(AgreementGrants { gives: boosts, takes: media }));
        assert_eq!(text.grants_for("b.example"), Some(AgreementGrants { gives: media, takes: boosts }));
    }

    #[test]
    fn invalid_agreements_are_refused_with_a_reason() {
        assert_eq!(text().fault(), None);
        let with = |change: &dyn Fn(&mut Text)| {
            let mut text = text();
            change(&mut text);
            text.fault()
        };
        let company = with(&|text| text.parties[0].gives.reaches = vec![Reach::Company]);
        assert!(company.unwrap().contains("cannot be sent to a partner"));
        assert!(with(&|text| text.parties[0].contact = " ".into()).unwrap().contains("contact"));
        assert!(with(&|text| text.parties[0].contact = "a\nb".into()).is_some());
        assert!(with(&|text| text.parties[1].domain = "a.example".into()).unwrap().contains("two"));
        assert!(with(&|text| text.version = 0).is_some());
        assert!(with(&|text| text.starts = Some("soon".into())).unwrap().contains("valid RFC 3339 time"));
        assert!(
            with(&|text| {
                text.starts = Some("2027-01-02T00:00:00Z".into());
                text.ends = Some("2027-01-01T00:00:00Z".into());
            })
            .unwrap()
            .contains("after the start")
        );
        assert!(with(&|text| text.note = "x".repeat(2001)).is_some());
        let named = with(&|text| text.parties[0].gives.follows = Follows::Only(["a b".to_owned()].into()));
        assert!(named.unwrap().contains("not a valid user name"));
        let twice = with(&|text| text.parties[0].gives.reaches = vec![Reach::Public, Reach::Partners]);
        assert!(twice.unwrap().contains("canonical form"));
    }
}
