//! Agreements on the wire: the text that both sign, and the activities that are about it.

use serde_json::{Value, json};

use super::value::{self, Object};
use crate::federation::{Error, Result};
use crate::model::agreement::{Agreement, Notice, Text};
use crate::service::agreements::Reference;

/// Its type.
const TYPE: &str = "Agreement";
/// What a text may have beside what is signed as such.
const AROUND: [&str; 4] = ["@context", "type", "digest", "proof"];

/// The context of agreements; the terms are ours, and what they say is for the two parties alone.
fn context() -> Value {
    json!([
        "https://www.w3.org/ns/activitystreams",
        "https://w3id.org/security/data-integrity/v1",
        {
            "portico": "urn:portico:ns#",
            "Agreement": "portico:Agreement",
            "version": "portico:version",
            "digest": "portico:digest",
            "parties": { "@id": "portico:parties", "@type": "@json" }
        }
    ])
}

/// Writes a text, ready to be signed: the same for everybody who holds it.
pub fn write(text: &Text, digest: &str) -> Result<Object> {
    let Value::Object(mut object) = serde_json::to_value(text)? else {
        return Err(Error::permanent("an agreement that is no object"));
    };
    object.insert("@context".to_owned(), context());
    object.insert("type".to_owned(), json!(TYPE));
    object.insert("digest".to_owned(), json!(digest));
    Ok(object)
}

/// Writes what is told of an agreement, by `actor` to `to`. A text that somebody signs comes whole, with the
/// proof.
pub fn tell(
    notice: Notice,
    agreement: &Agreement,
    signed: Option<Object>,
    (actor, to): (&str, &str),
    unique: i64,
) -> Object {
    let kind = match notice {
        Notice::Offer => "Offer",
        Notice::Accept => "Accept",
        Notice::Reject => "Reject",
        Notice::Undo => "Undo",
    };
    let object = match signed {
        Some(text) => Value::Object(text),
        None => json!({
            "type": TYPE, "id": agreement.text.id, "version": agreement.text.version, "digest": agreement.digest,
        }),
    };
    let id = format!("{actor}#agreements/{}/{}/{unique}", agreement.digest, kind.to_ascii_lowercase());
    let activity = json!({
        "@context": context(), "id": id, "type": kind, "actor": actor, "to": [to], "object": object,
    });
    match activity {
        Value::Object(activity) => activity,
        _ => Object::new(),
    }
}

/// What an activity says of an agreement, and the agreement; none if it is about something else.
pub fn notice(document: &Object) -> Option<(Notice, &Object)> {
    let object = document.get("object").and_then(Value::as_object).filter(|it| value::is_a(it, TYPE))?;
    let kinds = [
        ("Offer", Notice::Offer),
        ("Accept", Notice::Accept),
        ("Reject", Notice::Reject),
        ("Undo", Notice::Undo),
    ];
    let notice = kinds.into_iter().find(|(kind, _)| value::is_a(document, kind))?.1;
    Some((notice, object))
}

/// Reads a text. It may have nothing that is not understood: nobody signs what they cannot keep.
pub fn read(object: &Object) -> Result<Text> {
    let mut text = object.clone();
    for name in AROUND {
        text.remove(name);
    }
    serde_json::from_value(Value::Object(text))
        .map_err(|error| Error::permanent(format!("an agreement that cannot be understood: {error}")))
}

/// Reads which text is meant.
pub fn reference(object: &Object) -> Result<Reference> {
    let missing = || Error::permanent("it does not say which agreement");
    Ok(Reference {
        uri: value::id(object).ok_or_else(missing)?.to_owned(),
        version: object.get("version").and_then(Value::as_i64).ok_or_else(missing)?,
        digest: value::text(object, "digest").ok_or_else(missing)?.to_owned(),
    })
}
