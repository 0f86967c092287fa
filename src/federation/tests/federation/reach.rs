//! Access to our documents by reach and requester.

use portico_domain::model::Reach;
use portico_domain::model::peer::Tier;
use serde_json::Value;

use portico_testing::peer::{Peer, Workers, eventually, get_anonymously, on_sqlite};
use portico_testing::{TestApp, TestUser};

fn path_of(app: &TestApp, uri: &str) -> String {
    uri.strip_prefix(app.instance.urls.origin()).unwrap().to_owned()
}

/// The contents that an outbox lists for one of the peer's accounts.
async fn listed(app: &TestApp, peer: &Peer, by: &str) -> Vec<String> {
    let page = peer.get(app, by, "/users/alice/outbox?page=true").await.ok();
    let items = page["orderedItems"].as_array().cloned().unwrap_or_default();
    items.iter().filter_map(|item| item["object"]["content"].as_str().map(str::to_owned)).collect()
}

async fn post_all(alice: &TestUser) -> Vec<(Reach, String)> {
    let mut posted = Vec::new();
    for &reach in Reach::ALL {
        posted.push((reach, alice.says(&format!("reach {reach}"), reach).await.status.uri));
    }
    posted
}

#[test]
fn s33_s40_hidden_statuses_are_not_found() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let posted = post_all(&alice).await;
        let (sister, partner, stranger) =
            (Peer::start("sister").await, Peer::start("partner").await, Peer::start("stranger").await);
        sister.is(&app, Tier::Company).await;
        partner.is(&app, Tier::Partner).await;
        for (reach, uri) in &posted {
            let path = path_of(&app, uri);
            for (peer, allowed) in [
                (Some(&sister), matches!(reach, Reach::Company | Reach::Partners | Reach::Public)),
                (Some(&partner), matches!(reach, Reach::Partners | Reach::Public)),
                (Some(&stranger), false),
                (None, false),
            ] {
                for by in ["ann", "server"] {
                    let reply = match peer {
                        Some(peer) => peer.get(&app, by, &path).await,
                        None => get_anonymously(&app, &path).await,
                    };
                    let status = if allowed { 200 } else { 404 };
                    let who = peer.map_or("nobody", |peer| &peer.domain);
                    assert_eq!(reply.status, status, "{reach} for {by} of {who}");
                    assert_eq!(reply.headers["cache-control"], "private, no-store", "S38");
                    if !allowed {
                        let nothing = get_anonymously(&app, "/users/alice/statuses/1").await;
                        assert_eq!(reply.body, nothing.body, "S40");
                    }
                }
            }
        }
        assert_eq!(listed(&app, &sister, "ann").await.len(), 3);
        assert_eq!(listed(&app, &partner, "ann").await.len(), 2);
        let anonymous = get_anonymously(&app, "/users/alice/outbox?page=true").await.ok();
        assert_eq!(anonymous["orderedItems"], Value::Array(Vec::new()));
    });
}

#[test]
fn followers_and_the_named_see_what_is_for_them() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let partner = Peer::start("partner").await;
        partner.is(&app, Tier::Partner).await;
        let _workers = Workers::start(&app);
        partner.follows(&app, "ann", &alice.account).await;
        let uri = alice.says("for followers", Reach::Followers).await.status.uri;
        let path = path_of(&app, &uri);
        assert_eq!(partner.get(&app, "ann", &path).await.status, 200);
        assert_eq!(partner.get(&app, "ben", &path).await.status, 404);
        let note = partner.get(&app, "ann", &path).await.ok();
        assert!(!note.to_string().contains("Public"), "{note}");
        assert!(note.get("bto").is_none() && note.get("bcc").is_none(), "S35");
        eventually("the note is delivered", || async {
            partner.received_of("Create").iter().any(|create| create["object"]["id"] == uri).then_some(())
        })
        .await;
    });
}

#[test]
fn audience_collections_and_people_are_for_the_organisation() {
    on_sqlite(async |app| {
        app.staff("alice").await;
        let (sister, partner) = (Peer::start("sister").await, Peer::start("partner").await);
        sister.is(&app, Tier::Company).await;
        partner.is(&app, Tier::Partner).await;
        for (path, for_sister, for_partner) in
            [("/collections/company", 200, 404), ("/collections/partners", 200, 200)]
        {
            assert_eq!(sister.get(&app, "ann", path).await.status.as_u16(), for_sister, "{path}");
            assert_eq!(partner.get(&app, "ann", path).await.status.as_u16(), for_partner, "{path}");
            assert_eq!(get_anonymously(&app, path).await.status, 404, "{path}");
            let collection = sister.get(&app, "ann", path).await.ok();
            assert_eq!((&collection["totalItems"], &collection["first"]), (&Value::Null, &Value::Null));
        }
        let to_sister = sister.get(&app, "ann", "/users/alice/followers").await.ok();
        assert_eq!(to_sister["totalItems"], 0);
        let to_partner = partner.get(&app, "ann", "/users/alice/followers").await.ok();
        assert_eq!((&to_partner["totalItems"], &to_partner["first"]), (&Value::Null, &Value::Null), "S44");
    });
}

#[test]
fn profiles_are_whole_for_those_we_federate_with() {
    on_sqlite(async |app| {
        app.staff("alice").await;
        let (partner, stranger) = (Peer::start("partner").await, Peer::start("stranger").await);
        partner.is(&app, Tier::Partner).await;
        assert_eq!(partner.get(&app, "ann", "/users/alice").await.ok()["name"], "ALICE");
        let stub = stranger.get(&app, "ann", "/users/alice").await.ok();
        assert_eq!(stub["name"], Value::Null);
        assert!(stub["publicKey"].is_object());
    });
}
