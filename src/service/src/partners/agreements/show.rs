//! Read models of agreements: for administrators, and the explanations given to partners.

use crate::instance::Instance;
use crate::partners::peers;
use crate::{Error, Result};
use portico_domain::model::agreement::{Agreement, AgreementEvent, Follows, State, Terms};
use portico_domain::model::agreement_grants::PeerStanding;
use portico_domain::model::moderation::Moderator;
use portico_domain::model::{Reach, Timestamp};
use portico_domain::policy::agreements::AgreementRule;
use portico_domain::policy::moderation::{Power, may};
use portico_store::Reader;

/// The maximum number of events shown.
const MOST_EVENTS: i64 = 200;

/// All agreements and events with one partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementHistory {
    /// The partner's domain.
    pub domain: String,
    /// The host's current tier and agreement grants.
    pub standing: PeerStanding,
    /// The agreement in force or stopped, if any.
    pub current: Option<Agreement>,
    /// The open proposal, if any.
    pub open: Option<Agreement>,
    /// All texts, the newest first.
    pub texts: Vec<Agreement>,
    /// All events, the newest first.
    pub events: Vec<AgreementEvent>,
}

/// Lists every agreement that is in force, open or stopped, by host.
///
/// # Errors
/// `Refused` when the role does not allow it.
pub async fn list(instance: &Instance, by: &Moderator) -> Result<Vec<Agreement>> {
    may(by.role, Power::Hosts)?;
    let states = [State::Accepted, State::Proposed, State::Stopped];
    Ok(instance.store.read(move |reader| reader.list_agreements(&states)).await?)
}

/// Returns all agreements and events with one partner.
///
/// # Errors
/// `Refused` when the role does not allow it; `NotFound` if there are none.
pub async fn show(instance: &Instance, by: &Moderator, domain: &str) -> Result<AgreementHistory> {
    may(by.role, Power::Hosts)?;
    let domain = peers::normalise_domain(instance, domain)?;
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
            Ok(AgreementHistory {
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

/// Finds the agreement with a host that is in force now.
pub(crate) fn in_force(reader: &mut Reader<'_>, domain: &str) -> Result<Option<Agreement>> {
    let now = reader.now();
    match reader.find_agreement_grants(domain)?.filter(|grants| grants.in_force(now)) {
        Some(grants) => Ok(reader.find_agreement(grants.agreement)?),
        None => Ok(None),
    }
}

/// The reason why an agreement does not permit a partner's activity, as sent to the partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleExplanation {
    /// The rule that refused it.
    pub rule: AgreementRule,
    /// The contact on this instance.
    pub contact: String,
    /// The id of the agreement.
    pub agreement: String,
    /// The version of the agreement.
    pub version: i64,
}

/// Explains a rule to a host with a current or past two-sided agreement; `None` for any other host. Without a
/// given rule, the rule is that the agreement is stopped or not in force.
pub async fn explain(
    instance: &Instance,
    domain: &str,
    rule: Option<AgreementRule>,
) -> Result<Option<RuleExplanation>> {
    let (domain, us) = (domain.to_owned(), instance.urls.domain().to_owned());
    instance
        .store
        .read(move |reader| {
            let now = reader.now();
            let Some(grants) = reader.find_agreement_grants(&domain)? else { return Ok(None) };
            let rule = match rule {
                Some(rule) => rule,
                None if grants.stopped => AgreementRule::Stopped,
                None if !grants.in_force(now) => AgreementRule::NotInForce,
                None => return Ok(None),
            };
            let Some(agreement) = reader.find_agreement(grants.agreement)?.filter(|it| it.two_sided) else {
                return Ok(None);
            };
            let contact = agreement.text.party(&us).map(|us| us.contact.clone()).unwrap_or_default();
            let (id, version) = (agreement.text.id, agreement.text.version);
            Ok(Some(RuleExplanation { rule, contact, agreement: id, version }))
        })
        .await
}

/// Describes terms in words, one line for each.
pub fn describe_terms(terms: &Terms) -> Vec<String> {
    let granted = terms.granted();
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
        yes(terms.direct_messages, "direct posts"),
        yes(terms.boosts, "boosts"),
        yes(terms.media, "pictures and files"),
        yes(granted.has(portico_domain::model::agreement_grants::Grant::Directory), "directory of people"),
        if attributes.is_empty() {
            "no profile attributes except names".to_owned()
        } else {
            format!("profile attributes: {}", attributes.join(", "))
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

/// Describes the period of an agreement in words.
pub fn describe_period(starts: Option<Timestamp>, ends: Option<Timestamp>) -> String {
    match (starts, ends) {
        (None, None) => "from acceptance by both sides until one side ends it".to_owned(),
        (Some(starts), None) => format!("from {} until one side ends it", starts.date()),
        (None, Some(ends)) => format!("from acceptance by both sides until {}", ends.date()),
        (Some(starts), Some(ends)) => format!("from {} until {}", starts.date(), ends.date()),
    }
}
