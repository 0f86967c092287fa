//! Attachments.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use portico_domain::model::media::{Dimensions, FOCUS_UNIT, Media, MediaKind, MediaState};
use portico_domain::model::urls::Urls;

/// An attachment of a status, or an upload that is not attached yet.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MediaAttachment {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    /// Null until the upload has been processed.
    url: Option<String>,
    preview_url: Option<String>,
    /// The address on the author's own server.
    remote_url: Option<String>,
    preview_remote_url: Option<String>,
    text_url: Option<String>,
    /// Dimensions, duration and focal point, where known.
    meta: Value,
    description: Option<String>,
    blurhash: Option<String>,
}

impl MediaAttachment {
    /// Renders an attachment.
    pub fn render(media: &Media, urls: &Urls) -> Self {
        let facts = &media.facts;
        let own = media.file_key.as_deref().map(|key| urls.media(key));
        let url = own.or_else(|| media.remote_url.clone()).filter(|_| media.state == MediaState::Ready);
        let preview = media.preview_key.as_deref().map(|key| urls.media(key));
        // A remote image is its own preview; audio has none, and neither has a video without one.
        let preview = preview.or_else(|| url.clone().filter(|_| facts.kind == MediaKind::Image));
        Self {
            id: media.id.to_string(),
            kind: facts.kind.as_str(),
            preview_url: preview,
            url,
            remote_url: media.remote_url.clone(),
            preview_remote_url: None,
            text_url: None,
            meta: meta(media),
            description: media.description.clone(),
            blurhash: facts.blurhash.clone(),
        }
    }
}

fn meta(media: &Media) -> Value {
    let facts = &media.facts;
    let mut original = facts.dimensions.map_or_else(|| json!({}), measures);
    if let (Some(millis), Some(original)) = (facts.duration, original.as_object_mut()) {
        original.insert("duration".to_owned(), json!(millis as f64 / 1000.0));
    }
    let mut meta = json!({ "original": original });
    if let Some(meta) = meta.as_object_mut() {
        if let Some(small) = facts.preview_dimensions {
            meta.insert("small".to_owned(), measures(small));
        }
        if let Some((x, y)) = media.focus {
            let focus = json!({ "x": x as f64 / FOCUS_UNIT, "y": y as f64 / FOCUS_UNIT });
            meta.insert("focus".to_owned(), focus);
        }
    }
    meta
}

fn measures((width, height): Dimensions) -> Value {
    json!({
        "width": width,
        "height": height,
        "size": format!("{width}x{height}"),
        "aspect": width as f64 / height.max(1) as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn media_attachment() {
        let urls = samples::urls();
        insta::assert_json_snapshot!("media", MediaAttachment::render(&samples::media(), &urls));
    }

    #[test]
    fn what_waits_has_no_address() {
        let waiting = Media { state: MediaState::Waiting, preview_key: None, ..samples::media() };
        let shown = serde_json::to_value(MediaAttachment::render(&waiting, &samples::urls())).unwrap();
        assert!(shown["url"].is_null() && shown["preview_url"].is_null());
    }
}
