//! Payloads of jobs are stored data: those of earlier releases are read, and written in the same form.

use portico_domain::model::event::Event;
use portico_domain::model::remote_task::RemoteTask;
use portico_domain::model::{
    AccountId, DigestId, FollowId, NotificationId, PushId, ScheduledId, StatusId, Timestamp,
};
use portico_store::{
    CardFetch, DigestMail, FanOutChunk, MustReadChunk, Payload, PollCheck, PushDelivery, ScheduledPost,
};
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
