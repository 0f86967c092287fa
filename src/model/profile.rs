//! What people say of their work: the attributes of a profile, and how far each may go.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::account::Account;
use super::view::StatusView;
use super::{Reach, Timestamp};

/// One thing that a profile can tell.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// What the person does.
    JobTitle,
    /// In which department.
    Department,
    /// In which division.
    Division,
    /// For whom.
    Manager,
    /// Where.
    Location,
    /// In which time zone (IANA name).
    TimeZone,
    /// How to speak of the person.
    Pronouns,
    /// What the person speaks (BCP 47).
    Languages,
    /// When the person works.
    WorkingHours,
    /// How else the person is reached.
    Contacts,
    /// What the person knows.
    Skills,
    /// What the person likes to hear of.
    Interests,
    /// What the person works on.
    Projects,
    /// That the person is away.
    OutOfOffice,
}

impl Attribute {
    /// Every attribute, in the order of a profile.
    pub const ALL: [Self; 14] = [
        Self::JobTitle,
        Self::Department,
        Self::Division,
        Self::Manager,
        Self::Location,
        Self::TimeZone,
        Self::Pronouns,
        Self::Languages,
        Self::WorkingHours,
        Self::Contacts,
        Self::Skills,
        Self::Interests,
        Self::Projects,
        Self::OutOfOffice,
    ];

    /// Its word in the API, the configuration and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JobTitle => "job_title",
            Self::Department => "department",
            Self::Division => "division",
            Self::Manager => "manager",
            Self::Location => "location",
            Self::TimeZone => "time_zone",
            Self::Pronouns => "pronouns",
            Self::Languages => "languages",
            Self::WorkingHours => "working_hours",
            Self::Contacts => "contacts",
            Self::Skills => "skills",
            Self::Interests => "interests",
            Self::Projects => "projects",
            Self::OutOfOffice => "out_of_office",
        }
    }

    /// What people call it.
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

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no attribute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not an attribute of a profile")]
pub struct NotAnAttribute;

impl FromStr for Attribute {
    type Err = NotAnAttribute;
    fn from_str(text: &str) -> Result<Self, NotAnAttribute> {
        Self::ALL.into_iter().find(|attribute| attribute.as_str() == text).ok_or(NotAnAttribute)
    }
}

/// A way to reach somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "ProfileContact")]
pub struct Contact {
    /// What it is: `Phone`, `Room`, `Chat`.
    pub name: String,
    /// The number, address or place.
    pub value: String,
}

/// That somebody is away.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Absence {
    /// What to know meanwhile; may be empty.
    pub note: String,
    /// Until when, as far as it is known.
    pub until: Option<Timestamp>,
}

/// The attributes of a profile: plain text, empty where nothing is told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Attributes {
    /// What the person does.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub job_title: String,
    /// In which department.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub department: String,
    /// In which division.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub division: String,
    /// The manager's actor id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
    /// Where the person works.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub location: String,
    /// The time zone (IANA name).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub time_zone: String,
    /// How to speak of the person.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pronouns: String,
    /// What the person speaks (BCP 47).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// When the person works.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_hours: String,
    /// How else the person is reached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// What the person knows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// What the person likes to hear of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interests: Vec<String>,
    /// What the person works on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<String>,
    /// That the person is away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_of_office: Option<Absence>,
    /// Whether whoever is told this may ask the person what they know. Of people here it is worked out for
    /// each asker; of others it is what their server says.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub may_be_asked: bool,
}

impl Attributes {
    /// The same without those attributes that are not to be kept.
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

    /// Which of them tell something.
    pub fn told(&self) -> BTreeSet<Attribute> {
        let is_told = |attribute: &Attribute| match attribute {
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
        Attribute::ALL.into_iter().filter(is_told).collect()
    }

    /// The common ones as rows of label and plain text, for software that knows nothing else.
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

/// How far attributes may go. What is not named goes as far as the company.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldReaches(pub BTreeMap<Attribute, Reach>);

impl FieldReaches {
    /// How far an attribute may go by the operator's word.
    pub fn of(&self, attribute: Attribute) -> Reach {
        self.0.get(&attribute).copied().unwrap_or(Reach::Company)
    }
}

/// What is kept of a person's profile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// What it tells.
    pub attributes: Attributes,
    /// What its owner keeps closer than the operator does.
    pub narrowed: FieldReaches,
}

/// A person as a viewer is shown them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonView {
    /// The account.
    pub account: Account,
    /// What of the profile the viewer gets.
    pub attributes: Attributes,
    /// The manager, if the viewer may know and we do.
    pub manager: Option<Account>,
}

/// A part of the company, with how many people are in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// The division; empty for people who tell none.
    pub division: String,
    /// The department.
    pub department: String,
    /// How many.
    pub people: i64,
}

/// Who stands around a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgChart {
    /// The managers, the highest first.
    pub above: Vec<PersonView>,
    /// The person.
    pub person: PersonView,
    /// Those who name the person as their manager.
    pub reports: Vec<PersonView>,
}

/// Somebody who knows, and what shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expert {
    /// Who.
    pub person: PersonView,
    /// The skills, projects, interests and title that were asked for.
    pub skills: Vec<String>,
    /// Posts that show it, the newest first.
    pub posts: Vec<StatusView>,
}

/// Who is looked for among people. Texts are prepared by [`words`](super::search::words).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeopleQuery {
    /// Each of these words, or one nearly like it, is in the name, handle or profile.
    pub words: Vec<String>,
    /// In this division.
    pub division: Option<String>,
    /// In this department.
    pub department: Option<String>,
    /// With this skill.
    pub skill: Option<String>,
}

/// What a host tells of one of its people in its directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The actor id.
    pub uri: String,
    /// When what is told of the person last changed.
    pub changed_at: Timestamp,
    /// Whether the person has left.
    pub gone: bool,
}
