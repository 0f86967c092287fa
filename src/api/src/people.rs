//! The company's directory: profiles with work attributes, org charts, and a search for experts. An extension
//! of Portico, under its own namespace; for signed-in staff.

use std::collections::BTreeMap;

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::CurrentUser;
use super::{entities, scope};
use portico_domain::model::profile::{Absence, Attribute, Contact};
use portico_domain::model::question::Askers;
use portico_domain::model::{AccountId, Reach, Timestamp};
use portico_http::paging::{Offset, limit_of};
use portico_http::params::ClearableText;
use portico_http::routing::{Documented as _, get};
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::people::profiles::{self, AttributesChange, PeopleSearch};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/portico/v1/profile", get(own).put(change))
        .endpoint("/api/portico/v1/people", get(search))
        .endpoint("/api/portico/v1/people/{id}", get(show))
        .endpoint("/api/portico/v1/org_chart/{id}", get(org_chart))
        .endpoint("/api/portico/v1/departments", get(departments))
        .endpoint("/api/portico/v1/who_knows", get(who_knows))
}

/// The attributes of the caller's profile. Absent ones keep their value; empty ones are cleared.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PersonParams {
    job_title: ClearableText,
    department: ClearableText,
    division: ClearableText,
    /// The manager's handle (`@bob`, `bob@sales.example`), or the address of the manager's profile.
    manager: ClearableText,
    location: ClearableText,
    /// An IANA time zone, such as `Europe/Berlin`.
    time_zone: ClearableText,
    pronouns: ClearableText,
    /// BCP 47 language tags, such as `de` or `pt-BR`.
    languages: Option<Vec<String>>,
    working_hours: ClearableText,
    contacts: Option<Vec<ContactParams>>,
    skills: Option<Vec<String>>,
    interests: Option<Vec<String>>,
    projects: Option<Vec<String>>,
    out_of_office: Option<OutOfOfficeParams>,
    /// The accounts that may send the caller questions: `nobody`, `instance`, `company` or `partners`.
    may_be_asked_by: Option<String>,
    /// The reach of single attributes, by attribute name: `instance`, `company`, `partners` or `public`.
    /// Empty restores the operator's setting, which is the widest that is allowed.
    reaches: BTreeMap<Attribute, ClearableText>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ContactParams {
    /// The kind of contact, such as `Phone`, `Room` or `Chat`.
    name: String,
    value: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct OutOfOfficeParams {
    /// Whether the caller is away; `false` ends the absence.
    away: Option<bool>,
    note: String,
    /// The end of the absence: a date or a time.
    until: Option<String>,
}

impl PersonParams {
    fn change(self) -> ApiResult<AttributesChange> {
        let contact = |form: ContactParams| Contact { name: form.name, value: form.value };
        let mut reaches = Vec::new();
        for (attribute, word) in self.reaches {
            let word = word.0.unwrap_or_default();
            let reach = match word.as_str() {
                "" => None,
                word => Some(
                    Reach::choice(word)
                        .map_err(|fault| Problem::invalid(&[format!("reaches[{attribute}] {fault}")]))?,
                ),
            };
            reaches.push((attribute, reach));
        }
        let askers = self.may_be_asked_by.as_deref().map(|word| {
            let fault = || Problem::invalid(&["may_be_asked_by is not included in the list".to_owned()]);
            word.parse::<Askers>().map_err(|_| fault())
        });
        Ok(AttributesChange {
            askers: askers.transpose()?,
            job_title: self.job_title.0,
            department: self.department.0,
            division: self.division.0,
            manager: self.manager.0,
            location: self.location.0,
            time_zone: self.time_zone.0,
            pronouns: self.pronouns.0,
            languages: self.languages,
            working_hours: self.working_hours.0,
            contacts: self.contacts.map(|list| list.into_iter().map(contact).collect()),
            skills: self.skills,
            interests: self.interests,
            projects: self.projects,
            out_of_office: self.out_of_office.map(OutOfOfficeParams::read).transpose()?,
            reaches,
        })
    }
}

impl OutOfOfficeParams {
    fn read(self) -> ApiResult<Option<Absence>> {
        if self.away == Some(false) {
            return Ok(None);
        }
        let fault = || Problem::invalid(&["out_of_office.until must be a date or a time".to_owned()]);
        let until = self.until.map(|text| Timestamp::parse(&text).ok_or_else(fault)).transpose()?;
        Ok(Some(Absence { note: self.note, until }))
    }
}

/// The search terms and filters.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PeopleQuery {
    /// Words of the name, handle, title, department or skills; typing errors are tolerated. Without it,
    /// results are ordered by name.
    q: String,
    department: String,
    division: String,
    skill: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct WhoKnowsQuery {
    /// The subject in which to find experts.
    q: String,
    limit: Option<String>,
}

/// Returns the caller's profile for editing.
async fn own(here: CurrentInstance, me: CurrentUser<scope::Profile>) -> ApiResult<Json<entities::OwnPerson>> {
    Ok(Json(entities::OwnPerson::render(&profiles::show_own(&here, me.id).await?, &here.urls)))
}

/// Changes the caller's profile.
async fn change(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Params(form): Params<PersonParams>,
) -> ApiResult<Json<entities::OwnPerson>> {
    let own = profiles::change(&here, me.id, form.change()?).await?;
    Ok(Json(entities::OwnPerson::render(&own, &here.urls)))
}

/// Lists or searches the people of the company.
async fn search(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
    page: Offset<40, 80>,
    Params(asked): Params<PeopleQuery>,
) -> ApiResult<Json<Vec<entities::Person>>> {
    let asked = PeopleSearch {
        text: asked.q,
        division: asked.division,
        department: asked.department,
        skill: asked.skill,
        limit: page.limit,
        offset: page.offset,
    };
    let found = profiles::search(&here, me.id, asked).await?;
    Ok(Json(entities::Person::render_all(&found, &here.urls)))
}

/// Returns a person's profile.
async fn show(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::Person>> {
    Ok(Json(entities::Person::render(&profiles::show(&here, me.viewer(), id).await?, &here.urls)))
}

/// Returns a person's managers and direct reports.
async fn org_chart(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::OrgChart>> {
    Ok(Json(entities::OrgChart::render(&profiles::org_chart(&here, me.id, id).await?, &here.urls)))
}

/// Lists the divisions and departments of the company.
async fn departments(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
) -> ApiResult<Json<Vec<entities::Department>>> {
    let units = profiles::list_departments(&here, me.id).await?;
    Ok(Json(units.iter().map(entities::Department::render).collect()))
}

/// Finds experts in a subject, with the posts that show their knowledge.
async fn who_knows(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadSearch>,
    Params(question): Params<WhoKnowsQuery>,
) -> ApiResult<Json<Vec<entities::Expert>>> {
    if question.q.trim().is_empty() {
        return Err(Problem::missing("q"));
    }
    let limit = usize::try_from(limit_of(question.limit.as_deref(), 10, 40)?).unwrap_or(0);
    let found = profiles::who_knows(&here, me.id, &question.q, limit).await?;
    Ok(Json(found.iter().map(|expert| entities::Expert::render(expert, &here.urls)).collect()))
}
