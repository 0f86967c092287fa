//! Background jobs: the consumers of the `jobs` table, which run after a commit.
//!
//! A job is claimed, then done in one transaction that also removes it, or postponed. Every job must be
//! idempotent, because a claim expires when its worker dies.

mod cards;
mod digests;
mod fan_out;
mod federate;
mod media;
mod must_reads;
mod polls;
mod push;
mod scheduled;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use portico_service::instance::Instance;

/// Starts the consumers of an instance's jobs. They stop soon after `stop`.
pub fn start(instance: &Arc<Instance>, tracker: &TaskTracker, stop: &CancellationToken) {
    tracker.spawn(portico_jobs::run(
        federate::Federate::new(instance),
        instance.store.clone(),
        Arc::clone(&instance.clock),
        stop.clone(),
    ));
    tracker.spawn(portico_jobs::run(
        media::Media::new(instance),
        instance.store.clone(),
        Arc::clone(&instance.clock),
        stop.clone(),
    ));
    tracker.spawn(portico_jobs::run(
        polls::Polls::new(instance),
        instance.store.clone(),
        Arc::clone(&instance.clock),
        stop.clone(),
    ));
    tracker.spawn(portico_jobs::run(
        scheduled::Scheduled::new(instance),
        instance.store.clone(),
        Arc::clone(&instance.clock),
        stop.clone(),
    ));
    tracker.spawn(portico_jobs::run(
        digests::Digests::new(instance),
        instance.store.clone(),
        Arc::clone(&instance.clock),
        stop.clone(),
    ));
    tracker.spawn(portico_jobs::run(
        fan_out::FanOut::new(instance),
        instance.store.clone(),
        Arc::clone(&instance.clock),
        stop.clone(),
    ));
    tracker.spawn(portico_jobs::run(
        must_reads::MustReads::new(instance),
        instance.store.clone(),
        Arc::clone(&instance.clock),
        stop.clone(),
    ));
    match cards::Cards::new(instance) {
        Ok(cards) => drop(tracker.spawn(portico_jobs::run(
            cards,
            instance.store.clone(),
            Arc::clone(&instance.clock),
            stop.clone(),
        ))),
        Err(error) => tracing::error!(%error, "links cannot be looked up"),
    }
    match push::Push::new(instance) {
        Ok(push) => drop(tracker.spawn(portico_jobs::run(
            push,
            instance.store.clone(),
            Arc::clone(&instance.clock),
            stop.clone(),
        ))),
        Err(error) => tracing::error!(%error, "devices cannot be told of notifications"),
    }
}
