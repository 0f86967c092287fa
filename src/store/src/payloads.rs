//! The payloads of jobs: one type for each queue, shared by the code that enqueues a job and the code that runs
//! it. Their stored spelling must stay readable by the next release, because jobs wait in the table during an
//! upgrade.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Error, Result};
use portico_domain::model::event::Event;
use portico_domain::model::remote_task::RemoteTask;
use portico_domain::model::{AccountId, DigestId, NotificationId, PushId, ScheduledId, StatusId};

/// The payload of a job, stored as JSON unless a type says otherwise.
pub trait Payload: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The queue of these jobs.
    const QUEUE: &'static str;

    /// Writes the stored form.
    ///
    /// # Errors
    /// `Corrupt` if the payload cannot be written as JSON.
    fn encode(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|_| Error::Corrupt { what: "payload of a job" })
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// The cause, for the log and the failed row.
    fn decode(stored: &str) -> std::result::Result<Self, String> {
        serde_json::from_str(stored).map_err(|error| error.to_string())
    }
}

/// Events to turn into activities.
impl Payload for Event {
    const QUEUE: &'static str = "federate";
}

/// Remote tasks.
impl Payload for RemoteTask {
    const QUEUE: &'static str = "errands";
}

/// The next chunk of a fan-out into many home timelines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FanOutChunk {
    /// The new status.
    pub status: StatusId,
    /// The follower after whom the chunk starts.
    pub after: Option<AccountId>,
}

impl Payload for FanOutChunk {
    const QUEUE: &'static str = "fan_out";
}

/// The next chunk of the notifications of a must-read post's readers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MustReadChunk {
    /// The must-read post.
    pub status: StatusId,
    /// The reader after whom the chunk starts.
    pub after: Option<AccountId>,
    /// Whether it is a reminder.
    pub again: bool,
}

impl Payload for MustReadChunk {
    const QUEUE: &'static str = "must_reads";
}

/// The check of a poll that may have ended, or whose counts other hosts should get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PollCheck {
    /// The status with the poll.
    pub status: StatusId,
}

impl Payload for PollCheck {
    const QUEUE: &'static str = "polls";
}

/// The publication of a scheduled post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScheduledPost {
    /// The scheduled post.
    pub id: ScheduledId,
}

impl Payload for ScheduledPost {
    const QUEUE: &'static str = "scheduled";
}

/// The sending of a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DigestMail {
    /// The digest.
    pub id: DigestId,
}

impl Payload for DigestMail {
    const QUEUE: &'static str = "digests";
}

/// A push notification for one subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushDelivery {
    /// The subscription.
    pub subscription: PushId,
    /// The notification.
    pub notification: NotificationId,
}

impl Payload for PushDelivery {
    const QUEUE: &'static str = "push";
}

/// The lookup of a status's link for its preview card. Stored as the plain id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CardFetch {
    /// The status with the link.
    pub status: StatusId,
}

impl Payload for CardFetch {
    const QUEUE: &'static str = "cards";

    fn encode(&self) -> Result<String> {
        Ok(self.status.to_string())
    }

    fn decode(stored: &str) -> std::result::Result<Self, String> {
        stored.parse().map(|status| Self { status }).map_err(|_| "not the id of a status".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_domain::model::{FollowId, Timestamp};
    use serde_json::Value;

    /// Asserts that a stored payload of an earlier release is read, and still written in the same way.
    fn is_stored_as<P: Payload + PartialEq + std::fmt::Debug>(queue: &str, stored: &str, payload: &P) {
        assert_eq!(P::QUEUE, queue);
        assert_eq!(&P::decode(stored).unwrap(), payload);
        let written = payload.encode().unwrap();
        match serde_json::from_str::<Value>(stored).unwrap() {
            // The order of keys has no meaning.
            object @ Value::Object(_) => {
                assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), object);
            }
            _ => assert_eq!(written, stored),
        }
    }

    #[test]
    fn payloads_of_earlier_releases_are_read() {
        let (status, account) = (StatusId(116), AccountId(7));
        let posted = Event::StatusPosted { status };
        is_stored_as("federate", r#"{"event":"StatusPosted","status":"116"}"#, &posted);
        let boosted = Event::Boosted { status };
        is_stored_as("federate", r#"{"event":"Reblogged","status":"116"}"#, &boosted);
        let rules = RemoteTask::Rules { account };
        is_stored_as("errands", r#"{"Rules":{"account":"7"}}"#, &rules);
        let along = RemoteTask::TakeAlong { from: account, to: AccountId(8), after: Some(FollowId(9)) };
        is_stored_as("errands", r#"{"TakeAlong":{"from":"7","to":"8","after":"9"}}"#, &along);
        let chunk = FanOutChunk { status, after: Some(account) };
        is_stored_as("fan_out", r#"{"after":"7","status":"116"}"#, &chunk);
        let chunk = MustReadChunk { status, after: None, again: true };
        is_stored_as("must_reads", r#"{"after":null,"again":true,"status":"116"}"#, &chunk);
        is_stored_as("polls", r#""116""#, &PollCheck { status });
        is_stored_as("scheduled", r#""5""#, &ScheduledPost { id: ScheduledId(5) });
        is_stored_as("digests", r#""6""#, &DigestMail { id: DigestId(6) });
        let push = PushDelivery { subscription: PushId(3), notification: NotificationId(4) };
        is_stored_as("push", r#"{"notification":"4","subscription":"3"}"#, &push);
        is_stored_as("cards", "116", &CardFetch { status });
        // An event with a time: a number or a text, as the clock's type writes it.
        let edited = Event::StatusEdited { status, at: Timestamp::from_millis(1_000) };
        assert_eq!(Event::decode(&edited.encode().unwrap()).unwrap(), edited);
    }

    #[test]
    fn a_payload_that_cannot_be_read_is_an_error() {
        assert!(FanOutChunk::decode(r#"{"after":"7"}"#).is_err());
        assert!(PollCheck::decode("116").is_err(), "ids are texts in JSON");
        assert!(CardFetch::decode(r#""116""#).is_err(), "the plain id");
        assert!(Event::decode(r#"{"event":"Unheard"}"#).is_err());
    }
}
