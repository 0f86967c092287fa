//! Threads across servers: collections of local threads, inbox forwarding, and backfill of remote threads.

use axum::http::Method;
use portico_domain::model::Reach;
use portico_domain::model::peer::Tier;
use portico_domain::model::status::Status;
use portico_domain::model::view::StatusView;
use portico_http_signatures::digest;
use serde_json::{Value, json};

use portico_testing::peer::{
    PUBLIC, Peer, Workers, eventually, federated, get_anonymously, jobs_done, on_sqlite, sent_off, status_of,
    worked_off,
};
use portico_testing::{TestApp, TestUser};

async fn peer(app: &TestApp, name: &str, tier: Tier) -> Peer {
    let peer = Peer::start(name).await;
    peer.is(app, tier).await;
    peer
}

fn path_of(app: &TestApp, uri: &str) -> String {
    uri.strip_prefix(app.instance.urls.origin()).unwrap().to_owned()
}

fn followers_of(who: &TestUser) -> String {
    format!("{}/followers", who.account.uri)
}

/// A reply by one of the peer's accounts.
fn answer(peer: &Peer, by: &str, id: &str, parent: &str, to: &[&str], cc: &[&str]) -> Value {
    let mut note = peer.note(by, id, &format!("answer {id}"), to, cc);
    note["inReplyTo"] = json!(parent);
    peer.serve(&format!("/notes/{id}"), note.clone());
    note
}

async fn takes(app: &TestApp, peer: &Peer, by: &str, note: &Value) {
    assert_eq!(peer.post(app, by, &peer.create(by, note)).await.status, 202);
    worked_off(app).await;
}

async fn replies(who: &TestUser, parent: &StatusView, reach: Reach) -> String {
    use portico_domain::policy::reach::RequestedReach;
    use portico_service::publishing::statuses::NewStatus;
    use portico_service::publishing::{PostAuthor, submit_now};
    let new = NewStatus {
        text: format!("reply for {reach}"),
        asked: Some(RequestedReach::Reach(reach)),
        in_reply_to: Some(parent.status.id),
        ..NewStatus::default()
    };
    submit_now(&who.app.instance, PostAuthor::own(&who.account), new).await.unwrap().status.uri
}

/// The ids in a thread's collection.
fn collection_ids(reply: &portico_testing::Reply) -> Vec<String> {
    let document = reply.ok();
    let items = document["first"]["orderedItems"].as_array().unwrap();
    items.iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

federated! {
    async fn s33_a_thread_lists_only_what_the_requester_may_see(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let (sister, partner) =
            (peer(&app, "sister", Tier::Company).await, peer(&app, "partner", Tier::Partner).await);
        let _workers = Workers::start(&app);
        let root = alice.says("for everybody", Reach::Public).await;
        let uri = root.status.uri.clone();
        let (company, direct) =
            (replies(&bob, &root, Reach::Company).await, replies(&bob, &root, Reach::Direct).await);
        let public = answer(&partner, "ann", "1", &uri, &[PUBLIC], &[]);
        takes(&app, &partner, "ann", &public).await;
        let private = answer(&partner, "ben", "2", &uri, &[&alice.account.uri], &[]);
        takes(&app, &partner, "ben", &private).await;
        let sisters = answer(&sister, "ann", "3", public["id"].as_str().unwrap(), &[&sister.followers("ann")], &[]);
        let mut sisters = sisters;
        sisters["audience"] = json!(sister.at("/collections/company"));
        takes(&app, &sister, "ann", &sisters).await;
        assert!(status_of(&app, private["id"].as_str().unwrap()).await.is_some());

        let id = |note: &Value| note["id"].as_str().unwrap().to_owned();
        let path = path_of(&app, &uri);
        let direct_answers = |peer: Peer, by: &'static str, part: &'static str| {
            let (app, path) = (app.clone(), format!("{path}/{part}"));
            async move { collection_ids(&peer.get(&app, by, &path).await) }
        };
        assert_eq!(direct_answers(partner.clone(), "ann", "replies").await, [id(&public)]);
        let mut everything = direct_answers(sister.clone(), "ann", "replies").await;
        everything.sort();
        let mut expected = vec![company.clone(), id(&public)];
        expected.sort();
        assert_eq!(everything, expected);
        assert_eq!(direct_answers(partner.clone(), "ann", "context").await.len(), 2, "the root and the answer");
        let whole = direct_answers(sister.clone(), "server", "context").await;
        assert_eq!(whole.len(), 4, "{whole:?}");
        for hidden in [&direct, &id(&private)] {
            assert!(!whole.contains(hidden), "A5: {hidden}");
        }
        for part in ["replies", "context"] {
            let nobodys = get_anonymously(&app, &format!("{path}/{part}")).await;
            let nothing = get_anonymously(&app, &format!("/users/alice/statuses/1/{part}")).await;
            assert_eq!((nobodys.status.as_u16(), &nobodys.body), (404, &nothing.body), "S40");
        }
        let answers = path_of(&app, &company);
        assert_eq!(sister.get(&app, "ann", &format!("{answers}/context")).await.status, 404, "it began no thread");
        let note = sister.get(&app, "ann", &answers).await.ok();
        assert_eq!(note["context"], format!("{uri}/context"));
        assert_eq!(note["replies"]["first"]["items"], json!([]));
    }

    async fn s36_answers_are_handed_on_as_they_came_if_they_are_public(app: TestApp) {
        let alice = app.staff("alice").await;
        let (partner, other) =
            (peer(&app, "partner", Tier::Partner).await, peer(&app, "other", Tier::Partner).await);
        let _workers = Workers::start(&app);
        partner.follows(&app, "ann", &alice.account).await;
        other.follows(&app, "ann", &alice.account).await;
        let root = alice.says("for everybody", Reach::Public).await;
        let inside = alice.says("for partners", Reach::Partners).await;
        sent_off(&app).await;
        let (uri, followers) = (root.status.uri.as_str(), followers_of(&alice));
        let mine = partner.followers("ben");
        let mut hidden = answer(&partner, "ben", "hidden", uri, &[PUBLIC], &[&mine, &followers]);
        hidden["bcc"] = json!(partner.actor("ann"));
        for note in [
            hidden,
            answer(&partner, "ben", "private", uri, &[&mine, &followers], &[]),
            answer(&partner, "ben", "direct", uri, &[&alice.account.uri], &[&followers]),
            answer(&partner, "ben", "unnamed", uri, &[PUBLIC], &[&mine]),
            answer(&partner, "ben", "inside", &inside.status.uri, &[PUBLIC], &[&followers]),
            answer(&partner, "ben", "nothing", "https://elsewhere.example/1", &[PUBLIC], &[&followers]),
        ] {
            takes(&app, &partner, "ben", &note).await;
        }
        let note = answer(&partner, "ben", "public", uri, &[PUBLIC], &[&mine, &followers]);
        // Unusual spaces show that the forwarded bytes are unchanged.
        let body = partner.create("ben", &note).to_string().replacen(':', " :  ", 1);
        let headers = partner.signed(&app, "ben", &Method::POST, "/inbox", Some(body.as_bytes()));
        assert_eq!(partner.post_raw(&app, "/inbox", headers, body.clone()).await.status, 202);
        worked_off(&app).await;
        sent_off(&app).await;
        let creates = |peer: &Peer| {
            let by_ben = |create: &Value| create["actor"] == partner.actor("ben");
            peer.received_of("Create").into_iter().filter(by_ben).collect::<Vec<_>>()
        };
        let handed_on = creates(&other);
        assert_eq!(handed_on.len(), 1, "S36, A5: {handed_on:?}");
        assert_eq!(handed_on[0]["object"]["id"], note["id"]);
        assert!(other.digests().contains(&digest::digest_header(body.as_bytes())), "the bytes are the same");
        assert!(creates(&partner).is_empty(), "never back");

        let delete = partner.activity("Delete", "ben", "gone", json!({ "id": note["id"], "type": "Tombstone" }));
        assert_eq!(partner.post(&app, "ben", &delete).await.status, 202);
        worked_off(&app).await;
        sent_off(&app).await;
        let deletes = other.received_of("Delete");
        assert_eq!(deletes.iter().filter(|gone| gone["id"] == delete["id"]).count(), 1);
    }

    async fn s01_forwarded_objects_count_as_their_own_server_states_them(app: TestApp) {
        let (origin, relay) =
            (peer(&app, "origin", Tier::Partner).await, peer(&app, "relay", Tier::Partner).await);
        let _workers = Workers::start(&app);
        let root = relay.note("ann", "root", "a question", &[PUBLIC], &[]);
        takes(&app, &relay, "ann", &root).await;
        let parent = root["id"].as_str().unwrap();
        let hand_on = async |activity: &Value| relay.post(&app, "ann", activity).await.status.as_u16();

        // The object's own server has other content, which counts.
        let note = answer(&origin, "ben", "1", parent, &[PUBLIC], &[]);
        let mut forged = note.clone();
        forged["content"] = json!("<p>forged</p>");
        assert_eq!(hand_on(&origin.create("ben", &forged)).await, 202);
        let uri = note["id"].as_str().unwrap().to_owned();
        let stored: Status = eventually("the answer comes", || status_of(&app, &uri)).await;
        assert_eq!(stored.content, "<p>answer 1</p>");

        // A Delete is applied once the object is gone from its own server, and not before.
        let delete = origin.activity("Delete", "ben", "d", json!(uri));
        assert_eq!(hand_on(&delete).await, 202);
        jobs_done(&app, "hints").await;
        assert!(status_of(&app, &uri).await.is_some(), "it is still there");
        origin.serve_as("/notes/1", axum::http::StatusCode::GONE, "text/plain", "");
        assert_eq!(hand_on(&delete).await, 202);
        jobs_done(&app, "hints").await;
        assert!(status_of(&app, &uri).await.is_none());

        // Irrelevant objects, and objects unknown to their own server, have no effect.
        let strange = answer(&origin, "ben", "2", "https://elsewhere.example/1", &[PUBLIC], &[]);
        assert_eq!(hand_on(&origin.create("ben", &strange)).await, 401);
        let mut invented = origin.note("ben", "3", "invented", &[PUBLIC], &[]);
        invented["inReplyTo"] = json!(parent);
        assert_eq!(hand_on(&origin.create("ben", &invented)).await, 202);
        jobs_done(&app, "hints").await;
        assert!(status_of(&app, invented["id"].as_str().unwrap()).await.is_none());
        // Nothing from or about a blocked server is forwarded.
        origin.is(&app, Tier::Blocked).await;
        let late = answer(&origin, "ben", "4", parent, &[PUBLIC], &[]);
        assert_eq!(hand_on(&origin.create("ben", &late)).await, 401, "S30");
    }

    async fn s58_s59_viewing_a_thread_fetches_the_rest_of_it_within_bounds(app: TestApp) {
        let alice = app.staff("alice").await;
        let (partner, third) =
            (peer(&app, "partner", Tier::Partner).await, peer(&app, "third", Tier::Partner).await);
        let blocked = peer(&app, "blocked", Tier::Blocked).await;
        let workers = Workers::start(&app);
        let mut root = partner.note("ann", "root", "a question", &[PUBLIC], &[]);
        root["context"] = json!(partner.at("/context"));
        let parent = root["id"].as_str().unwrap().to_owned();
        let first = answer(&partner, "ben", "1", &parent, &[PUBLIC], &[]);
        let mut second = answer(&third, "ann", "2", first["id"].as_str().unwrap(), &[PUBLIC], &[]);
        second["replies"] = json!({ "id": third.at("/replies"), "type": "Collection" });
        third.serve("/notes/2", second.clone());
        let deeper = answer(&third, "ben", "3", second["id"].as_str().unwrap(), &[PUBLIC], &[]);
        let private = answer(&third, "ben", "4", &parent, &[&third.followers("ben")], &[]);
        let stray = third.note("ben", "5", "answers nothing", &[PUBLIC], &[]);
        third.serve("/notes/5", stray.clone());
        let bad = answer(&blocked, "ann", "6", &parent, &[PUBLIC], &[]);
        let ids = |notes: &[&Value]| notes.iter().map(|note| note["id"].clone()).collect::<Vec<_>>();
        let next = partner.at("/context-2");
        partner.serve(
            "/context",
            json!({ "id": partner.at("/context"), "type": "OrderedCollection", "first": {
                "type": "OrderedCollectionPage", "orderedItems": ids(&[&root, &first, &second]), "next": next } }),
        );
        // Its next page is itself, endlessly.
        partner.serve(
            "/context-2",
            json!({ "id": next, "type": "OrderedCollectionPage", "next": next,
                "orderedItems": ids(&[&private, &stray, &bad]) }),
        );
        third.serve(
            "/replies",
            json!({ "id": third.at("/replies"), "type": "Collection", "items": ids(&[&deeper]) }),
        );
        takes(&app, &partner, "ann", &root).await;
        assert!(!partner.asked().contains(&"/context".to_owned()), "nobody has looked yet");

        let id = status_of(&app, &parent).await.unwrap().id;
        let path = format!("/api/v1/statuses/{id}/context");
        let progress = format!("/api/v1_alpha/async_refreshes/{id}");
        alice.get(&progress).await.problem(404);
        workers.end().await;
        let shown = alice.get(&path).await;
        assert_eq!(shown.header("mastodon-async-refresh"), Some(format!("id=\"{id}\", retry=3, result_count=0").as_str()));
        assert_eq!(shown.ok()["descendants"], json!([]));
        assert_eq!(alice.get(&progress).await.ok()["async_refresh"]["status"], "running");
        // An unfinished backfill counts as aborted after two minutes.
        app.advance(121);
        assert_eq!(alice.get(&progress).await.ok()["async_refresh"]["status"], "finished");
        let _workers = Workers::start(&app);
        jobs_done(&app, "threads").await;
        assert_eq!(
            alice.get(&progress).await.ok()["async_refresh"],
            json!({ "id": id.to_string(), "status": "finished", "result_count": 4 })
        );
        assert_eq!(alice.get(&path).await.header("mastodon-async-refresh"), None);
        let shown = alice.get(&path).await.ok();
        let contents: Vec<&str> =
            shown["descendants"].as_array().unwrap().iter().map(|s| s["content"].as_str().unwrap()).collect();
        assert_eq!(contents, ["<p>answer 1</p>", "<p>answer 2</p>", "<p>answer 3</p>"], "A5, S58");
        assert!(status_of(&app, stray["id"].as_str().unwrap()).await.is_none());
        assert!(blocked.asked().is_empty(), "S30");
        assert!(alice.get("/api/v1/notifications").await.ok().as_array().unwrap().is_empty());

        let asked = partner.asked().len();
        alice.get(&path).await.ok();
        jobs_done(&app, "threads").await;
        assert_eq!(partner.asked().len(), asked, "not again at once");
        app.advance(16 * 60);
        alice.get(&path).await.ok();
        jobs_done(&app, "threads").await;
        assert!(partner.asked().len() > asked);
    }
}

#[test]
fn a_public_reply_is_addressed_to_the_parent_authors_followers() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let partner = peer(&app, "partner", Tier::Partner).await;
        let _workers = Workers::start(&app);
        partner.follows(&app, "ann", &alice.account).await;
        let mut root = partner.note("ann", "root", "a question", &[PUBLIC], &[]);
        root["context"] = json!(partner.at("/context"));
        takes(&app, &partner, "ann", &root).await;
        let stored = status_of(&app, root["id"].as_str().unwrap()).await.unwrap();
        let view = portico_service::publishing::statuses::show(
            &app.instance,
            portico_domain::policy::reach::Viewer::Local(alice.account.id),
            stored.id,
        )
        .await
        .unwrap();
        for (reach, named) in [(Reach::Public, true), (Reach::Followers, false), (Reach::Partners, false)] {
            let uri = replies(&alice, &view, reach).await;
            sent_off(&app).await;
            let creates = partner.received_of("Create");
            let Some(create) = creates.iter().find(|create| create["object"]["id"] == uri) else {
                assert!(!named, "{reach}");
                continue;
            };
            let cc = create["cc"].as_array().unwrap();
            assert_eq!(cc.contains(&json!(partner.followers("ann"))), named, "{reach}");
            assert_eq!(create["object"]["context"], root["context"], "FEP-7888: the thread is theirs");
        }
    });
}
