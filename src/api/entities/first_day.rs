//! The first day.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Account, Tag};
use crate::model::profile::Attribute;
use crate::model::urls::Urls;
use crate::service::first_day;

/// Where the caller stands on their first day: Portico's own.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FirstDay {
    /// Whether they have been through it, or said that they do not want to.
    done: bool,
    /// What of the profile is still empty.
    missing: Vec<Attribute>,
    manager: Option<Account>,
    department: Circle,
    division: Circle,
    /// Hashtags that may be of interest.
    topics: Vec<Tag>,
}

/// A part of the company around the caller.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Circle {
    /// Empty if the profile tells none.
    name: String,
    /// Whom the caller would follow in it.
    people: Vec<Account>,
}

impl FirstDay {
    /// Renders where somebody stands.
    pub fn render(day: &first_day::FirstDay, urls: &Urls) -> Self {
        let circle = |circle: &first_day::Circle| Circle {
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
