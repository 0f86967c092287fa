//! Reads remote collections, within limits.

use super::{Error, Federation, Result};
use portico_activitystreams::value::{self, Object};
use portico_domain::model::urls::same_origin;

/// The ids read from a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Members {
    /// The ids, in the collection's order.
    pub(super) ids: Vec<String>,
    /// Whether the whole collection was read.
    pub(super) complete: bool,
}

impl Federation {
    /// Reads the ids in a collection: at most `items` ids from at most `pages` pages of the collection's own
    /// origin, without duplicates.
    pub(super) async fn members(&self, uri: &str, pages: usize, items: usize) -> Result<Members> {
        let mut document = self.dereference(uri).await?;
        if !["Collection", "OrderedCollection"].iter().any(|kind| value::is_a(&document, kind)) {
            return Err(Error::permanent("not a collection"));
        }
        let mut members = Members { ids: Vec::new(), complete: true };
        let mut seen = vec![uri.to_owned()];
        take(&document, items, &mut members);
        let mut name = "first";
        while let Some(next) = document.get(name).cloned() {
            name = "next";
            let page = match next {
                serde_json::Value::Object(page) => page,
                serde_json::Value::String(url) => {
                    let read = seen.len() > pages || seen.contains(&url) || !same_origin(&url, uri);
                    if read || members.ids.len() >= items {
                        members.complete = false;
                        break;
                    }
                    seen.push(url.clone());
                    self.dereference(&url).await?
                }
                _ => break,
            };
            // A page embedded in an embedded page is not read.
            if seen.len() > pages + 1 {
                members.complete = false;
                break;
            }
            take(&page, items, &mut members);
            if page.get("next").is_some_and(serde_json::Value::is_object) {
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
            Some(serde_json::Value::Array(listed)) => listed.as_slice(),
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
