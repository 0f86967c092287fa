//! Onboarding of new users: which profile fields they should fill in, and which people and topics they may
//! follow, so that their home timeline is not empty.

use crate::instance::Instance;
use crate::people::profiles;
use crate::reading::tags;
use crate::social::relationships::{self, FollowOptions};
use crate::{Error, Result, Viewer};
use portico_domain::model::AccountId;
use portico_domain::model::account::Account;
use portico_domain::model::profile::{Attribute, PeopleQuery, PersonView};
use portico_domain::model::search::words;
use portico_domain::model::view::TagView;
use portico_html::normalise_tag;

/// How many people of a department and of a division one step follows. Of a division, those who posted most
/// recently, since a home timeline of thousands is of no use.
const DEPARTMENT: i64 = 100;
const DIVISION: usize = 50;
const DIVISION_LOOKED_AT: i64 = 500;
/// How many topics are suggested, and how many one step may follow.
const TOPICS: i64 = 12;
const MOST_CHOSEN: usize = 50;
/// The profile attributes that the guide asks for.
const FIRST: [Attribute; 5] =
    [Attribute::JobTitle, Attribute::Department, Attribute::Division, Attribute::Manager, Attribute::Skills];

/// The state of a user's onboarding.
#[derive(Debug, Clone)]
pub struct FirstDay {
    /// Whether the user has completed or skipped it.
    pub done: bool,
    /// The profile attributes that are still empty.
    pub missing: Vec<Attribute>,
    /// The manager, if the profile names one.
    pub manager: Option<Account>,
    /// The department, with its people who are not followed yet.
    pub department: SuggestedColleagues,
    /// The division, with its people who are not followed yet.
    pub division: SuggestedColleagues,
    /// Suggested hashtags.
    pub topics: Vec<TagView>,
}

/// A part of the company to which the user belongs.
#[derive(Debug, Clone, Default)]
pub struct SuggestedColleagues {
    /// Its name; empty if the profile has none.
    pub name: String,
    /// The people to follow in it.
    pub people: Vec<Account>,
}

/// The people to follow in one step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ColleaguesInput {
    /// Whether to follow the manager.
    pub manager: bool,
    /// Whether to follow the department.
    pub department: bool,
    /// Whether to follow the most recently active people of the division.
    pub division: bool,
}

/// Returns whether the user has completed or skipped the guide.
pub async fn is_done(instance: &Instance, me: AccountId) -> Result<bool> {
    instance.store.read(move |reader| Ok(reader.is_first_day_done(me)?)).await
}

/// Returns the state of the user's onboarding.
pub async fn show(instance: &Instance, me: AccountId) -> Result<FirstDay> {
    let own = profiles::show_own(instance, me).await?.person;
    let done = is_done(instance, me).await?;
    let (department, division) = circles(instance, me, &own).await?;
    let filled = own.attributes.filled();
    Ok(FirstDay {
        done,
        missing: FIRST.into_iter().filter(|attribute| !filled.contains(attribute)).collect(),
        topics: topics(instance, me, &own).await?,
        manager: own.manager,
        department,
        division,
    })
}

/// Returns the people of the user's department and division who are not followed yet.
async fn circles(
    instance: &Instance,
    me: AccountId,
    own: &PersonView,
) -> Result<(SuggestedColleagues, SuggestedColleagues)> {
    let (department, division) = (own.attributes.department.clone(), own.attributes.division.clone());
    let phrase = |text: &str| Some(words(text)).filter(|phrase| !phrase.is_empty());
    let (by_department, by_division) = (phrase(&department), phrase(&division));
    let found = instance.store.read(move |reader| {
        let mut near = Vec::new();
        if by_department.is_some() {
            let query = PeopleQuery {
                division: by_division.clone(),
                department: by_department.clone(),
                ..PeopleQuery::default()
            };
            near = reader.list_people(me, &query, DEPARTMENT, 0)?;
        }
        let mut wide = Vec::new();
        if by_division.is_some() {
            let query = PeopleQuery { division: by_division.clone(), ..PeopleQuery::default() };
            wide = reader.list_people(me, &query, DIVISION_LOOKED_AT, 0)?;
            wide.sort_by_key(|account| std::cmp::Reverse((account.last_status_at, account.id)));
        }
        let ids = |people: &[Account]| people.iter().map(|person| person.id.0).collect::<Vec<_>>();
        let near = reader.filter_suggestable(me, &ids(&near))?;
        let order = ids(&wide);
        let mut wide = reader.filter_suggestable(me, &order)?;
        wide.sort_by_key(|account| order.iter().position(|id| *id == account.id.0));
        wide.truncate(DIVISION);
        Ok::<_, Error>((near, wide))
    });
    let (near, wide) = found.await?;
    Ok((
        SuggestedColleagues { name: department, people: near },
        SuggestedColleagues { name: division, people: wide },
    ))
}

/// Suggests hashtags: the user's skills and interests that are in use, then trending ones.
async fn topics(instance: &Instance, me: AccountId, own: &PersonView) -> Result<Vec<TagView>> {
    let declared = own.attributes.skills.iter().chain(&own.attributes.interests);
    let mut names: Vec<String> = declared
        .map(|text| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>())
        .map(|name| normalise_tag(&name))
        .filter(|name| !name.is_empty())
        .collect();
    let mut found = Vec::new();
    names.truncate(MOST_CHOSEN);
    names.dedup();
    for name in names {
        let view = tags::show(instance, Viewer::Local(me), &name).await;
        // A hashtag without recent posts is not suggested.
        if let Ok(view) = view
            && view.history.iter().any(|day| day.uses > 0)
        {
            found.push(view);
        }
    }
    for view in tags::trending(instance, Viewer::Local(me), TOPICS, 0).await? {
        if !found.iter().any(|known: &TagView| known.name == view.name) {
            found.push(view);
        }
    }
    found.truncate(usize::try_from(TOPICS).unwrap_or(0));
    Ok(found)
}

/// Follows the chosen people, as far as each may be followed. Returns how many are new.
pub async fn follow(instance: &Instance, me: &Account, input: ColleaguesInput) -> Result<usize> {
    let own = profiles::show_own(instance, me.id).await?.person;
    let mut chosen: Vec<AccountId> = Vec::new();
    if input.manager {
        chosen.extend(own.manager.as_ref().map(|manager| manager.id));
    }
    let (department, division) = circles(instance, me.id, &own).await?;
    if input.department {
        chosen.extend(department.people.iter().map(|person| person.id));
    }
    if input.division {
        chosen.extend(division.people.iter().map(|person| person.id));
    }
    let mut seen = std::collections::HashSet::new();
    let mut new = 0;
    for id in chosen.into_iter().filter(|id| seen.insert(*id)) {
        let known = instance.store.read({
            let me = me.id;
            move |reader| Ok::<_, Error>(reader.find_follow_between(me, id)?.is_some())
        });
        if known.await? {
            continue;
        }
        match relationships::follow(instance, me, id, FollowOptions::default()).await {
            Ok(_) => new += 1,
            // Skips people who may not be followed.
            Err(Error::Refused(_) | Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(new)
}

/// Follows hashtags. Returns how many.
///
/// # Errors
/// `Invalid` for an invalid hashtag, and above the limit.
pub async fn follow_topics(instance: &Instance, me: AccountId, names: &[String]) -> Result<usize> {
    if names.len() > MOST_CHOSEN {
        return Err(Error::invalid(format!("You cannot choose more than {MOST_CHOSEN} topics at once")));
    }
    for name in names {
        tags::follow(instance, me, name.trim().trim_start_matches('#'), true).await.map_err(|error| {
            match error {
                Error::NotFound(_) => Error::invalid("Each topic must be a hashtag"),
                error => error,
            }
        })?;
    }
    Ok(names.len())
}

/// Marks the guide as completed.
pub async fn finish(instance: &Instance, me: AccountId) -> Result<()> {
    instance.store.write(move |tx| Ok(tx.set_first_day_done(me)?)).await
}
