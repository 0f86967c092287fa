//! Deletion of expired rows, and the depths of the queues.

use crate::prelude::*;

use super::schema::{
    activities, deliveries, idempotency_keys, inbox, jobs, keys as public_keys, oauth_codes, sessions,
    tombstones,
};
use super::{Reader, Result, Tx};
use portico_domain::model::Timestamp;

impl Reader<'_> {
    /// Counts the rows of each queue by state (waiting, later, dead), as (queue, state, rows).
    pub fn queue_depths(&mut self) -> Result<Vec<(&'static str, &'static str, i64)>> {
        let now = self.now().millis();
        let conn = self.conn();
        let alive = jobs::table.filter(jobs::dead.eq(false));
        Ok(vec![
            ("jobs", "waiting", alive.filter(jobs::run_at.le(now)).count().get_result(conn)?),
            // Jobs with a set time, such as scheduled posts and ends of polls, and jobs to retry.
            ("jobs", "later", alive.filter(jobs::run_at.gt(now)).count().get_result(conn)?),
            ("jobs", "dead", jobs::table.filter(jobs::dead.eq(true)).count().get_result(conn)?),
            ("inbox", "waiting", inbox::table.filter(inbox::state.eq("waiting")).count().get_result(conn)?),
            ("inbox", "dead", inbox::table.filter(inbox::state.eq("dead")).count().get_result(conn)?),
            (
                "deliveries",
                "waiting",
                deliveries::table.filter(deliveries::dead.eq(false)).count().get_result(conn)?,
            ),
            (
                "deliveries",
                "dead",
                deliveries::table.filter(deliveries::dead.eq(true)).count().get_result(conn)?,
            ),
        ])
    }
}

impl Tx<'_> {
    /// Deletes idempotency keys, tombstones and processed inbox entries older than the given moments, expired
    /// sessions, codes and public keys, and old activities without deliveries.
    pub fn forget_before(&mut self, keys: Timestamp, graves: Timestamp, received: Timestamp) -> Result<()> {
        let now = self.now().millis();
        let conn = self.conn();
        diesel::delete(idempotency_keys::table.filter(idempotency_keys::created_at.lt(keys.millis())))
            .execute(conn)?;
        diesel::delete(tombstones::table.filter(tombstones::created_at.lt(graves.millis()))).execute(conn)?;
        diesel::delete(
            inbox::table.filter(inbox::state.ne("waiting")).filter(inbox::received_at.lt(received.millis())),
        )
        .execute(conn)?;
        diesel::delete(sessions::table.filter(sessions::expires_at.lt(now))).execute(conn)?;
        diesel::delete(public_keys::table.filter(public_keys::expires_at.lt(now))).execute(conn)?;
        diesel::delete(oauth_codes::table.filter(oauth_codes::expires_at.lt(now))).execute(conn)?;
        let waiting = deliveries::table.select(deliveries::activity_id);
        diesel::delete(
            activities::table
                .filter(activities::created_at.lt(received.millis()))
                .filter(activities::id.ne_all(waiting)),
        )
        .execute(conn)?;
        Ok(())
    }
}
