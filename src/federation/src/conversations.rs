//! Serves threads to other servers: the replies to a status (`replies`), and the whole thread that a status
//! began (`context`, FEP-7888 and FEP-f228). Each listed id is checked for the requester. An id grants no
//! access; the object itself comes from its own server.

use axum::response::Response;
use serde_json::{Value, json};

use super::Federation;
use super::documents::{Ask, Missing, finish};
use super::routes::Edge;
use portico_activitystreams::collection;
use portico_domain::model::StatusId;
use portico_http::Path;
use portico_service::publishing::threads::{self, ThreadPart};

/// `GET /users/{name}/statuses/{id}/replies`.
pub(super) async fn replies(edge: Edge, Path((name, id)): Path<(String, StatusId)>, ask: Ask) -> Response {
    finish(collection(&edge, &name, id, &ask, ThreadPart::Answers).await)
}

/// `GET /users/{name}/statuses/{id}/context`.
pub(super) async fn context(edge: Edge, Path((name, id)): Path<(String, StatusId)>, ask: Ask) -> Response {
    finish(collection(&edge, &name, id, &ask, ThreadPart::Whole).await)
}

async fn collection(
    edge: &Federation,
    name: &str,
    id: StatusId,
    ask: &Ask,
    part: ThreadPart,
) -> Result<Value, Missing> {
    let viewer = ask.viewer(edge).await;
    let view = edge.visible(name, id, viewer.clone()).await?;
    let after = ask.parameter("after").and_then(|text| text.parse::<StatusId>().ok());
    let thread = threads::list_uris(&edge.instance, viewer, id, part, after).await?;
    let uri = match part {
        ThreadPart::Answers => collection::replies_of(&view.status.uri),
        ThreadPart::Whole => threads::context_of_root(&view.status.uri),
    };
    let own = match after {
        Some(after) => format!("{uri}?page=true&after={after}"),
        None => format!("{uri}?page=true"),
    };
    let next = thread.next.map(|next| format!("{uri}?page=true&after={next}"));
    let items: Vec<Value> = thread.uris.into_iter().map(Value::String).collect();
    let page = collection::page(&own, &uri, next.as_deref(), None, &items);
    if ask.parameter("page").is_some() {
        return Ok(page);
    }
    // The first page is embedded: most threads are short.
    let mut root = collection::root(&uri, None, None);
    if let (Some(root), Value::Object(mut page)) = (root.as_object_mut(), page) {
        page.shift_remove("@context");
        root.insert("first".to_owned(), Value::Object(page));
        if part == ThreadPart::Whole {
            root.insert("attributedTo".to_owned(), json!(view.account.uri));
        }
    }
    Ok(root)
}
