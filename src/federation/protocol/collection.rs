//! Collections of ours, in roots and pages.

use serde_json::{Value, json};

use super::context;

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
