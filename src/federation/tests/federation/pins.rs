//! Pinned posts, local and remote.

use portico_domain::model::Reach;
use portico_domain::model::peer::Tier;
use portico_service::publishing::pins;
use serde_json::{Value, json};

use portico_testing::peer::{
    PUBLIC, Peer, Workers, eventually, federated, jobs_done, on_sqlite, sent_off, status_of, worked_off,
};
use portico_testing::{TestApp, TestUser};

/// A partner whose ann has a featured collection.
async fn partner(app: &TestApp, pins: &[Value]) -> Peer {
    let peer = Peer::start("partner").await;
    peer.is(app, Tier::Partner).await;
    let mut ann = peer.person("ann");
    ann["featured"] = json!(peer.at("/users/ann/featured"));
    peer.serve("/users/ann", ann);
    let featured =
        json!({ "id": peer.at("/users/ann/featured"), "type": "OrderedCollection", "orderedItems": pins });
    peer.serve("/users/ann/featured", featured);
    peer
}

fn note(peer: &Peer, by: &str, id: &str) -> Value {
    let note = peer.note(by, id, &format!("note {id}"), &[PUBLIC], &[&peer.followers(by)]);
    peer.serve(&format!("/notes/{id}"), note.clone());
    note
}

/// The pinned posts of the peer's ann, as clients see them.
async fn pinned(app: &TestApp, who: &TestUser, peer: &Peer) -> Vec<String> {
    let Some(ann) = peer.known(app, "ann").await else { return Vec::new() };
    let shown = who.get(&format!("/api/v1/accounts/{}/statuses?pinned=true", ann.id)).await.ok();
    let mut uris: Vec<String> =
        shown.as_array().unwrap().iter().map(|status| status["uri"].as_str().unwrap().to_owned()).collect();
    uris.sort();
    uris
}

fn change(peer: &Peer, kind: &str, by: &str, id: &str, object: &str, target: &str) -> Value {
    let mut change = peer.activity(kind, by, id, json!(object));
    change["target"] = json!(target);
    change
}

federated! {
    async fn pins_are_read_when_somebody_is_first_seen_and_kept_up(app: TestApp) {
        let alice = app.staff("alice").await;
        let peer = partner(&app, &[]).await;
        let (one, two) = (note(&peer, "ann", "1"), note(&peer, "ann", "2"));
        let ours = [one["id"].clone(), two.clone(), note(&peer, "ben", "3")["id"].clone()];
        let featured = peer.at("/users/ann/featured");
        peer.serve("/users/ann/featured", json!({ "id": featured, "type": "Collection", "items": ours }));
        let _workers = Workers::start(&app);
        peer.follows(&app, "ann", &alice.account).await;
        let uris = [one["id"].as_str().unwrap().to_owned(), two["id"].as_str().unwrap().to_owned()];
        eventually("the pins are read", || async { (pinned(&app, &alice, &peer).await == uris).then_some(()) }).await;
        // They are on the profile, but not on home timelines.
        assert_eq!(alice.get("/api/v1/timelines/home").await.ok(), json!([]));

        peer.post(&app, "ann", &change(&peer, "Remove", "ann", "r", &uris[0], &featured)).await;
        worked_off(&app).await;
        assert_eq!(pinned(&app, &alice, &peer).await, uris[1..]);
        let fresh = note(&peer, "ann", "4");
        let uri = fresh["id"].as_str().unwrap();
        // A Remove before its Add has no effect.
        peer.post(&app, "ann", &change(&peer, "Remove", "ann", "r2", uri, &featured)).await;
        peer.post(&app, "ann", &change(&peer, "Add", "ann", "a", uri, &featured)).await;
        worked_off(&app).await;
        assert_eq!(pinned(&app, &alice, &peer).await, [uris[1].clone(), uri.to_owned()]);
    }

    async fn local_pins_are_sent_to_the_recipients_of_the_post(app: TestApp) {
        let alice = app.staff("alice").await;
        let peer = partner(&app, &[]).await;
        let _workers = Workers::start(&app);
        peer.follows(&app, "ben", &alice.account).await;
        let shown = alice.says("for partners", Reach::Partners).await.status;
        let hidden = alice.says("for us", Reach::Company).await.status;
        for status in [&shown, &hidden] {
            pins::add(&app.instance, &alice.account, status.id).await.unwrap();
        }
        pins::remove(&app.instance, &alice.account, shown.id).await.unwrap();
        sent_off(&app).await;
        let (added, removed) = (peer.received_of("Add"), peer.received_of("Remove"));
        assert_eq!((added.len(), removed.len()), (1, 1));
        let featured = format!("{}/collections/featured", alice.account.uri);
        for activity in [&added[0], &removed[0]] {
            assert_eq!((&activity["object"], &activity["target"]), (&json!(shown.uri), &json!(featured)));
            assert!(!activity.to_string().contains("as:Public") && !activity.to_string().contains(PUBLIC), "{activity}");
        }
    }
}

#[test]
fn s20_nobody_pins_on_anothers_profile_or_anothers_post() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let peer = partner(&app, &[]).await;
        let other = Peer::start("other").await;
        other.is(&app, Tier::Partner).await;
        let _workers = Workers::start(&app);
        peer.follows(&app, "ann", &alice.account).await;
        let (anns, bens) = (note(&peer, "ann", "1"), note(&peer, "ben", "2"));
        let far = other.note("ben", "3", "from afar", &[PUBLIC], &[]);
        other.serve("/notes/3", far.clone());
        let featured = peer.at("/users/ann/featured");
        for (n, (by, object)) in [("ben", &anns), ("ann", &bens), ("ann", &far)].into_iter().enumerate() {
            let add = change(&peer, "Add", by, &n.to_string(), object["id"].as_str().unwrap(), &featured);
            assert_eq!(peer.post(&app, by, &add).await.status, 202);
        }
        // To a collection other than ann's pins.
        let add =
            change(&peer, "Add", "ann", "9", anns["id"].as_str().unwrap(), &peer.at("/users/ben/featured"));
        peer.post(&app, "ann", &add).await;
        worked_off(&app).await;
        jobs_done(&app, "errands").await;
        assert_eq!(pinned(&app, &alice, &peer).await, Vec::<String>::new());
        assert_eq!(status_of(&app, far["id"].as_str().unwrap()).await, None);
    });
}

#[test]
fn s58_of_many_pins_few_are_read() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let peer = partner(&app, &[]).await;
        let many: Vec<Value> = (0..50).map(|n| note(&peer, "ann", &n.to_string())["id"].clone()).collect();
        let featured = peer.at("/users/ann/featured");
        // A page that links to itself, too.
        peer.serve(
            "/users/ann/featured",
            json!({ "id": featured, "type": "OrderedCollection",
            "orderedItems": many, "first": featured }),
        );
        let _workers = Workers::start(&app);
        peer.follows(&app, "ann", &alice.account).await;
        eventually("the pins are read", || async {
            (pinned(&app, &alice, &peer).await.len() == 10).then_some(())
        })
        .await;
        let asked = peer.asked().iter().filter(|path| path.starts_with("/notes/")).count();
        assert_eq!(asked, 10);
    });
}

#[test]
fn hashtags_of_a_profile_are_a_collection() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let peer = partner(&app, &[]).await;
        alice.submit("/api/v1/featured_tags", "name=turbines").await.ok();
        let actor = peer.get(&app, "ben", "/users/alice").await.ok();
        let uri = actor["featuredTags"].as_str().unwrap();
        let path = uri.strip_prefix(app.instance.urls.origin()).unwrap();
        let listed = peer.get(&app, "ben", path).await.ok();
        assert_eq!(listed["id"], uri);
        assert_eq!(
            (&listed["orderedItems"][0]["type"], &listed["orderedItems"][0]["name"]),
            (&json!("Hashtag"), &json!("#turbines"))
        );
    });
}
