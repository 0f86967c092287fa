//! Turns events into deliveries, in the transaction that removes the event's job, so that it happens
//! exactly once.

use std::sync::Arc;

use portico_domain::model::event::Event;
use portico_federation::ActivityContext;
use portico_jobs::Consumer;
use portico_service::instance::Instance;
use portico_store::{FEDERATE, Job};

/// Publishes events to other servers.
pub(super) struct Federate {
    instance: Arc<Instance>,
    speaker: ActivityContext,
}

impl Federate {
    pub(super) fn new(instance: &Arc<Instance>) -> Self {
        Self { instance: Arc::clone(instance), speaker: ActivityContext::of(instance) }
    }
}

impl Consumer for Federate {
    const QUEUE: &'static str = FEDERATE;

    async fn run(&self, job: &Job) -> Result<(), String> {
        let event: Event = serde_json::from_str(&job.payload).map_err(|error| error.to_string())?;
        let (id, speaker) = (job.id, self.speaker.clone());
        let done = self.instance.store.write(move |tx| {
            if tx.finish_job(id)? {
                portico_federation::publish(tx, &speaker, &event)?;
            }
            Ok::<_, portico_federation::Error>(())
        });
        done.await.map_err(|error| error.to_string())
    }
}
