//! Announcements.

use schemars::JsonSchema;
use serde::Serialize;

use super::EmptyList;
use super::status::StatusTag;
use portico_domain::model::Timestamp;
use portico_domain::model::announcement::{AnnouncementView, Reaction};
use portico_domain::model::urls::Urls;
use portico_service::publishing::announcements;

/// An announcement of the instance's operators.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Announcement {
    id: String,
    content: String,
    starts_at: Option<String>,
    ends_at: Option<String>,
    all_day: bool,
    published: bool,
    published_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<bool>,
    mentions: EmptyList,
    statuses: EmptyList,
    tags: Vec<StatusTag>,
    emojis: EmptyList,
    reactions: Vec<AnnouncementReaction>,
}

/// The number of reactions with one emoji.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AnnouncementReaction {
    name: String,
    count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    me: Option<bool>,
}

impl Announcement {
    /// Renders an announcement for one viewer.
    pub fn render(view: &AnnouncementView, urls: &Urls) -> Self {
        Self::from_view(view, true, urls)
    }

    /// Renders an announcement without viewer-specific keys, for streaming to all viewers.
    pub fn render_for_all(view: &AnnouncementView, urls: &Urls) -> Self {
        Self::from_view(view, false, urls)
    }

    fn from_view(view: &AnnouncementView, personal: bool, urls: &Urls) -> Self {
        let announcement = &view.announcement;
        let reaction = |reaction: &Reaction| AnnouncementReaction {
            name: reaction.name.clone(),
            count: reaction.count,
            me: personal.then_some(reaction.me),
        };
        Self {
            id: announcement.id.to_string(),
            content: announcement.content.clone(),
            starts_at: announcement.starts_at.map(Timestamp::rfc3339),
            ends_at: announcement.ends_at.map(Timestamp::rfc3339),
            all_day: announcement.all_day,
            published: true,
            published_at: announcement.published_at.rfc3339(),
            updated_at: announcement.updated_at.rfc3339(),
            read: personal.then_some(view.read),
            mentions: [],
            statuses: [],
            tags: announcements::tags(announcement)
                .iter()
                .map(|name| StatusTag::render(name, urls))
                .collect(),
            emojis: [],
            reactions: view.reactions.iter().map(reaction).collect(),
        }
    }
}
