//! Waiting for something to come true, up to a deadline.

use std::fmt::Debug;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a scenario waits. The deadline only ends a broken run. It is long because machines may be busy, and because
/// an instance repeats a failed delivery only after up to a minute.
pub const PATIENCE: Duration = Duration::from_secs(240);

const PAUSE: Duration = Duration::from_millis(20);

/// Asks until there is an answer. Panics after [`PATIENCE`], naming what did not happen.
pub fn eventually<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, what, ask)
}

/// Asks until the answer is this one. Panics after [`PATIENCE`], naming what was asked and the last answer.
pub fn eventually_is<T: PartialEq + Debug>(what: &str, wanted: &T, mut ask: impl FnMut() -> T) {
    let start = Instant::now();
    loop {
        let seen = ask();
        if seen == *wanted {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "after {PATIENCE:?} still not {wanted:?} but {seen:?}: {what}");
        sleep(PAUSE);
    }
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
