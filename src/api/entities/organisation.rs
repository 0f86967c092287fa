//! A partner's organisation, as staff are shown it.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Account, Person, Status};
use crate::model::pact::Lapse;
use crate::model::urls::Urls;
use crate::service::agreements::{in_words, term_in_words};
use crate::service::organisations;

/// What is agreed with an organisation, in words.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AgreementInForce {
    version: i64,
    starts_at: Option<String>,
    ends_at: Option<String>,
    /// From when to when.
    term: String,
    /// Whom to ask here.
    contact: String,
    /// Whom to ask there.
    their_contact: String,
    /// What this instance gives.
    gives: Vec<String>,
    /// What it takes.
    takes: Vec<String>,
}

/// A partner's organisation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Organisation {
    domain: String,
    /// `company`, `partner`, `open` or `limited`.
    tier: String,
    /// Why the agreement with it is not in force, if it is a partner by name and it is not.
    lapsed: Option<Lapse>,
    /// Its people that are known here, with what the caller may have of their profiles.
    people: Vec<Person>,
    /// Colleagues who follow one of them.
    following: Vec<Account>,
    /// Colleagues who have written to one of them, where the caller can see it.
    talking: Vec<Account>,
    /// The latest post of each thread with them.
    statuses: Vec<Status>,
    /// What is agreed; null where nothing but the tier counts.
    agreement: Option<AgreementInForce>,
}

impl Organisation {
    /// Renders an organisation.
    pub fn render(found: &organisations::Organisation, urls: &Urls) -> Self {
        let agreement = found.agreement.as_ref().and_then(|agreement| {
            let text = &agreement.text;
            let (us, them) = (text.party(urls.domain())?, text.other(urls.domain())?);
            Some(AgreementInForce {
                version: text.version,
                starts_at: text.starts_at().map(|at| at.rfc3339()),
                ends_at: text.ends_at().map(|at| at.rfc3339()),
                term: term_in_words(text.starts_at(), text.ends_at()),
                contact: us.contact.clone(),
                their_contact: them.contact.clone(),
                gives: in_words(&us.gives),
                takes: in_words(&them.gives),
            })
        });
        Self {
            domain: found.domain.clone(),
            tier: found.tier.to_string(),
            lapsed: found.lapsed,
            people: Person::render_all(&found.people, urls),
            following: Account::render_all(&found.following, urls),
            talking: Account::render_all(&found.talking, urls),
            statuses: Status::render_all(&found.posts, urls),
            agreement,
        }
    }
}
