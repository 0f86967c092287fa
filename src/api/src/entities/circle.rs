//! Circles. An extension of Portico.

use schemars::JsonSchema;
use serde::Serialize;

use super::Account;
use portico_domain::model::circle;
use portico_domain::model::urls::Urls;

/// A named set of accounts that its owner addresses posts to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Circle {
    id: String,
    title: String,
    /// The number of members.
    members_count: i64,
}

impl Circle {
    /// Renders a circle for its owner.
    pub fn render(circle: &circle::Circle) -> Self {
        Self { id: circle.id.to_string(), title: circle.title.clone(), members_count: circle.members }
    }
}

/// The recipients of a post that it does not mention.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CircleAudience {
    /// The circle; only its owner sees it.
    circle: Option<Circle>,
    /// The recipients that this instance knows.
    accounts: Vec<Account>,
}

impl CircleAudience {
    /// Renders the recipients of a post.
    pub fn render(addressed: &circle::Addressed, urls: &Urls) -> Self {
        Self {
            circle: addressed.circle.as_ref().map(Circle::render),
            accounts: addressed.people.iter().map(|account| Account::render(account, urls)).collect(),
        }
    }
}
