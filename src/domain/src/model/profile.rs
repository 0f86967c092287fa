//! Profile attributes about a person's work, and the reach of each.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::account::Account;
use super::view::StatusView;
use super::{Reach, Timestamp};

/// An attribute of a profile.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(parse_err_ty = NotAnAttribute, parse_err_fn = unknown_attribute)]
pub enum Attribute {
    /// The job title.
    #[strum(serialize = "job_title")]
    JobTitle,
    /// The department.
    #[strum(serialize = "department")]
    Department,
    /// The division.
    #[strum(serialize = "division")]
    Division,
    /// The manager.
    #[strum(serialize = "manager")]
    Manager,
    /// The location.
    #[strum(serialize = "location")]
    Location,
    /// The time zone (IANA name).
    #[strum(serialize = "time_zone")]
    TimeZone,
    /// The pronouns.
    #[strum(serialize = "pronouns")]
    Pronouns,
    /// The spoken languages (BCP 47).
    #[strum(serialize = "languages")]
    Languages,
    /// The working hours.
    #[strum(serialize = "working_hours")]
    WorkingHours,
    /// Further contacts, such as a telephone number.
    #[strum(serialize = "contacts")]
    Contacts,
    /// The skills.
    #[strum(serialize = "skills")]
    Skills,
    /// The interests.
    #[strum(serialize = "interests")]
    Interests,
    /// The projects.
    #[strum(serialize = "projects")]
    Projects,
    /// The absence notice.
    #[strum(serialize = "out_of_office")]
    OutOfOffice,
}

impl Attribute {
    /// Every attribute, in the order of a profile.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name in the API, the configuration and the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Returns the label shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::JobTitle => "Title",
            Self::Department => "Department",
            Self::Division => "Division",
            Self::Manager => "Manager",
            Self::Location => "Location",
            Self::TimeZone => "Time zone",
            Self::Pronouns => "Pronouns",
            Self::Languages => "Languages",
            Self::WorkingHours => "Working hours",
            Self::Contacts => "Contact",
            Self::Skills => "Skills",
            Self::Interests => "Interests",
            Self::Projects => "Projects",
            Self::OutOfOffice => "Away",
        }
    }
}

fn unknown_attribute(_: &str) -> NotAnAttribute {
    NotAnAttribute
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The error for a text that names no attribute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not an attribute of a profile")]
pub struct NotAnAttribute;

/// A way to contact a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "ProfileContact")]
pub struct Contact {
    /// The kind of contact: `Phone`, `Room`, `Chat`.
    pub name: String,
    /// The number, address or place.
    pub value: String,
}

/// An absence notice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Absence {
    /// Instructions for the meantime; may be empty.
    pub note: String,
    /// When the absence ends, if known.
    pub until: Option<Timestamp>,
}

/// The attributes of a profile: plain text, empty where not set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Attributes {
    /// The job title.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub job_title: String,
    /// The department.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub department: String,
    /// The division.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub division: String,
    /// The actor id of the manager.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
    /// The location.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub location: String,
    /// The time zone (IANA name).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub time_zone: String,
    /// The pronouns.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pronouns: String,
    /// The spoken languages (BCP 47).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// The working hours.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_hours: String,
    /// Further contacts, such as a telephone number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// The skills.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// The interests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interests: Vec<String>,
    /// The projects.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<String>,
    /// The absence notice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_of_office: Option<Absence>,
    /// Whether the viewer may send this person questions about their skills. Computed per viewer for local
    /// people; for remote people it is the statement of their server.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub may_be_asked: bool,
}

impl Attributes {
    /// Keeps only the attributes for which `keep` returns true.
    #[must_use]
    pub fn only(self, keep: impl Fn(Attribute) -> bool) -> Self {
        let text = |attribute, text: String| if keep(attribute) { text } else { String::new() };
        let list = |attribute, list: Vec<String>| if keep(attribute) { list } else { Vec::new() };
        Self {
            job_title: text(Attribute::JobTitle, self.job_title),
            department: text(Attribute::Department, self.department),
            division: text(Attribute::Division, self.division),
            manager: self.manager.filter(|_| keep(Attribute::Manager)),
            location: text(Attribute::Location, self.location),
            time_zone: text(Attribute::TimeZone, self.time_zone),
            pronouns: text(Attribute::Pronouns, self.pronouns),
            languages: list(Attribute::Languages, self.languages),
            working_hours: text(Attribute::WorkingHours, self.working_hours),
            contacts: if keep(Attribute::Contacts) { self.contacts } else { Vec::new() },
            skills: list(Attribute::Skills, self.skills),
            interests: list(Attribute::Interests, self.interests),
            projects: list(Attribute::Projects, self.projects),
            out_of_office: self.out_of_office.filter(|_| keep(Attribute::OutOfOffice)),
            may_be_asked: self.may_be_asked,
        }
    }

    /// Returns the attributes that are set.
    pub fn filled(&self) -> BTreeSet<Attribute> {
        let is_filled = |attribute: &Attribute| match attribute {
            Attribute::JobTitle => !self.job_title.is_empty(),
            Attribute::Department => !self.department.is_empty(),
            Attribute::Division => !self.division.is_empty(),
            Attribute::Manager => self.manager.is_some(),
            Attribute::Location => !self.location.is_empty(),
            Attribute::TimeZone => !self.time_zone.is_empty(),
            Attribute::Pronouns => !self.pronouns.is_empty(),
            Attribute::Languages => !self.languages.is_empty(),
            Attribute::WorkingHours => !self.working_hours.is_empty(),
            Attribute::Contacts => !self.contacts.is_empty(),
            Attribute::Skills => !self.skills.is_empty(),
            Attribute::Interests => !self.interests.is_empty(),
            Attribute::Projects => !self.projects.is_empty(),
            Attribute::OutOfOffice => self.out_of_office.is_some(),
        };
        Attribute::ALL.iter().copied().filter(is_filled).collect()
    }

    /// Returns the common attributes as rows of label and plain text, for software that does not support
    /// attributes.
    pub fn rows(&self) -> Vec<(Attribute, String)> {
        let rows = [
            (Attribute::JobTitle, self.job_title.clone()),
            (Attribute::Department, self.department.clone()),
            (Attribute::Division, self.division.clone()),
            (Attribute::Location, self.location.clone()),
            (Attribute::Pronouns, self.pronouns.clone()),
            (Attribute::Skills, self.skills.join(", ")),
        ];
        rows.into_iter().filter(|(_, text)| !text.is_empty()).collect()
    }
}

/// The maximum reach of attributes; `company` for those not listed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldReaches(pub BTreeMap<Attribute, Reach>);

impl FieldReaches {
    /// Returns the maximum reach of an attribute.
    pub fn of(&self, attribute: Attribute) -> Reach {
        self.0.get(&attribute).copied().unwrap_or(Reach::Company)
    }
}

/// The stored profile of a person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// The attributes.
    pub attributes: Attributes,
    /// The reaches that the owner narrowed further than the operator did.
    pub narrowed: FieldReaches,
}

/// A person as a viewer sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonView {
    /// The account.
    pub account: Account,
    /// The attributes visible to the viewer.
    pub attributes: Attributes,
    /// The manager, if the viewer may know and the account is stored.
    pub manager: Option<Account>,
}

/// A department, with the number of its people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepartmentSummary {
    /// The division; empty for people without one.
    pub division: String,
    /// The department.
    pub department: String,
    /// The number of people.
    pub people: i64,
}

/// The position of a person in the organisation chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgChart {
    /// The managers, the highest first.
    pub above: Vec<PersonView>,
    /// The person.
    pub person: PersonView,
    /// The people who name the person as their manager.
    pub reports: Vec<PersonView>,
}

/// An expert found by a search, with the matching evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expert {
    /// The person.
    pub person: PersonView,
    /// The matching skills, projects, interests and title.
    pub skills: Vec<String>,
    /// Posts that show the expertise, the newest first.
    pub posts: Vec<StatusView>,
}

/// The criteria of a search for people. Texts are prepared by [`words`](super::search::words).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeopleQuery {
    /// Words that must each occur in the name, handle or profile; small typing errors are tolerated.
    pub words: Vec<String>,
    /// The division.
    pub division: Option<String>,
    /// The department.
    pub department: Option<String>,
    /// A skill.
    pub skill: Option<String>,
}

/// An entry of a host's directory of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The actor id.
    pub uri: String,
    /// When the profile last changed.
    pub changed_at: Timestamp,
    /// Whether the person has left.
    pub gone: bool,
}
