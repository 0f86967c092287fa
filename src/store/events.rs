//! Events, written where the change is: one row of `jobs` per consumer, claimed singly.

use diesel::prelude::*;

use super::schema::jobs;
use super::{Error, Queue, Result, Tx, on_both};
use crate::model::errand::Errand;
use crate::model::event::Event;
use crate::model::{AccountId, JobId, Timestamp};

/// The consumer that turns events into activities.
pub const FEDERATE: &str = "federate";
/// The consumer that fills home timelines of large audiences.
pub const FAN_OUT: &str = "fan_out";
/// The consumer that tells readers of what they must read.
pub const MUST_READS: &str = "must_reads";
/// The queue of polls that are due.
pub const POLLS: &str = "polls";
/// The queue of posts for later.
pub const SCHEDULED: &str = "scheduled";
/// The queue of quotes from elsewhere that wait to be checked.
pub const QUOTES: &str = "quotes";
/// The queue of errands to other servers.
pub const ERRANDS: &str = "errands";
/// The consumer that tells devices of notifications.
pub const PUSH: &str = "push";

impl Tx<'_> {
    /// Records that something happened, for every consumer of events.
    pub fn emit(&mut self, event: &Event) -> Result<()> {
        let payload = serde_json::to_string(event).map_err(|_| Error::Corrupt { what: "event" })?;
        self.enqueue(FEDERATE, payload)
    }

    /// Sends somebody on an errand as soon as this transaction is committed.
    pub fn send_on(&mut self, errand: &Errand) -> Result<()> {
        let payload = serde_json::to_string(errand).map_err(|_| Error::Corrupt { what: "errand" })?;
        self.enqueue(ERRANDS, payload)
    }

    /// Puts a job into a queue, to be run as soon as this transaction is committed.
    pub fn enqueue(&mut self, queue: &str, payload: String) -> Result<()> {
        self.enqueue_at(queue, payload, self.now())
    }

    /// Puts a job into a queue, to be run at a moment.
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

    /// Puts the next chunk of a large fan-out into its queue.
    pub fn enqueue_fan_out(
        &mut self,
        status: crate::model::StatusId,
        after: Option<AccountId>,
    ) -> Result<()> {
        let payload = serde_json::json!({ "status": status, "after": after }).to_string();
        self.enqueue(FAN_OUT, payload)
    }
}
