//! Two instances that federate only with each other: everything works in both directions.

use federation_tests::api::{Person, array, id, says};
use federation_tests::database::Kind;
use federation_tests::fakepeer::FakePeer;
use federation_tests::wait::eventually;
use federation_tests::world::Instance;
use serde_json::json;

use crate::both_databases;
use crate::reach::marker;

both_databases! {
    fn two_that_allow_only_each_other(kind: Kind) {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let one = Instance::alone(kind, folder.path(), "one", "allowlist");
        let two = Instance::alone(kind, folder.path(), "two", "allowlist");
        one.tier(&two.domain, "partner");
        two.tier(&one.domain, "partner");
        let (ann, ben) = (one.person("ann"), two.person("ben"));
        plays(&ann, &ben);
        plays(&ben, &ann);

        let stranger = FakePeer::start("stranger");
        let actor = stranger.actor("mallory");
        for (instance, person) in [(&one, &ann), (&two, &ben)] {
            let note = stranger.note(&actor, &marker("note"), "hello");
            let inbox = format!("{}/inbox", person.actor());
            let answer = stranger.send(&actor, &inbox, instance.address(), &note).expect("it answers");
            assert_eq!(answer.status, 403, "{}", answer.text());
        }
        assert_eq!(stranger.posts(), 0, "nobody else is sent anything");
        assert!(!one.server().has_panicked() && !two.server().has_panicked());
    }
}

/// The author writes, and the reader reacts.
fn plays(author: &Person, reader: &Person) {
    is_followed_once_accepted(author, reader);
    let word = marker("said");
    let status = author.post(&word, "public");
    let copy = reader.sees(&word);
    let now = |key: &str| author.status(&id(&status)).expect("it is there")[key].clone();

    let answer = marker("answered");
    reader.reply(&copy, &format!("{} {answer}", author.handle()), "public");
    let mention = eventually("the answer has come", || {
        author.notifications().into_iter().find(|n| n["type"] == "mention" && says(&n["status"], &answer))
    });
    assert_eq!(mention["status"]["in_reply_to_id"], status["id"]);

    let whisper = marker("whispered");
    author.post(&format!("{} {whisper}", reader.handle()), "direct");
    let mention = eventually("the direct message has come", || {
        reader.notifications().into_iter().find(|n| n["type"] == "mention" && says(&n["status"], &whisper))
    });
    assert_eq!(mention["status"]["visibility"], "direct");

    reader.on_status(&copy, "reblog");
    eventually("the boost has come", || (now("reblogs_count") == 1).then_some(()));
    author.is_notified("reblog", reader);
    reader.on_status(&copy, "unreblog");
    eventually("it is taken back", || (now("reblogs_count") == 0).then_some(()));

    let edited = marker("edited");
    author.edit(&status, &edited);
    eventually("the edit has come", || {
        reader.status(&id(&copy)).filter(|copy| says(copy, &edited) && copy["edited_at"].is_string())
    });
    author.delete(&status);
    eventually("the deletion has come", || reader.status(&id(&copy)).is_none().then_some(()));
    assert!(reader.finds_at_home(&edited).is_none());
}

/// The author approves the reader's follow request.
fn is_followed_once_accepted(author: &Person, reader: &Person) {
    let locked = author.tries("PATCH", "/api/v1/accounts/update_credentials", &json!({ "locked": true }));
    assert_eq!(locked.status, 200, "{}", locked.text());
    let account = reader.finds(&author.handle());
    reader.act(&format!("/api/v1/accounts/{}/follow", id(&account)));
    let asking = eventually("the request has come", || {
        array(author.get("/api/v1/follow_requests")).into_iter().next()
    });
    assert_eq!(reader.relationship(&account)["following"], false);
    author.act(&format!("/api/v1/follow_requests/{}/authorize", id(&asking)));
    eventually("the acceptance has come", || {
        (reader.relationship(&account)["following"] == true).then_some(())
    });
}
