//! Waiting for something to come true, up to a deadline.

use std::fmt::Debug;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a scenario waits for what must happen. It ends a broken run and proves nothing: a busy machine takes
/// long, and what one instance was too slow to take another sends again only after a minute.
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
