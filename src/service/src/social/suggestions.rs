//! Follow suggestions: people close in the org chart, people with the same skills and interests, authors of
//! posts under followed hashtags, friends of friends, and then other people of the company, including its
//! other instances.

use std::collections::{BTreeSet, HashMap};

use crate::instance::Instance;
use crate::{Result, Viewer, setting};
use portico_domain::model::AccountId;
use portico_domain::model::account::Account;
use portico_domain::model::page::PageRequest;
use portico_domain::model::profile::{Attributes, PeopleQuery};
use portico_domain::model::search::words;
use portico_domain::model::suggestion::{Reason, Suggested};
use portico_domain::policy::reach::scope;
use portico_store::{Origin, Reader, TagFilter};

/// Maximum number of people per source, and of skills and interests searched for.
const MOST: i64 = 60;
const LOOKED_FOR: usize = 6;
/// Maximum number of followed hashtags and of posts under them that are considered.
const TAGS: i64 = 20;
const POSTS: i64 = 80;

/// Suggests people to follow, those with the strongest reasons first. Leaves out people who are followed,
/// requested, blocked, dismissed, or not discoverable. The number of queries does not depend on the number of
/// people.
pub async fn for_person(instance: &Instance, me: AccountId, limit: i64) -> Result<Vec<Suggested>> {
    let scope = scope(&Viewer::Local(me), &setting(instance));
    instance
        .store
        .read(move |reader| {
            let own = reader.find_profile(me)?.attributes;
            let mut found = SuggestionReasons::default();
            add_colleagues(reader, me, &own, &mut found)?;
            add_similar(reader, me, &own, &mut found)?;
            let tags = reader.followed_tag_page(me, &PageRequest::first(TAGS))?.items;
            if !tags.is_empty() {
                let filter = TagFilter { any: tags, ..TagFilter::default() };
                let page = PageRequest::first(POSTS);
                let posts = reader.tag_page(Some(me), &scope, &filter, Origin::Any, &page)?.items;
                for author in reader.authors_of(&posts)? {
                    found.add_reason(author, Reason::Tag);
                }
            }
            for (account, known) in reader.suggested_people(me, limit.max(MOST))? {
                found.add_reason(account.id, if known { Reason::Friends } else { Reason::Colleague });
            }
            let ids: Vec<i64> = found.reasons.keys().map(|id| id.0).collect();
            let accounts = reader.filter_suggestable(me, &ids)?;
            Ok(found.ranked(accounts, usize::try_from(limit).unwrap_or(0)))
        })
        .await
}

/// The reasons for each suggested account.
#[derive(Default)]
struct SuggestionReasons {
    reasons: HashMap<AccountId, BTreeSet<Reason>>,
}

impl SuggestionReasons {
    fn add_reason(&mut self, who: AccountId, why: Reason) {
        self.reasons.entry(who).or_default().insert(why);
    }

    fn add_reasons(&mut self, people: &[Account], why: Reason) {
        for person in people {
            self.add_reason(person.id, why);
        }
    }

    fn ranked(mut self, accounts: Vec<Account>, limit: usize) -> Vec<Suggested> {
        let mut ranked: Vec<(u32, Suggested)> = accounts
            .into_iter()
            .map(|account| {
                let reasons: Vec<Reason> =
                    self.reasons.remove(&account.id).unwrap_or_default().into_iter().collect();
                (reasons.iter().map(|reason| reason.weight()).sum(), Suggested { account, reasons })
            })
            .collect();
        // With equal weight, the most recently active account comes first.
        ranked.sort_by_key(|(weight, one)| {
            std::cmp::Reverse((*weight, one.account.last_status_at, one.account.id))
        });
        ranked.into_iter().take(limit).map(|(_, one)| one).collect()
    }
}

/// Adds people close in the org chart: manager, reports, department and division.
fn add_colleagues(
    reader: &mut Reader<'_>,
    me: AccountId,
    own: &Attributes,
    found: &mut SuggestionReasons,
) -> Result<()> {
    if let Some(uri) = &own.manager
        && let Some(manager) = reader.find_account_by_uri(uri)?
    {
        let listed = reader.listed_people(me, &[manager.id.0])?;
        found.add_reasons(&listed, Reason::Manager);
        let fellows = reader.list_reports(me, uri, MOST)?;
        found.add_reasons(&fellows, Reason::Department);
    }
    if let Some(account) = reader.find_account(me)? {
        let reports = reader.list_reports(me, &account.uri, MOST)?;
        found.add_reasons(&reports, Reason::Report);
    }
    let phrase = |text: &str| Some(words(text)).filter(|phrase| !phrase.is_empty());
    let (division, department) = (phrase(&own.division), phrase(&own.department));
    if department.is_some() {
        let query = PeopleQuery { division: division.clone(), department, ..PeopleQuery::default() };
        let fellows = reader.list_people(me, &query, MOST, 0)?;
        found.add_reasons(&fellows, Reason::Department);
    }
    if division.is_some() {
        let query = PeopleQuery { division, ..PeopleQuery::default() };
        let fellows = reader.list_people(me, &query, MOST, 0)?;
        found.add_reasons(&fellows, Reason::Division);
    }
    Ok(())
}

/// Adds people with the same skills and interests.
fn add_similar(
    reader: &mut Reader<'_>,
    me: AccountId,
    own: &Attributes,
    found: &mut SuggestionReasons,
) -> Result<()> {
    for skill in own.skills.iter().take(LOOKED_FOR) {
        let query = PeopleQuery { skill: Some(words(skill)), ..PeopleQuery::default() };
        let fellows = reader.search_people(me, &query, MOST, 0)?;
        found.add_reasons(&fellows, Reason::Skill);
    }
    for interest in own.interests.iter().chain(&own.projects).take(LOOKED_FOR) {
        let words: Vec<String> =
            words(interest).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let query = PeopleQuery { words, ..PeopleQuery::default() };
        let fellows = reader.search_people(me, &query, MOST, 0)?;
        found.add_reasons(&fellows, Reason::Interest);
    }
    Ok(())
}

/// Dismisses a suggestion. Ignores an unknown account.
pub async fn dismiss(instance: &Instance, me: AccountId, target: AccountId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            if tx.find_account(target)?.is_some() {
                tx.dismiss_suggestion(me, target)?;
            }
            Ok(())
        })
        .await
}
