//! The loop that all queues share: claim, read, run, settle, log.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{AfterFailure, Attempt, Concurrency, Done, Job, JobError};
use portico_domain::model::Timestamp;
use portico_domain::model::time::Clock;
use portico_store::{ClaimedJob, Queue, Store};

/// The lifetime of a claim, in milliseconds. Another worker may run the job after that.
const LEASE: i64 = 90_000;
/// The polling interval, for postponed jobs and jobs inserted by other nodes.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The pause after a database error at claiming.
const REST: Duration = Duration::from_secs(2);

/// Waits after a database error at claiming, or until `stop`. Nothing else ends the pause, so that a broken
/// database is not asked at every new row.
pub async fn rest(stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(REST) => {}
    }
}

/// Starts the workers of one database.
#[derive(Clone)]
pub struct Runner {
    store: Store,
    clock: Arc<Clock>,
    tracker: TaskTracker,
    stop: CancellationToken,
}

/// The change to the row after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Settled {
    /// The job's own transaction has removed it.
    Already,
    Remove,
    Again(Timestamp, String),
    Dead(String),
}

impl Runner {
    /// Creates a runner whose workers are tracked by `tracker` and end soon after `stop`. Unfinished jobs stay
    /// in the table.
    pub const fn new(store: Store, clock: Arc<Clock>, tracker: TaskTracker, stop: CancellationToken) -> Self {
        Self { store, clock, tracker, stop }
    }

    /// Starts the worker of a queue.
    pub fn start<J: Job<C>, C: Send + Sync + 'static>(&self, context: &Arc<C>) {
        self.tracker.spawn(self.clone().work::<J, C>(Arc::clone(context)));
    }

    async fn work<J: Job<C>, C: Send + Sync + 'static>(self, context: Arc<C>) {
        let width = match J::CONCURRENCY {
            Concurrency::InOrder => 1,
            Concurrency::UpTo(most) => most,
        };
        while !self.stop.is_cancelled() {
            let rows = match self.claim(J::QUEUE, J::BATCH).await {
                Ok(rows) => rows,
                Err(error) => {
                    log_claim_error(J::QUEUE, &error);
                    rest(&self.stop).await;
                    continue;
                }
            };
            if rows.is_empty() {
                tokio::select! {
                    () = self.stop.cancelled() => {}
                    () = self.store.waited(Queue::Jobs, LOOK_EVERY) => {}
                }
                continue;
            }
            let (runner, context) = (&self, &context);
            futures_util::stream::iter(rows)
                .for_each_concurrent(width, |row| async move {
                    let settled = runner.attempt::<J, C>(context, &row).await;
                    runner.settle(J::QUEUE, &row, settled).await;
                })
                .await;
        }
    }

    /// Claims due jobs. Nothing is written while none is due; several nodes may see the same row, but the write
    /// gives it to one of them.
    async fn claim(&self, queue: &'static str, batch: i64) -> portico_store::Result<Vec<ClaimedJob>> {
        if !self.store.read_inline(move |reader| reader.has_due_jobs(queue)).await? {
            return Ok(Vec::new());
        }
        self.store.write(move |tx| tx.claim_jobs(queue, batch, LEASE)).await
    }

    /// Runs a job once, and logs its failure.
    async fn attempt<J: Job<C>, C: Send + Sync + 'static>(
        &self,
        context: &Arc<C>,
        row: &ClaimedJob,
    ) -> Settled {
        let (queue, id) = (J::QUEUE, row.id.0);
        let job = match J::decode(&row.payload) {
            Ok(job) => job,
            // Kept in every queue: the program that wrote it and this one disagree.
            Err(error) => return dead(queue, id, format!("unreadable payload: {error}")),
        };
        let attempt = Attempt { job: row.id, earlier: row.attempts };
        // A panic fails this job and not the worker.
        let outcome = AssertUnwindSafe(job.run(context, attempt)).catch_unwind().await;
        let error = match outcome {
            Ok(Ok(Done::Finished)) => return Settled::Remove,
            Ok(Ok(Done::Removed)) => return Settled::Already,
            Ok(Err(error)) => error,
            Err(_) => JobError::failed("the job panicked"),
        };
        match (next_attempt(&error, job.back_off(), row.attempts, self.clock.now()), J::AFTER_FAILURE) {
            (Some(at), AfterFailure::Keep) => {
                tracing::warn!(queue, id, %error, "job.attempt_failed");
                Settled::Again(at, error.to_string())
            }
            (Some(at), AfterFailure::Drop) => {
                tracing::info!(queue, id, %error, "job.attempt_failed");
                Settled::Again(at, error.to_string())
            }
            (None, AfterFailure::Keep) => dead(queue, id, error.to_string()),
            (None, AfterFailure::Drop) => {
                tracing::info!(queue, id, %error, payload = row.payload, "job.dropped");
                Settled::Remove
            }
        }
    }

    async fn settle(&self, queue: &'static str, row: &ClaimedJob, settled: Settled) {
        let id = row.id;
        let written = match settled {
            Settled::Already => Ok(()),
            Settled::Remove => self.store.write(move |tx| tx.finish_job(id).map(drop)).await,
            Settled::Again(at, error) => {
                self.store.write(move |tx| tx.postpone_job(id, Some(at), &error)).await
            }
            Settled::Dead(error) => self.store.write(move |tx| tx.postpone_job(id, None, &error)).await,
        };
        match written {
            Ok(()) => tracing::debug!(queue, id = id.0, "job.settled"),
            // The lease expires, and running the job again is safe.
            Err(error) => tracing::warn!(queue, id = id.0, %error, "job.settle_failed"),
        }
    }
}

fn log_claim_error(queue: &'static str, error: &portico_store::Error) {
    tracing::warn!(queue, %error, "job.claim_failed");
}

fn dead(queue: &'static str, id: i64, error: String) -> Settled {
    tracing::error!(queue, id, error, "job.failed");
    Settled::Dead(error)
}

/// Returns the time of the next attempt; `None` after a final failure, or after the last attempt.
fn next_attempt(error: &JobError, back_off: &[i64], earlier: i64, now: Timestamp) -> Option<Timestamp> {
    let JobError::Retry { after, .. } = error else { return None };
    let seconds = back_off.get(usize::try_from(earlier).ok()?)?;
    Some(now.plus_seconds(after.unwrap_or(*seconds)))
}

#[cfg(test)]
mod tests;
