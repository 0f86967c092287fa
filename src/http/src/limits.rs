//! Rate limits, counted in memory in fixed windows.
//!
//! The counters are a value that a router holds, never a static. Their number is bounded: when the table is
//! full, expired windows are dropped first, then those that end first. A dropped counter only makes the limit
//! more lenient.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Mutex;

use axum::http::{HeaderMap, HeaderValue};

use portico_domain::model::Timestamp;

/// The most counters one table holds.
const MAX_COUNTERS: usize = 50_000;

/// A rate limit: a number of calls per window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RateLimit {
    /// The name of the limit; limits with different names have separate counters.
    pub name: &'static str,
    /// The most calls in one window …
    pub times: u32,
    /// … of this many seconds.
    pub seconds: u32,
}

impl RateLimit {
    /// Any call of the client API, by user, or by address without one. The operator can configure this limit.
    pub const API: Self = Self { name: "api", times: 300, seconds: 300 };
    /// Deletions and undone boosts, by user: each is delivered to every follower's host.
    pub const DELETIONS: Self = Self { name: "deletions", times: 30, seconds: 1_800 };
    /// Creating groups: each group has its own key pair.
    pub const GROUPS: Self = Self { name: "groups", times: 30, seconds: 3_600 };
    /// Reports, by user: each needs a moderator's time.
    pub const REPORTS: Self = Self { name: "reports", times: 30, seconds: 3_600 };
    /// Uploads, by user.
    pub const MEDIA: Self = Self { name: "media", times: 100, seconds: 1_800 };
    /// Reading feeds, by address: a whole office may share one.
    pub const FEEDS: Self = Self { name: "feeds", times: 3_000, seconds: 300 };
    /// Calls of webhooks, by address: one build server may serve many.
    pub const HOOKS: Self = Self { name: "hooks", times: 3_000, seconds: 300 };
    /// Calls of one webhook: each is a post in many timelines.
    pub const HOOK: Self = Self { name: "hook", times: 60, seconds: 60 };
    /// Registering client apps, by address.
    pub const APPS: Self = Self { name: "apps", times: 100, seconds: 600 };
    /// Attempts to sign in, by address: a whole office may share one.
    pub const SIGN_IN_ADDRESS: Self = Self { name: "sign-in address", times: 50, seconds: 300 };
    /// Attempts to sign in, by the name that was entered.
    pub const SIGN_IN_NAME: Self = Self { name: "sign-in name", times: 10, seconds: 600 };
}

/// The key by which calls are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A user or an app, by its local id.
    Caller(i64),
    /// An IP address; for IPv6 the /64 network, which one customer has.
    Address(IpAddr),
    /// A name that was entered.
    Name(String),
}

impl Subject {
    /// The subject for an address.
    pub fn address(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::Address(address),
            IpAddr::V6(v6) => {
                Self::Address(IpAddr::from((u128::from(v6) & !(u128::from(u64::MAX))).to_be_bytes()))
            }
        }
    }

    /// The subject for an entered name. Letter case and anything after 200 characters make no difference.
    pub fn name(name: &str) -> Self {
        Self::Name(name.trim().chars().take(200).flat_map(char::to_lowercase).collect())
    }
}

#[derive(Debug, Clone, Copy)]
struct Window {
    ends: Timestamp,
    used: u32,
}

/// The result of counting one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimitState {
    /// Whether the call is allowed.
    pub allowed: bool,
    /// The calls allowed per window.
    pub limit: u32,
    /// The calls left in this window.
    pub remaining: u32,
    /// When the window ends.
    pub reset: Timestamp,
}

impl RateLimitState {
    /// Seconds until the window ends, at least one.
    pub fn retry_after(&self, now: Timestamp) -> u64 {
        u64::try_from((self.reset.millis() - now.millis()).max(0)).unwrap_or(0).div_ceil(1000).max(1)
    }

    /// Sets the `X-RateLimit-*` headers, by which clients pace themselves.
    pub fn write_headers(&self, headers: &mut HeaderMap) {
        headers.insert("x-ratelimit-limit", self.limit.into());
        headers.insert("x-ratelimit-remaining", self.remaining.into());
        if let Ok(reset) = HeaderValue::from_str(&self.reset.rfc3339()) {
            headers.insert("x-ratelimit-reset", reset);
        }
    }
}

/// The counters of one router.
#[derive(Debug, Default)]
pub struct Limits {
    windows: Mutex<HashMap<(String, &'static str, Subject), Window>>,
}

impl Limits {
    /// Creates an empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts one call of `subject` on the instance `domain`, and returns whether it is allowed.
    pub fn count(&self, domain: &str, rule: RateLimit, subject: Subject, now: Timestamp) -> RateLimitState {
        let mut windows = self.windows.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let key = (domain.to_owned(), rule.name, subject);
        if windows.len() >= MAX_COUNTERS && !windows.contains_key(&key) {
            make_room(&mut windows, now);
        }
        let fresh = Window { ends: now.plus_seconds(i64::from(rule.seconds)), used: 0 };
        let window = windows.entry(key).or_insert(fresh);
        if window.ends <= now {
            *window = fresh;
        }
        let allowed = window.used < rule.times;
        if allowed {
            window.used += 1;
        }
        RateLimitState {
            allowed,
            limit: rule.times,
            remaining: rule.times.saturating_sub(window.used),
            reset: window.ends,
        }
    }

    /// Resets a subject's counter, for example after a successful sign-in.
    pub fn forgive(&self, domain: &str, rule: RateLimit, subject: Subject) {
        let mut windows = self.windows.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        windows.remove(&(domain.to_owned(), rule.name, subject));
    }
}

/// Drops expired windows; if that is not enough, the half that ends first.
fn make_room<K: Eq + Hash>(windows: &mut HashMap<K, Window>, now: Timestamp) {
    windows.retain(|_, window| window.ends > now);
    if windows.len() >= MAX_COUNTERS {
        let mut ends: Vec<Timestamp> = windows.values().map(|window| window.ends).collect();
        ends.sort_unstable();
        if let Some(middle) = ends.get(ends.len() / 2).copied() {
            windows.retain(|_, window| window.ends > middle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: RateLimit = RateLimit { name: "test", times: 2, seconds: 60 };

    #[test]
    fn a_window_fills_and_opens_again() {
        let limits = Limits::new();
        let now = Timestamp::from_millis(1_000_000);
        let count = |moment| limits.count("here", RULE, Subject::Caller(1), moment);
        assert_eq!(count(now).remaining, 1);
        assert_eq!(count(now).remaining, 0);
        let refused = count(now.plus_seconds(59));
        assert!(!refused.allowed);
        assert_eq!(refused.retry_after(now.plus_seconds(59)), 1);
        assert!(count(now.plus_seconds(60)).allowed);
    }

    #[test]
    fn subjects_rules_and_instances_count_apart() {
        let limits = Limits::new();
        let now = Timestamp::from_millis(1_000_000);
        let other = RateLimit { name: "other", ..RULE };
        for _ in 0..3 {
            limits.count("here", RULE, Subject::Caller(1), now);
        }
        assert!(limits.count("here", RULE, Subject::Caller(2), now).allowed);
        assert!(limits.count("here", other, Subject::Caller(1), now).allowed);
        assert!(limits.count("there", RULE, Subject::Caller(1), now).allowed);
        assert!(!limits.count("here", RULE, Subject::Caller(1), now).allowed);
        limits.forgive("here", RULE, Subject::Caller(1));
        assert!(limits.count("here", RULE, Subject::Caller(1), now).allowed);
    }

    #[test]
    fn one_customer_has_one_ipv6_network() {
        let subject = |text: &str| Subject::address(text.parse().unwrap());
        assert_eq!(subject("2001:db8:1:2::1"), subject("2001:db8:1:2:ffff::9"));
        assert_ne!(subject("2001:db8:1:2::1"), subject("2001:db8:1:3::1"));
        assert_ne!(subject("192.0.2.1"), subject("192.0.2.2"));
    }

    #[test]
    fn the_table_stays_bounded() {
        let limits = Limits::new();
        let now = Timestamp::from_millis(1_000_000);
        for caller in 0..(MAX_COUNTERS as i64 + 10) {
            limits.count("here", RULE, Subject::Caller(caller), now.plus_millis(caller / 1000));
        }
        assert!(limits.windows.lock().unwrap().len() <= MAX_COUNTERS);
    }
}
