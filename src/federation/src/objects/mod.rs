//! Actors, posts and collections as objects of `activitypub_federation`, and how they are fetched.

mod members;
mod person;
mod post;

use activitypub_federation::config::Data;
use activitypub_federation::traits::Object;
use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use url::Url;

use super::library::Handle;
use super::{Error, Federation, Result};
use portico_activitystreams::Malformed;
use portico_activitystreams::value;
use portico_domain::model::urls::same_origin;

pub use members::{Members, Reading};
pub use person::Person;
pub use post::Post;

/// An object that is parsed from JSON in any shape that a peer writes.
pub trait Readable: Sized {
    /// Parses a document.
    ///
    /// # Errors
    /// [`Malformed`] for a document of another kind.
    fn read(document: value::Object) -> Result<Self, Malformed>;
}

/// The JSON of an object: parsed from a peer's document, or written here.
#[derive(Debug, Clone)]
pub enum Wire<T> {
    /// Parsed from a peer's document.
    Read(Box<T>),
    /// Written here.
    Written(value::Object),
}

impl<'de, T: Readable> Deserialize<'de> for Wire<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let document = value::Object::deserialize(deserializer)?;
        T::read(document).map(|read| Self::Read(Box::new(read))).map_err(D::Error::custom)
    }
}

impl<T> Serialize for Wire<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Written(document) => document.serialize(serializer),
            Self::Read(_) => Err(S::Error::custom("a peer's document is not written here")),
        }
    }
}

impl<T> Wire<T> {
    pub(super) fn parsed(&self) -> Result<&T> {
        match self {
            Self::Read(read) => Ok(read),
            Self::Written(_) => Err(own_document()),
        }
    }

    pub(super) fn into_parsed(self) -> Result<T> {
        match self {
            Self::Read(read) => Ok(*read),
            Self::Written(_) => Err(own_document()),
        }
    }

    pub(super) fn into_written(self) -> Result<value::Object> {
        match self {
            Self::Written(document) => Ok(document),
            Self::Read(_) => Err(Error::permanent("a peer's document is not written here")),
        }
    }
}

fn own_document() -> Error {
    Error::permanent("the document is our own")
}

fn url_of(id: &str) -> Result<Url> {
    Url::parse(id).map_err(|_| Error::permanent(format!("{id} is not a URL")))
}

/// Rejects an object of another origin than the URL it was fetched from, and an object of this server (R4,
/// R6).
fn check_origin(id: &str, from: &Url, federation: &Federation) -> Result<()> {
    if same_origin(id, federation.instance.urls.origin()) {
        return Err(Error::permanent("the object has an id of this server"));
    }
    if !same_origin(id, from.as_str()) {
        return Err(Error::permanent(format!("{from}: the document has an id of another origin")));
    }
    Ok(())
}

/// Returns the object with this id: a known one, or else fetched from its own origin and stored.
///
/// A fetch goes through the guarded client, the strict JSON parser and the rule that an object comes from its
/// own origin; then `verify` and `from_json` of its type. The library's `ObjectId::dereference` is not used:
/// it refuses ports and addresses that the operator allows, and returns the object of another host after a
/// redirect.
///
/// # Errors
/// [`Error::Absent`] and [`Error::Gone`] if there is no such object; otherwise the cause of the failure.
pub async fn find<T>(id: &str, data: &Data<Handle>) -> Result<T>
where
    T: Object<DataType = Handle, Error = Error> + Send,
    T::Kind: DeserializeOwned + Send + Sync,
{
    let federation = data.federation()?;
    let url = federation.net.check(id)?;
    if let Some(known) = T::read_from_id(url.clone(), data).await? {
        return Ok(known);
    }
    if same_origin(id, federation.instance.urls.origin()) {
        return Err(Error::permanent("no such local object"));
    }
    federation.refuse_fruitless(id)?;
    // The type is part of the key: storing a post finds its author, whose id may be a hostile copy of the post's.
    let _turn = federation.alone(&format!("{} {id}", std::any::type_name::<T>())).await;
    if let Some(known) = T::read_from_id(url, data).await? {
        return Ok(known);
    }
    federation.refuse_fruitless(id)?;
    let fetched = fetch::<T>(id, data).await;
    T::from_json(federation.note_failure(id, fetched)?, data).await
}

/// Fetches and verifies the JSON of an object, without storing it.
pub(super) async fn fetch<T>(id: &str, data: &Data<Handle>) -> Result<T::Kind>
where
    T: Object<DataType = Handle, Error = Error> + Send,
    T::Kind: DeserializeOwned + Send + Sync,
{
    let document = data.federation()?.dereference(id).await?;
    let json: T::Kind = parse(document)?;
    T::verify(&json, &url_of(id)?, data).await?;
    Ok(json)
}

fn parse<K: DeserializeOwned>(document: value::Object) -> Result<K> {
    K::deserialize(Value::Object(document)).map_err(|error| Error::permanent(error.to_string()))
}
