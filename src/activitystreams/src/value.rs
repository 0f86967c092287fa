//! Reads JSON properties that may be absent, null, a string, an object or an array, and converts them to the
//! shape that the caller needs.

use serde_json::{Map, Value};

use portico_domain::model::Timestamp;

/// A JSON object.
pub type Object = Map<String, Value>;

/// Maximum number of entries read of a list.
const MOST_ENTRIES: usize = 500;

/// Returns the values of a property: none if it is absent or null, one if it is not an array.
pub fn list<'a>(object: &'a Object, name: &str) -> Vec<&'a Value> {
    match object.get(name) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items.iter().filter(|item| !item.is_null()).take(MOST_ENTRIES).collect(),
        Some(one) => vec![one],
    }
}

/// Returns the objects among the values of a property.
pub fn objects<'a>(object: &'a Object, name: &str) -> Vec<&'a Object> {
    list(object, name).into_iter().filter_map(Value::as_object).collect()
}

/// Returns the id of an object.
pub fn id(object: &Object) -> Option<&str> {
    object.get("id").or_else(|| object.get("@id")).and_then(Value::as_str).filter(|id| !id.is_empty())
}

/// Returns the id that a value refers to: a string itself, or an object's id.
pub fn reference(value: &Value) -> Option<&str> {
    match value {
        Value::String(id) if !id.is_empty() => Some(id),
        Value::Object(object) => id(object),
        _ => None,
    }
}

/// Returns the first id that a property refers to.
pub fn first_reference<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    list(object, name).into_iter().find_map(reference)
}

/// Returns all ids that a property refers to.
pub fn references(object: &Object, name: &str) -> Vec<String> {
    list(object, name).into_iter().filter_map(reference).map(str::to_owned).collect()
}

/// Returns the types of an object.
pub fn types(object: &Object) -> Vec<&str> {
    let name = if object.contains_key("type") { "type" } else { "@type" };
    list(object, name).into_iter().filter_map(Value::as_str).collect()
}

/// Whether an object has a type.
pub fn is_a(object: &Object, kind: &str) -> bool {
    types(object).contains(&kind)
}

/// Returns the first string of a property.
pub fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    list(object, name).into_iter().find_map(Value::as_str)
}

/// Returns a text or its first translation (`content` and `contentMap`), with its language if known. First is
/// the first language in alphabetical order.
pub fn text_or_map<'a>(object: &'a Object, name: &str) -> Option<(&'a str, Option<&'a str>)> {
    let map = object.get(&format!("{name}Map")).and_then(Value::as_object);
    let entries = map.into_iter().flatten();
    let mut translations: Vec<(&str, &str)> =
        entries.filter_map(|(tag, text)| Some((tag.as_str(), text.as_str()?))).collect();
    translations.sort_unstable();
    let first = translations.first();
    match text(object, name).filter(|text| !text.is_empty()) {
        Some(text) => {
            let tag = translations.iter().find(|(_, other)| *other == text).or(first);
            Some((text, tag.map(|(tag, _)| *tag)))
        }
        None => first.map(|(tag, text)| (*text, Some(*tag))),
    }
}

/// Returns a boolean, also if it is written as a string; `None` if absent or invalid.
pub fn boolean(object: &Object, name: &str) -> Option<bool> {
    match object.get(name)? {
        Value::Bool(value) => Some(*value),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Returns a timestamp; `None` if it is invalid.
pub fn moment(object: &Object, name: &str) -> Option<Timestamp> {
    Timestamp::parse(text(object, name)?.trim())
}

/// Returns the URL of a Link, an Image or a string: http or https, at most 2048 bytes.
pub fn address(value: &Value) -> Option<&str> {
    match value {
        Value::String(url) => Some(url.as_str()).filter(|url| is_web(url)),
        Value::Object(object) => {
            ["url", "href"].iter().find_map(|name| list(object, name).into_iter().find_map(address))
        }
        _ => None,
    }
}

/// Whether a text is a web address that may be stored.
pub fn is_web(url: &str) -> bool {
    url.len() <= 2048
        && (url.starts_with("https://") || url.starts_with("http://"))
        && url::Url::parse(url).is_ok_and(|url| url.has_host() && url.username().is_empty())
}

/// Returns the page for people: the first `url` that is HTML, or else the first valid one.
pub fn page(object: &Object) -> Option<String> {
    let entries = list(object, "url");
    let html = entries
        .iter()
        .find(|entry| entry.as_object().is_some_and(|link| text(link, "mediaType") == Some("text/html")));
    html.into_iter().chain(&entries).find_map(|entry| address(entry)).map(str::to_owned)
}

/// Cuts a text to a number of characters.
pub fn cut(text: &str, letters: usize) -> String {
    text.chars().take(letters).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Object {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn one_shape_from_many() {
        let it = object(json!({
            "a": "x", "b": ["x", null, {"id": "y"}, {"@id": "z"}, 7], "c": null, "d": {"id": "x"}, "e": {},
            "type": ["Note", "Extra"], "yes": "True", "no": false, "odd": "perhaps"
        }));
        assert_eq!(references(&it, "a"), ["x"]);
        assert_eq!(references(&it, "b"), ["x", "y", "z"]);
        assert_eq!(references(&it, "d"), ["x"]);
        for name in ["c", "e", "missing"] {
            assert!(references(&it, name).is_empty(), "{name}");
        }
        assert!(is_a(&it, "Extra") && !is_a(&it, "Like"));
        assert_eq!(
            [boolean(&it, "yes"), boolean(&it, "no"), boolean(&it, "odd")],
            [Some(true), Some(false), None]
        );
    }

    #[test]
    fn texts_come_with_their_language() {
        let both = object(json!({"content": "Tag", "contentMap": {"en": "day", "de": "Tag"}}));
        assert_eq!(text_or_map(&both, "content"), Some(("Tag", Some("de"))));
        let map = object(json!({"content": null, "contentMap": {"en": "day"}}));
        assert_eq!(text_or_map(&map, "content"), Some(("day", Some("en"))));
        let written = object(json!({"contentMap": {"en": "day", "de": "Tag", "az": 7}}));
        assert_eq!(text_or_map(&written, "content"), Some(("Tag", Some("de"))));
        let another = object(json!({"content": "jour", "contentMap": {"en": "day", "de": "Tag"}}));
        assert_eq!(text_or_map(&another, "content"), Some(("jour", Some("de"))));
        assert_eq!(text_or_map(&object(json!({"content": ""})), "content"), None);
    }

    #[test]
    fn pages_are_found_in_every_shape() {
        for (url, page) in [
            (json!("https://a.example/1"), Some("https://a.example/1")),
            (
                json!([{"type": "Link", "href": "https://a.example/v.mp4", "mediaType": "video/mp4"},
                    {"type": "Link", "href": "https://a.example/w", "mediaType": "text/html"}]),
                Some("https://a.example/w"),
            ),
            (json!({"type": "Link", "href": "https://a.example/2"}), Some("https://a.example/2")),
            (json!("javascript:alert(1)"), None),
            (json!("https://user@a.example/"), None),
            (json!(null), None),
        ] {
            assert_eq!(super::page(&object(json!({ "url": url }))).as_deref(), page, "{url}");
        }
    }
}
