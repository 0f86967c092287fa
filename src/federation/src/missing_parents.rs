//! Missing parents: when a reply to an unknown post is received, fetches the parent later, and its parents up
//! to a limit. Nothing waits for it; a parent that cannot be fetched leaves a gap.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Error, Federation, Result};
use portico_domain::model::urls::same_origin;
use portico_store::{Job, Queue};

/// The queue of missing parents.
const QUEUE: &str = "parents";
/// Maximum number of steps up a thread.
pub(super) const HIGHEST: u32 = 20;
const LEASE: i64 = 60_000;
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Seconds until the next try, by number of attempts so far.
const BACK_OFF: [i64; 3] = [60, 600, 3600];

/// A parent to fetch.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct WantedParent {
    uri: String,
    /// Number of steps up from the received post.
    steps: u32,
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
        let wanted = WantedParent { uri: uri.to_owned(), steps };
        let payload = serde_json::to_string(&wanted)?;
        self.instance
            .store
            .write(move |tx| {
                if tx.find_status_by_uri(&wanted.uri)?.is_none() && !tx.is_deleted(&wanted.uri)? {
                    tx.enqueue(QUEUE, payload.clone())?;
                }
                Ok::<_, Error>(())
            })
            .await
    }

    async fn fetch_parent(self: &Arc<Self>, job: Job) {
        let wanted: Option<WantedParent> = serde_json::from_str(&job.payload).ok();
        let outcome = match &wanted {
            Some(wanted) => self.fetch_note(&wanted.uri, wanted.steps).await.map(drop),
            None => Ok(()),
        };
        let now = self.now();
        let tries = usize::try_from(job.attempts).unwrap_or(usize::MAX);
        let again = match &outcome {
            Err(error) if error.is_temporary() => {
                BACK_OFF.get(tries).map(|seconds| now.plus_seconds(*seconds))
            }
            _ => None,
        };
        let error = outcome.err().map(|error| error.to_string()).unwrap_or_default();
        let settled = self.instance.store.write(move |tx| match again {
            Some(at) => tx.postpone_job(job.id, Some(at), &error),
            // A missing parent is not kept as a dead job: no operator has to act on it.
            None => tx.finish_job(job.id).map(drop),
        });
        if let Err(error) = settled.await {
            tracing::warn!(%error, "parent_fetch.settle_failed");
        }
    }
}

/// Fetches missing parents until `stop`, one at a time.
pub(super) async fn run(federation: Arc<Federation>, stop: CancellationToken) {
    let store = &federation.instance.store;
    while !stop.is_cancelled() {
        let jobs = store.write(|tx| tx.claim_jobs(QUEUE, 1, LEASE)).await.unwrap_or_default();
        if jobs.is_empty() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = store.waited(Queue::Jobs, LOOK_EVERY) => {}
            }
        }
        for job in jobs {
            federation.fetch_parent(job).await;
        }
    }
}
