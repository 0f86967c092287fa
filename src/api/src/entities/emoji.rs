//! Custom emoji.

use schemars::JsonSchema;
use serde::Serialize;

use portico_domain::model::emoji::{self, Emoji};
use portico_domain::model::urls::Urls;

/// A custom emoji.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CustomEmoji {
    shortcode: String,
    url: String,
    static_url: String,
    visible_in_picker: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
}

impl CustomEmoji {
    /// Renders an emoji of this instance.
    pub fn render(own: &emoji::CustomEmoji, urls: &Urls) -> Self {
        let url = urls.media(&own.file_key);
        Self {
            shortcode: own.shortcode.clone(),
            static_url: url.clone(),
            url,
            visible_in_picker: own.visible,
            category: own.category.clone(),
        }
    }

    /// Renders the custom emoji of a status or an account.
    pub fn render_carried(emojis: &[Emoji]) -> Vec<Self> {
        let carried = |emoji: &Emoji| Self {
            shortcode: emoji.shortcode.clone(),
            url: emoji.url.clone(),
            static_url: emoji.url.clone(),
            visible_in_picker: true,
            category: None,
        };
        emojis.iter().map(carried).collect()
    }
}
