//! Collections of ours, in roots and pages.

use serde_json::{Value, json};

use super::context;
use super::value::{self, Object};

/// How many items a page has.
pub const PAGE_SIZE: i64 = 40;

/// The root of a paged collection. A hidden total is left out.
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

/// The collection of what answers a note.
pub fn replies_of(uri: &str) -> String {
    format!("{uri}/replies")
}

/// What answers a note, as the note itself says it: where, and that there is nothing yet, so that nobody
/// fetches it for each new note.
pub fn empty_answers(uri: &str) -> Value {
    let id = replies_of(uri);
    let next = format!("{id}?page=true");
    json!({
        "id": id,
        "type": "Collection",
        "first": { "type": "CollectionPage", "partOf": id, "next": next, "items": [] },
    })
}

/// The most that is read of one page.
const MOST_ITEMS: usize = 500;

/// Reads the ids in somebody's collection or page. Answers where it goes on.
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

/// A collection short enough for one document.
pub fn whole(id: &str, items: &[Value]) -> Value {
    json!({
        "@context": context(),
        "id": id,
        "type": "OrderedCollection",
        "totalItems": items.len(),
        "orderedItems": items,
    })
}

/// One page.
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
