//! Circles. Portico's own.

use schemars::JsonSchema;
use serde::Serialize;

use super::Account;
use crate::model::circle;
use crate::model::urls::Urls;

/// A named set of people that its owner addresses posts to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Circle {
    id: String,
    title: String,
    /// How many people are in it.
    members_count: i64,
}

impl Circle {
    /// Renders a circle for its owner.
    pub fn render(circle: &circle::Circle) -> Self {
        Self { id: circle.id.to_string(), title: circle.title.clone(), members_count: circle.members }
    }
}

/// Whom a post is addressed to without naming them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Addressed {
    /// The circle, for its owner alone.
    circle: Option<Circle>,
    /// The people, as far as this instance knows them.
    accounts: Vec<Account>,
}

impl Addressed {
    /// Renders whom a post is addressed to.
    pub fn render(addressed: &circle::Addressed, urls: &Urls) -> Self {
        Self {
            circle: addressed.circle.as_ref().map(Circle::render),
            accounts: addressed.people.iter().map(|account| Account::render(account, urls)).collect(),
        }
    }
}
