//! The queue `scheduled`: publishes scheduled posts.

use std::sync::Arc;

use portico_domain::model::ScheduledId;
use portico_jobs::Consumer;
use portico_service::instance::Instance;
use portico_store::{Job, SCHEDULED};

/// Consumes the queue `scheduled`.
pub(super) struct Scheduled {
    instance: Arc<Instance>,
}

impl Scheduled {
    pub(super) fn new(instance: &Arc<Instance>) -> Self {
        Self { instance: Arc::clone(instance) }
    }
}

impl Consumer for Scheduled {
    const QUEUE: &'static str = SCHEDULED;

    async fn run(&self, job: &Job) -> Result<(), String> {
        let id: ScheduledId = serde_json::from_str(&job.payload).map_err(|error| error.to_string())?;
        portico_service::publishing::scheduled::publish(&self.instance, id)
            .await
            .map_err(|error| error.to_string())?;
        // Publishing removes the post from the scheduled ones, so running again has no effect.
        let done = job.id;
        self.instance
            .store
            .write(move |tx| tx.finish_job(done).map(drop))
            .await
            .map_err(|error: portico_store::Error| error.to_string())
    }
}
