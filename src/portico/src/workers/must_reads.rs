//! The queue `must_reads`: notifies and reminds the required readers of a must-read post, one chunk per
//! job.

use std::sync::Arc;

use portico_domain::model::{AccountId, StatusId};
use portico_jobs::Consumer;
use portico_service::instance::Instance;
use portico_store::{Job, MUST_READS};

/// Consumes the queue `must_reads`.
pub(super) struct MustReads {
    instance: Arc<Instance>,
}

#[derive(serde::Deserialize)]
struct ReaderChunk {
    status: StatusId,
    after: Option<AccountId>,
    again: bool,
}

impl MustReads {
    pub(super) fn new(instance: &Arc<Instance>) -> Self {
        Self { instance: Arc::clone(instance) }
    }
}

impl Consumer for MustReads {
    const QUEUE: &'static str = MUST_READS;

    async fn run(&self, job: &Job) -> Result<(), String> {
        let ReaderChunk { status, after, again } =
            serde_json::from_str(&job.payload).map_err(|error| error.to_string())?;
        let id = job.id;
        self.instance
            .store
            .write(move |tx| {
                // Only the worker that removes the job does the work, so no one is reminded twice.
                if tx.finish_job(id)? {
                    portico_service::publishing::must_reads::notify_readers(tx, status, after, again)
                } else {
                    Ok(())
                }
            })
            .await
            .map_err(|error: portico_service::Error| error.to_string())
    }
}
