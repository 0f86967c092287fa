//! Remembers which hosts prefer the RFC 9421 signature scheme.
//!
//! Most hosts understand draft-cavage, and some answer a signature that they cannot verify with a reduced
//! document and 200, so draft-cavage is tried first. A host that refuses it and accepts RFC 9421 is
//! remembered for a week. New entries are returned once by [`SignatureSchemes::take_news`], for storing them across
//! restarts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use http::StatusCode;

use portico_domain::cache::ExpiringSet;
use portico_domain::model::Timestamp;
use portico_http_signatures::SignatureScheme;

/// How long a host's scheme is remembered, in seconds.
const LIFE: i64 = 7 * 24 * 3600;
/// Maximum number of remembered hosts.
const MOST: usize = 10_000;

/// A cache of hosts that use RFC 9421 first.
#[derive(Debug)]
pub struct SignatureSchemes {
    newer: ExpiringSet,
    news: Mutex<Vec<SchemeChange>>,
    has_news: AtomicBool,
}

/// A new entry about a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemeChange {
    /// The host, with its port if it is not the default.
    pub host: String,
    /// Until when RFC 9421 is tried first; `None` if draft-cavage is.
    pub newer_until: Option<Timestamp>,
}

impl Default for SignatureSchemes {
    fn default() -> Self {
        Self { newer: ExpiringSet::new(MOST), news: Mutex::default(), has_news: AtomicBool::default() }
    }
}

impl SignatureSchemes {
    /// Returns the scheme to try first.
    pub fn first(&self, host: &str, now: Timestamp) -> SignatureScheme {
        if self.newer.has(host, now) { SignatureScheme::Message } else { SignatureScheme::Cavage }
    }

    /// Loads an entry that was stored before a restart.
    pub fn recall(&self, host: String, until: Timestamp) {
        self.newer.insert(host, (), until);
    }

    /// Records that a host accepted this scheme after refusing the other.
    pub fn learn(&self, host: &str, scheme: SignatureScheme, now: Timestamp) {
        let newer_until = (scheme == SignatureScheme::Message).then(|| now.plus_seconds(LIFE));
        match newer_until {
            Some(until) => self.newer.add(host, until),
            None => self.newer.remove(host),
        }
        let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        if news.len() < MOST {
            news.push(SchemeChange { host: host.to_owned(), newer_until });
            self.has_news.store(true, Ordering::Release);
        }
    }

    /// Returns and clears the new entries.
    pub fn take_news(&self) -> Vec<SchemeChange> {
        if !self.has_news.swap(false, Ordering::AcqRel) {
            return Vec::new();
        }
        std::mem::take(&mut *self.news.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether a status may mean that the host does not support the signature scheme. Some servers answer 400
/// when the `Digest` header of draft-cavage is missing.
pub fn is_refusal(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hosts_signature_scheme_is_remembered_for_a_week_and_reported_once() {
        let signature_schemes = SignatureSchemes::default();
        let now = Timestamp::from_millis(1_000_000);
        assert_eq!(signature_schemes.first("a.example", now), SignatureScheme::Cavage);
        signature_schemes.learn("a.example", SignatureScheme::Message, now);
        assert_eq!(
            signature_schemes.first("a.example", now.plus_seconds(LIFE - 1)),
            SignatureScheme::Message
        );
        assert_eq!(signature_schemes.first("a.example", now.plus_seconds(LIFE)), SignatureScheme::Cavage);
        assert_eq!(signature_schemes.first("b.example", now), SignatureScheme::Cavage);
        let until = Some(now.plus_seconds(LIFE));
        assert_eq!(
            signature_schemes.take_news(),
            [SchemeChange { host: "a.example".into(), newer_until: until }]
        );
        assert_eq!(signature_schemes.take_news(), []);
        signature_schemes.learn("a.example", SignatureScheme::Cavage, now);
        assert_eq!(signature_schemes.first("a.example", now), SignatureScheme::Cavage);
        assert_eq!(
            signature_schemes.take_news(),
            [SchemeChange { host: "a.example".into(), newer_until: None }]
        );
    }

    #[test]
    fn s61_a_crowd_of_hosts_costs_so_much_and_no_more() {
        let signature_schemes = SignatureSchemes::default();
        let now = Timestamp::from_millis(1_000_000);
        for number in 0..MOST + 10 {
            signature_schemes.learn(&format!("h{number}.example"), SignatureScheme::Message, now);
        }
        assert!(signature_schemes.newer.len() <= MOST && signature_schemes.take_news().len() <= MOST);
    }
}
