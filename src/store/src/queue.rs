//! Job queues in tables: a row is claimed for a while, and then deleted, put off or marked as dead.
//!
//! A claim is a lease, not a lock: `claimed_until` lies in the future while a worker processes the row, and
//! if the worker dies, the row can be claimed again. So every job must be idempotent. On PostgreSQL several
//! nodes claim at once; each skips the rows that another is just claiming.

use crate::prelude::*;

use super::connection::{AnyConnection, count_nodes};
use super::schema::jobs;
use super::{Reader, Result, Tx};
use portico_domain::model::{JobId, Timestamp};

/// A job claimed by this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedJob {
    /// The id.
    pub id: JobId,
    /// The payload, as written by the producer.
    pub payload: String,
    /// The number of earlier attempts.
    pub attempts: i64,
}

impl Reader<'_> {
    /// Whether a queue has a job that can be claimed. Idle workers ask this, because a claim is a write.
    pub fn has_due_jobs(&mut self, queue: &str) -> Result<bool> {
        let now = self.now().millis();
        let due = jobs::table
            .filter(jobs::queue.eq(queue))
            .filter(jobs::dead.eq(false))
            .filter(jobs::run_at.le(now))
            .filter(jobs::claimed_until.le(now));
        Ok(diesel::select(diesel::dsl::exists(due)).get_result(self.conn())?)
    }

    /// Counts the waiting and the dead jobs of a queue.
    pub fn count_jobs(&mut self, queue: &str) -> Result<(i64, i64)> {
        let of = jobs::table.filter(jobs::queue.eq(queue));
        let waiting = of.filter(jobs::dead.eq(false)).count().get_result(self.conn())?;
        let buried = of.filter(jobs::dead.eq(true)).count().get_result(self.conn())?;
        Ok((waiting, buried))
    }
}

impl Tx<'_> {
    /// Claims the oldest due jobs of a queue for `lease` milliseconds.
    pub fn claim_jobs(&mut self, queue: &str, limit: i64, lease: i64) -> Result<Vec<ClaimedJob>> {
        let now = self.now().millis();
        let due = || {
            jobs::table
                .filter(jobs::queue.eq(queue))
                .filter(jobs::dead.eq(false))
                .filter(jobs::run_at.le(now))
                .filter(jobs::claimed_until.le(now))
                .order((jobs::run_at, jobs::id))
                .limit(limit)
                .select((jobs::id, jobs::payload, jobs::attempts))
        };
        let rows: Vec<(i64, String, i64)> = match self.conn() {
            AnyConnection::Sqlite(conn) => due().load(conn)?,
            AnyConnection::Postgres(conn) => due().for_update().skip_locked().load(conn)?,
        };
        let ids: Vec<i64> = rows.iter().map(|(id, ..)| *id).collect();
        diesel::update(jobs::table.filter(jobs::id.eq_any(ids)))
            .set(jobs::claimed_until.eq(now + lease))
            .execute(self.conn())?;
        Ok(rows
            .into_iter()
            .map(|(id, payload, attempts)| ClaimedJob { id: JobId(id), payload, attempts })
            .collect())
    }

    /// Deletes a job, in the transaction that does its work. Returns false if another worker has finished it
    /// meanwhile: then there is nothing to do.
    pub fn finish_job(&mut self, id: JobId) -> Result<bool> {
        Ok(diesel::delete(jobs::table.find(id.0)).execute(self.conn())? == 1)
    }

    /// Puts a job off until `at`; with `None` the job is dead and kept for an administrator to see.
    pub fn postpone_job(&mut self, id: JobId, at: Option<Timestamp>, error: &str) -> Result<()> {
        let run_at = at.unwrap_or(self.now()).millis();
        diesel::update(jobs::table.find(id.0))
            .set((
                jobs::run_at.eq(run_at),
                jobs::attempts.eq(jobs::attempts + 1),
                jobs::claimed_until.eq(0),
                jobs::dead.eq(at.is_none()),
                jobs::last_error.eq(error),
            ))
            .execute(self.conn())?;
        Ok(())
    }

    /// Releases every claim of jobs, inbox entries and deliveries, if no other process uses this database:
    /// then their holders are dead. Called when a process starts.
    pub fn release_abandoned_claims(&mut self) -> Result<()> {
        if count_nodes(self.conn())? > 1 {
            return Ok(());
        }
        use super::schema::{deliveries, inbox};
        diesel::update(jobs::table.filter(jobs::claimed_until.gt(0)))
            .set(jobs::claimed_until.eq(0))
            .execute(self.conn())?;
        diesel::update(inbox::table.filter(inbox::claimed_until.gt(0)))
            .set(inbox::claimed_until.eq(0))
            .execute(self.conn())?;
        diesel::update(deliveries::table.filter(deliveries::claimed_until.gt(0)))
            .set(deliveries::claimed_until.eq(0))
            .execute(self.conn())?;
        Ok(())
    }
}
