//! Annotations of notes on the wire: must-read, accepted answer, praise. Servers that do not know these terms
//! see an ordinary note. The delegate who posted for an author is not revealed.

use serde_json::{Value, json};

use super::context;
use super::value::{self, Object};
use portico_domain::model::Timestamp;
use portico_domain::model::annotations::{RemoteAnnotations, RemoteMustRead};
use portico_domain::model::view::StatusView;

/// Maximum length of a department's name, in characters.
const LONGEST: usize = 1024;
/// Maximum number of people that a note may praise.
const MOST_PRAISED: usize = 10;
/// The terms of annotations.
const TERMS: [&str; 8] = [
    "mustRead",
    "acknowledgeBy",
    "mustReadDepartment",
    "mustReadGroup",
    "reminded",
    "acceptedAnswer",
    "praises",
    COPY_OF,
];
/// The property with the id of the post that a relay copy of a group repeats.
pub const COPY_OF: &str = "copyOf";

/// Returns the `@context` of an outgoing note, or of an activity with it; includes our own terms only if one
/// is used.
pub fn context_for(note: &Object) -> Value {
    let mut whole = context();
    if TERMS.iter().any(|term| note.contains_key(*term))
        && let Value::Array(whole) = &mut whole
    {
        whole.push(json!({
            "portico": "urn:portico:ns#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
            "mustRead": "portico:mustRead",
            "acknowledgeBy": { "@id": "portico:acknowledgeBy", "@type": "xsd:dateTime" },
            "mustReadDepartment": "portico:mustReadDepartment",
            "mustReadGroup": { "@id": "portico:mustReadGroup", "@type": "@id" },
            "reminded": { "@id": "portico:reminded", "@type": "xsd:dateTime" },
            "acceptedAnswer": { "@id": "http://schema.org/acceptedAnswer", "@type": "@id" },
            "praises": { "@id": "portico:praises", "@type": "@id" },
            "copyOf": { "@id": "portico:copyOf", "@type": "@id" },
        }));
    }
    whole
}

/// Writes the annotations of a local status into its note.
pub fn put_on(note: &mut Object, view: &StatusView) {
    let annotations = &view.annotations;
    let mut put = |name: &str, value: Value| drop(note.insert(name.to_owned(), value));
    if let Some(shown) = annotations.must_read.as_ref().filter(|shown| shown.must_read.ended_at.is_none()) {
        let require = &shown.must_read.require;
        put("mustRead", json!(true));
        if let Some(by) = require.acknowledge_by {
            put("acknowledgeBy", json!(by.rfc3339()));
        }
        if !require.department.is_empty() {
            put("mustReadDepartment", json!(require.department));
        }
        if let Some(group) = &shown.group_uri {
            put("mustReadGroup", json!(group));
        }
        if let Some(at) = shown.must_read.reminded_at {
            put("reminded", json!(at.rfc3339()));
        }
    }
    if let Some(accepted) = annotations.accepted.as_ref().filter(|accepted| accepted.is_open) {
        put("acceptedAnswer", json!(accepted.uri));
    }
    let praised: Vec<&str> = annotations
        .praised
        .iter()
        .filter(|praised| !praised.hidden)
        .map(|praised| praised.account.uri.as_str())
        .collect();
    if !praised.is_empty() {
        put("praises", json!(praised));
    }
}

/// Reads the annotations of a note.
pub fn read(note: &Object) -> RemoteAnnotations {
    let moment = |name: &str| -> Option<Timestamp> { value::moment(note, name) };
    let address =
        |name: &str| value::first_reference(note, name).filter(|uri| value::is_web(uri)).map(str::to_owned);
    let must_read = value::boolean(note, "mustRead").unwrap_or(false).then(|| RemoteMustRead {
        acknowledge_by: moment("acknowledgeBy"),
        department: value::cut(value::text(note, "mustReadDepartment").unwrap_or_default(), LONGEST),
        group: address("mustReadGroup"),
        reminded_at: moment("reminded"),
    });
    let praised = value::references(note, "praises").into_iter().take(MOST_PRAISED);
    RemoteAnnotations {
        must_read,
        accepted: address("acceptedAnswer"),
        praised: praised.filter(|uri| value::is_web(uri)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(note: Value) -> RemoteAnnotations {
        read(note.as_object().unwrap())
    }

    #[test]
    fn notes_are_read_whatever_they_hold() {
        assert_eq!(parsed(json!({})), RemoteAnnotations::default());
        for odd in [
            json!({"mustRead": "yes", "acceptedAnswer": 7, "praises": {"x": 1}}),
            json!({"mustRead": [], "acceptedAnswer": "javascript:alert(1)", "praises": ["urn:x", 1]}),
        ] {
            assert_eq!(parsed(odd.clone()), RemoteAnnotations::default(), "{odd}");
        }
        let all = parsed(json!({
            "mustRead": true, "acknowledgeBy": "2026-11-03T00:00:00Z", "mustReadDepartment": "Sales",
            "mustReadGroup": "https://a.example/groups/1", "reminded": "never",
            "acceptedAnswer": {"id": "https://b.example/n/1"}, "praises": "https://a.example/users/ann",
        }));
        let must_read = all.must_read.unwrap();
        assert_eq!(must_read.acknowledge_by, Timestamp::parse("2026-11-03T00:00:00Z"));
        assert_eq!((must_read.department.as_str(), must_read.reminded_at), ("Sales", None));
        assert_eq!(must_read.group.as_deref(), Some("https://a.example/groups/1"));
        assert_eq!(all.accepted.as_deref(), Some("https://b.example/n/1"));
        assert_eq!(all.praised, ["https://a.example/users/ann"]);
        let many: Vec<String> = (0..100).map(|n| format!("https://a.example/{n}")).collect();
        assert_eq!(parsed(json!({ "praises": many })).praised.len(), MOST_PRAISED);
    }

    #[test]
    fn terms_stand_in_the_context_only_where_they_are_used() {
        let plain = context_for(&Object::new());
        assert_eq!(plain, context());
        let mut note = Object::new();
        note.insert("mustRead".to_owned(), json!(true));
        let terms = context_for(&note);
        let last = terms.as_array().unwrap().last().unwrap().as_object().unwrap().clone();
        assert!(TERMS.iter().all(|term| last.contains_key(*term)));
    }
}
