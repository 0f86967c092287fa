//! Waiting for a condition, up to a deadline.

use std::fmt::Debug;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Deadline of a condition. It only ends a broken run. Generous, because machines may be busy, and because an
/// instance retries a failed delivery only after up to a minute.
pub const PATIENCE: Duration = Duration::from_secs(240);

const PAUSE: Duration = Duration::from_millis(20);

/// Polls until `ask` returns a value. Panics with `what` after [`PATIENCE`].
pub fn eventually<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, what, ask)
}

/// Polls until `ask` returns `wanted`. Panics with `what` and the last value after [`PATIENCE`].
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
