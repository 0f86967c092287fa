//! Agreements as administrators read them, and what of them is told to others.

use crate::instance::Instance;
use crate::model::agreement::{Agreement, AgreementEvent, Follows, State, Terms};
use crate::model::moderation::Moderator;
use crate::model::pact::Standing;
use crate::model::{Reach, Timestamp};
use crate::policy::agreements::Rule;
use crate::policy::moderation::{Power, may};
use crate::service::{Error, Result, peers};
use crate::store::Reader;

/// How many events are shown.
const MOST_EVENTS: i64 = 200;

/// Everything that there is with one partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dealings {
    /// The partner.
    pub domain: String,
    /// What the host is to us now.
    pub standing: Standing,
    /// What is in force, or was stopped, if anything.
    pub current: Option<Agreement>,
    /// What waits for an answer.
    pub open: Option<Agreement>,
    /// Every text, the newest first.
    pub texts: Vec<Agreement>,
    /// Everything that happened, the newest first.
    pub events: Vec<AgreementEvent>,
}

/// Every agreement that is in force, open or stopped, by host.
///
/// # Errors
/// `Refused` when the role does not allow it.
pub async fn list(instance: &Instance, by: &Moderator) -> Result<Vec<Agreement>> {
    may(by.role, Power::Hosts)?;
    let states = [State::Accepted, State::Proposed, State::Stopped];
    Ok(instance.store.read(move |reader| reader.list_agreements(&states)).await?)
}

/// Everything that there is with one partner.
///
/// # Errors
/// `Refused` when the role does not allow it; `NotFound` where there never was anything.
pub async fn show(instance: &Instance, by: &Moderator, domain: &str) -> Result<Dealings> {
    may(by.role, Power::Hosts)?;
    let domain = peers::tidy_domain(instance, domain)?;
    instance
        .store
        .read(move |reader| {
            let texts = reader.agreements_with(&domain)?;
            let events = reader.agreement_events(&domain, MOST_EVENTS)?;
            if texts.is_empty() && events.is_empty() {
                return Err(Error::NotFound("agreement"));
            }
            let first =
                |states: &[State]| texts.iter().find(|agreement| states.contains(&agreement.state)).cloned();
            Ok(Dealings {
                standing: reader.standing_of(&domain)?,
                current: first(&[State::Accepted, State::Stopped]),
                open: first(&[State::Proposed]),
                texts,
                events,
                domain,
            })
        })
        .await
}

/// The agreement with a host that is in force at this moment.
pub(in crate::service) fn in_force(reader: &mut Reader<'_>, domain: &str) -> Result<Option<Agreement>> {
    let now = reader.now();
    match reader.find_pact(domain)?.filter(|pact| pact.in_force(now)) {
        Some(pact) => Ok(reader.find_agreement(pact.agreement)?),
        None => Ok(None),
    }
}

/// What is told to a partner whose activity an agreement does not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The rule.
    pub rule: Rule,
    /// Whom to ask here.
    pub contact: String,
    /// Which agreement.
    pub agreement: String,
    /// Which version of it.
    pub version: i64,
}

/// Explains a rule to a host with which there is an agreement, or was. To anybody else there is nothing to
/// explain.
pub async fn explain(instance: &Instance, domain: &str, rule: Option<Rule>) -> Result<Option<Explanation>> {
    let (domain, us) = (domain.to_owned(), instance.urls.domain().to_owned());
    instance
        .store
        .read(move |reader| {
            let now = reader.now();
            let Some(pact) = reader.find_pact(&domain)? else { return Ok(None) };
            let rule = match rule {
                Some(rule) => rule,
                None if pact.stopped => Rule::Stopped,
                None if !pact.in_force(now) => Rule::NotInForce,
                None => return Ok(None),
            };
            let Some(agreement) = reader.find_agreement(pact.agreement)?.filter(|it| it.two_sided) else {
                return Ok(None);
            };
            let contact = agreement.text.party(&us).map(|us| us.contact.clone()).unwrap_or_default();
            let (id, version) = (agreement.text.id, agreement.text.version);
            Ok(Some(Explanation { rule, contact, agreement: id, version }))
        })
        .await
}

/// Terms in words, a line for each thing that they say.
pub fn in_words(terms: &Terms) -> Vec<String> {
    let flow = terms.flow();
    let word = |reach: &Reach| match reach {
        Reach::Partners => "posts for partners",
        Reach::Public => "public posts",
        _ => "posts for followers",
    };
    let reaches: Vec<&str> = terms.reaches.iter().map(word).collect();
    let list = |items: &[&str]| if items.is_empty() { "no posts".to_owned() } else { items.join(", ") };
    let yes = |granted: bool, what: &str| format!("{}{what}", if granted { "" } else { "no " });
    let attributes: Vec<&str> = terms.attributes.iter().map(|attribute| attribute.label()).collect();
    vec![
        list(&reaches),
        yes(terms.direct_messages, "posts for the people they name"),
        yes(terms.boosts, "boosts"),
        yes(terms.media, "pictures and files"),
        yes(flow.has(crate::model::pact::Permit::Directory), "directory of people"),
        if attributes.is_empty() {
            "nothing of profiles but names".to_owned()
        } else {
            format!("of profiles: {}", attributes.join(", "))
        },
        match &terms.follows {
            Follows::Everybody => "everybody may be followed".to_owned(),
            Follows::Nobody => "nobody may be followed".to_owned(),
            Follows::Only(names) => {
                format!("may be followed: {}", names.iter().cloned().collect::<Vec<_>>().join(", "))
            }
        },
    ]
}

/// From when to when, in words.
pub fn term_in_words(starts: Option<Timestamp>, ends: Option<Timestamp>) -> String {
    match (starts, ends) {
        (None, None) => "from when both have accepted until one ends it".to_owned(),
        (Some(starts), None) => format!("from {} until one ends it", starts.date()),
        (None, Some(ends)) => format!("from when both have accepted until {}", ends.date()),
        (Some(starts), Some(ends)) => format!("from {} until {}", starts.date(), ends.date()),
    }
}
