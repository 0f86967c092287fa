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
mod runner;
mod scheduled;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::instance::Instance;

/// Starts the consumers of an instance's jobs. They stop soon after `stop`.
pub fn start(instance: &Arc<Instance>, tracker: &TaskTracker, stop: &CancellationToken) {
    tracker.spawn(runner::run(federate::Federate::new(instance), Arc::clone(instance), stop.clone()));
    tracker.spawn(runner::run(media::Media::new(instance), Arc::clone(instance), stop.clone()));
    tracker.spawn(runner::run(polls::Polls::new(instance), Arc::clone(instance), stop.clone()));
    tracker.spawn(runner::run(scheduled::Scheduled::new(instance), Arc::clone(instance), stop.clone()));
    tracker.spawn(runner::run(digests::Digests::new(instance), Arc::clone(instance), stop.clone()));
    tracker.spawn(runner::run(fan_out::FanOut::new(instance), Arc::clone(instance), stop.clone()));
    tracker.spawn(runner::run(must_reads::MustReads::new(instance), Arc::clone(instance), stop.clone()));
    match cards::Cards::new(instance) {
        Ok(cards) => drop(tracker.spawn(runner::run(cards, Arc::clone(instance), stop.clone()))),
        Err(error) => tracing::error!(%error, "cards.setup_failed"),
    }
    match push::Push::new(instance) {
        Ok(push) => drop(tracker.spawn(runner::run(push, Arc::clone(instance), stop.clone()))),
        Err(error) => tracing::error!(%error, "push.setup_failed"),
    }
}
