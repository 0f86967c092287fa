//! Lists.

use schemars::JsonSchema;
use serde::Serialize;

use portico_domain::model::list;

/// A list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct List {
    id: String,
    title: String,
    replies_policy: &'static str,
    exclusive: bool,
}

impl List {
    /// Renders a list.
    pub fn render(list: &list::List) -> Self {
        Self {
            id: list.id.to_string(),
            title: list.title.clone(),
            replies_policy: list.replies.as_str(),
            exclusive: list.exclusive,
        }
    }
}
