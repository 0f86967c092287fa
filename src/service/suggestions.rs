//! Whom somebody may want to follow: who stands around them in the company, who shares what they know and like,
//! who posts under hashtags they follow, whom their friends follow, and then anybody of the company. People of
//! the company's other instances are among them.

use std::collections::{BTreeSet, HashMap};

use super::{Result, Viewer, setting};
use crate::instance::Instance;
use crate::model::AccountId;
use crate::model::account::Account;
use crate::model::page::PageRequest;
use crate::model::profile::{Attributes, PeopleQuery};
use crate::model::search::words;
use crate::model::suggestion::{Reason, Suggested};
use crate::policy::reach::scope;
use crate::store::{Origin, Reader, TagFilter};

/// How many people one source gives, and how many skills and interests are looked for.
const MOST: i64 = 60;
const LOOKED_FOR: usize = 6;
/// How many hashtags are looked at, and how many posts under them.
const TAGS: i64 = 20;
const POSTS: i64 = 80;

/// People whom somebody may want to follow, those with the best reasons first. Left out are those who are
/// followed or asked, blocked or waved off, and who does not want to be found. Takes a number of queries that
/// does not grow with how many people there are.
pub async fn for_person(instance: &Instance, me: AccountId, limit: i64) -> Result<Vec<Suggested>> {
    let scope = scope(&Viewer::Staff(me), &setting(instance));
    instance
        .store
        .read(move |reader| {
            let own = reader.find_profile(me)?.attributes;
            let mut found = Found::default();
            around(reader, me, &own, &mut found)?;
            alike(reader, me, &own, &mut found)?;
            let tags = reader.followed_tag_page(me, &PageRequest::first(TAGS))?.items;
            if !tags.is_empty() {
                let filter = TagFilter { any: tags, ..TagFilter::default() };
                let page = PageRequest::first(POSTS);
                let posts = reader.tag_page(Some(me), &scope, &filter, Origin::Any, &page)?.items;
                for author in reader.authors_of(&posts)? {
                    found.note(author, Reason::Tag);
                }
            }
            for (account, known) in reader.suggested_people(me, limit.max(MOST))? {
                found.note(account.id, if known { Reason::Friends } else { Reason::Colleague });
            }
            let ids: Vec<i64> = found.reasons.keys().map(|id| id.0).collect();
            let accounts = reader.those_suggestable(me, &ids)?;
            Ok(found.ranked(accounts, usize::try_from(limit).unwrap_or(0)))
        })
        .await
}

/// Why each of some people is suggested.
#[derive(Default)]
struct Found {
    reasons: HashMap<AccountId, BTreeSet<Reason>>,
}

impl Found {
    fn note(&mut self, who: AccountId, why: Reason) {
        self.reasons.entry(who).or_default().insert(why);
    }

    fn note_all(&mut self, people: &[Account], why: Reason) {
        for person in people {
            self.note(person.id, why);
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
        // Of those with equal reasons, who posted last comes first.
        ranked.sort_by_key(|(weight, one)| {
            std::cmp::Reverse((*weight, one.account.last_status_at, one.account.id))
        });
        ranked.into_iter().take(limit).map(|(_, one)| one).collect()
    }
}

/// Who stands around somebody.
fn around(reader: &mut Reader<'_>, me: AccountId, own: &Attributes, found: &mut Found) -> Result<()> {
    if let Some(uri) = &own.manager
        && let Some(manager) = reader.find_account_by_uri(uri)?
    {
        let listed = reader.listed_people(me, &[manager.id.0])?;
        found.note_all(&listed, Reason::Manager);
        let fellows = reader.list_reports(me, uri, MOST)?;
        found.note_all(&fellows, Reason::Department);
    }
    if let Some(account) = reader.find_account(me)? {
        let reports = reader.list_reports(me, &account.uri, MOST)?;
        found.note_all(&reports, Reason::Report);
    }
    let phrase = |text: &str| Some(words(text)).filter(|phrase| !phrase.is_empty());
    let (division, department) = (phrase(&own.division), phrase(&own.department));
    if department.is_some() {
        let query = PeopleQuery { division: division.clone(), department, ..PeopleQuery::default() };
        let fellows = reader.list_people(me, &query, MOST, 0)?;
        found.note_all(&fellows, Reason::Department);
    }
    if division.is_some() {
        let query = PeopleQuery { division, ..PeopleQuery::default() };
        let fellows = reader.list_people(me, &query, MOST, 0)?;
        found.note_all(&fellows, Reason::Division);
    }
    Ok(())
}

/// Who knows what somebody knows, and likes what they like.
fn alike(reader: &mut Reader<'_>, me: AccountId, own: &Attributes, found: &mut Found) -> Result<()> {
    for skill in own.skills.iter().take(LOOKED_FOR) {
        let query = PeopleQuery { skill: Some(words(skill)), ..PeopleQuery::default() };
        let fellows = reader.search_people(me, &query, MOST, 0)?;
        found.note_all(&fellows, Reason::Skill);
    }
    for interest in own.interests.iter().chain(&own.projects).take(LOOKED_FOR) {
        let words: Vec<String> =
            words(interest).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let query = PeopleQuery { words, ..PeopleQuery::default() };
        let fellows = reader.search_people(me, &query, MOST, 0)?;
        found.note_all(&fellows, Reason::Interest);
    }
    Ok(())
}
