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
