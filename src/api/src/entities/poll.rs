//! Polls.

use schemars::JsonSchema;
use serde::Serialize;

use super::EmptyList;
use portico_domain::model::Timestamp;
use portico_domain::model::poll::PollView;

/// A poll.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Poll {
    id: String,
    expires_at: Option<String>,
    expired: bool,
    multiple: bool,
    votes_count: i64,
    voters_count: Option<i64>,
    options: Vec<PollOption>,
    emojis: EmptyList,
    #[serde(skip_serializing_if = "Option::is_none")]
    voted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    own_votes: Option<Vec<i64>>,
}

/// One option of a poll.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct PollOption {
    title: String,
    /// The number of votes; null while hidden.
    votes_count: Option<i64>,
}

impl Poll {
    /// Renders a poll as its viewer sees it.
    pub fn render(view: &PollView) -> Self {
        let hidden = view.poll.hide_totals && !view.expired;
        let options = view.poll.options.iter();
        Self {
            id: view.id.to_string(),
            expires_at: view.poll.expires_at.map(Timestamp::rfc3339),
            expired: view.expired,
            multiple: view.poll.multiple,
            votes_count: view.poll.options.iter().fold(0, |sum, (_, votes)| sum.saturating_add(*votes)),
            voters_count: view.poll.voters_count,
            options: options
                .map(|(title, votes)| PollOption {
                    title: title.clone(),
                    votes_count: (!hidden).then_some(*votes),
                })
                .collect(),
            emojis: [],
            voted: view.voted,
            own_votes: view.own_votes.clone(),
        }
    }
}
