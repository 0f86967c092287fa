//! The ids in a collection.

use activitypub_federation::config::Data;
use activitypub_federation::fetch::collection_id::CollectionId;
use activitypub_federation::traits::Collection;
use async_trait::async_trait;
use serde_json::Value;
use url::Url;

use super::{Readable, Wire, parse, url_of};
use crate::library::Handle;
use crate::{Error, Federation, Result};
use portico_activitystreams::Malformed;
use portico_activitystreams::value::{self, Object};
use portico_domain::model::urls::same_origin;

/// The ids read from a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// The ids, in the collection's order.
    pub ids: Vec<String>,
    /// Whether the whole collection was read.
    pub complete: bool,
}

/// The first document of a collection.
#[derive(Debug, Clone)]
pub struct Root(Object);

impl Readable for Root {
    fn read(document: Object) -> Result<Self, Malformed> {
        let kinds = ["Collection", "OrderedCollection"];
        if kinds.iter().any(|kind| value::is_a(&document, kind)) {
            Ok(Self(document))
        } else {
            Err(Malformed::new("not a collection"))
        }
    }
}

/// How far a collection is read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The collection's id, as its owner writes it.
    pub uri: String,
    /// Maximum number of pages.
    pub pages: usize,
    /// Maximum number of ids.
    pub items: usize,
}

#[async_trait]
impl Collection for Members {
    type Owner = Reading;
    type DataType = Handle;
    type Kind = Wire<Root>;
    type Error = Error;

    /// Fails: a local collection is written for a requester, who may see a part of it (see `documents`).
    async fn read_local(_: &Reading, _: &Data<Handle>) -> Result<Self::Kind> {
        Err(Error::permanent("a local collection depends on its requester"))
    }

    async fn verify(json: &Self::Kind, from: &Url, _: &Data<Handle>) -> Result<()> {
        match value::id(&json.parsed()?.0) {
            Some(id) if same_origin(id, from.as_str()) => Ok(()),
            _ => Err(Error::permanent(format!("{from}: the document has an id of another origin"))),
        }
    }

    /// Reads the pages of the collection that have its own origin, without duplicates.
    async fn from_json(json: Self::Kind, reading: &Reading, data: &Data<Handle>) -> Result<Self> {
        let federation = data.federation()?;
        let Reading { uri, pages, items } = reading;
        let Root(mut document) = json.into_parsed()?;
        let mut members = Self { ids: Vec::new(), complete: true };
        let mut seen = vec![uri.clone()];
        take(&document, *items, &mut members);
        let mut name = "first";
        while let Some(next) = document.remove(name) {
            name = "next";
            let page = match next {
                Value::Object(page) => page,
                Value::String(url) => {
                    let read = seen.len() > *pages || seen.contains(&url) || !same_origin(&url, uri);
                    if read || members.ids.len() >= *items {
                        members.complete = false;
                        break;
                    }
                    seen.push(url.clone());
                    federation.dereference(&url).await?
                }
                _ => break,
            };
            // A page embedded in an embedded page is not read.
            if seen.len() > *pages + 1 {
                members.complete = false;
                break;
            }
            take(&page, *items, &mut members);
            if page.get("next").is_some_and(Value::is_object) {
                members.complete = false;
                break;
            }
            document = page;
        }
        Ok(members)
    }
}

fn take(page: &Object, items: usize, members: &mut Members) {
    for name in ["orderedItems", "items"] {
        let listed = match page.get(name) {
            Some(Value::Array(listed)) => listed.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => continue,
        };
        for id in listed.iter().filter_map(value::reference) {
            if members.ids.len() >= items {
                members.complete = false;
                return;
            }
            if !members.ids.iter().any(|known| known == id) {
                members.ids.push(id.to_owned());
            }
        }
    }
}

impl Federation {
    /// Reads the ids in a collection: at most `items` ids from at most `pages` pages of the collection's own
    /// origin, without duplicates.
    pub(crate) async fn members(&self, uri: &str, pages: usize, items: usize) -> Result<Members> {
        let data = self.data().await?;
        let id = CollectionId::<Members>::from(url_of(uri)?);
        let json = parse(self.dereference(uri).await?)?;
        Members::verify(&json, &id.into(), &data).await?;
        Members::from_json(json, &Reading { uri: uri.to_owned(), pages, items }, &data).await
    }
}
