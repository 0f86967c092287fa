//! Questions to experts. An extension of Portico.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Account, Status};
use portico_domain::model::question;
use portico_domain::model::urls::Urls;
use portico_domain::model::view::StatusView;

/// A recipient of a question, and the reason.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "AskedPerson")]
pub struct AskedPerson {
    account: Account,
    /// The matching skills, projects and interests.
    skills: Vec<String>,
}

impl AskedPerson {
    /// Renders the recipients.
    pub fn render_all(found: &[question::QuestionRecipient], urls: &Urls) -> Vec<Self> {
        let one = |asked: &question::QuestionRecipient| Self {
            account: Account::render(&asked.account, urls),
            skills: asked.skills.clone(),
        };
        found.iter().map(one).collect()
    }
}

/// A question that was posted.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Question {
    /// The post with the question.
    status: Status,
    /// The recipients.
    asked: Vec<AskedPerson>,
}

impl Question {
    /// Renders a question.
    pub fn render(view: &StatusView, found: &[question::QuestionRecipient], urls: &Urls) -> Self {
        Self { status: Status::render(view, urls), asked: AskedPerson::render_all(found, urls) }
    }
}
