//! The runner of the `jobs` table: claims the jobs of a queue, runs them, and settles them.
//!
//! A job is a payload that can be run: see [`Job`]. A claim is a lease, so a job can run twice (after a crash,
//! for example) and must be idempotent, or remove itself in the transaction of its effect.

mod runner;

use std::sync::Arc;

use portico_domain::model::JobId;
use portico_store::Payload;

pub use runner::{Runner, rest};

/// Seconds until the next attempt, by number of earlier attempts, unless a job has a table of its own.
pub const BACK_OFF: [i64; 8] = [1, 5, 30, 120, 600, 3600, 10_800, 43_200];

/// A payload that can be run with a context of type `C`, such as the instance.
pub trait Job<C>: Payload {
    /// The number of jobs that run at once.
    const CONCURRENCY: Concurrency = Concurrency::InOrder;
    /// The number of jobs claimed at once. The lease must cover their work, so a job that waits for other
    /// servers should lower it.
    const BATCH: i64 = 32;
    /// The fate of a job that failed for good.
    const AFTER_FAILURE: AfterFailure = AfterFailure::Keep;

    /// Returns the seconds until the next attempt, by number of earlier attempts. After the last, a temporary
    /// failure is final.
    fn back_off(&self) -> &'static [i64] {
        &BACK_OFF
    }

    /// Runs the job once.
    ///
    /// # Errors
    /// [`JobError::Retry`] for a temporary failure, [`JobError::Failed`] for a final one.
    fn run(&self, context: &Arc<C>, attempt: Attempt) -> impl Future<Output = Result<Done, JobError>> + Send;
}

/// An attempt to run a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// The job, for a transaction that removes it together with its effect.
    pub job: JobId,
    /// The number of earlier attempts.
    pub earlier: i64,
}

/// The number of jobs of a queue that run at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concurrency {
    /// One at a time, in the order of their insertion. A job that is retried does not hold up the next.
    InOrder,
    /// Up to this number at once, in any order.
    UpTo(usize),
}

/// The fate of a job that failed for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// The row is kept as dead, because an operator has to see it.
    Keep,
    /// The row is removed, because nobody has to act: the work is optional or is requested again.
    Drop,
}

/// The outcome of a job that succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// The runner removes the job.
    Finished,
    /// The transaction of the effect has removed the job.
    Removed,
}

/// The outcome of a job that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// A temporary failure.
    #[error("{error}")]
    Retry {
        /// The cause, for the log and the row.
        error: String,
        /// Seconds until the next attempt, instead of those of the job's table.
        after: Option<i64>,
    },
    /// A final failure.
    #[error("{0}")]
    Failed(String),
}

impl JobError {
    /// Creates a temporary failure.
    pub fn retry(error: impl std::fmt::Display) -> Self {
        Self::Retry { error: error.to_string(), after: None }
    }

    /// Creates a final failure.
    pub fn failed(error: impl std::fmt::Display) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<portico_store::Error> for JobError {
    fn from(error: portico_store::Error) -> Self {
        match error {
            portico_store::Error::Corrupt { .. } => Self::failed(error),
            // After a conflict with a concurrent change, the next attempt finds that change.
            portico_store::Error::Conflict { .. }
            | portico_store::Error::Busy
            | portico_store::Error::Backend(_) => Self::retry(error),
        }
    }
}
