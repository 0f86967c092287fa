//! Recovery from a clock that was ahead: rows that it deferred would wait for a time too far in the future.

use crate::prelude::*;

use super::schema::{deliveries, host_health, inbox, jobs};
use super::{Result, Tx};

/// Longer than any deferral by design, in seconds.
const LONGEST_PAUSE: i64 = 25 * 60 * 60;
/// Longer than any claim, in seconds.
const LONGEST_CLAIM: i64 = 60 * 60;
/// The tolerance for untried rows, which are due at once, in seconds: a clock that is being adjusted differs
/// by less.
const ADJUSTMENT: i64 = 60;

impl Tx<'_> {
    /// Makes every row due that waits for a time, or holds a claim, that a correct clock cannot have set.
    pub fn reset_future_timestamps(&mut self) -> Result<()> {
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
            tracing::info!(freed, "clock.future_rows_released");
        }
        Ok(())
    }
}
