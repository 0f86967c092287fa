//! People, with the work attributes of their profiles.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Account, Status};
use portico_domain::model::Reach;
use portico_domain::model::profile::{self, Attribute, Attributes, Contact, PersonView};
use portico_domain::model::question::Askers;
use portico_domain::model::urls::Urls;
use portico_service::people::profiles::OwnProfile;

/// The profile attributes that the caller may see; others are empty.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "PersonProfile")]
pub struct PersonAttributes {
    job_title: String,
    department: String,
    division: String,
    manager: Option<PersonManager>,
    location: String,
    time_zone: String,
    pronouns: String,
    languages: Vec<String>,
    working_hours: String,
    contacts: Vec<Contact>,
    skills: Vec<String>,
    interests: Vec<String>,
    projects: Vec<String>,
    out_of_office: Option<PersonAbsence>,
}

/// The manager of a person.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "PersonManager")]
struct PersonManager {
    /// The manager's actor id.
    uri: String,
    /// The manager's account, if known here.
    account: Option<Account>,
}

/// An absence.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct PersonAbsence {
    note: String,
    until: Option<String>,
}

impl PersonAttributes {
    fn render(
        attributes: &Attributes,
        manager: Option<&portico_domain::model::account::Account>,
        urls: &Urls,
    ) -> Self {
        Self {
            job_title: attributes.job_title.clone(),
            department: attributes.department.clone(),
            division: attributes.division.clone(),
            manager: attributes.manager.clone().map(|uri| PersonManager {
                uri,
                account: manager.map(|account| Account::render(account, urls)),
            }),
            location: attributes.location.clone(),
            time_zone: attributes.time_zone.clone(),
            pronouns: attributes.pronouns.clone(),
            languages: attributes.languages.clone(),
            working_hours: attributes.working_hours.clone(),
            contacts: attributes.contacts.clone(),
            skills: attributes.skills.clone(),
            interests: attributes.interests.clone(),
            projects: attributes.projects.clone(),
            out_of_office: attributes.out_of_office.as_ref().map(|away| PersonAbsence {
                note: away.note.clone(),
                until: away.until.map(portico_domain::model::Timestamp::rfc3339),
            }),
        }
    }
}

/// A person of the company.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Person {
    account: Account,
    profile: PersonAttributes,
}

impl Person {
    /// Renders a person.
    pub fn render(view: &PersonView, urls: &Urls) -> Self {
        Self {
            account: Account::render(&view.account, urls),
            profile: PersonAttributes::render(&view.attributes, view.manager.as_ref(), urls),
        }
    }

    /// Renders people.
    pub fn render_all(views: &[PersonView], urls: &Urls) -> Vec<Self> {
        views.iter().map(|view| Self::render(view, urls)).collect()
    }
}

/// The caller's own profile.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OwnPerson {
    #[serde(flatten)]
    person: Person,
    /// The reach of each attribute.
    reaches: BTreeMap<Attribute, Reach>,
    /// The widest reach that the operator allows for each attribute.
    allowed: BTreeMap<Attribute, Reach>,
    /// The accounts that may send the caller questions.
    may_be_asked_by: Askers,
}

impl OwnPerson {
    /// Renders the caller's own profile.
    pub fn render(own: &OwnProfile, urls: &Urls) -> Self {
        let reach = |attribute| {
            portico_domain::policy::profiles::field_reach(&own.operator, &own.narrowed, attribute)
        };
        Self {
            person: Person::render(&own.person, urls),
            reaches: Attribute::ALL.iter().copied().map(|attribute| (attribute, reach(attribute))).collect(),
            allowed: Attribute::ALL
                .iter()
                .copied()
                .map(|attribute| (attribute, own.operator.of(attribute)))
                .collect(),
            may_be_asked_by: own.askers,
        }
    }
}

/// The managers and reports of a person.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OrgChart {
    /// The managers, highest first.
    above: Vec<Person>,
    person: Person,
    /// The people who report to the person.
    reports: Vec<Person>,
}

impl OrgChart {
    /// Renders a chart.
    pub fn render(chart: &profile::OrgChart, urls: &Urls) -> Self {
        Self {
            above: Person::render_all(&chart.above, urls),
            person: Person::render(&chart.person, urls),
            reports: Person::render_all(&chart.reports, urls),
        }
    }
}

/// A division and department.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Department {
    division: String,
    department: String,
    /// The number of people in it.
    people: i64,
}

impl Department {
    /// Renders a department.
    pub fn render(unit: &profile::DepartmentSummary) -> Self {
        Self { division: unit.division.clone(), department: unit.department.clone(), people: unit.people }
    }
}

/// An expert, with the evidence.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Expert {
    #[serde(flatten)]
    person: Person,
    /// The skills, projects, interests and titles that match the query.
    matches: Vec<String>,
    /// Posts that show the knowledge, newest first.
    statuses: Vec<Status>,
}

impl Expert {
    /// Renders an expert.
    pub fn render(expert: &profile::Expert, urls: &Urls) -> Self {
        Self {
            person: Person::render(&expert.person, urls),
            matches: expert.skills.clone(),
            statuses: expert.posts.iter().map(|post| Status::render(post, urls)).collect(),
        }
    }
}
