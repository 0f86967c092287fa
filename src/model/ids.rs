//! Identifiers: time-sortable 64-bit integers, made without a database round trip.
//!
//! An id is `milliseconds since 1970 << 21 | node << 13 | sequence`: 19 decimal digits until the year
//! 2109, so text order (length, then letters) and number order agree, as clients expect. Notification
//! ids are `milliseconds << 11 | node's low 4 bits << 7 | sequence`, below 2^53, because push payloads
//! carry them as JSON numbers.

use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;

use super::Timestamp;

/// A text that is not the decimal form of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                if text.is_empty() || text.len() > 19 || !text.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(NotAnId);
                }
                text.parse().map(Self).map_err(|_| NotAnId)
            }
        }

        impl From<i64> for $name {
            fn from(raw: i64) -> Self { Self(raw) }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": "^[0-9]{1,19}$" })
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

ids! {
    /// One text of an agreement with a partner.
    AgreementId,
    /// An account, local or remote.
    AccountId,
    /// A person who can sign in here.
    UserId,
    /// A status; a boost has one of its own.
    StatusId,
    /// A notification; below 2^53.
    NotificationId,
    /// A follow or follow request.
    FollowId,
    /// A block, mute, favourite or bookmark: the row that pages are cut by.
    RelationId,
    /// An attachment.
    MediaId,
    /// What a page says of itself.
    CardId,
    /// A client app.
    AppId,
    /// An access token.
    TokenId,
    /// A subscription to web push; below 2^53, because clients read it as a number.
    PushId,
    /// A queued job, inbox entry or delivery.
    JobId,
    /// A circle of people.
    CircleId,
    /// A list of people.
    ListId,
    /// A filter.
    FilterId,
    /// Somebody's waiting notifications, or a conversation of somebody's.
    RequestId,
    /// What the operators tell everybody.
    AnnouncementId,
    /// A post for later.
    ScheduledId,
    /// An activity of ours, as sent.
    ActivityId,
    /// A report.
    ReportId,
    /// An entry of the moderation log.
    LogId,
    /// What ended somebody's follows.
    SeveranceId,
    /// An entry of a moderators' list: a host with a tier, a blocked address.
    EntryId,
    /// A feed of somebody's.
    FeedId,
    /// A webhook of a bot.
    HookId,
    /// A mail of what somebody missed.
    DigestId,
    /// Something that somebody has begun to write.
    DraftId,
}

/// Makes ids for one node of one instance. Never gives the same id twice, and never goes backwards,
/// even if the clock does.
#[derive(Debug)]
pub struct IdMaker {
    node: i64,
    wide: Mutex<Last>,
    narrow: Mutex<Last>,
}

#[derive(Debug, Default)]
struct Last {
    millis: i64,
    sequence: i64,
}

impl Last {
    /// The next (millisecond, sequence) pair, at or after `now`.
    fn next(&mut self, now: i64, sequences: i64) -> (i64, i64) {
        if now > self.millis {
            self.millis = now;
            self.sequence = 0;
        } else {
            self.sequence += 1;
            if self.sequence >= sequences {
                self.millis += 1;
                self.sequence = 0;
            }
        }
        (self.millis, self.sequence)
    }
}

impl IdMaker {
    /// Ids of node `node` (0 to 255) of an instance. Two nodes that run at once must differ.
    pub fn new(node: u8) -> Self {
        Self { node: i64::from(node), wide: Mutex::default(), narrow: Mutex::default() }
    }

    /// A fresh id of any kind but notifications.
    pub fn next<T: From<i64>>(&self, now: Timestamp) -> T {
        let mut last = self.wide.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (millis, sequence) = last.next(now.millis(), 1 << 13);
        T::from(millis << 21 | self.node << 13 | sequence)
    }

    /// A fresh notification id.
    pub fn next_notification(&self, now: Timestamp) -> NotificationId {
        let mut last = self.narrow.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (millis, sequence) = last.next(now.millis(), 1 << 7);
        NotificationId(millis << 11 | (self.node & 0xf) << 7 | sequence)
    }

    /// An id that sorts at `published`, for a status that comes from elsewhere. `noise` fills the low
    /// 21 bits, so that two statuses of one millisecond differ.
    pub fn at(published: Timestamp, noise: u32) -> StatusId {
        StatusId(published.millis().max(0) << 21 | i64::from(noise & 0x1f_ffff))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_even_when_the_clock_falls() {
        let maker = IdMaker::new(3);
        let first: StatusId = maker.next(Timestamp::from_millis(1_800_000_000_000));
        let second: StatusId = maker.next(Timestamp::from_millis(1_700_000_000_000));
        assert!(second > first);
        assert_eq!(first.to_string().len(), 19);
    }

    #[test]
    fn more_ids_than_a_millisecond_holds_still_differ() {
        let maker = IdMaker::new(0);
        let now = Timestamp::from_millis(1_800_000_000_000);
        let made: std::collections::BTreeSet<i64> =
            (0..20_000).map(|_| maker.next::<StatusId>(now).0).collect();
        assert_eq!(made.len(), 20_000);
    }

    #[test]
    fn notification_ids_fit_a_json_number() {
        let maker = IdMaker::new(255);
        let id = maker.next_notification(Timestamp::from_millis(4_000_000_000_000));
        assert!(id.0 < 1 << 53);
    }

    #[test]
    fn only_plain_digits_are_ids() {
        for bad in ["", "-1", "+1", " 1", "1a", "99999999999999999999", "9999999999999999999", "１"] {
            assert_eq!(bad.parse::<StatusId>(), Err(NotAnId), "{bad:?}");
        }
        assert_eq!("42".parse(), Ok(StatusId(42)));
    }
}
