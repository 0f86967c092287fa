//! Turns events into deliveries, in the transaction that removes the event's job, so that it happens
//! exactly once.

use std::sync::Arc;

use super::runner::Consumer;
use crate::federation::{self, Speaker};
use crate::instance::Instance;
use crate::model::event::Event;
use crate::store::{FEDERATE, Job};

/// Publishes events to other servers.
pub(super) struct Federate {
    instance: Arc<Instance>,
    speaker: Speaker,
}

impl Federate {
    pub(super) fn new(instance: &Arc<Instance>) -> Self {
        Self { instance: Arc::clone(instance), speaker: Speaker::of(instance) }
    }
}

impl Consumer for Federate {
    const QUEUE: &'static str = FEDERATE;

    async fn run(&self, job: &Job) -> Result<(), String> {
        let event: Event = serde_json::from_str(&job.payload).map_err(|error| error.to_string())?;
        let (id, speaker) = (job.id, self.speaker.clone());
        let done = self.instance.store.write(move |tx| {
            if tx.finish_job(id)? {
                federation::publish(tx, &speaker, &event)?;
            }
            Ok::<_, federation::Error>(())
        });
        done.await.map_err(|error| error.to_string())
    }
}
