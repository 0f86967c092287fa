//! Editing profile attributes.

use super::{OwnProfile, ProfileVisibility, show_own};
use crate::instance::Instance;
use crate::lookup;
use crate::social::groups;
use crate::{Error, Result};
use lookup::split_address;
use portico_domain::model::account::Account;
use portico_domain::model::event::Event;
use portico_domain::model::profile::{Absence, Attribute, Attributes, Contact, FieldReaches, Profile};
use portico_domain::model::question::Askers;
use portico_domain::model::{AccountId, Reach};
use portico_domain::policy::profiles::is_field_reach;
use portico_html::profile::{faults, normalize};
use portico_store::Tx;

/// Maximum number of managers followed when checking for a cycle.
const LONGEST_CHAIN: usize = 50;

/// Changes to a profile: absent fields keep their value, empty ones are cleared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributesChange {
    /// The job title.
    pub job_title: Option<String>,
    /// The department.
    pub department: Option<String>,
    /// The division.
    pub division: Option<String>,
    /// The manager's address or id, as typed: `@bob`, `bob@sales.example`, a profile URL.
    pub manager: Option<String>,
    /// The location.
    pub location: Option<String>,
    /// The time zone.
    pub time_zone: Option<String>,
    /// The pronouns.
    pub pronouns: Option<String>,
    /// The spoken languages.
    pub languages: Option<Vec<String>>,
    /// The working hours.
    pub working_hours: Option<String>,
    /// Other ways to contact the person.
    pub contacts: Option<Vec<Contact>>,
    /// The skills.
    pub skills: Option<Vec<String>>,
    /// The interests.
    pub interests: Option<Vec<String>>,
    /// The projects.
    pub projects: Option<Vec<String>>,
    /// The absence; `Some(None)` ends it.
    pub out_of_office: Option<Option<Absence>>,
    /// The people who may ask the person questions by skill.
    pub askers: Option<Askers>,
    /// The reach of attributes; `None` inside resets one to the operator's setting.
    pub reaches: Vec<(Attribute, Option<Reach>)>,
}

/// Changes the user's own profile, here and on other hosts.
///
/// # Errors
/// `Invalid` with a sentence for each fault.
pub async fn change(instance: &Instance, me: AccountId, change: AttributesChange) -> Result<OwnProfile> {
    write(instance, me, change).await?;
    show_own(instance, me).await
}

/// Changes a user's profile on the command line.
///
/// # Errors
/// `Invalid` with a sentence for each fault.
pub async fn change_as_operator(
    instance: &Instance,
    account: AccountId,
    change: AttributesChange,
) -> Result<()> {
    write(instance, account, change).await
}

async fn write(instance: &Instance, id: AccountId, change: AttributesChange) -> Result<()> {
    let own = instance.urls.domain().to_owned();
    let visibility = ProfileVisibility::for_instance(instance);
    instance
        .store
        .write(move |tx| {
            let account = tx.find_account(id)?.filter(Account::is_local).ok_or(Error::NotFound("account"))?;
            let before = tx.find_profile(id)?;
            let mut after = apply(before.clone(), &change);
            let mut wrong = faults(&after.attributes);
            if let Some(typed) = &change.manager {
                match find_manager(tx, &own, &account, typed)? {
                    Ok(uri) => after.attributes.manager = uri,
                    Err(fault) => wrong.push(fault),
                }
            }
            wrong.extend(reach_faults(&change.reaches, &visibility.reaches));
            if !wrong.is_empty() {
                return Err(Error::Invalid(wrong));
            }
            after.attributes = normalize(after.attributes);
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

fn apply(before: Profile, change: &AttributesChange) -> Profile {
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

/// Lists the faults in the requested reaches of attributes.
fn reach_faults(wanted: &[(Attribute, Option<Reach>)], operator: &FieldReaches) -> Vec<String> {
    let single = |(attribute, reach): &(Attribute, Option<Reach>)| {
        let reach = (*reach)?;
        if !is_field_reach(reach) {
            return Some(format!("{attribute} goes to instance, company, partners or public"));
        }
        let narrowed = FieldReaches([(*attribute, reach)].into());
        let further = portico_domain::policy::profiles::field_reach(operator, &narrowed, *attribute) != reach;
        further.then(|| format!("{attribute} goes no further than {}", operator.of(*attribute)))
    };
    wanted.iter().filter_map(single).collect()
}

/// Resolves a typed manager to an actor id; `None` for no manager. The inner error describes the fault.
fn find_manager(
    tx: &mut Tx<'_>,
    own: &str,
    account: &Account,
    typed: &str,
) -> Result<std::result::Result<Option<String>, String>> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(Ok(None));
    }
    let found = match split_address(typed, own) {
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
