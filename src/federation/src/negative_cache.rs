//! A bounded negative cache with expiry.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use portico_domain::model::Timestamp;

/// A set of keys with an expiry time each. When it is full, expired keys are removed, and if that is not
/// enough, all keys: a lost key only costs a request.
#[derive(Debug)]
pub struct ExpiringSet {
    most: usize,
    until: Mutex<HashMap<String, Timestamp>>,
}

impl ExpiringSet {
    /// Creates a set of at most `most` keys.
    pub fn new(most: usize) -> Self {
        Self { most, until: Mutex::default() }
    }

    /// Adds `what` until `until`.
    pub fn keep(&self, what: &str, until: Timestamp, now: Timestamp) {
        let mut known = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= self.most {
            known.retain(|_, until| *until > now);
            if known.len() >= self.most {
                known.clear();
            }
        }
        known.insert(what.to_owned(), until);
    }

    /// Whether `what` is in the set and has not expired.
    pub fn has(&self, what: &str, now: Timestamp) -> bool {
        let known = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(what).is_some_and(|until| *until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s61_it_forgets_in_time_and_stays_small() {
        let memory = ExpiringSet::new(10);
        let now = Timestamp::from_millis(1_000_000);
        memory.keep("a", now.plus_seconds(10), now);
        assert!(memory.has("a", now) && !memory.has("b", now));
        assert!(!memory.has("a", now.plus_seconds(10)));
        for n in 0..100 {
            memory.keep(&n.to_string(), now.plus_seconds(60), now);
        }
        assert!(memory.until.lock().unwrap().len() <= 10);
    }
}
