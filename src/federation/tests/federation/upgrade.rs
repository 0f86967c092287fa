//! Rows that an earlier release left in the queues are worked off.

use portico_domain::model::peer::Tier;
use portico_domain::model::user::Role;
use portico_domain::model::{Reach, Timestamp};
use serde_json::{Value, json};

use portico_testing::TestApp;
use portico_testing::media::{film, send};
use portico_testing::peer::{PUBLIC, Peer, Workers, eventually_is, federated, status_of};
use portico_testing::world::execute;

/// The queues of the previous release.
const QUEUES: [&str; 14] = [
    "federate",
    "fan_out",
    "must_reads",
    "polls",
    "scheduled",
    "quotes",
    "errands",
    "push",
    "cards",
    "digests",
    "media",
    "parents",
    "hints",
    "threads",
];

/// The queues that are not empty, with their waiting and dead rows.
pub(super) async fn left(app: &TestApp) -> Vec<(&'static str, i64, i64)> {
    let counted = app.instance.store.read(|reader| {
        let mut left = Vec::new();
        for queue in QUEUES {
            let (waiting, dead) = reader.count_jobs(queue)?;
            left.push((queue, waiting, dead));
        }
        let (waiting, dead) = reader.count_deliveries()?;
        left.push(("deliveries", waiting, dead));
        left.push(("inbox", reader.count_waiting_inbox()?, reader.count_dead_inbox()?));
        Ok::<_, portico_store::Error>(left)
    });
    counted.await.unwrap().into_iter().filter(|(_, waiting, dead)| waiting + dead > 0).collect()
}

fn id(entity: &Value) -> &str {
    entity["id"].as_str().unwrap()
}

/// Inserts jobs as the previous release wrote them. A payload is an SQL expression.
fn insert_jobs(app: &TestApp, now: i64, jobs: &[(&str, String)]) {
    let rows = jobs.iter().enumerate().map(|(n, (queue, payload))| {
        format!(
            "INSERT INTO jobs (id, queue, payload, run_at, created_at) VALUES ({}, '{queue}', {payload}, {now}, {now})",
            n + 1
        )
    });
    execute(app, &rows.collect::<Vec<String>>());
}

/// A text as an SQL expression.
fn text(value: impl std::fmt::Display) -> String {
    format!("'{}'", value.to_string().replace('\'', "''"))
}

/// The JSON text of an id that a query finds.
fn id_by(query: &str) -> String {
    format!("'\"' || ({query}) || '\"'")
}

federated! {
    async fn the_rows_of_an_earlier_release_are_worked_off(app: TestApp) {
        let alice = app.staff_as("alice", Role::Admin).await;
        let bob = app.staff("bob").await;
        let peer = Peer::start("partner").await;
        peer.is(&app, Tier::Partner).await;
        let workers = Workers::start(&app);
        peer.follows(&app, "ann", &alice.account).await;
        workers.end().await;
        let ann = peer.known(&app, "ann").await.unwrap();

        // The objects that the jobs are about.
        bob.submit(&format!("/api/v1/accounts/{}/follow", alice.id()), "").await.ok();
        alice.post("/api/v1/push/subscription", json!({
            "subscription": { "endpoint": peer.at("/push"), "keys": {
                "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
                "auth": "BTBZMqHH6r4Tts7J_aSIgg",
            } },
            "data": { "alerts": { "favourite": true } },
        })).await.ok();
        peer.serve_as("/page", axum::http::StatusCode::OK, "text/html; charset=utf-8", "<!DOCTYPE html><html lang=en><title>Turbines</title></html>");
        let hello = alice.says(&format!("hello {}", peer.at("/page")), Reach::Public).await.status;
        bob.submit(&format!("/api/v1/statuses/{}/favourite", hello.id), "").await.ok();
        let poll = json!({ "options": ["a", "b"], "expires_in": 3600 });
        let poll = alice.post("/api/v1/statuses", json!({ "status": "a or b?", "poll": poll })).await.ok();
        let doors = json!({ "status": "The fire doors stay shut", "must_read": true, "reach": "instance" });
        let doors = alice.post("/api/v1/statuses", doors).await.ok();
        let later = json!({ "status": "later", "scheduled_at": "2026-11-02T10:00:00.000Z" });
        alice.post("/api/v1/statuses", later).await.ok();
        let film = send(&alice, axum::http::Method::POST, "/api/v2/media", &[("file", &film())]).await.json();
        let user = bob.user.id;
        let begun = app.instance.store.write(move |tx| tx.begin_digest(user, "2026-W44", Timestamp::from_millis(0)));
        let begun: Result<bool, portico_store::Error> = begun.await;
        assert!(begun.unwrap());
        let parent = peer.note("ann", "parent", "above", &[PUBLIC], &[]);
        let hinted = peer.note("ann", "hinted", "reported", &[PUBLIC], &[]);
        for note in [&parent, &hinted] {
            peer.serve(note["id"].as_str().unwrap().strip_prefix(&peer.at("")).unwrap(), note.clone());
        }
        let received = peer.note("ann", "received", "received", &[PUBLIC], &[]);
        let create = peer.create("ann", &received);

        // Only the rows of the previous release wait.
        execute(&app, &["jobs", "deliveries", "inbox", "home_timeline"].map(|table| format!("DELETE FROM {table}")));
        app.advance(2 * 3600);
        let now = app.instance.now().millis();
        let favourite = format!(
            "'{{\"notification\":\"' || (SELECT MAX(id) FROM notifications WHERE account_id = {}) || \
             '\",\"subscription\":\"' || (SELECT MAX(id) FROM push_subscriptions) || '\"}}'",
            alice.id(),
        );
        let (hello_id, alice_id, ann_id) = (hello.id, alice.account.id, ann.id);
        insert_jobs(&app, now, &[
            ("federate", text(format!(r#"{{"event":"StatusPosted","status":"{hello_id}"}}"#))),
            ("federate", text(format!(r#"{{"event":"ProfileUpdated","account":"{alice_id}","at":{now}}}"#))),
            ("federate", text(format!(r#"{{"event":"Reblogged","status":"{hello_id}"}}"#))),
            ("fan_out", text(format!(r#"{{"after":null,"status":"{hello_id}"}}"#))),
            ("must_reads", text(format!(r#"{{"after":null,"again":false,"status":"{}"}}"#, id(&doors)))),
            ("polls", text(format!(r#""{}""#, id(&poll)))),
            ("scheduled", id_by("SELECT id FROM scheduled_statuses")),
            ("digests", id_by("SELECT id FROM digests")),
            ("quotes", text(format!(r#"{{"status":"{hello_id}","steps":0}}"#))),
            ("errands", text(format!(r#"{{"Rules":{{"account":"{alice_id}"}}}}"#))),
            ("errands", text(format!(r#"{{"Pins":{{"account":"{ann_id}"}}}}"#))),
            ("errands", text(format!(r#"{{"TakeAlong":{{"from":"{ann_id}","to":"{alice_id}","after":null}}}}"#))),
            ("errands", text(r#"{"Agreement":{"id":"1","notice":"Offer"}}"#)),
            ("errands", text(format!(
                r#"{{"Followers":{{"account":"{ann_id}","url":"{}","at":{now}}}}}"#, peer.followers("ann"),
            ))),
            ("push", favourite),
            ("cards", text(hello_id)),
            ("media", text(id(&film))),
            ("parents", text(json!({ "uri": parent["id"], "steps": 1 }))),
            ("hints", text(json!({ "uri": hinted["id"] }))),
            ("threads", text(format!(r#"{{"thread":"{hello_id}"}}"#))),
        ]);
        let like = json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": format!("{}#likes/1", alice.account.uri),
            "type": "Like", "actor": alice.account.uri, "object": parent["id"],
        });
        execute(&app, &[
            format!(
                "INSERT INTO activities (id, uri, account_id, body, created_at) VALUES (1, {}, {alice_id}, {}, {now})",
                text(id(&like)), text(&like),
            ),
            format!(
                "INSERT INTO deliveries (id, activity_id, inbox_url, host, run_at, created_at) \
                 VALUES (1, 1, {}, {}, {now}, {now})",
                text(peer.at("/inbox")), text(&peer.domain),
            ),
            format!(
                "INSERT INTO inbox (id, activity_uri, actor_uri, host, body, received_at, run_at, state) \
                 VALUES (1, {}, {}, {}, {}, {now}, {now}, 'waiting')",
                text(id(&create)), text(&ann.uri), text(&peer.domain), text(&create),
            ),
        ]);

        let _workers = Workers::start(&app);
        eventually_is("the rows that wait or failed", Vec::new(), || left(&app)).await;
        let created = peer.received_of("Create");
        assert!(created.iter().any(|create| create["object"]["id"] == hello.uri), "{created:?}");
        assert_eq!(peer.received_of("Like"), [like]);
        assert!(peer.received().iter().any(|(path, _)| path == "/push"));
        for note in [&parent, &hinted, &received] {
            assert!(status_of(&app, id(note)).await.is_some(), "{}", note["id"]);
        }
        let home = bob.get("/api/v1/timelines/home").await.ok();
        let home: Vec<String> = home.as_array().unwrap().iter().map(|status| id(status).to_owned()).collect();
        assert!(home.contains(&hello_id.to_string()) && home.contains(&id(&doors).to_owned()), "{home:?}");
        let shown = alice.get(&format!("/api/v1/statuses/{hello_id}")).await.ok();
        assert_eq!(shown["card"]["title"], "Turbines");
        let shown = alice.get(&format!("/api/v1/statuses/{}", id(&poll))).await.ok();
        assert_eq!(shown["poll"]["expired"], true);
        assert_eq!(alice.get(&format!("/api/v1/media/{}", id(&film))).await.status, 200);
        assert_eq!(alice.get("/api/v1/scheduled_statuses").await.ok(), json!([]));
    }
}
