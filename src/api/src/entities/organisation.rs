//! The organisation of a partner, for staff.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Account, Person, Status};
use portico_domain::model::agreement_grants::Lapse;
use portico_domain::model::urls::Urls;
use portico_service::partners::agreements::{describe_period, describe_terms};
use portico_service::people::organisations;

/// The agreement with an organisation, as text for people.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AgreementInForce {
    version: i64,
    starts_at: Option<String>,
    ends_at: Option<String>,
    /// The period, as text.
    term: String,
    /// The contact on this instance.
    contact: String,
    /// The contact at the partner.
    their_contact: String,
    /// The grants of this instance.
    gives: Vec<String>,
    /// The grants of the partner.
    takes: Vec<String>,
}

/// The organisation of a partner.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Organisation {
    domain: String,
    /// `company`, `partner`, `open` or `limited`.
    tier: String,
    /// Why the agreement with a partner is not in force; null if it is, or if the host is no partner.
    lapsed: Option<Lapse>,
    /// Its known people, with the profile attributes that the caller may see.
    people: Vec<Person>,
    /// Colleagues who follow any of them.
    following: Vec<Account>,
    /// Colleagues who have written to any of them, in posts that the caller can see.
    talking: Vec<Account>,
    /// The latest post of each thread with them.
    statuses: Vec<Status>,
    /// The agreement in force; null if only the tier counts.
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
                term: describe_period(text.starts_at(), text.ends_at()),
                contact: us.contact.clone(),
                their_contact: them.contact.clone(),
                gives: describe_terms(&us.gives),
                takes: describe_terms(&them.gives),
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
