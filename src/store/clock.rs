//! A clock that was ahead and has been set right: what it had put off would wait until the time that it
//! told.

use diesel::prelude::*;

use super::schema::{deliveries, host_health, inbox, jobs};
use super::{Result, Tx};

/// Longer than anything is put off by design, in seconds.
const LONGEST_PAUSE: i64 = 25 * 60 * 60;
/// Longer than anything is claimed.
const LONGEST_CLAIM: i64 = 60 * 60;
/// What was never tried waits for nothing; so much is a clock that is being adjusted.
const ADJUSTMENT: i64 = 60;

impl Tx<'_> {
    /// Makes due what waits for a time that no clock which goes right can have given it.
    pub fn forgive_the_clock(&mut self) -> Result<()> {
        let now = self.now();
        let after = |seconds| now.plus_seconds(seconds).millis();
        let (pause, claim, adjusted) = (after(LONGEST_PAUSE), after(LONGEST_CLAIM), after(ADJUSTMENT));
        let now = now.millis();
        let untried = deliveries::attempts.eq(0).and(deliveries::run_at.gt(adjusted));
        let off = deliveries::run_at.gt(pause).or(untried).or(deliveries::claimed_until.gt(claim));
        let mut freed = diesel::update(deliveries::table.filter(off))
            .set((deliveries::run_at.eq(now), deliveries::claimed_until.eq(0)))
            .execute(self.conn())?;
        let untried = inbox::attempts.eq(0).and(inbox::run_at.gt(adjusted));
        let off = inbox::run_at.gt(pause).or(untried).or(inbox::claimed_until.gt(claim));
        freed += diesel::update(inbox::table.filter(off))
            .set((inbox::run_at.eq(now), inbox::claimed_until.eq(0)))
            .execute(self.conn())?;
        freed += diesel::update(jobs::table.filter(jobs::claimed_until.gt(claim)))
            .set(jobs::claimed_until.eq(0))
            .execute(self.conn())?;
        let held = host_health::table.filter(host_health::held_until.gt(pause));
        freed += diesel::update(held).set(host_health::held_until.eq(now)).execute(self.conn())?;
        if freed > 0 {
            tracing::info!(freed, "the clock was ahead: what it had put off is due");
        }
        Ok(())
    }
}
