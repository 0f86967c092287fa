//! Groups an actor's queued activities into batches that can be applied concurrently.

use portico_store::InboxEntry;

/// Maximum number of new posts of one actor in a batch; they share a transaction.
pub(super) const SIDE_BY_SIDE: usize = 4;

/// Splits an actor's activities, in order, into batches whose entries can be applied in any order: up to
/// `most` new posts that do not refer to each other, or a single activity of another kind.
pub(super) fn of(entries: Vec<InboxEntry>, most: usize) -> Vec<Vec<InboxEntry>> {
    let mut runs: Vec<Vec<InboxEntry>> = Vec::new();
    // Object ids of the last batch; empty unless it consists of new posts.
    let mut posts: Vec<String> = Vec::new();
    for entry in entries {
        let post = new_post(&entry.body);
        let joins = post.is_some() && (1..most).contains(&posts.len()) && !speaks_of(&entry.body, &posts);
        if !joins {
            posts.clear();
        }
        match runs.last_mut() {
            Some(run) if joins => run.push(entry),
            _ => runs.push(vec![entry]),
        }
        posts.extend(post);
    }
    runs
}

/// Returns the object id of a Create. A Create in another JSON shape is not recognised here; it is applied
/// correctly, but in a batch of its own.
fn new_post(body: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct NewPost {
        #[serde(rename = "type")]
        kind: String,
        object: NewPostObject,
    }
    #[derive(serde::Deserialize)]
    struct NewPostObject {
        id: String,
    }
    let create: NewPost = serde_json::from_str(body).ok()?;
    Some(create.object.id).filter(|id| create.kind == "Create" && !id.is_empty())
}

/// Whether an activity contains one of these ids anywhere: as its parent, quote or object.
fn speaks_of(body: &str, ids: &[String]) -> bool {
    // Some servers escape slashes with a backslash.
    ids.iter().any(|id| body.contains(id) || body.contains(&id.replace('/', "\\/")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn entry(body: Value) -> InboxEntry {
        InboxEntry {
            id: portico_domain::model::JobId(0),
            activity_uri: "https://there.test/activity".into(),
            actor_uri: "https://there.test/ann".into(),
            host: "there.test".into(),
            recipient: None,
            body: body.to_string(),
            received_at: portico_domain::model::Timestamp::from_millis(0),
            attempts: 0,
        }
    }

    fn post(id: u8, answers: Option<u8>) -> InboxEntry {
        entry(json!({
            "type": "Create",
            "object": { "type": "Note", "id": format!("n/{id}"), "inReplyTo": answers.map(|id| format!("n/{id}")) },
        }))
    }

    fn other(kind: &str) -> InboxEntry {
        entry(json!({ "type": kind, "object": "n/1" }))
    }

    fn sizes(entries: Vec<InboxEntry>) -> Vec<usize> {
        of(entries, 4).iter().map(Vec::len).collect()
    }

    #[test]
    fn new_posts_are_taken_together_unless_one_speaks_of_another() {
        assert_eq!(sizes(vec![post(1, None), post(2, None), post(3, Some(9))]), [3]);
        assert_eq!(sizes(vec![post(1, None), post(2, Some(1)), post(3, Some(1))]), [1, 2]);
        // The same post again, or an activity that could be about it, waits for it.
        assert_eq!(sizes(vec![post(1, None), post(1, None)]), [1, 1]);
        assert_eq!(sizes(vec![post(1, None), other("Update"), other("Delete"), post(2, None)]), [1, 1, 1, 1]);
        let quote = json!({ "type": "Create", "object": { "id": "n/4", "quote": "n/1" } });
        assert_eq!(sizes(vec![post(1, None), entry(quote.clone())]), [1, 1]);
        let escaped = InboxEntry { body: quote.to_string().replace('/', "\\/"), ..entry(quote) };
        assert_eq!(sizes(vec![post(1, None), escaped]), [1, 1]);
        // A Create in another shape gets its own batch.
        let odd = json!({ "type": ["Create"], "object": { "id": "n/4", "inReplyTo": ["n/1"] } });
        assert_eq!(sizes(vec![post(1, None), entry(odd), post(2, None), post(3, None)]), [1, 1, 2]);
        assert_eq!(sizes((0..9).map(|id| post(id, None)).collect()), [4, 4, 1]);
        assert_eq!(of((0..3).map(|id| post(id, None)).collect(), 1).len(), 3);
    }

    proptest! {
        #[test]
        fn runs_keep_the_order_and_hold_nothing_that_depends(
            posts in prop::collection::vec((0u8..6, prop::option::of(0u8..6), any::<bool>()), 0..40),
        ) {
            let entries: Vec<InboxEntry> = posts
                .iter()
                .map(|(id, answers, new)| if *new { post(*id, *answers) } else { other("Delete") })
                .collect();
            let runs = of(entries.clone(), 4);
            prop_assert_eq!(runs.concat(), entries);
            for run in runs {
                let posts: Vec<String> = run.iter().filter_map(|entry| new_post(&entry.body)).collect();
                prop_assert!(run.len() == 1 || (run.len() <= 4 && posts.len() == run.len()));
                for (at, later) in run.iter().enumerate() {
                    prop_assert!(at == 0 || !speaks_of(&later.body, &posts[..at]));
                }
            }
        }
    }
}
