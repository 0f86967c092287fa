//! The wire format: tolerant parsing of peers' ActivityStreams documents, and careful writing of ours.
//!
//! [`value`] unifies the many shapes that a property may have; [`actor`], [`note`] and [`activity`] convert
//! documents to model types and back; [`addressing`] is the only place that translates between `to`, `cc`,
//! `audience` and reach; [`collection`] writes collections; [`object_proofs`] reads and makes the proofs of objects;
//! [`webfinger`] reads the answers about handles.

pub mod activity;
pub mod actor;
pub mod addressing;
pub mod agreement;
pub mod annotations;
pub mod attachment;
pub mod collection;
pub mod emoji;
pub mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod json;
pub mod note;
pub mod object_proofs;
pub mod person;
pub mod question;
pub mod quote;
pub mod synchronization;
pub mod value;
pub mod webfinger;

pub use error::Malformed;

use activitypub_federation::protocol::context::WithContext;
use serde_json::{Value, json};

use value::Object;

/// The id of the public collection.
pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

const ACTIVITYSTREAMS: &str = "https://www.w3.org/ns/activitystreams";

/// Puts a `@context` in front of a document that has none.
#[expect(clippy::expect_used, reason = "an object of JSON values is always written")]
pub fn with_context(document: Object, context: Value) -> Object {
    let written = serde_json::to_value(WithContext::new(document, context));
    match written.expect("JSON is written as JSON") {
        Value::Object(document) => document,
        _ => Object::new(),
    }
}

/// The `@context` of activities and notes.
pub fn context() -> Value {
    json!([
        ACTIVITYSTREAMS,
        {
            "toot": "http://joinmastodon.org/ns#",
            "sensitive": "as:sensitive",
            "Hashtag": "as:Hashtag",
            "votersCount": "toot:votersCount",
            "ostatus": "http://ostatus.org#",
            "conversation": "ostatus:conversation",
            "blurhash": "toot:blurhash",
            "focalPoint": { "@container": "@list", "@id": "toot:focalPoint" },
            "quote": { "@id": "https://w3id.org/fep/044f#quote", "@type": "@id" },
            "quoteUri": "http://fedibird.com/ns#quoteUri",
            "_misskey_quote": "https://misskey-hub.net/ns#_misskey_quote",
            "quoteAuthorization": { "@id": "https://w3id.org/fep/044f#quoteAuthorization", "@type": "@id" },
            "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
            "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
            "gts": "https://gotosocial.org/ns#",
            "interactionPolicy": { "@id": "gts:interactionPolicy", "@type": "@id" },
            "canQuote": { "@id": "gts:canQuote", "@type": "@id" },
            "automaticApproval": { "@id": "gts:automaticApproval", "@type": "@id" },
            "interactingObject": { "@id": "gts:interactingObject", "@type": "@id" },
            "interactionTarget": { "@id": "gts:interactionTarget", "@type": "@id" }
        }
    ])
}

/// The `@context` of actors.
pub fn actor_context() -> Value {
    json!([
        ACTIVITYSTREAMS,
        "https://w3id.org/security/v1",
        "https://w3id.org/security/multikey/v1",
        {
            "assertionMethod": {
                "@id": "https://w3id.org/security#assertionMethod",
                "@type": "@id",
                "@container": "@set"
            },
            "toot": "http://joinmastodon.org/ns#",
            "schema": "http://schema.org#",
            "PropertyValue": "schema:PropertyValue",
            "value": "schema:value",
            "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
            "discoverable": "toot:discoverable",
            "indexable": "toot:indexable",
            "suspended": "toot:suspended",
            "attributionDomains": { "@id": "toot:attributionDomains", "@container": "@set" },
            "featured": { "@id": "toot:featured", "@type": "@id" },
            "featuredTags": { "@id": "toot:featuredTags", "@type": "@id" },
            "alsoKnownAs": { "@id": "as:alsoKnownAs", "@type": "@id" },
            "movedTo": { "@id": "as:movedTo", "@type": "@id" }
        }
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_collection_is_that_of_the_library() {
        assert_eq!(PUBLIC, activitypub_federation::kinds::public().as_str());
    }

    #[test]
    fn a_context_comes_first() {
        let Value::Object(document) = json!({ "id": "https://a.example/1", "b": [1, { "c": null }], "a": 2 })
        else {
            return;
        };
        let written = Value::Object(with_context(document, context())).to_string();
        let expected =
            format!(r#"{{"@context":{},"id":"https://a.example/1","b":[1,{{"c":null}}],"a":2}}"#, context());
        assert_eq!(written, expected);
    }
}
