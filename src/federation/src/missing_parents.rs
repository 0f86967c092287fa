//! Missing parents: when a reply to an unknown post is received, fetches the parent later, and its parents up
//! to a limit. Nothing waits for it; a parent that cannot be fetched leaves a gap.

use std::sync::Arc;

use super::{Error, Federation, Result};
use portico_domain::model::urls::same_origin;
use portico_jobs::{AfterFailure, Attempt, Done, Job, JobError};
use portico_store::Payload;

/// Maximum number of steps up a thread.
pub(super) const HIGHEST: u32 = 20;
/// Seconds until the next try, by number of attempts so far.
const BACK_OFF: [i64; 3] = [60, 600, 3600];

/// The fetch of a missing parent.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct MissingParent {
    uri: String,
    /// Number of steps up from the received post.
    steps: u32,
}

impl Payload for MissingParent {
    const QUEUE: &'static str = "parents";
}

impl Federation {
    /// Enqueues the fetch of a parent, `steps` up from the received post, unless it is known or failed
    /// recently.
    pub(super) async fn want_parent(&self, uri: &str, steps: u32) -> Result<()> {
        let ours = same_origin(uri, self.instance.urls.origin());
        if steps > HIGHEST || ours || self.fruitless.has(uri, self.now()) {
            return Ok(());
        }
        let sought = uri.to_owned();
        // Usually it is known, which a read decides without a write transaction.
        let known = self.instance.store.read_inline(move |reader| reader.find_status_by_uri(&sought)).await?;
        if known.is_some() {
            return Ok(());
        }
        let wanted = MissingParent { uri: uri.to_owned(), steps };
        self.instance
            .store
            .write(move |tx| {
                if tx.find_status_by_uri(&wanted.uri)?.is_none() && !tx.is_deleted(&wanted.uri)? {
                    tx.enqueue(&wanted)?;
                }
                Ok::<_, Error>(())
            })
            .await
    }
}

impl Job<Federation> for MissingParent {
    const BATCH: i64 = 1;
    // No operator has to act on a missing parent.
    const AFTER_FAILURE: AfterFailure = AfterFailure::Drop;

    fn back_off(&self) -> &'static [i64] {
        &BACK_OFF
    }

    async fn run(&self, federation: &Arc<Federation>, _: Attempt) -> Result<Done, JobError> {
        federation.fetch_note(&self.uri, self.steps).await?;
        Ok(Done::Finished)
    }
}
