//! Background workers of federation: inbox, delivery, directories, follows among the company's instances, and
//! the jobs of federation.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::forwarding::Hint;
use super::missing_parents::MissingParent;
use super::outbound::{self, ActivityContext};
use super::{Error, Federation, company_peers, delivery, directory, inbound};
use portico_domain::model::event::Event;
use portico_domain::model::remote_task::RemoteTask;
use portico_jobs::{Attempt, Done, Job, JobError, Runner};
use portico_service::publishing::quotes::QuoteCheck;
use portico_service::publishing::threads::ThreadBackfill;

impl Federation {
    /// Starts the workers of this instance. They end soon after `stop`; unfinished work stays in the
    /// database.
    ///
    /// If no other process uses the database, releases the claims that an earlier process left behind.
    pub fn start_workers(self: &Arc<Self>, tracker: &TaskTracker, stop: &CancellationToken) {
        let (federation, stop, inner) = (Arc::clone(self), stop.clone(), tracker.clone());
        tracker.spawn(async move {
            if let Err(error) = federation.instance.store.write(|tx| tx.release_abandoned_claims()).await {
                tracing::warn!(%error, "claims.release_failed");
            }
            if let Err(error) = federation.recall_forms().await {
                tracing::warn!(%error, "signature_scheme.load_failed");
            }
            inner.spawn(inbound::run(Arc::clone(&federation), stop.clone()));
            inner.spawn(delivery::run(Arc::clone(&federation), stop.clone()));
            let (store, clock) = (federation.instance.store.clone(), Arc::clone(&federation.instance.clock));
            let runner = Runner::new(store, clock, inner.clone(), stop.clone());
            runner.start::<Event, _>(&federation);
            runner.start::<MissingParent, _>(&federation);
            runner.start::<ThreadBackfill, _>(&federation);
            runner.start::<Hint, _>(&federation);
            runner.start::<QuoteCheck, _>(&federation);
            runner.start::<RemoteTask, _>(&federation);
            inner.spawn(directory::run(Arc::clone(&federation), stop.clone()));
            inner.spawn(company_peers::run(federation, stop));
        });
    }
}

impl From<Error> for JobError {
    fn from(error: Error) -> Self {
        if error.is_temporary() { Self::retry(error) } else { Self::failed(error) }
    }
}

/// Turns events into deliveries, in the transaction that removes the event's job, so that it happens exactly
/// once.
impl Job<Federation> for Event {
    async fn run(&self, federation: &Arc<Federation>, attempt: Attempt) -> Result<Done, JobError> {
        let (event, speaker) = (self.clone(), ActivityContext::of(&federation.instance));
        let published = federation.instance.store.write(move |tx| {
            if tx.finish_job(attempt.job)? {
                outbound::publish(tx, &speaker, &event)?;
            }
            Ok::<_, Error>(())
        });
        // A conflict with a concurrent change counts as permanent, but the next attempt finds that change. An
        // event must not be lost to it.
        published.await.map_err(JobError::retry)?;
        Ok(Done::Removed)
    }
}
