//! The first-day guide.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Account, Tag};
use portico_domain::model::profile::Attribute;
use portico_domain::model::urls::Urls;
use portico_service::people::first_day;

/// The caller's progress in the first-day guide. An extension of Portico.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FirstDay {
    /// Whether the caller has completed or dismissed the guide.
    done: bool,
    /// The profile attributes that are still empty.
    missing: Vec<Attribute>,
    manager: Option<Account>,
    department: Colleagues,
    division: Colleagues,
    /// Suggested hashtags.
    topics: Vec<Tag>,
}

/// The caller's department or division.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Colleagues {
    /// The name; empty if the profile has none.
    name: String,
    /// The accounts that the caller would follow.
    people: Vec<Account>,
}

impl FirstDay {
    /// Renders the progress.
    pub fn render(day: &first_day::FirstDay, urls: &Urls) -> Self {
        let circle = |circle: &first_day::SuggestedColleagues| Colleagues {
            name: circle.name.clone(),
            people: Account::render_all(&circle.people, urls),
        };
        Self {
            done: day.done,
            missing: day.missing.clone(),
            manager: day.manager.as_ref().map(|manager| Account::render(manager, urls)),
            department: circle(&day.department),
            division: circle(&day.division),
            topics: day.topics.iter().map(|view| Tag::render(view, urls)).collect(),
        }
    }
}
