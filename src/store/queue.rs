//! Queues in tables: rows are claimed for a while, then removed, put off or buried.
//!
//! A claim is a lease, not a lock: `claimed_until` lies in the future while somebody works on the row, and
//! a worker that dies leaves it to be claimed again. Whatever a worker does must therefore be safe to do
//! twice. On PostgreSQL several nodes claim at once: rows that another is just claiming are skipped.

use diesel::prelude::*;

use super::connection::{AnyConnection, count_nodes};
use super::schema::jobs;
use super::{Reader, Result, Tx};
use crate::model::{JobId, Timestamp};

/// A job that this node has claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What to do.
    pub payload: String,
    /// How often it was tried before.
    pub attempts: i64,
}

impl Reader<'_> {
    /// How many jobs of a queue wait, and how many are buried.
    pub fn count_jobs(&mut self, queue: &str) -> Result<(i64, i64)> {
        let of = jobs::table.filter(jobs::queue.eq(queue));
        let waiting = of.filter(jobs::dead.eq(false)).count().get_result(self.conn())?;
        let buried = of.filter(jobs::dead.eq(true)).count().get_result(self.conn())?;
        Ok((waiting, buried))
    }
}

impl Tx<'_> {
    /// Claims the oldest due jobs of a queue for `lease` milliseconds.
    pub fn claim_jobs(&mut self, queue: &str, limit: i64, lease: i64) -> Result<Vec<Job>> {
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
        Ok(rows.into_iter().map(|(id, payload, attempts)| Job { id: JobId(id), payload, attempts }).collect())
    }

    /// Removes a job in the transaction that does it. Returns false if somebody else has done it meanwhile:
    /// then there is nothing to do.
    pub fn finish_job(&mut self, id: JobId) -> Result<bool> {
        Ok(diesel::delete(jobs::table.find(id.0)).execute(self.conn())? == 1)
    }

    /// Puts a job off until `at`; without a moment it is buried, for an administrator to see.
    pub fn put_off_job(&mut self, id: JobId, at: Option<Timestamp>, error: &str) -> Result<()> {
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

    /// Frees every claim of jobs, inbox and deliveries if no other process uses this database: whoever held
    /// them is dead. For a process that starts.
    pub fn free_claims_of_the_dead(&mut self) -> Result<()> {
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
