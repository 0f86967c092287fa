//! Remote tasks: follow-up work for incoming activities that needs other servers or takes long, run outside
//! the inbox worker.

use std::sync::Arc;
use std::time::Duration;

use super::{Federation, Result};
use portico_domain::model::remote_task::RemoteTask;
use portico_jobs::{AfterFailure, Attempt, Done, Job, JobError};
use portico_service::social::{account_moves, groups};

/// Time limit for one task.
const LIMIT: Duration = Duration::from_secs(60);
/// Seconds until the next try, by number of attempts so far.
const BACK_OFF: [i64; 3] = [60, 600, 3600];
/// The same for agreement notices, which must arrive, even if it takes days.
const PATIENT: [i64; 10] = [10, 60, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400, 86_400];

impl Job<Federation> for RemoteTask {
    const BATCH: i64 = 1;
    // No operator has to act on another server's refusal.
    const AFTER_FAILURE: AfterFailure = AfterFailure::Drop;

    fn back_off(&self) -> &'static [i64] {
        match self {
            Self::Agreement { .. } => &PATIENT,
            Self::Rules { .. } | Self::Pins { .. } | Self::TakeAlong { .. } | Self::Followers { .. } => {
                &BACK_OFF
            }
        }
    }

    async fn run(&self, federation: &Arc<Federation>, _: Attempt) -> Result<Done, JobError> {
        match tokio::time::timeout(LIMIT, federation.run_remote_task(self)).await {
            Ok(outcome) => outcome?,
            Err(_) => return Err(JobError::retry("the task timed out")),
        }
        Ok(Done::Finished)
    }
}

impl Federation {
    async fn run_remote_task(self: &Arc<Self>, task: &RemoteTask) -> Result<()> {
        match task {
            RemoteTask::Rules { account } => Ok(groups::follow_rules(&self.instance, *account).await?),
            RemoteTask::Pins { account } => self.read_pins(*account).await,
            RemoteTask::TakeAlong { from, to, after } => {
                Ok(account_moves::move_followers(&self.instance, *from, *to, *after).await?)
            }
            RemoteTask::Agreement { id, notice } => self.send_agreement_notice(*id, *notice).await,
            RemoteTask::Followers { account, url, at } => self.compare_followers(*account, url, *at).await,
        }
    }
}
