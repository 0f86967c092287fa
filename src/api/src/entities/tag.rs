//! Hashtags.

use schemars::JsonSchema;
use serde::Serialize;

use portico_domain::model::Timestamp;
use portico_domain::model::urls::Urls;
use portico_domain::model::view::{FeaturedTagView, TagDay, TagView};

/// A hashtag.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Tag {
    id: String,
    name: String,
    url: String,
    history: Vec<TagHistoryDay>,
    following: bool,
    featuring: bool,
}

/// The usage of a hashtag or a link on one day; numbers are strings, as clients expect.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct TagHistoryDay {
    /// The start of the day, in seconds since 1970.
    day: String,
    uses: String,
    accounts: String,
}

impl TagHistoryDay {
    pub(super) fn render(day: &TagDay) -> Self {
        Self {
            day: (day.day.millis() / 1000).to_string(),
            uses: day.uses.to_string(),
            accounts: day.accounts.to_string(),
        }
    }
}

impl Tag {
    /// Renders a hashtag.
    pub fn render(tag: &TagView, urls: &Urls) -> Self {
        Self {
            id: tag.name.clone(),
            name: tag.name.clone(),
            url: urls.tag(&tag.name),
            history: tag.history.iter().map(TagHistoryDay::render).collect(),
            following: tag.following,
            featuring: tag.featuring,
        }
    }

    /// Renders a list of hashtags.
    pub fn render_all(tags: &[TagView], urls: &Urls) -> Vec<Self> {
        tags.iter().map(|tag| Self::render(tag, urls)).collect()
    }
}

/// A hashtag featured on a profile.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FeaturedTag {
    id: String,
    name: String,
    url: String,
    statuses_count: String,
    last_status_at: Option<String>,
}

impl FeaturedTag {
    /// Renders a featured hashtag.
    pub fn render(tag: &FeaturedTagView, urls: &Urls) -> Self {
        Self {
            id: tag.id.to_string(),
            name: tag.name.clone(),
            url: urls.tag(&tag.name),
            statuses_count: tag.statuses.to_string(),
            last_status_at: tag.last_status_at.map(Timestamp::date),
        }
    }

    /// Renders featured hashtags.
    pub fn render_all(tags: &[FeaturedTagView], urls: &Urls) -> Vec<Self> {
        tags.iter().map(|tag| Self::render(tag, urls)).collect()
    }
}
