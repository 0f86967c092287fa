//! The jobs of the services: work after a commit, run by the workers of the `jobs` table.

use std::sync::Arc;

use portico_jobs::{Attempt, Done, Job, JobError};
use portico_store::{DigestMail, FanOutChunk, MustReadChunk, PollCheck, ScheduledPost};

use crate::Error;
use crate::instance::Instance;
use crate::publishing::media::{self, MediaInspection};
use crate::publishing::{fan_out, must_reads, polls, scheduled};
use crate::reading::digests;

impl From<Error> for JobError {
    fn from(error: Error) -> Self {
        match error {
            Error::Internal(cause) => cause.into(),
            // A conflict comes from a concurrent identical operation: on a retry, its result is there.
            Error::Upstream(_) | Error::Unavailable(_) | Error::Conflict(_) | Error::TooMany { .. } => {
                Self::retry(error)
            }
            Error::NotFound(_) | Error::Gone(_) | Error::Refused(_) | Error::Invalid(_) | Error::SignIn => {
                Self::failed(error)
            }
        }
    }
}

/// Fills home timelines with the rest of a large fan-out, one chunk per job.
impl Job<Instance> for FanOutChunk {
    async fn run(&self, instance: &Arc<Instance>, _: Attempt) -> Result<Done, JobError> {
        fan_out::next_chunk(instance, self.status, self.after).await?;
        Ok(Done::Finished)
    }
}

/// Notifies and reminds the required readers of a must-read post, one chunk per job.
impl Job<Instance> for MustReadChunk {
    async fn run(&self, instance: &Arc<Instance>, attempt: Attempt) -> Result<Done, JobError> {
        let Self { status, after, again } = *self;
        let notified = instance.store.write(move |tx| {
            // Only the worker that removes the job does the work, so no one is reminded twice.
            if tx.finish_job(attempt.job)? {
                must_reads::notify_readers(tx, status, after, again)?;
            }
            Ok::<_, Error>(())
        });
        notified.await?;
        Ok(Done::Removed)
    }
}

/// Ends polls, and sends their counts to other hosts.
impl Job<Instance> for PollCheck {
    async fn run(&self, instance: &Arc<Instance>, attempt: Attempt) -> Result<Done, JobError> {
        let status = self.status;
        let checked = instance.store.write(move |tx| {
            // Only the worker that removes the job does the work, so no one is notified twice.
            if tx.finish_job(attempt.job)? {
                polls::look_after(tx, status)?;
            }
            Ok::<_, Error>(())
        });
        checked.await?;
        Ok(Done::Removed)
    }
}

/// Publishes scheduled posts.
impl Job<Instance> for ScheduledPost {
    async fn run(&self, instance: &Arc<Instance>, _: Attempt) -> Result<Done, JobError> {
        // Publishing removes the post from the scheduled ones, so running again has no effect.
        scheduled::publish(instance, self.id).await?;
        Ok(Done::Finished)
    }
}

/// Sends digest mails.
impl Job<Instance> for DigestMail {
    async fn run(&self, instance: &Arc<Instance>, _: Attempt) -> Result<Done, JobError> {
        // The progress is recorded in the digest's row, so sending again has no effect.
        digests::send(instance, self.id).await?;
        Ok(Done::Finished)
    }
}

/// Inspects uploaded video and audio, in the transaction that removes the job.
impl Job<Instance> for MediaInspection {
    async fn run(&self, instance: &Arc<Instance>, attempt: Attempt) -> Result<Done, JobError> {
        media::process(instance, self.media, Some(attempt.job)).await?;
        Ok(Done::Removed)
    }
}
