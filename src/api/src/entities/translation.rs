//! Translations of statuses.

use schemars::JsonSchema;
use serde::Serialize;

use portico_domain::model::translation;

/// A translation of a status.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Translation {
    content: String,
    spoiler_text: String,
    language: String,
    poll: Option<TranslatedPoll>,
    media_attachments: Vec<TranslatedAttachment>,
    detected_source_language: String,
    provider: String,
}

/// A translated poll.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "TranslatedPoll")]
struct TranslatedPoll {
    id: String,
    options: Vec<TranslatedOption>,
}

/// A translated poll option.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "TranslatedOption")]
struct TranslatedOption {
    title: String,
}

/// The translated description of an attachment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "TranslatedAttachment")]
struct TranslatedAttachment {
    id: String,
    description: String,
}

impl Translation {
    /// Renders a translation.
    pub fn render(translation: translation::Translation) -> Self {
        let translation::Translation { status, wording, language, detected, provider } = translation;
        let options: Vec<TranslatedOption> =
            wording.options.into_iter().map(|title| TranslatedOption { title }).collect();
        let attachment = |(id, description): (portico_domain::model::MediaId, String)| TranslatedAttachment {
            id: id.to_string(),
            description,
        };
        Self {
            content: wording.content,
            spoiler_text: wording.spoiler_text,
            language,
            poll: (!options.is_empty()).then(|| TranslatedPoll { id: status.to_string(), options }),
            media_attachments: wording.descriptions.into_iter().map(attachment).collect(),
            detected_source_language: detected,
            provider,
        }
    }
}
