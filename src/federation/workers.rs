//! What runs beside the requests: the inbox, the lanes, missing parents and the rest of threads, what others
//! hand on, quotes, errands, the directories, and the sister instances.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{
    Federation, backfill, delivery, directory, errands, forwarding, inbound, quotes, sisters, threads,
};

impl Federation {
    /// Starts the workers of this instance. They end soon after `stop`; what they leave is in the tables.
    ///
    /// If no other process uses the database, claims that an earlier one left behind are freed first.
    pub fn start_workers(self: &Arc<Self>, tracker: &TaskTracker, stop: &CancellationToken) {
        let (federation, stop, inner) = (Arc::clone(self), stop.clone(), tracker.clone());
        tracker.spawn(async move {
            if let Err(error) = federation.instance.store.write(|tx| tx.free_claims_of_the_dead()).await {
                tracing::warn!(%error, "claims of an earlier process cannot be freed; they end by themselves");
            }
            if let Err(error) = federation.recall_forms().await {
                tracing::warn!(%error, "the forms of hosts' signatures cannot be recalled");
            }
            inner.spawn(inbound::run(Arc::clone(&federation), stop.clone()));
            inner.spawn(delivery::run(Arc::clone(&federation), stop.clone()));
            inner.spawn(threads::run(Arc::clone(&federation), stop.clone()));
            inner.spawn(backfill::run(Arc::clone(&federation), stop.clone()));
            inner.spawn(forwarding::run(Arc::clone(&federation), stop.clone()));
            inner.spawn(quotes::run(Arc::clone(&federation), stop.clone()));
            inner.spawn(errands::run(Arc::clone(&federation), stop.clone()));
            inner.spawn(directory::run(Arc::clone(&federation), stop.clone()));
            inner.spawn(sisters::run(federation, stop));
        });
    }
}
