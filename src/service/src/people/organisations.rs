//! The page of a partner's organisation: its people, the colleagues in contact with them, recent posts, and
//! the agreement.

use std::collections::HashSet;

use crate::instance::Instance;
use crate::lookup;
use crate::partners::{agreements, peers};
use crate::people::profiles::{ProfileVisibility, with_profiles};
use crate::{Error, Result, setting};
use portico_domain::model::AccountId;
use portico_domain::model::account::Account;
use portico_domain::model::agreement::Agreement;
use portico_domain::model::agreement_grants::Lapse;
use portico_domain::model::peer::Tier;
use portico_domain::model::profile::PersonView;
use portico_domain::model::view::StatusView;
use portico_domain::policy::reach::{Viewer, scope};

/// Maximum number of entries shown of each kind.
const PEOPLE: i64 = 60;
const POSTS: i64 = 60;
const THREADS: usize = 20;

/// The view of an organisation.
#[derive(Debug, Clone, PartialEq)]
pub struct Organisation {
    /// Its host.
    pub domain: String,
    /// The host's current tier.
    pub tier: Tier,
    /// The reason why the agreement is not in force, if the host is marked as a partner but has none in
    /// force.
    pub lapsed: Option<Lapse>,
    /// Its people known here.
    pub people: Vec<PersonView>,
    /// Colleagues who follow one of them.
    pub following: Vec<Account>,
    /// Colleagues who recently wrote to one of them, as far as the viewer may see.
    pub talking: Vec<Account>,
    /// The latest post of each thread with them, newest first.
    pub posts: Vec<StatusView>,
    /// The agreement in force.
    pub agreement: Option<Agreement>,
}

/// Returns an organisation as the viewer may see it.
///
/// # Errors
/// `NotFound` for an unknown or blocked host.
pub async fn show(instance: &Instance, me: AccountId, domain: &str) -> Result<Organisation> {
    let domain = peers::normalise_domain(instance, domain).map_err(|_| Error::NotFound("organisation"))?;
    let (setting, visibility) = (setting(instance), ProfileVisibility::for_instance(instance));
    instance
        .store
        .read(move |reader| {
            let tier = reader.tier_of(&domain)?;
            let people = reader.people_of_host(&domain, PEOPLE)?;
            let known = reader.find_host(&domain)?.is_some() || !people.is_empty();
            if tier == Tier::Blocked || !known {
                return Err(Error::NotFound("organisation"));
            }
            let viewer = Viewer::Local(me);
            let people = lookup::filter_visible_accounts(reader, &viewer, &setting, people)?;
            let posts = reader.posts_with_host(&scope(&viewer, &setting), &domain, POSTS)?;
            let mut writing = HashSet::new();
            let writing: Vec<i64> = posts
                .iter()
                .filter(|(_, by, local)| *local && writing.insert(*by))
                .map(|(_, by, _)| by.0)
                .collect();
            let ids: Vec<_> = posts.iter().map(|(id, _, _)| *id).collect();
            let mut threads = HashSet::new();
            let mut posts = reader.status_views(Some(me), &ids)?;
            posts.retain(|view| threads.insert(view.status.conversation_id));
            posts.truncate(THREADS);
            let mut writers = reader.accounts_by_id(&writing)?;
            let talking = writing.iter().filter_map(|id| writers.remove(id)).collect();
            Ok(Organisation {
                tier,
                lapsed: reader.lapsed_agreements_among(std::slice::from_ref(&domain))?.remove(&domain),
                people: with_profiles(reader, &viewer, &visibility, people)?,
                following: reader.followers_of_host(me, &domain, PEOPLE)?,
                talking,
                posts,
                agreement: agreements::in_force(reader, &domain)?,
                domain,
            })
        })
        .await
}
