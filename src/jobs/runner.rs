//! The loop that every consumer shares: claim, do, put off.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio_util::sync::CancellationToken;

use crate::instance::Instance;
use crate::store::{Job, Queue};

/// Jobs claimed at once.
const BATCH: i64 = 32;
/// How long a claim holds, in milliseconds.
const LEASE: i64 = 30_000;
/// How often a consumer looks by itself: back-offs end, and other nodes put jobs in.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Seconds until the next try, by how many there were; after the last a job is buried.
const BACK_OFF: [i64; 8] = [1, 5, 30, 120, 600, 3600, 10_800, 43_200];

/// Does the jobs of one queue.
pub(super) trait Consumer: Send + Sync + 'static {
    /// Its queue.
    const QUEUE: &'static str;
    /// How many of its jobs are done at once; one keeps their order.
    const WIDTH: usize = 1;

    /// Does one job and removes it, in one transaction. What went wrong is for the log and the row.
    fn run(&self, job: &Job) -> impl Future<Output = Result<(), String>> + Send;
}

/// Does a queue's jobs, in the order they were put in, until `stop`.
pub(super) async fn run<C: Consumer>(consumer: C, instance: Arc<Instance>, stop: CancellationToken) {
    let store = &instance.store;
    while !stop.is_cancelled() {
        let claimed = store.write(|tx| tx.claim_jobs(C::QUEUE, BATCH, LEASE)).await;
        let jobs = claimed.unwrap_or_else(|error| {
            tracing::warn!(%error, queue = C::QUEUE, "jobs cannot be claimed");
            Vec::new()
        });
        if jobs.is_empty() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = store.waited(Queue::Jobs, LOOK_EVERY) => {}
            }
        }
        let (consumer, instance) = (&consumer, &instance);
        let work = futures_util::stream::iter(jobs).for_each_concurrent(C::WIDTH, |job| async move {
            if let Err(error) = consumer.run(&job).await {
                put_off(instance, C::QUEUE, job, error).await;
            }
        });
        work.await;
    }
}

async fn put_off(instance: &Instance, queue: &'static str, job: Job, error: String) {
    let tries = usize::try_from(job.attempts).unwrap_or(usize::MAX);
    let at = BACK_OFF.get(tries).map(|seconds| instance.now().plus_seconds(*seconds));
    match at {
        Some(_) => tracing::warn!(queue, error, "a job failed and is put off"),
        None => tracing::error!(queue, error, payload = job.payload, "a job failed for good"),
    }
    let settled = instance.store.write(move |tx| tx.put_off_job(job.id, at, &error)).await;
    if let Err(error) = settled {
        tracing::warn!(%error, queue, "a failed job cannot be put off; its claim ends by itself");
    }
}
