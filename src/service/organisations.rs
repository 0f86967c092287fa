//! One view of a partner's organisation, for staff: its people, who among the colleagues has to do with them, what
//! was posted lately, and what is agreed.

use std::collections::HashSet;

use super::people::{Giving, with_profiles};
use super::{Error, Result, accounts, agreements, peers, setting};
use crate::instance::Instance;
use crate::model::AccountId;
use crate::model::account::Account;
use crate::model::agreement::Agreement;
use crate::model::pact::Lapse;
use crate::model::peer::Tier;
use crate::model::profile::PersonView;
use crate::model::view::StatusView;
use crate::policy::reach::{Viewer, scope};

/// How much of each is shown.
const PEOPLE: i64 = 60;
const POSTS: i64 = 60;
const THREADS: usize = 20;

/// What there is to know of an organisation.
#[derive(Debug, Clone, PartialEq)]
pub struct Organisation {
    /// Its host.
    pub domain: String,
    /// What that is to us now.
    pub tier: Tier,
    /// Why the agreement with it is not in force, if somebody has made it a partner and it is not.
    pub lapsed: Option<Lapse>,
    /// Its people that are known here.
    pub people: Vec<PersonView>,
    /// Colleagues who follow one of them.
    pub following: Vec<Account>,
    /// Colleagues who have written to one of them lately, where the viewer can see it.
    pub talking: Vec<Account>,
    /// The latest post of each thread with them, the newest first.
    pub posts: Vec<StatusView>,
    /// What is in force.
    pub agreement: Option<Agreement>,
}

/// Shows an organisation as this colleague may see it.
///
/// # Errors
/// `NotFound` for a host that nobody here knows, or with which nothing is exchanged.
pub async fn show(instance: &Instance, me: AccountId, domain: &str) -> Result<Organisation> {
    let domain = peers::tidy_domain(instance, domain).map_err(|_| Error::NotFound("organisation"))?;
    let (setting, giving) = (setting(instance), Giving::of(instance));
    instance
        .store
        .read(move |reader| {
            let tier = reader.tier_of(&domain)?;
            let people = reader.people_of_host(&domain, PEOPLE)?;
            let known = reader.find_host(&domain)?.is_some() || !people.is_empty();
            if tier == Tier::Blocked || !known {
                return Err(Error::NotFound("organisation"));
            }
            let viewer = Viewer::Staff(me);
            let people = accounts::those_seen(reader, &viewer, &setting, people)?;
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
                lapsed: reader.lapsed_among(std::slice::from_ref(&domain))?.remove(&domain),
                people: with_profiles(reader, &viewer, &giving, people)?,
                following: reader.followers_of_host(me, &domain, PEOPLE)?,
                talking,
                posts,
                agreement: agreements::in_force(reader, &domain)?,
                domain,
            })
        })
        .await
}
