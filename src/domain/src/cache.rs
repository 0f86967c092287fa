//! A bounded cache whose entries expire.
//!
//! Entries leave one by one: a flood of new keys displaces other keys that nobody asks for, and leaves those in
//! use where they are. The expiry is part of the entry, and the caller says which time it is, so that the
//! clock of the instance decides.

use std::hash::Hash;

use quick_cache::Equivalent;
use quick_cache::sync::Cache;

use crate::model::Timestamp;

/// A cache of at most so many entries, each with an expiry time.
pub struct ExpiringCache<K, V = ()> {
    entries: Cache<K, (V, Timestamp)>,
}

/// A set of at most so many texts, each with an expiry time.
pub type ExpiringSet = ExpiringCache<String>;

impl<K: Eq + Hash, V: Clone> ExpiringCache<K, V> {
    /// Creates a cache of at most `most` entries.
    pub fn new(most: usize) -> Self {
        Self { entries: Cache::new(most) }
    }

    /// Stores a value until `until`. Replaces the former value of the key.
    pub fn insert(&self, key: K, value: V, until: Timestamp) {
        self.entries.insert(key, (value, until));
    }

    /// Returns the value of a key, unless it has expired.
    pub fn get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q, now: Timestamp) -> Option<V> {
        let (value, until) = self.entries.get(key)?;
        if until > now {
            return Some(value);
        }
        // Another task may have stored a new value in the meantime.
        self.entries.remove_if(key, |(_, until)| *until <= now);
        None
    }

    /// Removes a key.
    pub fn remove<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) {
        self.entries.remove(key);
    }

    /// Removes all entries whose value does not satisfy `keep`.
    pub fn retain(&self, keep: impl Fn(&V) -> bool) {
        self.entries.retain(|_, (value, _)| keep(value));
    }

    /// The number of entries, including expired ones.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl ExpiringSet {
    /// Adds a text until `until`.
    pub fn add(&self, text: &str, until: Timestamp) {
        self.insert(text.to_owned(), (), until);
    }

    /// Whether the text is in the set and has not expired.
    pub fn has(&self, text: &str, now: Timestamp) -> bool {
        self.get(text, now).is_some()
    }
}

impl<K, V> std::fmt::Debug for ExpiringCache<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExpiringCache").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s61_it_forgets_in_time_and_stays_small() {
        let set = ExpiringSet::new(10);
        let now = Timestamp::from_millis(1_000_000);
        set.add("a", now.plus_seconds(10));
        assert!(set.has("a", now) && !set.has("b", now));
        assert!(!set.has("a", now.plus_seconds(10)));
        assert!(set.is_empty(), "an expired entry leaves when it is looked for");
        for n in 0..100 {
            set.add(&n.to_string(), now.plus_seconds(60));
        }
        assert!(set.len() <= 10);
    }

    #[test]
    fn s61_a_flood_of_new_keys_leaves_those_in_use() {
        let cache = ExpiringCache::new(1000);
        let now = Timestamp::from_millis(1_000_000);
        let until = now.plus_seconds(60);
        for hot in 0..100 {
            cache.insert(format!("hot {hot}"), hot, until);
        }
        for flood in 0..100_000 {
            cache.insert(format!("flood {flood}"), flood, until);
            cache.get(&format!("hot {}", flood % 100), now);
        }
        assert!(cache.len() <= 1000);
        let kept = (0..100).filter(|hot| cache.get(&format!("hot {hot}"), now) == Some(*hot)).count();
        assert_eq!(kept, 100);
    }

    #[test]
    fn values_are_replaced_removed_and_sorted_out() {
        let cache = ExpiringCache::new(10);
        let now = Timestamp::from_millis(1_000_000);
        cache.insert("a", 1, now);
        cache.insert("a", 2, now.plus_seconds(1));
        cache.insert("b", 3, now.plus_seconds(1));
        assert_eq!(cache.get("a", now), Some(2));
        cache.retain(|value| *value != 3);
        assert_eq!(cache.get("b", now), None);
        cache.remove("a");
        assert_eq!(cache.get("a", now), None);
    }
}
