//! Attachments of notes: reads remote ones within limits, and writes local ones.

use serde_json::{Value, json};

use super::value::{self, Object};
use portico_domain::model::media::{
    FOCUS_UNIT, Focus, Media, MediaFacts, MediaKind, MediaState, RemoteMedia,
};
use portico_domain::model::urls::Urls;

/// Maximum number of attachments stored per note.
const MOST: usize = 16;
/// Maximum length of a description.
const LONGEST_DESCRIPTION: usize = 1500;
const LONGEST_TYPE: usize = 100;
const LONGEST_BLURHASH: usize = 100;
/// Largest plausible side of a picture, in pixels; larger values are ignored.
const LARGEST_SIDE: u64 = 100_000;

/// Reads the attachments of a note. Links are ignored; media of an unknown type is kept, and clients show it
/// as a link.
pub fn read(object: &Object) -> Vec<RemoteMedia> {
    let mut found: Vec<RemoteMedia> = Vec::new();
    for entry in value::objects(object, "attachment") {
        let Some(media) = one(entry) else { continue };
        if found.len() < MOST && !found.iter().any(|known| known.url == media.url) {
            found.push(media);
        }
    }
    found
}

/// Returns the picture in a property: an Image, a Link or a URL.
pub fn picture(object: &Object, name: &str) -> Option<RemoteMedia> {
    value::list(object, name).into_iter().find_map(|entry| match entry {
        Value::Object(entry) if value::is_a(entry, "Image") => one(entry),
        other => {
            let image = json!({ "type": "Image", "url": value::address(other)? });
            one(image.as_object()?)
        }
    })
}

fn one(entry: &Object) -> Option<RemoteMedia> {
    let named = value::types(entry).into_iter().find_map(|kind| match kind {
        "Image" => Some(MediaKind::Image),
        "Video" => Some(MediaKind::Video),
        "Audio" => Some(MediaKind::Audio),
        "Document" => Some(MediaKind::Unknown),
        _ => None,
    })?;
    let (url, link) = address(entry)?;
    let from_link = |name: &str| link.and_then(|link| value::text(link, name));
    let mime = value::text(entry, "mediaType").or_else(|| from_link("mediaType")).unwrap_or_default();
    let mime = value::cut(mime.trim(), LONGEST_TYPE).to_ascii_lowercase();
    let kind = match mime.split('/').next() {
        Some("image") if mime != "image/svg+xml" => MediaKind::Image,
        Some("video") => MediaKind::Video,
        Some("audio") => MediaKind::Audio,
        Some("") => named,
        _ => MediaKind::Unknown,
    };
    let side = |name: &str| {
        let number = |object: &Object| object.get(name).and_then(Value::as_u64);
        let side = number(entry).or_else(|| link.and_then(number))?;
        i64::try_from(side).ok().filter(|_| (1..=LARGEST_SIDE).contains(&side))
    };
    let blurhash = value::text(entry, "blurhash").filter(|hash| {
        (6..=LONGEST_BLURHASH).contains(&hash.len()) && hash.bytes().all(|b| b.is_ascii_graphic())
    });
    let words = value::text_or_map(entry, "name").or_else(|| value::text_or_map(entry, "summary"));
    let description =
        words.map(|(words, _)| value::cut(portico_html::plain_text(words).trim(), LONGEST_DESCRIPTION));
    Some(RemoteMedia {
        url: url.to_owned(),
        facts: MediaFacts {
            kind,
            mime,
            dimensions: side("width").zip(side("height")),
            blurhash: blurhash.map(str::to_owned),
            ..MediaFacts::default()
        },
        focus: focus(entry),
        description: description.filter(|words| !words.is_empty()),
    })
}

/// Returns the URL of the file, and the Link object that contains it, if there is one.
fn address(entry: &Object) -> Option<(&str, Option<&Object>)> {
    for name in ["url", "href"] {
        for item in value::list(entry, name) {
            if let Some(url) = value::address(item) {
                return Some((url, item.as_object()));
            }
        }
    }
    None
}

fn focus(entry: &Object) -> Option<Focus> {
    let [x, y] = entry.get("focalPoint")?.as_array()?.as_slice() else { return None };
    let unit =
        |value: &Value| value.as_f64().map(|value| (value.clamp(-1.0, 1.0) * FOCUS_UNIT).round() as i64);
    Some((unit(x)?, unit(y)?))
}

/// Writes the attachments of a local status.
pub fn write(attached: &[Media], urls: &Urls) -> Vec<Value> {
    let ready = attached.iter().filter(|media| media.state == MediaState::Ready);
    ready.filter_map(|media| document(media, &urls.media(media.file_key.as_deref()?))).collect()
}

/// Writes the attachments of a remote status, with their original URLs.
pub fn write_remote(attached: &[Media]) -> Vec<Value> {
    attached.iter().filter_map(|media| document(media, media.remote_url.as_deref()?)).collect()
}

fn document(media: &Media, url: &str) -> Option<Value> {
    let facts = &media.facts;
    let focus = media.focus.map(|(x, y)| json!([x as f64 / FOCUS_UNIT, y as f64 / FOCUS_UNIT]));
    let mut document = json!({
        // Interop(Mastodon): it writes Document for all kinds, and all peers accept that.
        "type": "Document",
        "mediaType": facts.mime,
        "url": url,
        "name": media.description,
        "width": facts.dimensions.map(|dimensions| dimensions.0),
        "height": facts.dimensions.map(|dimensions| dimensions.1),
        "blurhash": facts.blurhash,
        "focalPoint": focus,
    });
    let object = document.as_object_mut()?;
    // An explicit null name states that there is no description.
    object.retain(|name, value| !value.is_null() || name == "name");
    Some(document)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(attachment: Value) -> Vec<RemoteMedia> {
        read(json!({ "attachment": attachment }).as_object().unwrap())
    }

    #[test]
    fn reads_the_many_shapes_of_an_attachment() {
        let found = of(json!([
            {"type": "Document", "mediaType": "image/png", "url": "https://a.example/1.png", "name": "A <b>cat</b>",
             "width": 640, "height": 480, "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj", "focalPoint": [-0.5, 7]},
            {"type": "Video", "url": [{"type": "Link", "href": "https://a.example/2.mp4", "mediaType": "video/mp4", "width": 8, "height": 6}]},
            {"type": "Image", "url": "https://a.example/3", "summary": "words"},
            {"type": "Document", "mediaType": "application/pdf", "url": "https://a.example/4.pdf"},
            {"type": "Document", "mediaType": "image/svg+xml", "url": "https://a.example/5.svg"},
        ]));
        let kinds: Vec<&str> = found.iter().map(|media| media.facts.kind.as_str()).collect();
        assert_eq!(kinds, ["image", "video", "image", "unknown", "unknown"]);
        assert_eq!(found[0].description.as_deref(), Some("A cat"));
        assert_eq!((found[0].facts.dimensions, found[0].focus), (Some((640, 480)), Some((-5000, 10_000))));
        assert_eq!((found[1].facts.dimensions, found[1].facts.mime.as_str()), (Some((8, 6)), "video/mp4"));
        assert_eq!(found[2].description.as_deref(), Some("words"));
    }

    #[test]
    fn hostile_attachments_are_left_out_or_cut() {
        for bad in [
            json!({"type": "Document", "url": "javascript:alert(1)"}),
            json!({"type": "Document", "url": "data:image/png;base64,AAAA"}),
            json!({"type": "Document"}),
            json!({"type": "Link", "href": "https://a.example/"}),
            json!({"type": "PropertyValue", "url": "https://a.example/"}),
            json!("https://a.example/1.png"),
            json!([null, 7, [], {}]),
        ] {
            assert!(of(bad.clone()).is_empty(), "{bad}");
        }
        let many: Vec<Value> =
            (0..99).map(|n| json!({"type": "Image", "url": format!("https://a.example/{n}")})).collect();
        assert_eq!(of(Value::Array(many)).len(), MOST);
        let odd = of(json!({"type": "Image", "url": "https://a.example/1", "name": "x".repeat(9000),
            "width": -1, "height": 1e300, "blurhash": "\u{1}", "focalPoint": ["a"]}));
        assert_eq!(odd[0].description.as_ref().map(String::len), Some(LONGEST_DESCRIPTION));
        assert_eq!((odd[0].facts.dimensions, &odd[0].facts.blurhash, odd[0].focus), (None, &None, None));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(url in ".{0,40}", mime in ".{0,20}", x in any::<f64>()) {
            let _ = of(json!({"type": "Document", "url": url, "mediaType": mime, "focalPoint": [x, x]}));
        }
    }
}
