//! Activities that arrive out of order, twice, or after a restart.

use portico_domain::model::Reach;
use portico_domain::model::peer::Tier;
use serde_json::{Value, json};

use portico_testing::peer::{PUBLIC, Peer, Workers, eventually, federated, sent_off, status_of, worked_off};
use portico_testing::{TestApp, TestUser};

const YEAR: i64 = 365 * 24 * 60 * 60;

async fn scene(app: &TestApp) -> (TestUser, Peer) {
    let alice = app.staff("alice").await;
    let peer = Peer::start("partner").await;
    peer.is(app, Tier::Partner).await;
    (alice, peer)
}

async fn send(app: &TestApp, peer: &Peer, activity: &Value) {
    assert_eq!(peer.post(app, "ann", activity).await.status, 202);
    worked_off(app).await;
}

fn undo(peer: &Peer, id: &str, what: &Value) -> Value {
    peer.activity("Undo", "ann", id, what.clone())
}

federated! {
    async fn a_delete_before_its_create(app: TestApp) {
        let (_, peer) = scene(&app).await;
        let _workers = Workers::start(&app);
        let note = peer.note("ann", "1", "too late", &[PUBLIC], &[]);
        send(&app, &peer, &peer.activity("Delete", "ann", "d", json!({ "id": note["id"], "type": "Tombstone" }))).await;
        send(&app, &peer, &peer.create("ann", &note)).await;
        let mut edit = note.clone();
        edit["updated"] = json!("2026-11-02T08:59:30Z");
        send(&app, &peer, &peer.activity("Update", "ann", "u", edit)).await;
        assert_eq!(status_of(&app, note["id"].as_str().unwrap()).await, None);
    }

    async fn an_update_before_its_create(app: TestApp) {
        let (_, peer) = scene(&app).await;
        let _workers = Workers::start(&app);
        let note = peer.note("ann", "1", "first", &[PUBLIC], &[]);
        let mut edit = note.clone();
        edit["content"] = json!("<p>second</p>");
        edit["updated"] = json!("2026-11-02T08:59:30Z");
        let mut update = peer.activity("Update", "ann", "u", edit);
        update["to"] = json!([PUBLIC]);
        send(&app, &peer, &update).await;
        send(&app, &peer, &peer.create("ann", &note)).await;
        let status = status_of(&app, note["id"].as_str().unwrap()).await.unwrap();
        assert_eq!((status.content.as_str(), status.reach), ("<p>second</p>", Reach::Public));
        assert_eq!(peer.known(&app, "ann").await.unwrap().statuses_count, 1);
    }

    async fn an_undo_before_what_it_undoes(app: TestApp) {
        let (alice, peer) = scene(&app).await;
        let _workers = Workers::start(&app);
        let status = alice.says("hello", Reach::Public).await.status;
        for (kind, object) in
            [("Follow", &alice.account.uri), ("Like", &status.uri), ("Announce", &status.uri), ("Block", &alice.account.uri)]
        {
            let done = peer.activity(kind, "ann", kind, json!(object));
            send(&app, &peer, &undo(&peer, &format!("undo-{kind}"), &done)).await;
            send(&app, &peer, &done).await;
        }
        let status = status_of(&app, &status.uri).await.unwrap();
        assert_eq!((status.favourites_count, status.boosts_count), (0, 0));
        let id = alice.account.id;
        let found: Result<_, portico_store::Error> = app.instance.store.read(move |r| r.find_account(id)).await;
        assert_eq!(found.unwrap().unwrap().followers_count, 0);
        let ann = peer.known(&app, "ann").await.unwrap().id;
        let shown = alice.get(&format!("/api/v1/accounts/relationships?id[]={ann}")).await.ok();
        assert_eq!(shown[0]["blocked_by"], false);
    }

    async fn a_clock_that_was_a_year_ahead_delays_nothing_once_it_is_right(app: TestApp) {
        let (alice, peer) = scene(&app).await;
        let workers = Workers::start(&app);
        peer.follows(&app, "ann", &alice.account).await;
        sent_off(&app).await;
        app.advance(YEAR);
        peer.answer_with(503, &[]);
        let status = alice.says("from the future", Reach::Public).await.status;
        eventually("it was tried", async || (!peer.received_of("Create").is_empty()).then_some(())).await;
        workers.end().await;
        app.advance(-YEAR);
        peer.answer_with(202, &[]);
        let tried = peer.received_of("Create").len();
        portico_service::maintenance::run(&app.instance).await.unwrap();
        let _workers = Workers::start(&app);
        sent_off(&app).await;
        assert_eq!(peer.received_of("Create").len(), tried + 1);
        // A new id is greater than ids generated while the clock was a year ahead.
        let next = alice.says("from today", Reach::Public).await.status;
        assert!(next.id > status.id);
        let note = peer.note("ann", "1", "in between", &[PUBLIC], &[]);
        send(&app, &peer, &peer.create("ann", &note)).await;
        assert!(status_of(&app, note["id"].as_str().unwrap()).await.is_some());
    }

    async fn activities_repeated_after_a_restart_count_once(app: TestApp) {
        let (alice, peer) = scene(&app).await;
        let status = alice.says("hello", Reach::Public).await.status;
        let note = peer.note("ann", "1", "hello", &[PUBLIC], &[]);
        let all = [
            peer.create("ann", &note),
            peer.activity("Like", "ann", "l", json!(status.uri)),
            peer.activity("Announce", "ann", "b", json!(status.uri)),
            peer.activity("Follow", "ann", "f", json!(alice.account.uri)),
            undo(&peer, "u", &peer.activity("Like", "ann", "l", json!(status.uri))),
        ];
        for _ in 0..2 {
            // The workers stop and start again, as after a restart of the process.
            let workers = Workers::start(&app);
            for activity in &all {
                send(&app, &peer, activity).await;
            }
            workers.end().await;
        }
        let status = status_of(&app, &status.uri).await.unwrap();
        assert_eq!((status.favourites_count, status.boosts_count), (0, 1));
        let (id, ann) = (alice.account.id, peer.known(&app, "ann").await.unwrap());
        let found: Result<_, portico_store::Error> = app.instance.store.read(move |r| r.find_account(id)).await;
        assert_eq!((found.unwrap().unwrap().followers_count, ann.statuses_count), (1, 2));
    }

    async fn profiles_come_in_with_all_they_have(app: TestApp) {
        let (alice, peer) = scene(&app).await;
        let mut ann = peer.person("ann");
        ann["name"] = json!("Ann :blob:");
        ann["summary"] = json!("<p>about</p>");
        ann["attachment"] = json!([
            { "type": "PropertyValue", "name": "Site", "value": "<a href=\"https://ann.example\">here</a>" },
            { "type": "PropertyValue", "name": "Script", "value": "<script>x</script>plain" },
            { "type": "Note", "name": "Other", "content": "kind" },
        ]);
        ann["tag"] = json!({ "type": "Emoji", "name": ":blob:", "icon": { "type": "Image", "url": peer.at("/blob.png") } });
        ann["icon"] = json!({ "type": "Image", "url": peer.at("/face.png"), "name": "a face" });
        peer.serve("/users/ann", ann);
        let _workers = Workers::start(&app);
        let mut note = peer.note("ann", "1", "look", &[PUBLIC], &[]);
        note["attachment"] = json!({ "type": "Document", "mediaType": "image/png", "url": peer.at("/1.png"), "name": "a cat",
            "width": 6, "height": 4, "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj", "focalPoint": [0.5, -0.5] });
        send(&app, &peer, &peer.create("ann", &note)).await;
        let id = status_of(&app, note["id"].as_str().unwrap()).await.unwrap().id;
        let shown = alice.get(&format!("/api/v1/statuses/{id}")).await.ok();
        let account = &shown["account"];
        assert_eq!((&account["display_name"], &account["emojis"][0]["shortcode"]), (&json!("Ann :blob:"), &json!("blob")));
        assert_eq!(account["fields"].as_array().unwrap().len(), 2);
        assert!(account["fields"][0]["value"].as_str().unwrap().contains("https://ann.example"));
        assert_eq!(account["fields"][1]["value"], "plain");
        assert_eq!(account["avatar"], peer.at("/face.png"));
        let media = &shown["media_attachments"][0];
        assert_eq!((&media["description"], &media["blurhash"]), (&json!("a cat"), &json!("LEHV6nWB2yk8pyo0adR*.7kCMdnj")));
        assert_eq!((&media["meta"]["focus"]["x"], &media["meta"]["focus"]["y"]), (&json!(0.5), &json!(-0.5)));
        assert_eq!(media["meta"]["original"]["width"], 6);
    }
}
