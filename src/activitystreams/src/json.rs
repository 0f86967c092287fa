//! Parses untrusted JSON in one strict pass.
//!
//! Verification and processing use the same view of the same bytes: the scan builds the [`Value`]
//! that the rest works on, rejects repeated keys in an object, and enforces limits of depth, size and count.
//! Documents are read as plain JSON with known terms, never as JSON-LD: a context that redefines a core term,
//! or a keyword that moves properties, is rejected, because a JSON-LD processor would see a different
//! document.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

/// Maximum size of a document, in bytes.
pub const LARGEST: usize = 1024 * 1024;
const DEEPEST: usize = 32;
const MOST_NODES: usize = 5000;
const LONGEST_STRING: usize = 512 * 1024;

/// Why a document is rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The document is too large.
    #[error("the document is too large")]
    TooLarge,
    /// Not JSON, or a limit is exceeded.
    #[error("not acceptable JSON: {0}")]
    Json(String),
    /// Not an object.
    #[error("not a JSON object")]
    NotAnObject,
    /// JSON-LD with another meaning for a JSON-LD processor.
    #[error("the document redefines core terms or uses {0}")]
    LinkedData(String),
}

/// Parses a document: a JSON object within all limits and with the same meaning to every reader.
pub fn read(bytes: &[u8]) -> Result<Map<String, Value>, Unfit> {
    match scan(bytes)? {
        Value::Object(object) => {
            check_linked_data(&object)?;
            Ok(object)
        }
        _ => Err(Unfit::NotAnObject),
    }
}

/// Parses JSON within all limits, without the JSON-LD checks (for JRD documents).
pub fn scan(bytes: &[u8]) -> Result<Value, Unfit> {
    if bytes.len() > LARGEST {
        return Err(Unfit::TooLarge);
    }
    // Interop(old IIS front ends): a byte order mark before the document.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut nodes = 0;
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Scan { depth: 0, nodes: &mut nodes }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| Unfit::Json(error.to_string()))?;
    Ok(value)
}

struct Scan<'n> {
    depth: usize,
    nodes: &'n mut usize,
}

impl Scan<'_> {
    fn inner(&mut self) -> Scan<'_> {
        Scan { depth: self.depth + 1, nodes: self.nodes }
    }

    fn count<E: serde::de::Error>(&mut self) -> Result<(), E> {
        *self.nodes += 1;
        if self.depth > DEEPEST {
            return Err(E::custom("nested too deeply"));
        }
        if *self.nodes > MOST_NODES {
            return Err(E::custom("too many values"));
        }
        Ok(())
    }

    /// Checks a string, and replaces null characters, which PostgreSQL does not accept in text.
    fn fit<E: serde::de::Error>(text: String) -> Result<String, E> {
        if text.len() > LONGEST_STRING {
            return Err(E::custom("a string is too long"));
        }
        Ok(if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text })
    }
}

impl<'de> DeserializeSeed<'de> for Scan<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<Value, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scan<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        Self::fit(value).map(Value::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self.inner())? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let Entry::Vacant(place) = object.entry(Self::fit(key)?) else {
                return Err(A::Error::custom("a key is repeated"));
            };
            place.insert(access.next_value_seed(self.inner())?);
        }
        Ok(Value::Object(object))
    }
}

/// Keywords that rearrange a document for a JSON-LD processor.
const REARRANGING: [&str; 4] = ["@graph", "@included", "@reverse", "@nest"];

/// The terms that Portico relies on; a context may not redefine them.
const CORE: &[&str] = &[
    "Accept",
    "Add",
    "Announce",
    "Application",
    "Article",
    "Audio",
    "Block",
    "Collection",
    "CollectionPage",
    "Create",
    "Delete",
    "Document",
    "Event",
    "Follow",
    "Group",
    "Image",
    "Like",
    "Link",
    "Mention",
    "Note",
    "OrderedCollection",
    "OrderedCollectionPage",
    "Organization",
    "Page",
    "Person",
    "Question",
    "Reject",
    "Remove",
    "Service",
    "Tombstone",
    "Undo",
    "Update",
    "Video",
    "actor",
    "attachment",
    "attributedTo",
    "audience",
    "bcc",
    "bto",
    "cc",
    "content",
    "contentMap",
    "endpoints",
    "first",
    "followers",
    "following",
    "href",
    "icon",
    "image",
    "inReplyTo",
    "inbox",
    "instrument",
    "items",
    "last",
    "mediaType",
    "name",
    "next",
    "object",
    "orderedItems",
    "outbox",
    "partOf",
    "preferredUsername",
    "prev",
    "published",
    "result",
    "sharedInbox",
    "summary",
    "tag",
    "target",
    "to",
    "totalItems",
    "type",
    "id",
    "updated",
    "url",
    "publicKey",
    "publicKeyPem",
    "owner",
];

fn check_linked_data(object: &Map<String, Value>) -> Result<(), Unfit> {
    for (key, value) in object {
        if REARRANGING.contains(&key.as_str()) {
            return Err(Unfit::LinkedData(key.clone()));
        }
        if let Some(plain) = key.strip_prefix('@')
            && object.contains_key(plain)
            && matches!(plain, "id" | "type")
        {
            return Err(Unfit::LinkedData(format!("both {plain} and {key}")));
        }
        if key == "@context" { check_context(value)? } else { check_inside(value)? }
    }
    Ok(())
}

fn check_inside(value: &Value) -> Result<(), Unfit> {
    match value {
        Value::Object(object) => check_linked_data(object),
        Value::Array(items) => items.iter().try_for_each(check_inside),
        _ => Ok(()),
    }
}

fn check_context(context: &Value) -> Result<(), Unfit> {
    match context {
        Value::Array(parts) => parts.iter().try_for_each(check_context),
        Value::Object(terms) => {
            for (term, meaning) in terms {
                if !keeps_meaning(term, meaning) {
                    return Err(Unfit::LinkedData(format!("its own definition of {term}")));
                }
            }
            Ok(())
        }
        Value::Null | Value::String(_) => Ok(()),
        _ => Err(Unfit::LinkedData("an @context of an unknown type".to_owned())),
    }
}

/// Whether an entry of a context is harmless: it defines a term outside `CORE`, or repeats the standard
/// definition.
fn keeps_meaning(term: &str, meaning: &Value) -> bool {
    let id = match meaning {
        Value::String(id) => Some(id.as_str()),
        Value::Object(parts) => {
            if REARRANGING.iter().chain(&["@context"]).any(|word| parts.contains_key(*word)) {
                return false;
            }
            parts.get("@id").and_then(Value::as_str)
        }
        _ => None,
    };
    match term {
        "as" => id.is_some_and(|id| id.trim_end_matches('#') == "https://www.w3.org/ns/activitystreams"),
        "id" => id == Some("@id"),
        "type" => id == Some("@type"),
        _ if CORE.contains(&term) => id.is_some_and(|id| {
            [
                "as:",
                "https://www.w3.org/ns/activitystreams#",
                "ldp:",
                "http://www.w3.org/ns/ldp#",
                "sec:",
                "https://w3id.org/security#",
            ]
            .iter()
            .any(|prefix| id.strip_prefix(prefix) == Some(term))
        }),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_documents_pass_unchanged() {
        let text = r#"{"@context":["https://www.w3.org/ns/activitystreams",{"toot":"http://joinmastodon.org/ns#",
            "Hashtag":"as:Hashtag","sensitive":"as:sensitive","movedTo":{"@id":"as:movedTo","@type":"@id"},
            "inbox":"ldp:inbox","@language":"und"}],
            "id":"https://a.example/1","type":["Note"],"n":[1,-2,2.5,true,null],"content":"é"}"#;
        let read = read(text.as_bytes()).unwrap();
        assert_eq!(Value::Object(read), serde_json::from_str::<Value>(text).unwrap());
        assert!(super::read(b"\xef\xbb\xbf{}").is_ok());
    }

    #[test]
    fn s25_repeated_keys_are_refused_however_they_are_written() {
        for text in [r#"{"id":1,"id":2}"#, r#"{"id":1,"\u0069d":2}"#, r#"{"a":{"b":[{"c":1,"c":1}]}}"#] {
            assert!(matches!(read(text.as_bytes()), Err(Unfit::Json(_))), "{text}");
        }
    }

    #[test]
    fn s57_depth_count_and_size_are_bounded() {
        let deep = format!("{}{}", r#"{"a":"#.repeat(40), "1".to_owned() + &"}".repeat(40));
        let wide = format!(r#"{{"a":[{}1]}}"#, "1,".repeat(6000));
        let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(600_000));
        let bomb = "[".repeat(200_000);
        for text in [&deep, &wide, &long, &bomb] {
            assert!(matches!(read(text.as_bytes()), Err(Unfit::Json(_))));
        }
        assert_eq!(read(&vec![b' '; LARGEST + 1]), Err(Unfit::TooLarge));
        for text in ["", "{", "{}{}", "NaN", r#"{"a":1e999}"#, r#"{"a":'x'}"#, "\u{0}"] {
            assert!(matches!(read(text.as_bytes()), Err(Unfit::Json(_))), "{text}");
        }
        for text in ["[]", "1", "null", r#""x""#] {
            assert_eq!(read(text.as_bytes()), Err(Unfit::NotAnObject), "{text}");
        }
        assert_eq!(read(br#"{"a":"x\u0000y"}"#).unwrap()["a"], "x\u{fffd}y");
    }

    #[test]
    fn s26_documents_that_mean_two_things_are_refused() {
        for document in [
            json!({"@context": {"actor": "https://evil.example/x"}}),
            json!({"@context": ["https://www.w3.org/ns/activitystreams", {"object": {"@id": "as:target"}}]}),
            json!({"@context": {"as": "https://evil.example/ns#"}}),
            json!({"@context": {"type": "as:name"}}),
            json!({"@context": {"id": "https://schema.org/identifier"}}),
            json!({"@context": {"x": {"@id": "as:x", "@context": {"actor": "as:object"}}}}),
            json!({"@context": {"back": {"@reverse": "as:actor"}}}),
            json!({"@context": 7}),
            json!({"object": {"@context": {"content": "as:summary"}}}),
            json!({"@graph": []}),
            json!({"object": [{"@included": {}}]}),
            json!({"id": "https://a.example/1", "@id": "https://b.example/1"}),
            json!({"object": {"type": "Note", "@type": "Like"}}),
        ] {
            let text = document.to_string();
            assert!(matches!(read(text.as_bytes()), Err(Unfit::LinkedData(_))), "{text}");
        }
    }

    proptest! {
        #[test]
        fn s57_no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
        }
    }
}
