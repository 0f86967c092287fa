//! Events, written in the transaction of the change as rows of `jobs`: one row for each consumer.

use diesel::prelude::*;

use super::schema::jobs;
use super::{Error, Queue, Result, Tx, on_both};
use portico_domain::model::event::Event;
use portico_domain::model::remote_task::RemoteTask;
use portico_domain::model::{AccountId, JobId, Timestamp};

/// The queue of events to turn into activities.
pub const FEDERATE: &str = "federate";
/// The queue of fan-outs into many home timelines.
pub const FAN_OUT: &str = "fan_out";
/// The queue of notifications for must-read posts.
pub const MUST_READS: &str = "must_reads";
/// The queue of polls that end.
pub const POLLS: &str = "polls";
/// The queue of scheduled posts.
pub const SCHEDULED: &str = "scheduled";
/// The queue of remote quotes to verify.
pub const QUOTES: &str = "quotes";
/// The queue of remote tasks.
pub const REMOTE_TASKS: &str = "errands";
/// The queue of push notifications.
pub const PUSH: &str = "push";

impl Tx<'_> {
    /// Records an event for its consumers.
    pub fn emit(&mut self, event: &Event) -> Result<()> {
        let payload = serde_json::to_string(event).map_err(|_| Error::Corrupt { what: "event" })?;
        self.enqueue(FEDERATE, payload)
    }

    /// Enqueues a remote task, to be run once this transaction is committed.
    pub fn enqueue_remote_task(&mut self, task: &RemoteTask) -> Result<()> {
        let payload = serde_json::to_string(task).map_err(|_| Error::Corrupt { what: "remote task" })?;
        self.enqueue(REMOTE_TASKS, payload)
    }

    /// Enqueues a job, to be run once this transaction is committed.
    pub fn enqueue(&mut self, queue: &str, payload: String) -> Result<()> {
        self.enqueue_at(queue, payload, self.now())
    }

    /// Enqueues a job, to be run at a given time.
    pub(super) fn enqueue_at(&mut self, queue: &str, payload: String, at: Timestamp) -> Result<()> {
        let id: JobId = self.next_id();
        let row = (
            jobs::id.eq(id.0),
            jobs::queue.eq(queue),
            jobs::payload.eq(payload),
            jobs::run_at.eq(at.millis()),
            jobs::created_at.eq(self.now().millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(jobs::table).values(&row).execute(c))?;
        self.wake(Queue::Jobs);
        Ok(())
    }

    /// Enqueues the next chunk of a large fan-out.
    pub fn enqueue_fan_out(
        &mut self,
        status: portico_domain::model::StatusId,
        after: Option<AccountId>,
    ) -> Result<()> {
        let payload = serde_json::json!({ "status": status, "after": after }).to_string();
        self.enqueue(FAN_OUT, payload)
    }
}
