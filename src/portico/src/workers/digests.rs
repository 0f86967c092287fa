//! The queue `digests`: sends digest mails.

use std::sync::Arc;

use portico_domain::model::DigestId;
use portico_jobs::Consumer;
use portico_service::instance::Instance;
use portico_store::{DIGESTS, Job};

/// Consumes the queue `digests`.
pub(super) struct Digests {
    instance: Arc<Instance>,
}

impl Digests {
    pub(super) fn new(instance: &Arc<Instance>) -> Self {
        Self { instance: Arc::clone(instance) }
    }
}

impl Consumer for Digests {
    const QUEUE: &'static str = DIGESTS;

    async fn run(&self, job: &Job) -> Result<(), String> {
        let id: DigestId = serde_json::from_str(&job.payload).map_err(|error| error.to_string())?;
        portico_service::reading::digests::send(&self.instance, id)
            .await
            .map_err(|error| error.to_string())?;
        // The progress is recorded in the digest's row, so sending again has no effect.
        let done = job.id;
        self.instance
            .store
            .write(move |tx| tx.finish_job(done).map(drop))
            .await
            .map_err(|error: portico_store::Error| error.to_string())
    }
}
