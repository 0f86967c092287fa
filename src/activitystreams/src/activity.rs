//! Activities: parses the envelope of incoming ones, and writes outgoing ones.

use activitypub_federation::protocol::tombstone::Tombstone;
use serde_json::{Value, json};
use url::Url;

use super::addressing::{Addressing, Written};
use super::value::{self, Object};
use super::{PUBLIC, annotations, context, with_context};
use crate::error::{Malformed, Result};
use portico_domain::model::urls::same_origin;

/// The activity types that Portico acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::EnumString)]
pub enum Kind {
    /// An object is new.
    #[strum(serialize = "Create")]
    Create,
    /// An object has changed.
    #[strum(serialize = "Update")]
    Update,
    /// An object was deleted.
    #[strum(serialize = "Delete")]
    Delete,
    /// A request to follow.
    #[strum(serialize = "Follow")]
    Follow,
    /// A Follow or QuoteRequest is accepted.
    #[strum(serialize = "Accept")]
    Accept,
    /// A Follow or QuoteRequest is rejected, or a follow is ended.
    #[strum(serialize = "Reject")]
    Reject,
    /// An earlier activity is undone.
    #[strum(serialize = "Undo")]
    Undo,
    /// A favourite.
    #[strum(serialize = "Like")]
    Like,
    /// A boost.
    #[strum(serialize = "Announce")]
    Announce,
    /// A block.
    #[strum(serialize = "Block")]
    Block,
    /// A report.
    #[strum(serialize = "Flag")]
    Flag,
    /// A request for permission to quote (FEP-044f).
    #[strum(serialize = "QuoteRequest")]
    QuoteRequest,
    /// An emoji reaction; counts as a favourite.
    #[strum(serialize = "EmojiReact")]
    EmojiReact,
    /// An object is added to a collection: a post is pinned.
    #[strum(serialize = "Add")]
    Add,
    /// An object is removed from a collection.
    #[strum(serialize = "Remove")]
    Remove,
    /// An account has moved.
    #[strum(serialize = "Move")]
    Move,
    /// A must-read post was read.
    #[strum(serialize = "Read")]
    Read,
    /// A group enrols a person.
    #[strum(serialize = "Invite")]
    Invite,
}

impl Kind {
    /// The type's name on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Returns the first of an object's types that is a known activity type.
    pub fn of(object: &Object) -> Option<Self> {
        value::types(object).into_iter().find_map(|name| name.parse().ok())
    }
}

/// The envelope of an incoming activity: the parts common to all types.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    /// The activity's id, of the actor's origin (R2).
    pub id: String,
    /// The type; `None` if Portico does not act on it.
    pub kind: Option<Kind>,
    /// The actor's id.
    pub actor: String,
    /// The object, embedded or as an id; the first if there are several.
    pub object: Value,
    /// The recipients.
    pub addressing: Addressing,
}

impl Activity {
    /// Parses the envelope. Rejects an id whose origin is not the actor's (R2).
    pub fn read(document: &Object) -> Result<Self> {
        let object = value::list(document, "object").first().map_or(Value::Null, |object| (*object).clone());
        Self::around(document, object)
    }

    /// Parses the envelope with the id of its object instead of a copy.
    pub fn read_head(document: &Object) -> Result<Self> {
        let object = value::list(document, "object").first().and_then(|object| value::reference(object));
        Self::around(document, object.map_or(Value::Null, |id| Value::String(id.to_owned())))
    }

    /// Parses the envelope, and moves the object out of the document. Of several objects, the first is copied and
    /// all stay in the document.
    pub fn split(mut document: Object) -> Result<(Self, Object)> {
        let object = match document.remove("object") {
            Some(Value::Array(items)) => {
                let first = items.iter().find(|item| !item.is_null()).cloned();
                document.insert("object".to_owned(), Value::Array(items));
                first
            }
            one => one,
        };
        Ok((Self::around(&document, object.unwrap_or(Value::Null))?, document))
    }

    fn around(document: &Object, object: Value) -> Result<Self> {
        let id = value::id(document).ok_or_else(|| Malformed::new("the activity has no id"))?;
        let actor = value::first_reference(document, "actor")
            .ok_or_else(|| Malformed::new("the activity has no actor"))?;
        if !same_origin(id, actor) {
            return Err(Malformed::new("the id of an activity must be of its actor's origin"));
        }
        Ok(Self {
            id: id.to_owned(),
            kind: Kind::of(document),
            actor: actor.to_owned(),
            object,
            addressing: Addressing::from_object(document),
        })
    }

    /// Returns the id of the object.
    pub fn object_id(&self) -> Option<&str> {
        value::reference(&self.object)
    }

    /// Returns the object if it is embedded.
    pub fn embedded(&self) -> Option<&Object> {
        self.object.as_object()
    }

    /// Whether it is the Delete of the actor itself.
    pub fn is_farewell(&self) -> bool {
        self.kind == Some(Kind::Delete) && self.object_id() == Some(&self.actor)
    }
}

/// Writes an activity with its context and addressing.
pub fn write(kind: Kind, id: &str, actor: &str, object: Value, audience: &Written) -> Object {
    dressed(bare(kind, id, actor, object), audience)
}

/// Adds context and addressing to a bare activity.
pub fn dressed(activity: Object, audience: &Written) -> Object {
    let mut activity = with_context(activity, context());
    audience.put_on(&mut activity);
    activity
}

/// Writes an activity for embedding in another: without context and addressing.
pub fn bare(kind: Kind, id: &str, actor: &str, object: Value) -> Object {
    let mut activity = Object::new();
    activity.insert("id".to_owned(), json!(id));
    activity.insert("type".to_owned(), json!(kind.as_str()));
    activity.insert("actor".to_owned(), json!(actor));
    activity.insert("object".to_owned(), object);
    activity
}

/// Writes a Create or Update of a note, with the note's own addressing.
pub fn with_note(kind: Kind, id: &str, actor: &str, note: Object, at: &str) -> Object {
    let addressing: Vec<(String, Value)> = ["to", "cc", "audience"]
        .iter()
        .filter_map(|name| note.get(*name).map(|value| ((*name).to_owned(), value.clone())))
        .collect();
    let terms = annotations::context_for(&note);
    let mut activity = with_context(bare(kind, id, actor, Value::Object(note)), terms);
    activity.insert("published".to_owned(), json!(at));
    activity.extend(addressing);
    activity
}

/// Writes the Tombstone of a deleted object.
pub fn tombstone(uri: &str) -> Value {
    // A local id is a URL as the parser writes it.
    Url::parse(uri).map_or(Value::Null, |id| json!(Tombstone::new(id)))
}

/// Returns the addressing of a Delete. The delivery log determines the actual recipients; the addressing
/// names as:Public only if the object was public, and the followers otherwise.
pub fn farewell_audience(followers: &str, public: bool) -> Written {
    Written::to(&[if public { PUBLIC } else { followers }])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: Value) -> Result<Activity> {
        Activity::read(value.as_object().unwrap())
    }

    #[test]
    fn envelopes_are_read_in_every_shape() {
        let activity = read(json!({"id": "https://a.example/1", "type": ["Ext", "Like"], "actor": {"id": "https://a.example/ann"},
            "object": [{"id": "https://b.example/n"}], "to": "https://b.example/bob"}))
        .unwrap();
        assert_eq!(activity.kind, Some(Kind::Like));
        assert_eq!(
            (activity.actor.as_str(), activity.object_id()),
            ("https://a.example/ann", Some("https://b.example/n"))
        );
        assert!(activity.addressing.names("https://b.example/bob"));
        let odd =
            read(json!({"id": "https://a.example/1", "type": "View", "actor": "https://a.example/ann"}))
                .unwrap();
        assert_eq!((odd.kind, odd.object), (None, Value::Null));
    }

    #[test]
    fn an_envelope_is_the_same_whether_its_object_is_copied_moved_or_named() {
        let note = json!({"id": "https://a.example/n", "type": "Note"});
        for object in [
            note.clone(),
            json!([note, "https://a.example/m"]),
            json!([null, "https://a.example/m"]),
            json!("https://a.example/n"),
            json!([]),
            json!(null),
        ] {
            let document = json!({"id": "https://a.example/1", "type": "Like", "actor": "https://a.example/ann",
                "object": object, "to": "https://b.example/bob"});
            let document = document.as_object().unwrap().clone();
            let read = Activity::read(&document).unwrap();
            let (split, rest) = Activity::split(document.clone()).unwrap();
            let head = Activity::read_head(&document).unwrap();
            assert_eq!(read, split, "{object}");
            assert_eq!(head.object_id(), read.object_id(), "{object}");
            assert_eq!(Activity { object: Value::Null, ..head }, Activity { object: Value::Null, ..split });
            assert_eq!(rest.contains_key("object"), object.is_array(), "{object}");
        }
    }

    #[test]
    fn s01_s27_ids_of_another_origin_are_refused() {
        for (id, actor) in [
            (json!("https://b.example/1"), json!("https://a.example/ann")),
            (json!("http://a.example/1"), json!("https://a.example/ann")),
            (json!("https://a.example:8443/1"), json!("https://a.example/ann")),
            (json!(null), json!("https://a.example/ann")),
            (json!("https://a.example/1"), json!(null)),
            (json!("urn:uuid:1"), json!("urn:uuid:2")),
        ] {
            assert!(read(json!({ "id": id, "type": "Like", "actor": actor })).is_err(), "{id} {actor}");
        }
    }
}
