//! Remote tasks: follow-up work for incoming activities that needs other servers or takes long, run outside
//! the inbox worker.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Error, Federation, Result};
use portico_domain::model::remote_task::RemoteTask;
use portico_service::social::{account_moves, groups};
use portico_store::{Job, Queue, REMOTE_TASKS};

const LEASE: i64 = 90_000;
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Time limit for one task.
const LIMIT: Duration = Duration::from_secs(60);
/// Seconds until the next try, by number of attempts so far.
const BACK_OFF: [i64; 3] = [60, 600, 3600];
const PATIENT: [i64; 10] = [10, 60, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400, 86_400];

/// Runs remote tasks until `stop`, one at a time.
pub(super) async fn run(federation: Arc<Federation>, stop: CancellationToken) {
    let store = &federation.instance.store;
    while !stop.is_cancelled() {
        let jobs = store.write(|tx| tx.claim_jobs(REMOTE_TASKS, 1, LEASE)).await.unwrap_or_default();
        if jobs.is_empty() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = store.waited(Queue::Jobs, LOOK_EVERY) => {}
            }
        }
        for job in jobs {
            federation.go(job).await;
        }
    }
}

impl Federation {
    async fn go(self: &Arc<Self>, job: Job) {
        let outcome = match serde_json::from_str::<RemoteTask>(&job.payload) {
            Ok(task) => match tokio::time::timeout(LIMIT, self.run_remote_task(&task)).await {
                Ok(outcome) => outcome,
                Err(_) => Err(Error::temporary("the task timed out")),
            },
            Err(error) => Err(Error::permanent(error.to_string())),
        };
        let tries = usize::try_from(job.attempts).unwrap_or(usize::MAX);
        // Agreement notices must arrive, even if that takes days.
        let back_off = match serde_json::from_str::<RemoteTask>(&job.payload) {
            Ok(RemoteTask::Agreement { .. }) => &PATIENT[..],
            _ => &BACK_OFF[..],
        };
        let again = match &outcome {
            Err(error) if error.is_temporary() => {
                back_off.get(tries).map(|seconds| self.now().plus_seconds(*seconds))
            }
            _ => None,
        };
        let error = outcome.err().map(|error| error.to_string()).unwrap_or_default();
        if !error.is_empty() {
            tracing::info!(task = job.payload, error, "remote_task.failed");
        }
        let settled = self.instance.store.write(move |tx| match again {
            Some(at) => tx.postpone_job(job.id, Some(at), &error),
            // A final failure is not kept as a dead job: no operator has to act on another server's refusal.
            None => tx.finish_job(job.id).map(drop),
        });
        if let Err(error) = settled.await {
            tracing::warn!(%error, "remote_task.settle_failed");
        }
    }

    async fn run_remote_task(self: &Arc<Self>, task: &RemoteTask) -> Result<()> {
        match task {
            RemoteTask::Rules { account } => Ok(groups::follow_rules(&self.instance, *account).await?),
            RemoteTask::Pins { account } => self.read_pins(*account).await,
            RemoteTask::TakeAlong { from, to, after } => {
                Ok(account_moves::move_followers(&self.instance, *from, *to, *after).await?)
            }
            RemoteTask::Agreement { id, notice } => self.tell_agreement(*id, *notice).await,
            RemoteTask::Followers { account, url, at } => self.compare_followers(*account, url, *at).await,
        }
    }
}
