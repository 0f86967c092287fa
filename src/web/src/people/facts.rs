//! The attributes on a profile page.

use portico_domain::model::profile::{Attributes, Contact, PersonView};
use portico_domain::model::{AccountId, Timestamp};
use portico_service::Viewer;
use portico_service::instance::Instance;
use portico_service::people::profiles;

use crate::labels;

/// A labelled profile attribute, as the profile page shows it.
pub(crate) struct ProfileFact {
    pub name: &'static str,
    pub text: String,
    /// Link target of the text, if any.
    pub href: Option<String>,
}

/// Lists the profile attributes that the viewer may see, without empty ones.
fn facts(view: &PersonView, now: Timestamp) -> Vec<ProfileFact> {
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

/// Returns the profile attributes of an account that the viewer may see.
pub(crate) async fn load(
    here: &Instance,
    viewer: Viewer,
    id: AccountId,
) -> Result<Vec<ProfileFact>, portico_service::Error> {
    Ok(facts(&profiles::show(here, viewer, id).await?, here.now()))
}
