//! Processes uploads, in the transaction that removes the job, so that it happens exactly once.

use std::sync::Arc;

use portico_jobs::Consumer;
use portico_service::instance::Instance;
use portico_service::publishing::media;
use portico_store::{Job, MEDIA};

/// Processes uploaded video and audio.
pub(super) struct Media {
    instance: Arc<Instance>,
}

impl Media {
    pub(super) fn new(instance: &Arc<Instance>) -> Self {
        Self { instance: Arc::clone(instance) }
    }
}

impl Consumer for Media {
    const QUEUE: &'static str = MEDIA;

    async fn run(&self, job: &Job) -> Result<(), String> {
        let id = job.payload.parse().map_err(|_| "the payload is not the id of an upload".to_owned())?;
        media::process(&self.instance, id, Some(job.id)).await.map_err(|error| error.to_string())
    }
}
