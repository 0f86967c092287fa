//! Activities: the envelope of theirs, and each kind of ours.

use serde_json::{Value, json};

use super::addressing::{Addressing, Written};
use super::value::{self, Object};
use super::{PUBLIC, context, marks};
use crate::federation::net::same_origin;
use crate::federation::{Error, Result};

/// The kinds of activity that we act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Something new.
    Create,
    /// A new version of something.
    Update,
    /// Something is gone.
    Delete,
    /// Someone wants to follow.
    Follow,
    /// A follow or quote is granted.
    Accept,
    /// A follow or quote is refused or ended.
    Reject,
    /// An earlier activity is taken back.
    Undo,
    /// A favourite.
    Like,
    /// A boost.
    Announce,
    /// A block.
    Block,
    /// A report.
    Flag,
    /// Someone wants to quote.
    QuoteRequest,
    /// A favourite with an emoji.
    EmojiReact,
    /// Something is put into a collection: a post is pinned.
    Add,
    /// Something is taken out of a collection.
    Remove,
    /// An account has become another.
    Move,
    /// Somebody has read what they must.
    Read,
    /// A group takes somebody in.
    Invite,
}

impl Kind {
    const ALL: [Self; 18] = [
        Self::Create,
        Self::Update,
        Self::Delete,
        Self::Follow,
        Self::Accept,
        Self::Reject,
        Self::Undo,
        Self::Like,
        Self::Announce,
        Self::Block,
        Self::Flag,
        Self::QuoteRequest,
        Self::EmojiReact,
        Self::Add,
        Self::Remove,
        Self::Move,
        Self::Read,
        Self::Invite,
    ];

    /// Its type on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Update => "Update",
            Self::Delete => "Delete",
            Self::Follow => "Follow",
            Self::Accept => "Accept",
            Self::Reject => "Reject",
            Self::Undo => "Undo",
            Self::Like => "Like",
            Self::Announce => "Announce",
            Self::Block => "Block",
            Self::Flag => "Flag",
            Self::QuoteRequest => "QuoteRequest",
            Self::EmojiReact => "EmojiReact",
            Self::Add => "Add",
            Self::Remove => "Remove",
            Self::Move => "Move",
            Self::Read => "Read",
            Self::Invite => "Invite",
        }
    }

    /// The first of an object's types that we act on.
    pub fn of(object: &Object) -> Option<Self> {
        value::types(object)
            .into_iter()
            .find_map(|name| Self::ALL.into_iter().find(|kind| kind.as_str() == name))
    }
}

/// An activity from elsewhere, as far as every kind has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    /// Its id; of the actor's origin (R2).
    pub id: String,
    /// What it does; none for a kind that we do not act on.
    pub kind: Option<Kind>,
    /// Who does it.
    pub actor: String,
    /// What it is about: the first, where there are several.
    pub object: Value,
    /// To whom it goes.
    pub addressing: Addressing,
}

impl Activity {
    /// Reads the envelope. The id must be of the actor's origin.
    pub fn read(document: &Object) -> Result<Self> {
        let id = value::id(document).ok_or_else(|| Error::permanent("an activity without id"))?;
        let actor = value::first_reference(document, "actor")
            .ok_or_else(|| Error::permanent("an activity without actor"))?;
        if !same_origin(id, actor) {
            return Err(Error::permanent("the id of an activity must be of its actor's origin"));
        }
        Ok(Self {
            id: id.to_owned(),
            kind: Kind::of(document),
            actor: actor.to_owned(),
            object: value::list(document, "object").first().map_or(Value::Null, |object| (*object).clone()),
            addressing: Addressing::of(document),
        })
    }

    /// The id of what it is about.
    pub fn object_id(&self) -> Option<&str> {
        value::reference(&self.object)
    }

    /// What it is about, if it came along.
    pub fn embedded(&self) -> Option<&Object> {
        self.object.as_object()
    }

    /// Whether it is an actor's farewell: a Delete of the actor itself.
    pub fn is_farewell(&self) -> bool {
        self.kind == Some(Kind::Delete) && self.object_id() == Some(&self.actor)
    }
}

/// Writes an activity of ours, with its context.
pub fn write(kind: Kind, id: &str, actor: &str, object: Value, audience: &Written) -> Object {
    dressed(bare(kind, id, actor, object), audience)
}

/// Gives a bare activity its context and addressing.
pub fn dressed(mut activity: Object, audience: &Written) -> Object {
    activity.insert("@context".to_owned(), context());
    audience.put_on(&mut activity);
    activity
}

/// Writes an activity as it stands inside another: without context and addressing.
pub fn bare(kind: Kind, id: &str, actor: &str, object: Value) -> Object {
    let mut activity = Object::new();
    activity.insert("id".to_owned(), json!(id));
    activity.insert("type".to_owned(), json!(kind.as_str()));
    activity.insert("actor".to_owned(), json!(actor));
    activity.insert("object".to_owned(), object);
    activity
}

/// Writes the Create or Update of a note, with the note's own addressing.
pub fn with_note(kind: Kind, id: &str, actor: &str, note: Object, at: &str) -> Object {
    let addressing: Vec<(String, Value)> = ["to", "cc", "audience"]
        .iter()
        .filter_map(|name| note.get(*name).map(|value| ((*name).to_owned(), value.clone())))
        .collect();
    let terms = marks::context_for(&note);
    let mut activity = bare(kind, id, actor, Value::Object(note));
    activity.insert("@context".to_owned(), terms);
    activity.insert("published".to_owned(), json!(at));
    activity.extend(addressing);
    activity
}

/// What is left of a deleted object.
pub fn tombstone(uri: &str) -> Value {
    json!({ "id": uri, "type": "Tombstone" })
}

/// The addressing of a Delete or of a profile's Update. It says no more than is known: everybody who got
/// the thing gets this, by the delivery log, and as:Public only if the thing was public.
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
