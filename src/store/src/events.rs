//! Events, written in the transaction of the change as rows of `jobs`: one row for each consumer.

use crate::prelude::*;

use super::schema::jobs;
use super::{FanOutChunk, Payload, Queue, Result, Tx, on_both};
use portico_domain::model::event::Event;
use portico_domain::model::remote_task::RemoteTask;
use portico_domain::model::{AccountId, JobId, Timestamp};

impl Tx<'_> {
    /// Records an event for its consumers.
    pub fn emit(&mut self, event: &Event) -> Result<()> {
        self.enqueue(event)
    }

    /// Enqueues a remote task, to be run once this transaction is committed.
    pub fn enqueue_remote_task(&mut self, task: &RemoteTask) -> Result<()> {
        self.enqueue(task)
    }

    /// Enqueues a job, to be run once this transaction is committed.
    pub fn enqueue<P: Payload>(&mut self, payload: &P) -> Result<()> {
        self.enqueue_at(payload, self.now())
    }

    /// Enqueues a job, to be run at a given time.
    pub(super) fn enqueue_at<P: Payload>(&mut self, payload: &P, at: Timestamp) -> Result<()> {
        let id: JobId = self.next_id();
        let row = (
            jobs::id.eq(id.0),
            jobs::queue.eq(P::QUEUE),
            jobs::payload.eq(payload.encode()?),
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
        self.enqueue(&FanOutChunk { status, after })
    }
}
