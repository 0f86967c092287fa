//! Waiting for a condition, up to a deadline.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// Deadline of a condition. Generous, so that a slow machine is no failure.
pub const PATIENCE: Duration = Duration::from_secs(60);

const PAUSE: Duration = Duration::from_millis(20);

/// Polls until `ask` returns a value. Panics with `what` after [`PATIENCE`].
pub fn eventually<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, what, ask)
}

/// Polls until `ask` returns a value. Panics with `what` after `limit`.
pub fn within<T>(limit: Duration, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < limit, "after {limit:?} still not: {what}");
        sleep(PAUSE);
    }
}
