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

/// The error for a text that is not the decimal form of an id.
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
    /// A version of an agreement with a partner.
    AgreementId,
    /// An account, local or remote.
    AccountId,
    /// A local user, who can sign in.
    UserId,
    /// A status; a boost has one of its own.
    StatusId,
    /// A notification; below 2^53.
    NotificationId,
    /// A follow or follow request.
    FollowId,
    /// A block, mute, favourite or bookmark: the row id used as paging cursor.
    RelationId,
    /// An attachment.
    MediaId,
    /// A link preview.
    CardId,
    /// A client app.
    AppId,
    /// An access token.
    TokenId,
    /// A web push subscription; below 2^53, because clients read it as a number.
    PushId,
    /// A queued job, inbox entry or delivery.
    JobId,
    /// A circle of people.
    CircleId,
    /// A list of people.
    ListId,
    /// A filter.
    FilterId,
    /// A notification request or a conversation.
    RequestId,
    /// An announcement.
    AnnouncementId,
    /// A scheduled post.
    ScheduledId,
    /// An outgoing activity.
    ActivityId,
    /// A report.
    ReportId,
    /// An entry of the moderation log.
    LogId,
    /// A severance: the cause of ended follows.
    SeveranceId,
    /// An entry of a moderation list: a host with a tier, or a blocked address.
    EntryId,
    /// A private feed.
    FeedId,
    /// A webhook of a bot.
    HookId,
    /// A digest mail.
    DigestId,
    /// A draft.
    DraftId,
}

/// Generates the ids of one node of one instance. Ids are unique and increasing, even if the clock goes
/// backwards.
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
    /// Returns the next (millisecond, sequence) pair, at or after `now`.
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
    /// Creates the generator of node `node` (0 to 255). Nodes that run at the same time need different
    /// numbers.
    pub fn new(node: u8) -> Self {
        Self { node: i64::from(node), wide: Mutex::default(), narrow: Mutex::default() }
    }

    /// Returns a new id of any kind except notifications.
    pub fn next<T: From<i64>>(&self, now: Timestamp) -> T {
        let mut last = self.wide.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (millis, sequence) = last.next(now.millis(), 1 << 13);
        T::from(millis << 21 | self.node << 13 | sequence)
    }

    /// Returns a new notification id.
    pub fn next_notification(&self, now: Timestamp) -> NotificationId {
        let mut last = self.narrow.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (millis, sequence) = last.next(now.millis(), 1 << 7);
        NotificationId(millis << 11 | (self.node & 0xf) << 7 | sequence)
    }

    /// Returns an id that sorts at `published`, for a remote status. `noise` fills the low 21 bits, so that
    /// two statuses of the same millisecond differ.
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
