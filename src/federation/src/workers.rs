//! Background workers of federation: inbox, delivery, missing parents, thread backfill, forwarded hints,
//! quotes, remote tasks, directories, and follows among the company's instances.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{
    Federation, backfill, company_peers, delivery, directory, forwarding, inbound, missing_parents, quotes,
    remote_tasks,
};

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
            inner.spawn(missing_parents::run(Arc::clone(&federation), stop.clone()));
            inner.spawn(backfill::run(Arc::clone(&federation), stop.clone()));
            inner.spawn(forwarding::run(Arc::clone(&federation), stop.clone()));
            inner.spawn(quotes::run(Arc::clone(&federation), stop.clone()));
            inner.spawn(remote_tasks::run(Arc::clone(&federation), stop.clone()));
            inner.spawn(directory::run(Arc::clone(&federation), stop.clone()));
            inner.spawn(company_peers::run(federation, stop));
        });
    }
}
