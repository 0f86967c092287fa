//! Agreements between two instances: what each gives the other, who answers for it, and for how long.
//!
//! The text is the same on both sides, whoever reads it: it says of each of the two parties what that party
//! gives. Its canonical form has a digest that both compare before anybody signs.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::pact::{Flow, Pact, Permit};
use super::profile::Attribute;
use super::{AgreementId, Reach, Timestamp};

/// The most people that an agreement names.
pub const MOST_NAMES: usize = 200;
/// The longest contact, in characters.
pub const LONGEST_CONTACT: usize = 200;
/// The longest note, in characters.
pub const LONGEST_NOTE: usize = 2000;

/// Who of a party's people may be followed by the other's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Follows {
    /// Everybody.
    Everybody,
    /// Nobody.
    #[default]
    Nobody,
    /// These, by their names on their own instance.
    Only(BTreeSet<String>),
}

/// How [`Follows`] is written: `everybody`, `nobody`, or names.
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

/// What one party gives the other. What it does not say, it does not give.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Terms {
    /// Posts of which reach: `partners`, `public`, `followers`.
    pub reaches: Vec<Reach>,
    /// Posts for the people they name.
    pub direct_messages: bool,
    /// Boosts.
    pub boosts: bool,
    /// What is attached to posts.
    pub media: bool,
    /// The list of people who let themselves be found.
    pub directory: bool,
    /// Which attributes of profiles, as far as these go to partners at all.
    pub attributes: BTreeSet<Attribute>,
    /// Who may be followed.
    pub follows: Follows,
}

impl Terms {
    /// Everything that a partner without an agreement gets: what one begins with.
    pub fn usual() -> Self {
        Self {
            reaches: vec![Reach::Partners, Reach::Public, Reach::Followers],
            direct_messages: true,
            boosts: true,
            media: true,
            directory: false,
            attributes: Attribute::ALL.into_iter().collect(),
            follows: Follows::Everybody,
        }
    }

    /// In one form, however they were written: reaches once and in one order, names in lower case.
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

    /// Why they do not do; none if they do.
    pub fn fault(&self) -> Option<String> {
        let possible = [Reach::Partners, Reach::Public, Reach::Followers];
        if let Some(reach) = self.reaches.iter().find(|reach| !possible.contains(reach)) {
            return Some(format!(
                "{reach} posts are no partner's: reaches are partners, public and followers"
            ));
        }
        let sound = |name: &String| {
            !name.is_empty()
                && name.len() <= 100
                && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter))
        };
        match &self.follows {
            Follows::Only(names) if names.len() > MOST_NAMES => {
                Some(format!("at most {MOST_NAMES} people can be named"))
            }
            Follows::Only(names) => {
                let odd = names.iter().find(|name| !sound(name))?;
                Some(format!(
                    "{odd:?} is no name of an account: name people as they are named at home, such as carol"
                ))
            }
            Follows::Everybody | Follows::Nobody => None,
        }
    }

    /// What they let flow.
    pub fn flow(&self) -> Flow {
        let permits = [
            (self.reaches.contains(&Reach::Partners), Permit::Partners),
            (self.reaches.contains(&Reach::Public), Permit::Public),
            (self.reaches.contains(&Reach::Followers), Permit::Followers),
            (self.direct_messages, Permit::Direct),
            (self.boosts, Permit::Boosts),
            (self.media, Permit::Media),
            (self.directory, Permit::Directory),
            (self.follows == Follows::Everybody, Permit::Follows),
        ];
        let granted = permits.into_iter().filter(|(granted, _)| *granted);
        let flow = granted.fold(Flow::NOTHING, |flow, (_, permit)| flow.with(permit));
        self.attributes.iter().fold(flow, |flow, attribute| flow.with_attribute(*attribute))
    }

    /// Who may be followed by name.
    pub fn named(&self) -> Vec<String> {
        match &self.follows {
            Follows::Only(names) => names.iter().cloned().collect(),
            Follows::Everybody | Follows::Nobody => Vec::new(),
        }
    }
}

/// One of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Its domain.
    pub domain: String,
    /// Who answers for it: an address or a number, in words.
    pub contact: String,
    /// What it gives the other.
    pub gives: Terms,
}

/// What both sign. Written canonically (RFC 8785) it has a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// What all versions of one agreement have in common: a URL of whoever began it.
    pub id: String,
    /// Rises with each change.
    pub version: i64,
    /// Whoever proposes this version, and the other.
    pub parties: [Party; 2],
    /// From when, in RFC 3339; from when both have accepted if nothing is said.
    #[serde(rename = "startTime", skip_serializing_if = "Option::is_none", default)]
    pub starts: Option<String>,
    /// Until when, in RFC 3339; until somebody ends it if nothing is said.
    #[serde(rename = "endTime", skip_serializing_if = "Option::is_none", default)]
    pub ends: Option<String>,
    /// What people want to say with it.
    #[serde(rename = "content", skip_serializing_if = "String::is_empty", default)]
    pub note: String,
}

impl Text {
    /// From when.
    pub fn starts_at(&self) -> Option<Timestamp> {
        self.starts.as_deref().and_then(Timestamp::parse)
    }

    /// Until when.
    pub fn ends_at(&self) -> Option<Timestamp> {
        self.ends.as_deref().and_then(Timestamp::parse)
    }

    /// The party of this domain.
    pub fn party(&self, domain: &str) -> Option<&Party> {
        self.parties.iter().find(|party| party.domain == domain)
    }

    /// The party that is not of this domain.
    pub fn other(&self, domain: &str) -> Option<&Party> {
        self.parties.iter().find(|party| party.domain != domain)
    }

    /// Whoever proposes it.
    pub const fn proposer(&self) -> &Party {
        let [first, _] = &self.parties;
        first
    }

    /// Why it does not do; none if it does. What comes from elsewhere is judged by the same words.
    pub fn fault(&self) -> Option<String> {
        let [first, second] = &self.parties;
        if first.domain == second.domain {
            return Some("an agreement is between two".to_owned());
        }
        if !(1..=1_000_000).contains(&self.version) || self.id.len() > 500 {
            return Some("its version or id is out of bounds".to_owned());
        }
        for party in &self.parties {
            if party.contact.trim().is_empty() || party.contact.chars().count() > LONGEST_CONTACT {
                return Some(format!(
                    "{} must name a contact of at most {LONGEST_CONTACT} characters",
                    party.domain
                ));
            }
            if party.contact.chars().chain(party.domain.chars()).any(char::is_control) {
                return Some("a contact is one line".to_owned());
            }
            if party.gives != party.gives.clone().tidy() {
                return Some("its terms are not in their one form".to_owned());
            }
            if let Some(fault) = party.gives.fault() {
                return Some(fault);
            }
        }
        let moments = [(&self.starts, self.starts_at()), (&self.ends, self.ends_at())];
        if moments.iter().any(|(said, read)| said.is_some() != read.is_some()) {
            return Some("its beginning or end is no moment".to_owned());
        }
        if let (Some(starts), Some(ends)) = (self.starts_at(), self.ends_at())
            && starts >= ends
        {
            return Some("it would end before it begins".to_owned());
        }
        (self.note.chars().count() > LONGEST_NOTE)
            .then(|| format!("its note is longer than {LONGEST_NOTE} characters"))
    }

    /// What flows for the party of this domain; none if it is no party.
    pub fn pact(&self, domain: &str) -> Option<Pact> {
        let (us, them) = (self.party(domain)?, self.other(domain)?);
        Some(Pact { gives: us.gives.flow(), takes: them.gives.flow() })
    }
}

/// What became of one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// One side has proposed it; the other has not answered.
    Proposed,
    /// Both have accepted it, or this instance alone set it.
    Accepted,
    /// The other side did not want it.
    Rejected,
    /// Whoever proposed it took it back.
    Withdrawn,
    /// A later version took its place.
    Replaced,
    /// It has ended: by its date, or by either side.
    Ended,
    /// This instance stopped it at once, in an emergency.
    Stopped,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Proposed,
        Self::Accepted,
        Self::Rejected,
        Self::Withdrawn,
        Self::Replaced,
        Self::Ended,
        Self::Stopped,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Replaced => "replaced",
            Self::Ended => "ended",
            Self::Stopped => "stopped",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a state of an agreement")]
pub struct NotAState;

impl FromStr for State {
    type Err = NotAState;
    fn from_str(text: &str) -> Result<Self, NotAState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(NotAState)
    }
}

/// One text with a partner, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Our id.
    pub id: AgreementId,
    /// The partner.
    pub domain: String,
    /// What it says.
    pub text: Text,
    /// The digest of its canonical form, in hexadecimal letters.
    pub digest: String,
    /// Whether this instance proposed it.
    pub by_us: bool,
    /// Whether both have a say: not for terms that this instance set for itself, towards a partner whose
    /// software knows no agreements.
    pub two_sided: bool,
    /// What became of it.
    pub state: State,
    /// The proof of this instance's actor, as JSON.
    pub our_proof: Option<String>,
    /// The proof of the partner's instance actor, as JSON.
    pub their_proof: Option<String>,
    /// When it was proposed or came in.
    pub created_at: Timestamp,
    /// When its state last changed.
    pub changed_at: Timestamp,
}

/// One thing that happened to an agreement; kept for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementEvent {
    /// The partner.
    pub domain: String,
    /// Which agreement.
    pub uri: String,
    /// Which version.
    pub version: i64,
    /// Which text.
    pub digest: String,
    /// What happened: the state that it came to, or another word.
    pub what: String,
    /// Whether it was this instance's doing.
    pub by_us: bool,
    /// Who did it.
    pub actor: String,
    /// Why, in words.
    pub note: String,
    /// When.
    pub at: Timestamp,
}

/// What is told of an agreement to the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Notice {
    /// Here is one.
    Offer,
    /// We want it.
    Accept,
    /// We do not want it.
    Reject,
    /// It has ended, or we take back that we proposed it.
    Undo,
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
        assert_eq!(Terms::usual().flow(), Flow::USUAL);
        assert_eq!(Terms::default().flow(), Flow::NOTHING);
        assert_eq!(text().pact("a.example"), Some(Pact::USUAL));
        assert_eq!(text().pact("c.example"), None);
    }

    #[test]
    fn each_party_reads_its_own_side() {
        let mut text = text();
        let [a, b] = &mut text.parties;
        a.gives = Terms { boosts: true, ..Terms::default() };
        b.gives = Terms { media: true, ..Terms::default() };
        let (boosts, media) = (Flow::NOTHING.with(Permit::Boosts), Flow::NOTHING.with(Permit::Media));
        assert_eq!(text.pact("a.example"), Some(Pact { gives: boosts, takes: media }));
        assert_eq!(text.pact("b.example"), Some(Pact { gives: media, takes: boosts }));
    }

    #[test]
    fn what_does_not_do_is_told() {
        assert_eq!(text().fault(), None);
        let with = |change: &dyn Fn(&mut Text)| {
            let mut text = text();
            change(&mut text);
            text.fault()
        };
        let company = with(&|text| text.parties[0].gives.reaches = vec![Reach::Company]);
        assert!(company.unwrap().contains("no partner's"));
        assert!(with(&|text| text.parties[0].contact = " ".into()).unwrap().contains("contact"));
        assert!(with(&|text| text.parties[0].contact = "a\nb".into()).is_some());
        assert!(with(&|text| text.parties[1].domain = "a.example".into()).unwrap().contains("two"));
        assert!(with(&|text| text.version = 0).is_some());
        assert!(with(&|text| text.starts = Some("soon".into())).unwrap().contains("moment"));
        assert!(
            with(&|text| {
                text.starts = Some("2027-01-02T00:00:00Z".into());
                text.ends = Some("2027-01-01T00:00:00Z".into());
            })
            .unwrap()
            .contains("before it begins")
        );
        assert!(with(&|text| text.note = "x".repeat(2001)).is_some());
        let named = with(&|text| text.parties[0].gives.follows = Follows::Only(["a b".to_owned()].into()));
        assert!(named.unwrap().contains("no name"));
        let twice = with(&|text| text.parties[0].gives.reaches = vec![Reach::Public, Reach::Partners]);
        assert!(twice.unwrap().contains("one form"));
    }
}
