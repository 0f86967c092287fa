//! What runs beside the requests: the inbox, the lanes, missing parents, and the sister instances.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Federation, delivery, inbound, sisters, threads};

impl Federation {
    /// Starts the workers of this instance. They end soon after `stop`; what they leave is in the tables.
    ///
    /// On a database of our own, claims that an earlier process left behind are freed first.
    pub fn start_workers(self: &Arc<Self>, tracker: &TaskTracker, stop: &CancellationToken) {
        let (federation, stop, inner) = (Arc::clone(self), stop.clone(), tracker.clone());
        tracker.spawn(async move {
            if !federation.instance.store.is_shared() {
                let freed = federation.instance.store.write(|tx| tx.free_all_claims()).await;
                if let Err(error) = freed {
                    tracing::warn!(%error, "claims of an earlier process cannot be freed; they end by themselves");
                }
            }
            inner.spawn(inbound::run(Arc::clone(&federation), stop.clone()));
            inner.spawn(delivery::run(Arc::clone(&federation), stop.clone()));
            inner.spawn(threads::run(Arc::clone(&federation), stop.clone()));
            inner.spawn(sisters::run(federation, stop));
        });
    }
}
