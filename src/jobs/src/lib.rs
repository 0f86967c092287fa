//! The loop shared by all consumers: claim, run, postpone.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio_util::sync::CancellationToken;

use portico_domain::model::time::Clock;
use portico_store::{Job, Queue, Store};

/// The number of jobs claimed at once.
const BATCH: i64 = 32;
/// The lifetime of a claim, in milliseconds.
const LEASE: i64 = 30_000;
/// The polling interval, for postponed jobs and jobs inserted by other nodes.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The delay until the next attempt, in seconds, by the number of attempts; after the last the job is
/// marked as failed.
const BACK_OFF: [i64; 8] = [1, 5, 30, 120, 600, 3600, 10_800, 43_200];

/// A consumer of one queue.
pub trait Consumer: Send + Sync + 'static {
    /// The name of the queue.
    const QUEUE: &'static str;
    /// The number of jobs run concurrently; 1 preserves their order.
    const WIDTH: usize = 1;

    /// Runs one job and removes it, in one transaction. The error is written to the log and the row.
    fn run(&self, job: &Job) -> impl Future<Output = Result<(), String>> + Send;
}

/// Runs the jobs of a queue, in order of insertion, until `stop`.
pub async fn run<C: Consumer>(consumer: C, store: Store, clock: Arc<Clock>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let claimed = store.write(|tx| tx.claim_jobs(C::QUEUE, BATCH, LEASE)).await;
        let jobs = claimed.unwrap_or_else(|error| {
            tracing::warn!(%error, queue = C::QUEUE, "job.claim_failed");
            Vec::new()
        });
        if jobs.is_empty() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = store.waited(Queue::Jobs, LOOK_EVERY) => {}
            }
        }
        let (consumer, store, clock) = (&consumer, &store, &clock);
        let work = futures_util::stream::iter(jobs).for_each_concurrent(C::WIDTH, |job| async move {
            if let Err(error) = consumer.run(&job).await {
                put_off(store, clock, C::QUEUE, job, error).await;
            }
        });
        work.await;
    }
}

async fn put_off(store: &Store, clock: &Clock, queue: &'static str, job: Job, error: String) {
    let tries = usize::try_from(job.attempts).unwrap_or(usize::MAX);
    let at = BACK_OFF.get(tries).map(|seconds| clock.now().plus_seconds(*seconds));
    match at {
        Some(_) => tracing::warn!(queue, error, "job.attempt_failed"),
        None => tracing::error!(queue, error, payload = job.payload, "job.failed"),
    }
    let settled = store.write(move |tx| tx.postpone_job(job.id, at, &error)).await;
    if let Err(error) = settled {
        tracing::warn!(%error, queue, "job.postpone_failed");
    }
}
