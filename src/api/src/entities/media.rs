//! Attachments.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use portico_domain::model::media::{Dimensions, FOCUS_UNIT, Media, MediaFacts, MediaKind, MediaState};
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
    /// Dimensions, duration, codec and focal point, where known.
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
    if let Some(original) = original.as_object_mut() {
        if let Some(millis) = facts.duration {
            original.insert("duration".to_owned(), json!(millis as f64 / 1000.0));
        }
        if let Some(bitrate) = facts.sound.bitrate {
            original.insert("bitrate".to_owned(), json!(bitrate));
        }
    }
    let mut meta = json!({ "original": original });
    if let Some(meta) = meta.as_object_mut() {
        if facts.kind == MediaKind::Audio {
            meta.extend(sound(facts));
        }
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

/// Renders the properties of a sound as Mastodon does. `audio_bitrate` is the sample rate there.
fn sound(facts: &MediaFacts) -> Map<String, Value> {
    let sound = &facts.sound;
    let channels = sound.channels.map(|channels| match channels {
        1 => "mono".to_owned(),
        2 => "stereo".to_owned(),
        6 => "5.1".to_owned(),
        8 => "7.1".to_owned(),
        channels => format!("{channels} channels"),
    });
    [
        ("length", facts.duration.map(|millis| json!(clock(millis)))),
        ("duration", facts.duration.map(|millis| json!(millis as f64 / 1000.0))),
        ("audio_encode", sound.codec.as_ref().map(|codec| json!(codec))),
        ("audio_bitrate", sound.sample_rate.map(|rate| json!(format!("{rate} Hz")))),
        ("audio_channels", channels.map(|channels| json!(channels))),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}

/// Formats a duration as hours, minutes and seconds: `0:06:42.86`.
fn clock(millis: i64) -> String {
    let hundredths = millis / 10;
    let (hours, minutes) = (hundredths / 360_000, hundredths / 6000 % 60);
    format!("{hours}:{minutes:02}:{:02}.{:02}", hundredths / 100 % 60, hundredths % 100)
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
    use portico_domain::model::media::SoundFacts;

    use super::super::samples;
    use super::*;

    #[test]
    fn media_attachment() {
        let urls = samples::urls();
        insta::assert_json_snapshot!("media", MediaAttachment::render(&samples::media(), &urls));
    }

    #[test]
    fn a_sound_has_the_properties_that_are_known() {
        let facts = MediaFacts {
            kind: MediaKind::Audio,
            mime: "audio/mpeg".into(),
            duration: Some(402_860),
            sound: SoundFacts {
                codec: Some("mp3".into()),
                bitrate: Some(166_290),
                sample_rate: Some(44_100),
                channels: Some(2),
            },
            ..MediaFacts::default()
        };
        let media = Media { facts, focus: None, ..samples::media() };
        let meta =
            serde_json::to_value(MediaAttachment::render(&media, &samples::urls())).unwrap()["meta"].take();
        let expected = json!({
            "length": "0:06:42.86", "duration": 402.86, "audio_encode": "mp3", "audio_bitrate": "44100 Hz",
            "audio_channels": "stereo", "original": {"duration": 402.86, "bitrate": 166_290},
        });
        assert_eq!(meta, expected);
        assert_eq!(clock(3_600_000 * 11 + 60_050), "11:01:00.05");
        let facts = MediaFacts { kind: MediaKind::Audio, ..MediaFacts::default() };
        let meta = self::meta(&Media { facts, focus: None, ..samples::media() });
        assert_eq!(meta, json!({"original": {}}));
    }

    #[test]
    fn waiting_media_have_no_url() {
        let waiting = Media { state: MediaState::Waiting, preview_key: None, ..samples::media() };
        let shown = serde_json::to_value(MediaAttachment::render(&waiting, &samples::urls())).unwrap();
        assert!(shown["url"].is_null() && shown["preview_url"].is_null());
    }
}
