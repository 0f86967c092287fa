//! Finding people: by name, department and skill, in the org chart, and by what they know.

use std::collections::{BTreeSet, HashMap};

use super::{PersonView, ProfileVisibility, with_profiles};
use crate::instance::Instance;
use crate::lookup;
use crate::reading::search::{SearchKind, SearchQuery};
use crate::{Result, Viewer};
use portico_domain::model::AccountId;
use portico_domain::model::profile::{DepartmentSummary, Expert, OrgChart, PeopleQuery};
use portico_domain::model::search::words;
use portico_domain::model::text_similarity::is_similar;
use portico_domain::model::view::StatusView;

/// Maximum height and width of an org chart.
const LONGEST_CHAIN: usize = 20;
const MOST_REPORTS: i64 = 200;
/// Number of posts considered for a question, and shown per person.
const POSTS: i64 = 100;
const POSTS_SHOWN: usize = 3;

/// A search for people; empty fields do not filter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeopleSearch {
    /// Words of the name, handle or profile; tolerates typing errors.
    pub text: String,
    /// Only people in this division.
    pub division: String,
    /// Only people in this department.
    pub department: String,
    /// Only people with this skill.
    pub skill: String,
    /// Maximum number of results.
    pub limit: i64,
    /// Number of results to skip.
    pub offset: i64,
}

impl PeopleSearch {
    fn query(&self) -> PeopleQuery {
        let phrase = |text: &str| Some(words(text)).filter(|phrase| !phrase.is_empty());
        PeopleQuery {
            words: words(&self.text).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect(),
            division: phrase(&self.division),
            department: phrase(&self.department),
            skill: phrase(&self.skill),
        }
    }
}

/// Lists the people of the company by name, or searches them, best match first.
pub async fn search(instance: &Instance, me: AccountId, asked: PeopleSearch) -> Result<Vec<PersonView>> {
    let visibility = ProfileVisibility::for_instance(instance);
    let query = asked.query();
    let nothing_sayable = query.words.is_empty() && !asked.text.trim().is_empty();
    if nothing_sayable {
        return Ok(Vec::new());
    }
    instance
        .store
        .read(move |reader| {
            let found = if query.words.is_empty() && query.skill.is_none() {
                reader.list_people(me, &query, asked.limit, asked.offset)?
            } else {
                reader.search_people(me, &query, asked.limit, asked.offset)?
            };
            with_profiles(reader, &Viewer::Local(me), &visibility, found)
        })
        .await
}

/// Lists the divisions and departments of the company.
pub async fn list_departments(instance: &Instance, me: AccountId) -> Result<Vec<DepartmentSummary>> {
    Ok(instance.store.read(move |reader| reader.list_departments(me)).await?)
}

/// Returns the org chart around a person: the managers up to the top, and the direct reports.
pub async fn org_chart(instance: &Instance, me: AccountId, id: AccountId) -> Result<OrgChart> {
    let visibility = ProfileVisibility::for_instance(instance);
    instance
        .store
        .read(move |reader| {
            let viewer = Viewer::Local(me);
            let account = lookup::find_visible_account(reader, &viewer, &visibility.setting, id)?;
            let person = super::load_person(reader, &viewer, &visibility, account)?;
            let mut above: Vec<PersonView> = Vec::new();
            let mut next = person.manager.clone();
            while let Some(manager) = next.take() {
                let known = manager.id == id || above.iter().any(|view| view.account.id == manager.id);
                if known || above.len() >= LONGEST_CHAIN {
                    break;
                }
                let view = super::load_person(reader, &viewer, &visibility, manager)?;
                next.clone_from(&view.manager);
                above.push(view);
            }
            above.reverse();
            let reports = reader.list_reports(me, &person.account.uri, MOST_REPORTS)?;
            let mut reports = with_profiles(reader, &viewer, &visibility, reports)?;
            // If the viewer may not see a person's manager, the org chart must not reveal it either.
            reports.retain(|view| view.attributes.manager.as_ref() == Some(&person.account.uri));
            Ok(OrgChart { above, person, reports })
        })
        .await
}

/// Finds people who know about a topic: those who declare it, and those whose posts, as far as the viewer may
/// see and search them, mention it.
pub async fn who_knows(instance: &Instance, me: AccountId, text: &str, limit: usize) -> Result<Vec<Expert>> {
    let asked = words(text);
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    // Only words: search operators such as `from:` describe no knowledge.
    let query = SearchQuery {
        text: asked.clone(),
        only: Some(SearchKind::Statuses),
        limit: POSTS,
        ..SearchQuery::default()
    };
    let posts = crate::reading::search::search(instance, Viewer::Local(me), query).await?.statuses;
    let visibility = ProfileVisibility::for_instance(instance);
    instance
        .store
        .read(move |reader| {
            let query = PeopleQuery {
                words: asked.split(' ').map(str::to_owned).collect(),
                ..PeopleQuery::default()
            };
            let declared = reader.search_people(me, &query, 100, 0)?;
            let mut ids: Vec<i64> = declared.iter().map(|account| account.id.0).collect();
            let authors: BTreeSet<i64> = posts.iter().map(|post| post.account.id.0).collect();
            ids.extend(authors.into_iter().filter(|id| !declared.iter().any(|account| account.id.0 == *id)));
            let people = reader.listed_people(me, &ids)?;
            let people = with_profiles(reader, &Viewer::Local(me), &visibility, people)?;
            Ok(rank(people, posts, &asked, limit))
        })
        .await
}

/// Ranks experts: declared skills count most, then the number of posts.
fn rank(people: Vec<PersonView>, posts: Vec<StatusView>, asked: &str, limit: usize) -> Vec<Expert> {
    let mut by_author: HashMap<AccountId, Vec<StatusView>> = HashMap::new();
    for post in posts {
        by_author.entry(post.account.id).or_default().push(post);
    }
    let mut ranked: Vec<(usize, Expert)> = people
        .into_iter()
        .filter_map(|person| {
            let skills = matching(&person, asked);
            let mut posts = by_author.remove(&person.account.id).unwrap_or_default();
            let score = skills.len() * 10 + posts.len().min(9);
            posts.truncate(POSTS_SHOWN);
            (score > 0).then_some((score, Expert { person, skills, posts }))
        })
        .collect();
    ranked.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    ranked.into_iter().take(limit).map(|(_, expert)| expert).collect()
}

/// Returns the skills, projects, interests and job title that match a word of the question, or nearly.
fn matching(person: &PersonView, asked: &str) -> Vec<String> {
    let attributes = &person.attributes;
    let lists = attributes.skills.iter().chain(&attributes.projects).chain(&attributes.interests);
    let declared = lists.chain(std::iter::once(&attributes.job_title));
    let wanted: Vec<&str> = asked.split(' ').collect();
    let fits = |text: &&String| {
        let prepared = words(text);
        let mut found = prepared.split(' ');
        found.any(|word| wanted.iter().any(|wanted| word.starts_with(wanted) || is_similar(word, wanted)))
    };
    declared.filter(fits).cloned().collect()
}
