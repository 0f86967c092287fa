//! Questions to people by what they know. Portico's own.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Account, Status};
use crate::model::question;
use crate::model::urls::Urls;
use crate::model::view::StatusView;

/// Somebody who is asked, and why.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "AskedPerson")]
pub struct Asked {
    account: Account,
    /// The skills, projects and the like that match.
    skills: Vec<String>,
}

impl Asked {
    /// Renders who is asked.
    pub fn render_all(found: &[question::Asked], urls: &Urls) -> Vec<Self> {
        let one = |asked: &question::Asked| Self {
            account: Account::render(&asked.account, urls),
            skills: asked.skills.clone(),
        };
        found.iter().map(one).collect()
    }
}

/// A question that was asked.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Question {
    /// The post that asks.
    status: Status,
    /// Whom it asks.
    asked: Vec<Asked>,
}

impl Question {
    /// Renders a question.
    pub fn render(view: &StatusView, found: &[question::Asked], urls: &Urls) -> Self {
        Self { status: Status::render(view, urls), asked: Asked::render_all(found, urls) }
    }
}
