//! Waiting for something to come true, up to a deadline.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a scenario waits for what must happen. Generous: a slow machine is no failure.
pub const PATIENCE: Duration = Duration::from_secs(60);

const PAUSE: Duration = Duration::from_millis(20);

/// Asks until there is an answer. Panics after [`PATIENCE`], naming what did not happen.
pub fn eventually<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, what, ask)
}

/// Asks until there is an answer. Panics after `limit`, naming what did not happen.
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
