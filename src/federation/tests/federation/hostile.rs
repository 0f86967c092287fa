//! Malicious activities and objects.

use portico_domain::model::moderation::{Action, Moderator};
use portico_domain::model::peer::Tier;
use portico_domain::model::{Reach, Timestamp};
use portico_service::moderation::{self, ActionInput};
use serde_json::{Value, json};

use portico_testing::peer::{PUBLIC, Peer, Workers, federated, jobs_done, on_sqlite, status_of, worked_off};
use portico_testing::{TestApp, TestUser};

async fn scene(app: &TestApp) -> (TestUser, Peer) {
    let alice = app.staff("alice").await;
    let peer = Peer::start("partner").await;
    peer.is(app, Tier::Partner).await;
    (alice, peer)
}

async fn send(app: &TestApp, peer: &Peer, by: &str, activity: &Value) {
    assert_eq!(peer.post(app, by, activity).await.status, 202);
    worked_off(app).await;
}

#[test]
fn s14_a_reused_handle_inherits_nothing() {
    on_sqlite(async |app| {
        let (alice, peer) = scene(&app).await;
        let _workers = Workers::start(&app);
        peer.follows(&app, "ann", &alice.account).await;
        let first = peer.known(&app, "ann").await.unwrap();
        // The host is reinstalled: the same name with another id.
        let mut ann = peer.person("ann2");
        ann["preferredUsername"] = json!("ann");
        peer.serve("/users/ann2", ann);
        let note = peer.note("ann2", "1", "me again", &[PUBLIC], &[]);
        send(&app, &peer, "ann2", &peer.create("ann2", &note)).await;
        let second = peer.known(&app, "ann2").await.unwrap();
        assert_eq!(first.acct(), second.acct());
        assert_ne!(first.id, second.id);
        let shown = alice.get(&format!("/api/v1/accounts/relationships?id[]={}", second.id)).await.ok();
        assert_eq!(shown[0]["followed_by"], false);
    });
}

federated! {
    async fn s15_an_edit_changes_neither_author_nor_parent_nor_reach_nor_date(app: TestApp) {
        let (_, peer) = scene(&app).await;
        let _workers = Workers::start(&app);
        let note = peer.note("ann", "1", "for followers", &[&peer.followers("ann")], &[]);
        send(&app, &peer, "ann", &peer.create("ann", &note)).await;
        let uri = note["id"].as_str().unwrap();
        let before = status_of(&app, uri).await.unwrap();
        let mut edit = note.clone();
        edit["content"] = json!("<p>edited</p>");
        edit["updated"] = json!("2026-11-02T08:59:30Z");
        edit["to"] = json!([PUBLIC]);
        edit["inReplyTo"] = json!(peer.at("/notes/9"));
        edit["published"] = json!("2020-01-01T00:00:00Z");
        let mut update = peer.activity("Update", "ann", "u", edit.clone());
        update["to"] = json!([PUBLIC]);
        send(&app, &peer, "ann", &update).await;
        let after = status_of(&app, uri).await.unwrap();
        assert_eq!(after.content, "<p>edited</p>");
        assert_eq!(
            (after.reach, after.account_id, &after.in_reply_to_uri, after.created_at),
            (before.reach, before.account_id, &before.in_reply_to_uri, before.created_at)
        );
        // An object cannot become an actor, nor an actor an object.
        edit["type"] = json!("Person");
        edit["updated"] = json!("2026-11-02T08:59:40Z");
        send(&app, &peer, "ann", &peer.activity("Update", "ann", "u2", edit)).await;
        assert_eq!(status_of(&app, uri).await.unwrap().content, "<p>edited</p>");
        assert_eq!(peer.known(&app, "ann").await.unwrap().username, "ann");
    }

    async fn s23_votes_count_once_in_time_and_counts_come_from_the_origin(app: TestApp) {
        let (alice, peer) = scene(&app).await;
        let _workers = Workers::start(&app);
        let asked = alice.post("/api/v1/statuses", json!({ "status": "which?", "reach": "public",
            "poll": { "options": ["a", "b"], "expires_in": 3600 } })).await.ok();
        let (id, uri) = (asked["id"].as_str().unwrap(), asked["uri"].as_str().unwrap());
        let vote = |by: &str, n: &str, title: &str| {
            let mut note = peer.note(by, n, "", &[&alice.account.uri], &[]);
            note.as_object_mut().unwrap().remove("content");
            note["name"] = json!(title);
            note["inReplyTo"] = json!(uri);
            peer.create(by, &note)
        };
        for (by, n, title) in [("ann", "v1", "a"), ("ann", "v2", "a"), ("ann", "v3", "b"), ("ben", "v4", "c")] {
            send(&app, &peer, by, &vote(by, n, title)).await;
        }
        let counts = async || {
            let poll = alice.get(&format!("/api/v1/statuses/{id}")).await.ok()["poll"].clone();
            (poll["options"][0]["votes_count"].clone(), poll["options"][1]["votes_count"].clone())
        };
        assert_eq!(counts().await, (json!(1), json!(0)));
        // Another server's counts for our poll, and a vote after the end.
        let mut forged = json!({ "id": uri, "type": "Question", "attributedTo": alice.account.uri, "content": "which?",
            "oneOf": [{ "name": "a", "replies": { "totalItems": 99 } }, { "name": "b" }] });
        forged["updated"] = json!("2026-11-02T09:00:00Z");
        send(&app, &peer, "ann", &peer.activity("Update", "ann", "forged", forged)).await;
        app.advance(3700);
        send(&app, &peer, "ben", &vote("ben", "v5", "b")).await;
        assert_eq!(counts().await, (json!(1), json!(0)));
        // A vote that does not count is not stored as a post either.
        assert_eq!(status_of(&app, &peer.at("/notes/v5")).await, None);
    }

    async fn s30_nobody_who_is_kept_out_comes_back_in_anothers_hands(app: TestApp) {
        let (alice, peer) = scene(&app).await;
        let far = Peer::start("far").await;
        far.is(&app, Tier::Partner).await;
        let _workers = Workers::start(&app);
        let first = far.note("ann", "1", "first", &[PUBLIC], &[]);
        send(&app, &far, "ann", &far.create("ann", &first)).await;
        let ann = far.known(&app, "ann").await.unwrap();
        moderation::act(&app.instance, &Moderator::console(), ann.id, ActionInput::plain(Action::Suspend)).await.unwrap();
        let second = far.note("ann", "2", "second", &[PUBLIC], &[]);
        for note in [&first, &second] {
            far.serve(&format!("/notes/{}", if note == &first { "1" } else { "2" }), note.clone());
        }
        // A boost of a known post, of an unknown one, and a reply whose parent would be fetched.
        for (n, note) in [&first, &second].into_iter().enumerate() {
            let mut boost = peer.activity("Announce", "ann", &format!("b{n}"), note["id"].clone());
            boost["to"] = json!([PUBLIC]);
            send(&app, &peer, "ann", &boost).await;
            assert_eq!(status_of(&app, boost["id"].as_str().unwrap()).await, None);
        }
        let mut answer = peer.note("ann", "3", "answer", &[PUBLIC], &[]);
        answer["inReplyTo"] = second["id"].clone();
        send(&app, &peer, "ann", &peer.create("ann", &answer)).await;
        let answer = status_of(&app, answer["id"].as_str().unwrap()).await.unwrap().id;
        jobs_done(&app, "parents").await;
        let around = alice.get(&format!("/api/v1/statuses/{answer}/context")).await.ok();
        assert_eq!(around["ancestors"], json!([]));
        assert_eq!(alice.get("/api/v1/timelines/public").await.ok(), json!([]));
        let found = status_of(&app, first["id"].as_str().unwrap()).await.unwrap().id;
        assert_eq!(alice.get(&format!("/api/v1/statuses/{found}")).await.status, 404);
        // Nothing is even fetched from a blocked host.
        let blocked = Peer::start("blocked").await;
        blocked.is(&app, Tier::Blocked).await;
        blocked.serve("/notes/4", blocked.note("ann", "4", "hidden", &[PUBLIC], &[]));
        let mut boost = peer.activity("Announce", "ann", "b9", json!(blocked.at("/notes/4")));
        boost["to"] = json!([PUBLIC]);
        send(&app, &peer, "ann", &boost).await;
        assert!(blocked.asked().is_empty());
    }

    async fn s31_a_follow_that_waits_shows_nothing(app: TestApp) {
        let (alice, peer) = scene(&app).await;
        let bob = app.staff("bob").await;
        let _workers = Workers::start(&app);
        // Alice's follow of ann is not accepted yet; posts for ann's followers arrive here nevertheless.
        let found = app.instance.remote.get().unwrap().by_url(&peer.actor("ann")).await.unwrap();
        let Some(portico_service::ports::RemoteObject::Account(ann)) = found else { panic!("no account") };
        alice.submit(&format!("/api/v1/accounts/{ann}/follow"), "").await.ok();
        let note = peer.note("ann", "1", "for followers", &[&peer.followers("ann")], &[]);
        send(&app, &peer, "ann", &peer.create("ann", &note)).await;
        let id = status_of(&app, note["id"].as_str().unwrap()).await.unwrap().id;
        for who in [&alice, &bob] {
            who.get(&format!("/api/v1/statuses/{id}")).await.problem(404);
            assert_eq!(who.get("/api/v1/timelines/home").await.ok(), json!([]));
            assert_eq!(who.get(&format!("/api/v1/accounts/{ann}/statuses")).await.ok(), json!([]));
        }
    }
}

#[test]
fn s35_blind_copies_widen_nothing_and_are_shown_to_nobody() {
    on_sqlite(async |app| {
        let (alice, peer) = scene(&app).await;
        let _workers = Workers::start(&app);
        let mut note = peer.note("ann", "1", "secret", &[&alice.account.uri], &[]);
        note["bto"] = json!([PUBLIC]);
        note["bcc"] = json!([peer.followers("ann"), peer.actor("ben")]);
        let mut create = peer.create("ann", &note);
        create["bcc"] = json!([PUBLIC]);
        send(&app, &peer, "ann", &create).await;
        let status = status_of(&app, note["id"].as_str().unwrap()).await.unwrap();
        assert_eq!(status.reach, Reach::Direct);
        let shown = alice.get(&format!("/api/v1/statuses/{}", status.id)).await;
        assert!(!shown.ok().to_string().contains(&peer.actor("ben")));
    });
}

#[test]
fn s57_s66_of_too_much_a_part_is_kept() {
    on_sqlite(async |app| {
        let (alice, peer) = scene(&app).await;
        let mut ann = peer.person("ann");
        ann["name"] = json!("n".repeat(50_000));
        ann["summary"] = json!("s".repeat(300_000));
        ann["attachment"] = (0..200)
            .map(|n| json!({"type": "PropertyValue", "name": format!("{n}"), "value": "v".repeat(3000)}))
            .collect();
        ann["alsoKnownAs"] = (0..200).map(|n| json!(peer.at(&format!("/{n}")))).collect();
        peer.serve("/users/ann", ann);
        let _workers = Workers::start(&app);
        let mut note = peer.note("ann", "1", &"x".repeat(10_000), &[PUBLIC], &[]);
        let tags = (0..400).map(|n| json!({ "type": "Hashtag", "name": format!("#tag{n}") }));
        note["tag"] = tags
            .chain((0..50).map(|n| json!({ "type": "Mention", "href": peer.at(&format!("/u{n}")) })))
            .collect();
        note["summary"] = json!("w".repeat(50_000));
        send(&app, &peer, "ann", &peer.create("ann", &note)).await;
        let status = status_of(&app, note["id"].as_str().unwrap()).await.unwrap();
        let shown = alice.get(&format!("/api/v1/statuses/{}", status.id)).await.ok();
        assert_eq!(shown["tags"].as_array().unwrap().len(), 100);
        assert_eq!(shown["spoiler_text"].as_str().unwrap().len(), 2000);
        let known = peer.known(&app, "ann").await.unwrap();
        assert_eq!((known.display_name.len(), known.fields.len(), known.also_known_as.len()), (500, 16, 20));
        assert!(known.note.len() <= 100_000);
        assert!(!peer.asked().iter().any(|path| path.starts_with("/u0")), "a mention costs no fetch");
    });
}

#[test]
fn s67_s68_times_and_numbers_beyond_reason_are_bounded() {
    on_sqlite(async |app| {
        let (alice, peer) = scene(&app).await;
        let _workers = Workers::start(&app);
        let now: Timestamp = app.instance.now();
        let times = [
            "1969-12-31T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "-9999-01-01T00:00:00Z",
            "2026-13-45T99:99:99Z",
            "0",
        ];
        for (n, time) in times.iter().enumerate() {
            for (m, number) in
                [json!(-1), json!(1e300), json!(u64::MAX), json!("many"), json!({})].into_iter().enumerate()
            {
                let mut note = peer.note("ann", &format!("{n}-{m}"), "when?", &[PUBLIC], &[]);
                note["type"] = json!("Question");
                note["published"] = json!(time);
                note["updated"] = json!(time);
                note["endTime"] = json!(time);
                note["votersCount"] = number.clone();
                note["oneOf"] = json!([{ "type": "Note", "name": "a", "replies": { "type": "Collection", "totalItems": number } },
                    { "type": "Note", "name": "b" }]);
                note["attachment"] = json!({ "type": "Image", "url": peer.at("/1.png"), "width": number, "height": number,
                    "focalPoint": [number, number] });
                send(&app, &peer, "ann", &peer.create("ann", &note)).await;
                let status = status_of(&app, note["id"].as_str().unwrap()).await.unwrap();
                assert!(status.created_at <= now, "{time}");
                let shown = alice.get(&format!("/api/v1/statuses/{}", status.id)).await.ok();
                assert!(
                    shown["poll"]["votes_count"].as_i64().is_some_and(|votes| votes >= 0),
                    "{number}: {shown}"
                );
            }
        }
    });
}

#[test]
fn s45_a_name_in_the_text_is_no_recipient() {
    on_sqlite(async |app| {
        let (alice, peer) = scene(&app).await;
        let bob = app.staff("bob").await;
        let _workers = Workers::start(&app);
        // For Bob alone; Alice's name is in the text, but she is not addressed.
        let text = format!("@alice@{} should not hear this", app.instance.settings.domain);
        let mut note = peer.note("ann", "1", &text, &[&bob.account.uri], &[]);
        note["tag"] = json!([{ "type": "Mention", "href": bob.account.uri, "name": "@bob" }]);
        send(&app, &peer, "ann", &peer.create("ann", &note)).await;
        let id = status_of(&app, note["id"].as_str().unwrap()).await.unwrap().id;
        assert_eq!(bob.get(&format!("/api/v1/statuses/{id}")).await.status, 200);
        assert_eq!(alice.get(&format!("/api/v1/statuses/{id}")).await.status, 404);
        assert_eq!(alice.get("/api/v1/notifications").await.ok(), json!([]));
    });
}
