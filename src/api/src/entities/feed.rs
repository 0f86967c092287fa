//! Feeds.

use schemars::JsonSchema;
use serde::Serialize;

use portico_domain::model;
use portico_domain::model::Timestamp;
use portico_domain::model::urls::Urls;

/// A feed of the caller. An extension of Portico.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Feed {
    id: String,
    /// `home`, `notifications`, `list`, `tag` or `account`.
    kind: &'static str,
    /// The source of the feed: the id of a list or an account, or a hashtag.
    target: Option<String>,
    title: String,
    created_at: String,
    /// The last use, to the hour.
    last_used_at: Option<String>,
    /// The address of the Atom feed; returned only on creation.
    atom_url: Option<String>,
    /// The address of the RSS feed; returned only on creation.
    rss_url: Option<String>,
}

impl Feed {
    /// Renders a feed, with its addresses if the secret is known.
    pub fn render(feed: &model::feed::Feed, secret: Option<&str>, urls: &Urls) -> Self {
        let word = feed.kind.as_str();
        let address = |form: &str| secret.map(|secret| urls.feed(secret, word, form));
        Self {
            id: feed.id.to_string(),
            kind: word,
            target: Some(feed.kind.target()).filter(|target| !target.is_empty()),
            title: feed.title.clone(),
            created_at: feed.created_at.rfc3339(),
            last_used_at: feed.last_used_at.map(Timestamp::rfc3339),
            atom_url: address("atom"),
            rss_url: address("rss"),
        }
    }
}
