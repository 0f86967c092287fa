//! Collections: writes roots and pages, and reads remote ones.

use serde_json::{Value, json};

use super::context;
use super::value::{self, Object};

/// Number of items on a page.
pub const PAGE_SIZE: i64 = 40;

/// Writes the root of a paged collection. A hidden total is omitted.
pub fn root(id: &str, total: Option<i64>, first: Option<&str>) -> Value {
    let mut collection = json!({ "@context": context(), "id": id, "type": "OrderedCollection" });
    if let Some(collection) = collection.as_object_mut() {
        if let Some(total) = total {
            collection.insert("totalItems".to_owned(), json!(total));
        }
        if let Some(first) = first {
            collection.insert("first".to_owned(), json!(first));
        }
    }
    collection
}

/// Returns the id of a note's replies collection.
pub fn replies_of(uri: &str) -> String {
    format!("{uri}/replies")
}

/// Writes the embedded replies collection of a note with an empty first page, so that peers do not fetch it
/// for each new note.
pub fn empty_answers(uri: &str) -> Value {
    let id = replies_of(uri);
    let next = format!("{id}?page=true");
    json!({
        "id": id,
        "type": "Collection",
        "first": { "type": "CollectionPage", "partOf": id, "next": next, "items": [] },
    })
}

/// Maximum number of items read of one document.
const MOST_ITEMS: usize = 500;

/// Reads the ids in a remote collection or page. Returns the next page's URL.
pub fn read(document: &Object, found: &mut Vec<String>) -> Option<String> {
    let mut part = document;
    loop {
        for name in ["orderedItems", "items"] {
            let ids = value::list(part, name).into_iter().filter_map(value::reference);
            let left = MOST_ITEMS.saturating_sub(found.len());
            found.extend(ids.filter(|id| value::is_web(id)).take(left).map(str::to_owned));
        }
        match part.get("first") {
            Some(Value::Object(first)) if std::ptr::eq(part, document) => part = first,
            _ => break,
        }
    }
    let next = value::first_reference(part, "next");
    next.or_else(|| value::first_reference(document, "first"))
        .filter(|next| value::is_web(next))
        .map(str::to_owned)
}

/// Writes a collection that fits in one document.
pub fn whole(id: &str, items: &[Value]) -> Value {
    json!({
        "@context": context(),
        "id": id,
        "type": "OrderedCollection",
        "totalItems": items.len(),
        "orderedItems": items,
    })
}

/// Writes one page.
pub fn page(id: &str, part_of: &str, next: Option<&str>, prev: Option<&str>, items: &[Value]) -> Value {
    let mut page = json!({
        "@context": context(),
        "id": id,
        "type": "OrderedCollectionPage",
        "partOf": part_of,
        "orderedItems": items,
    });
    if let Some(page) = page.as_object_mut() {
        for (name, link) in [("next", next), ("prev", prev)] {
            if let Some(link) = link {
                page.insert(name.to_owned(), json!(link));
            }
        }
    }
    page
}
