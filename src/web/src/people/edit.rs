//! The form of one's own profile.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use serde::Deserialize;

use super::read;
use portico_domain::model::profile::{Absence, Attribute, Contact, FieldReaches};
use portico_domain::model::question::Askers;
use portico_domain::model::{Reach, Timestamp};
use portico_domain::policy::profiles::field_reach;
use portico_http::CurrentInstance;
use portico_service::people::profiles::{self, AttributesChange, OwnProfile};

use crate::extract::SignedIn;
use crate::forms::{Choice, CsrfForm};
use crate::page::{PageResult, Shell, redirect, render_page, render_with};

/// A field of the profile form, with its value.
struct ProfileFormField {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    value: String,
    attribute: Attribute,
    /// Reaches to choose from, the narrowest first.
    reaches: Vec<Choice>,
}

/// Lists the reaches that the owner may choose for an attribute: none wider than the operator allows.
fn reach_choices(own: &OwnProfile, attribute: Attribute) -> Vec<Choice> {
    let present = field_reach(&own.operator, &own.narrowed, attribute);
    let all = [
        (Reach::Instance, "this instance"),
        (Reach::Company, "the company"),
        (Reach::Partners, "the company and its partners"),
        (Reach::Public, "everyone"),
    ];
    let may =
        |reach| field_reach(&own.operator, &FieldReaches([(attribute, reach)].into()), attribute) == reach;
    let choice = |(reach, label): (Reach, &str)| Choice::new(reach.as_str(), label, reach == present);
    all.into_iter().filter(|(reach, _)| may(*reach)).map(choice).collect()
}

#[derive(Template)]
#[template(path = "people_edit.html")]
struct EditPersonPage {
    shell: Shell,
    fields: Vec<ProfileFormField>,
    /// Choices of who may ask questions.
    askers: Vec<Choice>,
    faults: Vec<String>,
    saved: bool,
}

/// The profile form. Lists are separated by commas.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PersonForm {
    job_title: String,
    department: String,
    division: String,
    manager: String,
    location: String,
    time_zone: String,
    pronouns: String,
    languages: String,
    working_hours: String,
    contacts: String,
    skills: String,
    interests: String,
    projects: String,
    away: String,
    away_until: String,
    askers: String,
    /// Reaches by field name: `reach_` and the name of an attribute.
    #[serde(flatten)]
    reaches: BTreeMap<String, String>,
}

impl PersonForm {
    /// Returns the reach of each attribute that the form names.
    fn wanted(&self) -> Vec<(Attribute, Option<Reach>)> {
        let one = |(name, word): (&String, &String)| {
            let attribute = name.strip_prefix("reach_")?.parse().ok()?;
            Some((attribute, Some(Reach::choice(word).ok()?)))
        };
        self.reaches.iter().filter_map(one).collect()
    }

    fn from_profile(own: &OwnProfile) -> Self {
        let attributes = &own.person.attributes;
        let away = attributes.out_of_office.clone();
        let contact = |contact: &Contact| format!("{}: {}", contact.name, contact.value);
        Self {
            job_title: attributes.job_title.clone(),
            department: attributes.department.clone(),
            division: attributes.division.clone(),
            manager: match (&own.person.manager, &attributes.manager) {
                (Some(manager), _) => manager.acct(),
                (None, uri) => uri.clone().unwrap_or_default(),
            },
            location: attributes.location.clone(),
            time_zone: attributes.time_zone.clone(),
            pronouns: attributes.pronouns.clone(),
            languages: attributes.languages.join(", "),
            working_hours: attributes.working_hours.clone(),
            contacts: attributes.contacts.iter().map(contact).collect::<Vec<_>>().join(", "),
            skills: attributes.skills.join(", "),
            interests: attributes.interests.join(", "),
            projects: attributes.projects.join(", "),
            away_until: away.as_ref().and_then(|away| away.until).map(Timestamp::date).unwrap_or_default(),
            away: away.map(|away| away.note).unwrap_or_default(),
            askers: own.askers.as_str().to_owned(),
            reaches: BTreeMap::new(),
        }
    }

    fn change(&self) -> Result<AttributesChange, String> {
        let list = |text: &str| {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Some(parts.map(str::to_owned).collect::<Vec<_>>())
        };
        let contact = |part: String| {
            let (name, value) = part.split_once(':').unwrap_or(("", &part));
            Contact { name: name.trim().to_owned(), value: value.trim().to_owned() }
        };
        let until = match self.away_until.trim() {
            "" => None,
            text => Some(Timestamp::parse(text).ok_or("\"Away until\" is not a valid date")?),
        };
        let absent = !self.away.trim().is_empty() || until.is_some();
        let absence = Absence { note: self.away.clone(), until };
        Ok(AttributesChange {
            job_title: Some(self.job_title.clone()),
            department: Some(self.department.clone()),
            division: Some(self.division.clone()),
            manager: Some(self.manager.clone()),
            location: Some(self.location.clone()),
            time_zone: Some(self.time_zone.trim().to_owned()),
            pronouns: Some(self.pronouns.clone()),
            languages: list(&self.languages),
            working_hours: Some(self.working_hours.clone()),
            contacts: list(&self.contacts).map(|parts| parts.into_iter().map(contact).collect()),
            skills: list(&self.skills),
            interests: list(&self.interests),
            projects: list(&self.projects),
            out_of_office: Some(absent.then_some(absence)),
            askers: self.askers.parse::<Askers>().ok(),
            reaches: self.wanted(),
        })
    }

    fn fields(self, own: &OwnProfile) -> Vec<ProfileFormField> {
        use Attribute as A;
        let field = |attribute, name, label, hint, value| ProfileFormField {
            name,
            label,
            hint,
            value,
            attribute,
            reaches: if name == "away_until" { Vec::new() } else { reach_choices(own, attribute) },
        };
        vec![
            field(A::JobTitle, "job_title", "Title", "What you do", self.job_title),
            field(A::Department, "department", "Department", "", self.department),
            field(A::Division, "division", "Division", "", self.division),
            field(A::Manager, "manager", "Manager", "For example bob, or bob@sales.example", self.manager),
            field(A::Location, "location", "Location", "", self.location),
            field(A::TimeZone, "time_zone", "Time zone", "For example Europe/Berlin", self.time_zone),
            field(A::Pronouns, "pronouns", "Pronouns", "", self.pronouns),
            field(A::Languages, "languages", "Languages", "For example de, en", self.languages),
            field(A::WorkingHours, "working_hours", "Working hours", "", self.working_hours),
            field(A::Contacts, "contacts", "Contact", "For example Phone: 123, Room: 4", self.contacts),
            field(
                A::Skills,
                "skills",
                "Skills",
                "What you can be asked about, separated by commas",
                self.skills,
            ),
            field(A::Interests, "interests", "Interests", "", self.interests),
            field(A::Projects, "projects", "Projects", "", self.projects),
            field(A::OutOfOffice, "away", "Away", "What others should know while you are away", self.away),
            field(A::OutOfOffice, "away_until", "Away until", "For example 2026-12-24", self.away_until),
        ]
    }
}

fn asker_choices(chosen: Askers) -> Vec<Choice> {
    let words = [
        "Nobody",
        "People of this instance",
        "People of the company",
        "People of the company and its partners",
    ];
    Askers::ALL
        .iter()
        .copied()
        .zip(words)
        .map(|(askers, label)| Choice::new(askers.as_str(), label, askers == chosen))
        .collect()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SavedQuery {
    saved: Option<String>,
}

/// `GET /people/me`.
pub(crate) async fn show(here: CurrentInstance, who: SignedIn, RawQuery(query): RawQuery) -> PageResult {
    let own = profiles::show_own(&here, who.account.id).await?;
    render_page(&EditPersonPage {
        shell: Shell::new(&here, Some(&who)),
        askers: asker_choices(own.askers),
        fields: PersonForm::from_profile(&own).fields(&own),
        faults: Vec::new(),
        saved: read::<SavedQuery>(query.as_deref()).saved.is_some(),
    })
}

/// `POST /people/me`.
pub(crate) async fn save(
    here: CurrentInstance,
    who: SignedIn,
    CsrfForm(form): CsrfForm<PersonForm>,
) -> PageResult {
    let saved = match form.change() {
        Ok(change) => profiles::change(&here, who.account.id, change).await,
        Err(fault) => Err(portico_service::Error::Invalid(vec![fault])),
    };
    match saved {
        Ok(_) => redirect(StatusCode::SEE_OTHER, "/people/me?saved=1"),
        Err(portico_service::Error::Invalid(faults)) => {
            let own = profiles::show_own(&here, who.account.id).await?;
            let page = EditPersonPage {
                shell: Shell::new(&here, Some(&who)),
                askers: asker_choices(form.askers.parse::<Askers>().ok().unwrap_or(own.askers)),
                fields: form.fields(&own),
                faults,
                saved: false,
            };
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}
