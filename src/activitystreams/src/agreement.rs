//! Agreements on the wire: the text that both parties sign, and the activities about it.

use serde_json::{Value, json};

use super::value::{self, Object};
use crate::error::{Malformed, Result};
use portico_domain::model::agreement::Reference;
use portico_domain::model::agreement::{Agreement, AgreementNotice, Text};

/// The type of an agreement text.
const TYPE: &str = "Agreement";
/// Properties of a text that are not part of the agreement itself.
const AROUND: [&str; 4] = ["@context", "type", "digest", "proof"];

/// The context of agreements; the terms are Portico's own.
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

/// Writes a text for signing; the result is the same for both parties.
pub fn write(text: &Text, digest: &str) -> Result<Object> {
    let Value::Object(mut object) =
        serde_json::to_value(text).map_err(|error| Malformed::new(error.to_string()))?
    else {
        return Err(Malformed::new("the agreement is not an object"));
    };
    object.insert("@context".to_owned(), context());
    object.insert("type".to_owned(), json!(TYPE));
    object.insert("digest".to_owned(), json!(digest));
    Ok(object)
}

/// Writes an activity about an agreement, from `actor` to `to`. An Offer or Accept contains the signed text;
/// the others only refer to it.
pub fn render_activity(
    notice: AgreementNotice,
    agreement: &Agreement,
    signed: Option<Object>,
    (actor, to): (&str, &str),
    unique: i64,
) -> Object {
    let kind = match notice {
        AgreementNotice::Offer => "Offer",
        AgreementNotice::Accept => "Accept",
        AgreementNotice::Reject => "Reject",
        AgreementNotice::Undo => "Undo",
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

/// Returns the notice in an activity and its agreement; `None` if the activity is about something else.
pub fn notice(document: &Object) -> Option<(AgreementNotice, &Object)> {
    let object = document.get("object").and_then(Value::as_object).filter(|it| value::is_a(it, TYPE))?;
    let kinds = [
        ("Offer", AgreementNotice::Offer),
        ("Accept", AgreementNotice::Accept),
        ("Reject", AgreementNotice::Reject),
        ("Undo", AgreementNotice::Undo),
    ];
    let notice = kinds.into_iter().find(|(kind, _)| value::is_a(document, kind))?.1;
    Some((notice, object))
}

/// Parses a text. Unknown properties are rejected: nobody can agree to terms that their server does not
/// understand.
pub fn read(object: &Object) -> Result<Text> {
    let mut text = object.clone();
    for name in AROUND {
        text.remove(name);
    }
    serde_json::from_value(Value::Object(text))
        .map_err(|error| Malformed::new(format!("invalid agreement: {error}")))
}

/// Parses a reference to a text.
pub fn reference(object: &Object) -> Result<Reference> {
    let missing = || Malformed::new("the agreement's id, version or digest is missing");
    Ok(Reference {
        uri: value::id(object).ok_or_else(missing)?.to_owned(),
        version: object.get("version").and_then(Value::as_i64).ok_or_else(missing)?,
        digest: value::text(object, "digest").ok_or_else(missing)?.to_owned(),
    })
}
