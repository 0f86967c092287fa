//! The queue `polls`: ends polls, and sends their counts to other hosts.

use std::sync::Arc;

use portico_domain::model::StatusId;
use portico_jobs::Consumer;
use portico_service::instance::Instance;
use portico_store::{Job, POLLS};

/// Consumes the queue `polls`.
pub(super) struct Polls {
    instance: Arc<Instance>,
}

impl Polls {
    pub(super) fn new(instance: &Arc<Instance>) -> Self {
        Self { instance: Arc::clone(instance) }
    }
}

impl Consumer for Polls {
    const QUEUE: &'static str = POLLS;

    async fn run(&self, job: &Job) -> Result<(), String> {
        let status: StatusId = serde_json::from_str(&job.payload).map_err(|error| error.to_string())?;
        let id = job.id;
        self.instance
            .store
            .write(move |tx| {
                // Only the worker that removes the job does the work, so no one is notified twice.
                if tx.finish_job(id)? {
                    portico_service::publishing::polls::look_after(tx, status)
                } else {
                    Ok(())
                }
            })
            .await
            .map_err(|error: portico_service::Error| error.to_string())
    }
}
