//! The queue of fan-outs into home timelines: the rest of a large fan-out, one chunk per job.

use std::sync::Arc;

use portico_domain::model::{AccountId, StatusId};
use portico_jobs::Consumer;
use portico_service::instance::Instance;
use portico_store::{FAN_OUT, Job};

/// Fills home timelines.
pub(super) struct FanOut {
    instance: Arc<Instance>,
}

#[derive(serde::Deserialize)]
struct FollowerChunk {
    status: StatusId,
    after: Option<AccountId>,
}

impl FanOut {
    pub(super) fn new(instance: &Arc<Instance>) -> Self {
        Self { instance: Arc::clone(instance) }
    }
}

impl Consumer for FanOut {
    const QUEUE: &'static str = FAN_OUT;

    async fn run(&self, job: &Job) -> Result<(), String> {
        let chunk: FollowerChunk = serde_json::from_str(&job.payload).map_err(|error| error.to_string())?;
        portico_service::publishing::fan_out::next_chunk(&self.instance, chunk.status, chunk.after)
            .await
            .map_err(|error| error.to_string())?;
        let id = job.id;
        self.instance
            .store
            .write(move |tx| tx.finish_job(id).map(drop))
            .await
            .map_err(|error: portico_store::Error| error.to_string())
    }
}
