//! Exposure: how much of profiles, and of the number of people, each viewer gets.

use axum::body::Body;
use axum::http::Method;
use portico_domain::model::Reach;
use portico_domain::model::exposure::{Exposure, Exposures};
use portico_domain::model::peer::{FederationMode, Tier};
use serde_json::{Value, json};

use portico_testing::peer::{Peer, app_with, get_anonymously, on_sqlite};
use portico_testing::{Database, Reply, TestApp};

const STUB: [&str; 9] = [
    "@context",
    "assertionMethod",
    "endpoints",
    "id",
    "inbox",
    "preferredUsername",
    "publicKey",
    "type",
    "url",
];
const ADDRESSES: [&str; 5] = [
    "/users/alice",
    "/users/alice/outbox",
    "/users/alice/followers",
    "/users/alice/following",
    "/users/alice/collections/featured",
];

async fn open_app(exposure: Exposures) -> TestApp {
    app_with(Database::Sqlite, |settings| {
        settings.federation = FederationMode::Open;
        settings.exposure = exposure;
    })
    .await
}

async fn ask(app: &TestApp, peer: Option<&Peer>, path: &str) -> Reply {
    match peer {
        Some(peer) => peer.get(app, "ann", path).await,
        None => get_anonymously(app, path).await,
    }
}

fn names(document: &Value) -> Vec<String> {
    let mut names: Vec<String> = document.as_object().unwrap().keys().cloned().collect();
    names.sort_unstable();
    names
}

/// The exposure of an actor document response.
fn given(reply: &Reply) -> Exposure {
    match reply.status.as_u16() {
        404 => Exposure::None,
        200 if reply.json()["name"] == "ALICE" => Exposure::Full,
        200 => {
            assert_eq!(names(&reply.json()), STUB);
            Exposure::Minimal
        }
        status => panic!("{status}: {}", reply.body),
    }
}

#[test]
fn s44_the_operator_says_how_much_each_tier_gets() {
    on_sqlite(async |_| {
        let (limited, stranger, partner, sister, bad) = (
            Peer::start("limited").await,
            Peer::start("stranger").await,
            Peer::start("partner").await,
            Peer::start("sister").await,
            Peer::start("bad").await,
        );
        for &exposure in Exposure::ALL {
            let all = Exposures { anonymous: exposure, limited: exposure, open: exposure, partner: exposure };
            let app = open_app(all).await;
            app.staff("alice").await;
            limited.is(&app, Tier::Limited).await;
            partner.is(&app, Tier::Partner).await;
            sister.is(&app, Tier::Company).await;
            bad.is(&app, Tier::Blocked).await;
            let least = exposure.min(Exposure::Minimal);
            for (peer, expected) in [
                (Some(&limited), exposure),
                (Some(&stranger), exposure),
                (Some(&partner), exposure),
                (Some(&sister), Exposure::Full),
                (Some(&bad), least),
                (None, least),
            ] {
                let who = peer.map_or("nobody", |peer| &peer.domain);
                assert_eq!(given(&ask(&app, peer, "/users/alice").await), expected, "{who} {exposure}");
                for path in ADDRESSES {
                    let reply = ask(&app, peer, path).await;
                    assert_eq!(reply.status == 404, expected == Exposure::None, "{path} {who} {exposure}");
                    if expected == Exposure::None {
                        assert_eq!(reply.body, ask(&app, peer, "/users/nobody").await.body, "S40");
                    }
                }
            }
            assert_eq!(get_anonymously(&app, "/actor").await.status, 200, "two strict servers can talk");
        }
    });
}

#[test]
fn s44_a_stub_has_no_collections() {
    on_sqlite(async |_| {
        let app = open_app(Exposures { open: Exposure::Minimal, ..Exposures::default() }).await;
        let alice = app.staff("alice").await;
        alice.says("for everybody", Reach::Public).await;
        let stranger = Peer::start("stranger").await;
        let page = stranger.get(&app, "ann", "/users/alice/outbox?page=true").await.ok();
        assert_eq!(page["orderedItems"], json!([]));
        stranger.is(&app, Tier::Partner).await;
        let page = stranger.get(&app, "ann", "/users/alice/outbox?page=true").await.ok();
        assert_eq!(page["orderedItems"].as_array().map(Vec::len), Some(1));
    });
}

async fn finger(app: &TestApp, peer: Option<&Peer>) -> Reply {
    let path = format!("/.well-known/webfinger?resource=acct:alice@{}", app.instance.settings.domain);
    ask(app, peer, &path).await
}

#[test]
fn webfinger_shows_no_more_than_the_profile() {
    on_sqlite(async |_| {
        let app = open_app(Exposures { anonymous: Exposure::None, ..Exposures::default() }).await;
        app.staff("alice").await;
        let partner = Peer::start("partner").await;
        partner.is(&app, Tier::Partner).await;
        let (nobody, signed) = (finger(&app, None).await, finger(&app, Some(&partner)).await);
        assert_eq!(nobody.status, 404);
        assert_eq!(signed.ok()["subject"], format!("acct:alice@{}", app.instance.settings.domain));
        assert_eq!(signed.headers["cache-control"], "private, no-store", "S38");
    });
}

#[test]
fn s44_nodeinfo_counts_for_the_company_alone() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        alice.posts("one").await;
        let (sister, partner) = (Peer::start("sister").await, Peer::start("partner").await);
        sister.is(&app, Tier::Company).await;
        partner.is(&app, Tier::Partner).await;
        for (peer, users, posts) in [(Some(&sister), 1, 1), (Some(&partner), 0, 0), (None, 0, 0)] {
            let reply = ask(&app, peer, "/nodeinfo/2.1").await;
            assert_eq!(reply.headers["cache-control"], "private, no-store", "S38");
            let usage = &reply.ok()["usage"];
            assert_eq!((&usage["users"]["total"], &usage["localPosts"]), (&json!(users), &json!(posts)));
        }
    });
}

#[test]
fn s40_an_inbox_does_not_reveal_which_accounts_exist() {
    on_sqlite(async |app| {
        app.staff("alice").await;
        let partner = Peer::start("partner").await;
        partner.is(&app, Tier::Partner).await;
        let unsigned = async |name: &str| {
            let request = app.request(Method::POST, &format!("/users/{name}/inbox"));
            let request = request.header("content-type", portico_testing::peer::ACTIVITY);
            app.send(request.body(Body::from("{}")).unwrap()).await
        };
        let (alice, nobody) = (unsigned("alice").await, unsigned("nobody").await);
        assert_eq!((alice.status, &alice.body), (nobody.status, &nobody.body));
        let follow = partner.activity("Follow", "ann", "1", json!(app.instance.urls.at("/users/nobody")));
        assert_eq!(partner.post_to(&app, "/users/nobody/inbox", "ann", &follow).await.status, 404);
    });
}
