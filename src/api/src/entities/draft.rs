//! Drafts.

use schemars::JsonSchema;
use serde::Serialize;

use super::MediaAttachment;
use super::scheduled::ScheduledStatusSource;
use portico_domain::model::urls::Urls;
use portico_service::publishing::drafts::DraftView;

/// A draft of the caller. An extension of Portico.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Draft {
    id: String,
    created_at: String,
    updated_at: String,
    params: ScheduledStatusSource,
    media_attachments: Vec<MediaAttachment>,
}

impl Draft {
    /// Renders a draft.
    pub fn render(view: &DraftView, urls: &Urls) -> Self {
        Self {
            id: view.draft.id.to_string(),
            created_at: view.draft.created_at.rfc3339(),
            updated_at: view.draft.updated_at.rfc3339(),
            params: ScheduledStatusSource::render(&view.new),
            media_attachments: view
                .draft
                .media
                .iter()
                .map(|one| MediaAttachment::render(one, urls))
                .collect(),
        }
    }
}
