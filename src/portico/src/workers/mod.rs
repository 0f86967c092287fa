//! Starts the workers of the `jobs` table. A job lies beside its work, in the services or in federation; those
//! that reach other servers for a service are here.

mod cards;
mod push;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use portico_jobs::Runner;
use portico_service::instance::Instance;
use portico_service::publishing::media::MediaInspection;
use portico_store::{
    CardFetch, DigestMail, FanOutChunk, MustReadChunk, PollCheck, PushDelivery, ScheduledPost,
};

/// Starts the workers of an instance's jobs. They stop soon after `stop`.
pub fn start(instance: &Arc<Instance>, tracker: &TaskTracker, stop: &CancellationToken) {
    let (store, clock) = (instance.store.clone(), Arc::clone(&instance.clock));
    let runner = Runner::new(store, clock, tracker.clone(), stop.clone());
    runner.start::<MediaInspection, _>(instance);
    runner.start::<PollCheck, _>(instance);
    runner.start::<ScheduledPost, _>(instance);
    runner.start::<DigestMail, _>(instance);
    runner.start::<FanOutChunk, _>(instance);
    runner.start::<MustReadChunk, _>(instance);
    match cards::Cards::new(instance) {
        Ok(cards) => runner.start::<CardFetch, _>(&Arc::new(cards)),
        Err(error) => tracing::error!(%error, "cards.setup_failed"),
    }
    match push::Push::new(instance) {
        Ok(push) => runner.start::<PushDelivery, _>(&Arc::new(push)),
        Err(error) => tracing::error!(%error, "push.setup_failed"),
    }
}
