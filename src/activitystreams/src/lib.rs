//! The wire format: tolerant parsing of peers' ActivityStreams documents, and careful writing of ours.
//!
//! [`value`] unifies the many shapes that a property may have; [`actor`], [`note`] and [`activity`] convert
//! documents to model types and back; [`addressing`] is the only place that translates between `to`, `cc`,
//! `audience` and reach; [`collection`] writes collections.

pub mod activity;
pub mod actor;
pub mod addressing;
pub mod agreement;
pub mod annotations;
pub mod attachment;
pub mod collection;
pub mod emoji;
pub mod error;
pub mod json;
pub mod note;
pub mod person;
pub mod question;
pub mod quote;
pub mod synchronization;
pub mod value;

pub use error::Malformed;

use serde_json::{Value, json};

/// The id of the public collection.
pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// The media type of our documents.
pub const MEDIA_TYPE: &str = "application/activity+json; charset=utf-8";

const ACTIVITYSTREAMS: &str = "https://www.w3.org/ns/activitystreams";

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
