//! `portico people` and `portico account profile`: profile attributes, for a company that fills them from
//! its own records.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use serde_json::{Value, json};

use super::context::CliContext;
use super::output;
use portico_domain::model::Timestamp;
use portico_domain::model::profile::{Absence, Attributes, Contact, PersonView};
use portico_http::csv::{CsvFile, unguard};
use portico_service::Viewer;
use portico_service::instance::Instance;
use portico_service::people::profiles::{self, AttributesChange};
use portico_service::people::users;

/// The columns of a file of people, in order. Lists are separated by semicolons.
const COLUMNS: [&str; 16] = [
    "name",
    "job_title",
    "department",
    "division",
    "manager",
    "location",
    "time_zone",
    "pronouns",
    "languages",
    "working_hours",
    "contacts",
    "skills",
    "interests",
    "projects",
    "away",
    "away_until",
];

#[derive(Subcommand)]
pub(super) enum PeopleCommand {
    /// Set profiles from a CSV file. The first line names the columns: name, and any of job_title,
    /// department, division, manager, location, time_zone, pronouns, languages, working_hours, contacts,
    /// skills, interests, projects, away, away_until. Lists are separated by semicolons; an empty cell
    /// clears.
    Import {
        /// The file; - for standard input.
        file: PathBuf,
    },
    /// Print every profile as CSV.
    Export,
}

#[derive(Subcommand)]
pub(super) enum ProfileCommand {
    /// Show a profile.
    Show {
        /// The user name, NAME@DOMAIN, or mail address.
        name: String,
    },
    /// Change a profile. Attributes that are not given stay; an empty text clears.
    Set(Box<Set>),
}

#[derive(clap::Args)]
pub(super) struct Set {
    /// The user name, NAME@DOMAIN, or mail address.
    name: String,
    /// The job title.
    #[arg(long)]
    title: Option<String>,
    /// The department.
    #[arg(long)]
    department: Option<String>,
    /// The division.
    #[arg(long)]
    division: Option<String>,
    /// The manager: NAME, or NAME@HOST.
    #[arg(long)]
    manager: Option<String>,
    /// The location.
    #[arg(long)]
    location: Option<String>,
    /// The time zone, such as Europe/Berlin.
    #[arg(long)]
    time_zone: Option<String>,
    /// The pronouns.
    #[arg(long)]
    pronouns: Option<String>,
    /// The spoken languages, such as "de; en".
    #[arg(long)]
    languages: Option<String>,
    /// The working hours.
    #[arg(long)]
    working_hours: Option<String>,
    /// Further contacts, such as "Phone: 123; Room: 4".
    #[arg(long)]
    contacts: Option<String>,
    /// The skills, separated by semicolons.
    #[arg(long)]
    skills: Option<String>,
    /// The interests, separated by semicolons.
    #[arg(long)]
    interests: Option<String>,
    /// The projects, separated by semicolons.
    #[arg(long)]
    projects: Option<String>,
    /// The absence notice; empty ends the absence.
    #[arg(long)]
    away: Option<String>,
    /// The last day of the absence.
    #[arg(long, requires = "away")]
    away_until: Option<String>,
}

/// The attributes of a person in one line or command, by column.
type Cells<'a> = &'a dyn Fn(&str) -> Option<String>;

fn change(cell: Cells<'_>) -> anyhow::Result<AttributesChange> {
    let list = |name| cell(name).map(|text| parts(&text));
    let contacts = cell("contacts").map(|text| parts(&text).iter().map(|part| contact(part)).collect());
    Ok(AttributesChange {
        job_title: cell("job_title"),
        department: cell("department"),
        division: cell("division"),
        manager: cell("manager"),
        location: cell("location"),
        time_zone: cell("time_zone"),
        pronouns: cell("pronouns"),
        languages: list("languages"),
        working_hours: cell("working_hours"),
        contacts,
        skills: list("skills"),
        interests: list("interests"),
        projects: list("projects"),
        out_of_office: away(cell)?,
        askers: None,
        reaches: Vec::new(),
    })
}

fn parts(text: &str) -> Vec<String> {
    text.split(';').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn contact(part: &str) -> Contact {
    let (name, value) = part.split_once(':').unwrap_or(("", part));
    Contact { name: name.trim().to_owned(), value: value.trim().to_owned() }
}

fn away(cell: Cells<'_>) -> anyhow::Result<Option<Option<Absence>>> {
    let (note, until) = (cell("away"), cell("away_until").filter(|text| !text.is_empty()));
    let Some(note) = note.or_else(|| until.as_ref().map(|_| String::new())) else { return Ok(None) };
    let until = until
        .map(|text| Timestamp::parse(&text).with_context(|| format!("{text} is not a valid date or time")))
        .transpose()?;
    Ok(Some((!note.is_empty() || until.is_some()).then_some(Absence { note, until })))
}

pub(super) async fn profile(context: &CliContext, command: ProfileCommand) -> anyhow::Result<()> {
    match command {
        ProfileCommand::Show { name } => {
            let (instance, name) = context.open_for(&name).await?;
            let person = find(&instance, &name).await?;
            if context.json() {
                return output::json(&data(&person));
            }
            for (column, cell) in COLUMNS.iter().zip(cells(&person)) {
                output::line(format!("{column:16} {cell}"));
            }
            Ok(())
        }
        ProfileCommand::Set(set) => {
            let (instance, name) = context.open_for(&set.name).await?;
            let (user, account) = users::find(&instance, &name).await.with_context(|| name.clone())?;
            profiles::change_as_operator(&instance, user.account_id, set.change()?).await?;
            output::message(format!("{}: the profile is updated", account.username));
            Ok(())
        }
    }
}

impl Set {
    fn change(self) -> anyhow::Result<AttributesChange> {
        let given = [
            ("job_title", self.title),
            ("department", self.department),
            ("division", self.division),
            ("manager", self.manager),
            ("location", self.location),
            ("time_zone", self.time_zone),
            ("pronouns", self.pronouns),
            ("languages", self.languages),
            ("working_hours", self.working_hours),
            ("contacts", self.contacts),
            ("skills", self.skills),
            ("interests", self.interests),
            ("projects", self.projects),
            ("away", self.away),
            ("away_until", self.away_until),
        ];
        change(&|name| given.iter().find(|(known, _)| *known == name).and_then(|(_, text)| text.clone()))
    }
}

pub(super) async fn run(context: &CliContext, command: PeopleCommand) -> anyhow::Result<()> {
    let instance = context.open(None).await?;
    match command {
        PeopleCommand::Import { file } => import(&instance, &file).await,
        PeopleCommand::Export => export(context, &instance).await,
    }
}

/// Updates the profile of each line. Invalid lines are reported, and the others are applied.
async fn import(instance: &Instance, file: &std::path::Path) -> anyhow::Result<()> {
    let source: Box<dyn std::io::Read + Send> = if file.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).with_context(|| file.display().to_string())?)
    };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(source);
    let columns: Vec<String> =
        reader.headers()?.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
    if let Some(odd) = columns.iter().find(|column| !COLUMNS.contains(&column.as_str())) {
        bail!("{odd} is not a valid column; valid columns are {}", COLUMNS.join(", "));
    }
    if !columns.iter().any(|column| column == "name") {
        bail!("the first line must name the columns, and name must be one of them");
    }
    let (mut done, mut failed) = (0, 0);
    for (row, record) in reader.records().enumerate() {
        let line = row + 2;
        let outcome = match record {
            Ok(record) => one(instance, &columns, &record).await,
            Err(error) => Err(error.into()),
        };
        match outcome {
            Ok(()) => done += 1,
            Err(error) => {
                failed += 1;
                output::message(format!("line {line}: {error:#}"));
            }
        }
    }
    output::message(format!("{done} profiles updated"));
    if failed > 0 {
        bail!("{failed} lines are invalid");
    }
    Ok(())
}

async fn one(instance: &Instance, columns: &[String], record: &csv::StringRecord) -> anyhow::Result<()> {
    let cell = |name: &str| {
        let at = columns.iter().position(|column| column == name)?;
        // An export guards its cells against formulas.
        record.get(at).map(|text| unguard(text).to_owned())
    };
    let name = cell("name").unwrap_or_default();
    let (user, _) = users::find(instance, &name).await.with_context(|| name.clone())?;
    profiles::change_as_operator(instance, user.account_id, change(&cell)?).await.context(name)
}

async fn export(context: &CliContext, instance: &Instance) -> anyhow::Result<()> {
    let mut everybody = Vec::new();
    for (_, account) in users::list(instance).await? {
        everybody.push(profiles::show(instance, Viewer::Local(account.id), account.id).await?);
    }
    if context.json() {
        return output::json(&everybody.iter().map(data).collect::<Vec<_>>());
    }
    let mut file = CsvFile::with_columns(&COLUMNS)?;
    for person in &everybody {
        file.write_row(&cells(person))?;
    }
    let text = String::from_utf8(file.into_bytes()?)?;
    output::line(text.trim_end());
    Ok(())
}

async fn find(instance: &Instance, name: &str) -> anyhow::Result<PersonView> {
    let (_, account) = users::find(instance, name).await.with_context(|| name.to_owned())?;
    Ok(profiles::show(instance, Viewer::Local(account.id), account.id).await?)
}

/// Formats a person as a line of a file; importing it again changes nothing.
fn cells(person: &PersonView) -> Vec<String> {
    let Attributes { contacts, out_of_office, .. } = &person.attributes;
    let attributes = &person.attributes;
    let contacts: Vec<String> =
        contacts.iter().map(|contact| format!("{}: {}", contact.name, contact.value)).collect();
    let manager = match (&person.manager, &attributes.manager) {
        (Some(manager), _) => manager.acct(),
        (None, Some(uri)) => uri.clone(),
        (None, None) => String::new(),
    };
    let away = out_of_office.clone().unwrap_or_default();
    vec![
        person.account.username.clone(),
        attributes.job_title.clone(),
        attributes.department.clone(),
        attributes.division.clone(),
        manager,
        attributes.location.clone(),
        attributes.time_zone.clone(),
        attributes.pronouns.clone(),
        attributes.languages.join("; "),
        attributes.working_hours.clone(),
        contacts.join("; "),
        attributes.skills.join("; "),
        attributes.interests.join("; "),
        attributes.projects.join("; "),
        away.note,
        away.until.map(Timestamp::rfc3339).unwrap_or_default(),
    ]
}

fn data(person: &PersonView) -> Value {
    let pairs = COLUMNS.iter().zip(cells(person)).map(|(name, cell)| ((*name).to_owned(), json!(cell)));
    Value::Object(pairs.collect())
}
