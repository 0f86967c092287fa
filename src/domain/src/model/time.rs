//! Timestamps, and the clock.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};

/// A point in time: milliseconds since 1970 in UTC. Both databases store it in this form.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// The latest time that is written or accepted: the end of the year 9999, less a day for time zones.
const LAST_MILLI: i64 = 253_402_207_200_000;

impl Timestamp {
    /// Creates a timestamp from milliseconds since 1970; clamped to the years 1970 to 9999.
    pub const fn from_millis(millis: i64) -> Self {
        Self(if millis < 0 {
            0
        } else if millis > LAST_MILLI {
            LAST_MILLI
        } else {
            millis
        })
    }

    /// Returns the milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Returns the whole seconds since 1970.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Adds a number of milliseconds, clamped.
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// Adds a number of seconds, clamped.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_millis(seconds.saturating_mul(1000))
    }

    /// Parses an RFC 3339 date-time. Without a zone, UTC is assumed; a bare date means its midnight.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(moment) = text.parse::<jiff::Timestamp>() {
            return Some(Self::from_millis(moment.as_millisecond()));
        }
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        let moment = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(Self::from_millis(moment.timestamp().as_millisecond()))
    }

    fn jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// Formats as `2026-07-02T07:47:51.123Z`: always with three decimals and Z, as client apps require.
    pub fn rfc3339(self) -> String {
        self.jiff().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
    }

    /// Formats as `2026-07-02`.
    pub fn date(self) -> String {
        self.jiff().strftime("%Y-%m-%d").to_string()
    }

    /// Formats as `Thu, 02 Jul 2026 07:47:51 GMT`, for HTTP headers (RFC 9110 section 5.6.7).
    pub fn http_date(self) -> String {
        self.jiff().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// Returns the midnight (UTC) at the start of the day.
    pub const fn midnight(self) -> Self {
        Self(self.0 - self.0 % 86_400_000)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// The clock: the system clock, or one that a test sets and moves.
#[derive(Debug)]
pub enum Clock {
    /// The system clock.
    System,
    /// A clock that stands still until a test moves it.
    Fixed(AtomicI64),
}

impl Clock {
    /// Creates a clock that stands at `moment`.
    pub fn fixed(moment: Timestamp) -> Self {
        Self::Fixed(AtomicI64::new(moment.millis()))
    }

    /// Returns the current time.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::from_millis(system_millis()),
            Self::Fixed(millis) => Timestamp::from_millis(millis.load(Ordering::SeqCst)),
        }
    }

    /// Moves a fixed clock forward; has no effect on the system clock.
    pub fn advance_seconds(&self, seconds: i64) {
        if let Self::Fixed(millis) = self {
            millis.fetch_add(seconds * 1000, Ordering::SeqCst);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system clock")]
fn system_millis() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_clients_read() {
        let moment = Timestamp::parse("2026-07-02T07:47:51.1Z").unwrap();
        assert_eq!(moment.rfc3339(), "2026-07-02T07:47:51.100Z");
        assert_eq!(moment.date(), "2026-07-02");
        assert_eq!(moment.http_date(), "Thu, 02 Jul 2026 07:47:51 GMT");
        assert_eq!(moment.midnight().rfc3339(), "2026-07-02T00:00:00.000Z");
    }

    #[test]
    fn reads_what_peers_write() {
        for text in ["2026-07-02T07:47:51+00:00", "2026-07-02T09:47:51+02:00", "2026-07-02T07:47:51"] {
            assert_eq!(Timestamp::parse(text).unwrap().rfc3339(), "2026-07-02T07:47:51.000Z", "{text}");
        }
        assert_eq!(Timestamp::parse("2026-07-02").unwrap().rfc3339(), "2026-07-02T00:00:00.000Z");
        assert_eq!(Timestamp::parse("yesterday"), None);
        assert_eq!(Timestamp::from_millis(i64::MAX).date(), "9999-12-30");
    }
}
