//! People pages: directory and search, experts, questions, org chart, and editing one's own profile.

pub(crate) mod first_day;
pub(crate) mod organisations;
pub(crate) mod profile;

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use portico_domain::model::profile::{
    Absence, Attribute, Attributes, Contact, Expert as Known, FieldReaches, PersonView,
};
use portico_domain::model::question::{Askers, QuestionRecipient as AskedPerson};
use portico_domain::model::urls::Urls;
use portico_domain::model::{AccountId, Reach, Timestamp};
use portico_domain::policy::profiles::field_reach;
use portico_http::CurrentInstance;
use portico_service::Viewer;
use portico_service::instance::Instance;
use portico_service::people::profiles::{self, AttributesChange, OwnProfile, PeopleSearch};
use portico_service::publishing::questions;

use crate::extract::{Path, SignedIn};
use crate::forms::{Choice, CsrfForm};
use crate::icons;
use crate::labels;
use crate::page::{PageResult, Shell, redirect, render_page, render_with};
use crate::view::{Person, Post};

/// Number of people on a page.
const PAGE: i64 = 40;
const EXPERTS: usize = 20;

/// Parses the query; falls back to the default if it is invalid.
fn read<T: DeserializeOwned + Default>(query: Option<&str>) -> T {
    query.and_then(|query| serde_urlencoded::from_str(query).ok()).unwrap_or_default()
}

/// A person with a summary of their profile.
pub(crate) struct PersonCard {
    pub person: Person,
    pub line: String,
    pub place: String,
    pub away: bool,
}

impl PersonCard {
    fn from_view(view: &PersonView, urls: &Urls) -> Self {
        let attributes = &view.attributes;
        let parts = |texts: [&String; 2]| {
            texts.into_iter().filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>().join(" · ")
        };
        Self {
            person: Person::from_account(&view.account, urls),
            line: parts([&attributes.job_title, &attributes.department]),
            place: parts([&attributes.division, &attributes.location]),
            away: attributes.out_of_office.is_some(),
        }
    }

    pub(crate) fn all(views: &[PersonView], urls: &Urls) -> Vec<Self> {
        views.iter().map(|view| Self::from_view(view, urls)).collect()
    }
}

/// A labelled profile attribute, as the profile page shows it.
pub(crate) struct ProfileFact {
    pub name: &'static str,
    pub text: String,
    /// Link target of the text, if any.
    pub href: Option<String>,
}

/// Lists the profile attributes that the viewer may see, without empty ones.
pub(crate) fn facts(view: &PersonView, now: Timestamp) -> Vec<ProfileFact> {
    let attributes = &view.attributes;
    let text = |name, text: &str| ProfileFact { name, text: text.to_owned(), href: None };
    let unit = |name, key: &str, value: &str| {
        let query = serde_urlencoded::to_string([(key, value)]).unwrap_or_default();
        ProfileFact { name, text: value.to_owned(), href: Some(format!("/people?{query}")) }
    };
    let mut facts = vec![
        text("Title", &attributes.job_title),
        unit("Department", "department", &attributes.department),
        unit("Division", "division", &attributes.division),
    ];
    if let Some(manager) = &view.manager {
        let href = Some(format!("/people/chart/{}", view.account.id));
        facts.push(ProfileFact { name: "Manager", text: manager.name().to_owned(), href });
    }
    facts.extend([
        text("Location", &attributes.location),
        text("Time zone", &attributes.time_zone),
        text("Pronouns", &attributes.pronouns),
        text("Languages", &attributes.languages.join(", ")),
        text("Working hours", &attributes.working_hours),
    ]);
    facts.extend(attributes.contacts.iter().map(|Contact { name, value }| {
        let shown = if name.is_empty() { value.clone() } else { format!("{name}: {value}") };
        ProfileFact { name: "Contact", text: shown, href: None }
    }));
    facts.extend([
        text("Skills", &attributes.skills.join(", ")),
        text("Interests", &attributes.interests.join(", ")),
        text("Projects", &attributes.projects.join(", ")),
        text("Away", &away(attributes, now)),
    ]);
    facts.retain(|fact| !fact.text.is_empty());
    facts
}

/// Describes an absence; empty once it is over.
fn away(attributes: &Attributes, now: Timestamp) -> String {
    let Some(away) =
        attributes.out_of_office.as_ref().filter(|away| away.until.is_none_or(|until| until > now))
    else {
        return String::new();
    };
    let until = away.until.map(|until| format!("until {}", labels::day(until)));
    let note = Some(away.note.clone()).filter(|note| !note.is_empty());
    let attributes = [until, note].into_iter().flatten().collect::<Vec<_>>().join(": ");
    if attributes.is_empty() { "out of office".to_owned() } else { attributes }
}

/// A division or department to filter by.
struct UnitRow {
    name: String,
    people: i64,
    href: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    shell: Shell,
    text: String,
    division: String,
    department: String,
    units: Vec<(UnitRow, Vec<UnitRow>)>,
    cards: Vec<PersonCard>,
    next: Option<String>,
}

/// Query parameters of the people page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PeopleQuery {
    q: String,
    division: String,
    department: String,
    offset: Option<i64>,
}

impl PeopleQuery {
    fn path(&self, offset: i64) -> String {
        let offset = offset.to_string();
        let pairs = [("q", &self.q), ("division", &self.division), ("department", &self.department)];
        let mut query: Vec<(&str, &str)> =
            pairs.into_iter().filter(|(_, value)| !value.is_empty()).map(|(n, v)| (n, v.as_str())).collect();
        query.push(("offset", &offset));
        format!("/people?{}", serde_urlencoded::to_string(query).unwrap_or_default())
    }
}

/// `GET /people`.
pub(crate) async fn show(here: CurrentInstance, who: SignedIn, RawQuery(query): RawQuery) -> PageResult {
    let asked: PeopleQuery = read(query.as_deref());
    let offset = asked.offset.unwrap_or(0).clamp(0, 100_000);
    let search = PeopleSearch {
        text: asked.q.clone(),
        division: asked.division.clone(),
        department: asked.department.clone(),
        skill: String::new(),
        limit: PAGE,
        offset,
    };
    let found = profiles::search(&here, who.account.id, search).await?;
    let full = i64::try_from(found.len()).is_ok_and(|len| len >= PAGE);
    render_page(&PeoplePage {
        shell: Shell::new(&here, Some(&who)),
        units: units(&here, who.account.id, &asked).await?,
        cards: PersonCard::all(&found, &here.urls),
        next: full.then(|| asked.path(offset + PAGE)),
        text: asked.q,
        division: asked.division,
        department: asked.department,
    })
}

/// Lists the divisions, each with its departments.
async fn units(
    here: &Instance,
    me: AccountId,
    asked: &PeopleQuery,
) -> Result<Vec<(UnitRow, Vec<UnitRow>)>, portico_service::Error> {
    let mut shown: Vec<(UnitRow, Vec<UnitRow>)> = Vec::new();
    for unit in profiles::list_departments(here, me).await? {
        let href = |pairs: &[(&str, &str)]| {
            format!("/people?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
        };
        if shown.last().is_none_or(|(last, _)| !last.name.eq_ignore_ascii_case(&unit.division)) {
            let division = UnitRow {
                href: href(&[("division", &unit.division)]),
                chosen: asked.division == unit.division && asked.department.is_empty(),
                name: unit.division.clone(),
                people: 0,
            };
            shown.push((division, Vec::new()));
        }
        let Some((division, departments)) = shown.last_mut() else { continue };
        division.people += unit.people;
        if !unit.department.is_empty() {
            departments.push(UnitRow {
                href: href(&[("division", &unit.division), ("department", &unit.department)]),
                chosen: asked.division == unit.division && asked.department == unit.department,
                name: unit.department,
                people: unit.people,
            });
        }
    }
    // People without a division and department are in no unit.
    shown.retain(|(division, departments)| !division.name.is_empty() || !departments.is_empty());
    Ok(shown)
}

/// An expert, as the page shows them.
struct ExpertView {
    card: PersonCard,
    skills: String,
    posts: Vec<Post>,
}

#[derive(Template)]
#[template(path = "who_knows.html")]
struct WhoKnowsPage {
    shell: Shell,
    text: String,
    experts: Vec<ExpertView>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WhoKnowsQuery {
    q: String,
}

/// `GET /people/who-knows`.
pub(crate) async fn who_knows(here: CurrentInstance, who: SignedIn, RawQuery(query): RawQuery) -> PageResult {
    let text = read::<WhoKnowsQuery>(query.as_deref()).q;
    let found = profiles::who_knows(&here, who.account.id, &text, EXPERTS).await?;
    let now = here.now();
    let expert = |expert: &Known| ExpertView {
        card: PersonCard::from_view(&expert.person, &here.urls),
        skills: expert.skills.join(", "),
        posts: expert.posts.iter().map(|view| Post::from_view(view, &here.urls, now)).collect(),
    };
    let experts = found.iter().map(expert).collect();
    render_page(&WhoKnowsPage { shell: Shell::new(&here, Some(&who)), text, experts })
}

#[derive(Template)]
#[template(path = "ask.html")]
struct AskPage {
    shell: Shell,
    about: String,
    text: String,
    key: String,
    /// People who would be asked, each with their matching skills; `None` before the preview.
    found: Option<Vec<(Person, String)>>,
    problem: Option<String>,
}

/// The question form; `wish` is the button that was pressed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AskForm {
    about: String,
    text: String,
    key: String,
    #[serde(rename = "do")]
    wish: String,
}

/// `GET /people/ask`.
pub(crate) async fn ask_form(here: CurrentInstance, who: SignedIn, RawQuery(query): RawQuery) -> PageResult {
    let about = read::<WhoKnowsQuery>(query.as_deref()).q;
    ask_page(&here, &who, AskForm { about, key: here.rng.secret(), ..AskForm::default() }, None, None)
}

/// `POST /people/ask`: previews who would be asked, or sends the question.
pub(crate) async fn ask(
    here: CurrentInstance,
    who: SignedIn,
    CsrfForm(form): CsrfForm<AskForm>,
) -> PageResult {
    let question = questions::QuestionInput {
        about: form.about.clone(),
        text: form.text.clone(),
        idempotency_key: Some(form.key.clone()).filter(|key| !key.is_empty()),
        ..questions::QuestionInput::default()
    };
    let outcome = match form.wish.as_str() {
        "ask" => match questions::ask(&here, &who.account, question).await {
            Ok((view, _)) => {
                return redirect(StatusCode::SEE_OTHER, &Post::from_view(&view, &here.urls, here.now()).href);
            }
            Err(error) => Err(error),
        },
        _ => questions::preview(&here, &who.account, &question).await,
    };
    match outcome {
        Ok(found) => ask_page(&here, &who, form, Some(found), None),
        Err(portico_service::Error::Invalid(faults)) => {
            ask_page(&here, &who, form, None, Some(format!("{}.", faults.join("; "))))
        }
        Err(error) => Err(error.into()),
    }
}

fn ask_page(
    here: &CurrentInstance,
    who: &SignedIn,
    form: AskForm,
    found: Option<Vec<AskedPerson>>,
    problem: Option<String>,
) -> PageResult {
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let row =
        |asked: &AskedPerson| (Person::from_account(&asked.account, &here.urls), asked.skills.join(", "));
    let page = AskPage {
        shell: Shell::new(here, Some(who)),
        about: form.about,
        text: form.text,
        key: form.key,
        found: found.map(|found| found.iter().map(row).collect()),
        problem,
    };
    render_with(status, &page)
}

#[derive(Template)]
#[template(path = "org_chart.html")]
struct OrgChartPage {
    shell: Shell,
    above: Vec<(AccountId, PersonCard)>,
    person: PersonCard,
    reports: Vec<(AccountId, PersonCard)>,
}

/// `GET /people/chart/{id}`.
pub(crate) async fn org_chart(here: CurrentInstance, who: SignedIn, Path(id): Path<AccountId>) -> PageResult {
    let chart = profiles::org_chart(&here, who.account.id, id).await?;
    let cards = |views: &[PersonView]| {
        views.iter().map(|view| (view.account.id, PersonCard::from_view(view, &here.urls))).collect()
    };
    render_page(&OrgChartPage {
        shell: Shell::new(&here, Some(&who)),
        above: cards(&chart.above),
        person: PersonCard::from_view(&chart.person, &here.urls),
        reports: cards(&chart.reports),
    })
}

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
pub(crate) async fn edit(here: CurrentInstance, who: SignedIn, RawQuery(query): RawQuery) -> PageResult {
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

/// Returns the profile attributes of an account that the viewer may see.
pub(crate) async fn facts_for(
    here: &Instance,
    viewer: Viewer,
    id: AccountId,
) -> Result<Vec<ProfileFact>, portico_service::Error> {
    Ok(facts(&profiles::show(here, viewer, id).await?, here.now()))
}
