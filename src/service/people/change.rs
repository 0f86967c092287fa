//! Changing what a profile tells.

use super::{Giving, OwnProfile, faults, own, tidy};
use crate::instance::Instance;
use crate::model::account::Account;
use crate::model::event::Event;
use crate::model::profile::{Absence, Attribute, Attributes, Contact, FieldReaches, Profile};
use crate::model::question::Askers;
use crate::model::{AccountId, Reach};
use crate::policy::profiles::is_field_reach;
use crate::service::accounts::parts;
use crate::service::{Error, Result, groups};
use crate::store::Tx;

/// How far a chain of managers is followed.
const LONGEST_CHAIN: usize = 50;

/// What is to change; what is not said stays, and what is empty is cleared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// What the person does.
    pub job_title: Option<String>,
    /// In which department.
    pub department: Option<String>,
    /// In which division.
    pub division: Option<String>,
    /// The manager's address or id, as people write it: `@bob`, `bob@sales.example`, a profile's URL.
    pub manager: Option<String>,
    /// Where.
    pub location: Option<String>,
    /// The time zone.
    pub time_zone: Option<String>,
    /// How to speak of the person.
    pub pronouns: Option<String>,
    /// What the person speaks.
    pub languages: Option<Vec<String>>,
    /// When the person works.
    pub working_hours: Option<String>,
    /// How else the person is reached.
    pub contacts: Option<Vec<Contact>>,
    /// What the person knows.
    pub skills: Option<Vec<String>>,
    /// What the person likes to hear of.
    pub interests: Option<Vec<String>>,
    /// What the person works on.
    pub projects: Option<Vec<String>>,
    /// That the person is away; none inside: is back.
    pub out_of_office: Option<Option<Absence>>,
    /// Who may ask the person what they know.
    pub askers: Option<Askers>,
    /// How far attributes go; none inside: as far as the operator says.
    pub reaches: Vec<(Attribute, Option<Reach>)>,
}

/// Changes one's own profile, here and wherever it is known.
///
/// # Errors
/// `Invalid` with a sentence for each fault.
pub async fn change(instance: &Instance, me: AccountId, change: Change) -> Result<OwnProfile> {
    write(instance, me, change).await?;
    own(instance, me).await
}

/// Changes somebody's profile on the command line.
///
/// # Errors
/// `Invalid` with a sentence for each fault; `NotFound`.
pub async fn change_as_operator(instance: &Instance, account: AccountId, change: Change) -> Result<()> {
    write(instance, account, change).await
}

async fn write(instance: &Instance, id: AccountId, change: Change) -> Result<()> {
    let own = instance.urls.domain().to_owned();
    let giving = Giving::of(instance);
    instance
        .store
        .write(move |tx| {
            let account = tx.find_account(id)?.filter(Account::is_local).ok_or(Error::NotFound("account"))?;
            let before = tx.find_profile(id)?;
            let mut after = apply(before.clone(), &change);
            let mut wrong = faults(&after.attributes);
            if let Some(typed) = &change.manager {
                match manager(tx, &own, &account, typed)? {
                    Ok(uri) => after.attributes.manager = uri,
                    Err(fault) => wrong.push(fault),
                }
            }
            wrong.extend(reach_faults(&change.reaches, &giving.reaches));
            if !wrong.is_empty() {
                return Err(Error::Invalid(wrong));
            }
            after.attributes = tidy(after.attributes);
            let now = tx.askers_of(id)?;
            let askers = change.askers.filter(|askers| *askers != now);
            if let Some(askers) = askers {
                tx.set_askers(id, askers)?;
            }
            if after != before || askers.is_some() {
                tx.set_profile(&account, &after)?;
                groups::profile_changed(tx, id)?;
                tx.emit(&Event::ProfileUpdated { account: id, at: tx.now() })?;
            }
            Ok(())
        })
        .await
}

fn apply(before: Profile, change: &Change) -> Profile {
    let Profile { attributes: old, mut narrowed } = before;
    let pick = |new: &Option<String>, old: String| new.clone().unwrap_or(old);
    let picks = |new: &Option<Vec<String>>, old: Vec<String>| new.clone().unwrap_or(old);
    let attributes = Attributes {
        job_title: pick(&change.job_title, old.job_title),
        department: pick(&change.department, old.department),
        division: pick(&change.division, old.division),
        manager: old.manager,
        location: pick(&change.location, old.location),
        time_zone: pick(&change.time_zone, old.time_zone),
        pronouns: pick(&change.pronouns, old.pronouns),
        languages: picks(&change.languages, old.languages),
        working_hours: pick(&change.working_hours, old.working_hours),
        contacts: change.contacts.clone().unwrap_or(old.contacts),
        skills: picks(&change.skills, old.skills),
        interests: picks(&change.interests, old.interests),
        projects: picks(&change.projects, old.projects),
        out_of_office: change.out_of_office.clone().unwrap_or(old.out_of_office),
        may_be_asked: false,
    };
    for (attribute, reach) in &change.reaches {
        match reach {
            Some(reach) => narrowed.0.insert(*attribute, *reach),
            None => narrowed.0.remove(attribute),
        };
    }
    Profile { attributes, narrowed }
}

/// What is wrong with how far somebody wants attributes to go.
fn reach_faults(wanted: &[(Attribute, Option<Reach>)], operator: &FieldReaches) -> Vec<String> {
    let single = |(attribute, reach): &(Attribute, Option<Reach>)| {
        let reach = (*reach)?;
        if !is_field_reach(reach) {
            return Some(format!("{attribute} goes to instance, company, partners or public"));
        }
        let narrowed = FieldReaches([(*attribute, reach)].into());
        let further = crate::policy::profiles::field_reach(operator, &narrowed, *attribute) != reach;
        further.then(|| format!("{attribute} goes no further than {}", operator.of(*attribute)))
    };
    wanted.iter().filter_map(single).collect()
}

/// The actor id of the manager whom somebody names; none to have no manager; inside, what is wrong.
fn manager(
    tx: &mut Tx<'_>,
    own: &str,
    account: &Account,
    typed: &str,
) -> Result<std::result::Result<Option<String>, String>> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(Ok(None));
    }
    let found = match parts(typed, own) {
        Some((name, domain)) => tx.find_account_by_handle(&name, domain.as_deref())?,
        None => tx.find_account_by_url(typed)?,
    };
    let Some(manager) = found.filter(|manager| !manager.is_instance_actor) else {
        return Ok(Err(format!("Manager {typed} is not known here")));
    };
    let mut above = Some(manager.clone());
    for _ in 0..LONGEST_CHAIN {
        let Some(person) = above else { break };
        if person.id == account.id {
            return Ok(Err("Manager would report to this person".to_owned()));
        }
        above = match tx.find_profile(person.id)?.attributes.manager {
            Some(uri) => tx.find_account_by_uri(&uri)?,
            None => None,
        };
    }
    Ok(Ok(Some(manager.uri)))
}
