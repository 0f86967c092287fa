//! The boundary to `activitypub_federation` and `http-signature-normalization` (docs/decisions/0014): objects are
//! found by our own client and rules, and the faults of the libraries have no effect.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use portico_domain::model::peer::{FederationMode, Tier};
use portico_federation::library::{Handle, MOST_FETCHES, with_fetch_limit};
use portico_federation::objects::{Person, Post, find};
use portico_federation::{Error, Federation};
use portico_http_signatures::digest;
use serde_json::{Value, json};

use activitypub_federation::fetch::fetch_object_http;
use activitypub_federation::kinds::public;
use activitypub_federation::traits::{Actor as _, Object as _};

use portico_testing::peer::{
    ACTIVITY, PUBLIC, Peer, Workers, app_with, get_anonymously, on_sqlite, worked_off,
};
use portico_testing::{Database, TestApp};

async fn partner(app: &TestApp) -> Peer {
    let peer = Peer::start("partner").await;
    peer.is(app, Tier::Partner).await;
    peer
}

fn federation(app: &TestApp) -> Arc<Federation> {
    Federation::start(Arc::clone(&app.instance)).unwrap()
}

#[test]
fn s47_s50_find_opens_nothing_that_the_guard_keeps_shut() {
    on_sqlite(async |_| {
        let app = app_with(Database::Sqlite, |settings| settings.federation = FederationMode::Open).await;
        let peer = partner(&app).await;
        let federation = federation(&app);
        let data = federation.data().await.unwrap();
        let shut = [
            "http://169.254.169.254/latest/meta-data/",
            "http://10.0.0.7:8080/users/ann",
            "http://[::1]:9/users/ann",
            "http://partner.localhost:22/users/ann",
            "http://ann@partner.localhost/users/ann",
            "http://partner.localhost./users/ann",
            "ftp://partner.localhost/users/ann",
            "https://192.168.0.1/users/ann",
            "urn:uuid:1",
        ];
        for url in shut {
            let found = find::<Person>(url, &data).await;
            assert!(matches!(found, Err(Error::Permanent(_))), "{url}: {found:?}");
        }
        for (at, url) in shut.iter().enumerate() {
            let path = format!("/redirect/{at}");
            peer.redirect(&path, url);
            let found = find::<Person>(&peer.at(&path), &data).await;
            assert!(matches!(found, Err(Error::Permanent(_))), "to {url}: {found:?}");
        }
        let ann = peer.person("ann").to_string();
        let (ok, long) = (StatusCode::OK, format!(r#"{{"a":"{}"}}"#, "x".repeat(2 * 1024 * 1024)));
        let twice = ann.replacen('{', &format!(r#"{{"id":"{}","#, peer.at("/users/other")), 1);
        for (path, status, media_type, body) in [
            ("/html", ok, "text/html", ann.as_str()),
            ("/long", ok, ACTIVITY, long.as_str()),
            ("/twice", ok, ACTIVITY, twice.as_str()),
        ] {
            peer.serve_as(path, status, media_type, body);
            let found = find::<Person>(&peer.at(path), &data).await;
            assert!(matches!(found, Err(Error::Permanent(_))), "{path}: {found:?}");
        }
        // The library alone reads the document of a failed response.
        peer.serve_as("/broken", StatusCode::INTERNAL_SERVER_ERROR, ACTIVITY, &ann);
        peer.serve_as("/gone", StatusCode::GONE, ACTIVITY, &ann);
        let found = find::<Person>(&peer.at("/broken"), &data).await;
        assert!(found.is_err_and(|error| error.is_temporary()));
        assert!(matches!(find::<Person>(&peer.at("/gone"), &data).await, Err(Error::Gone)));
        assert!(matches!(find::<Person>(&peer.at("/none"), &data).await, Err(Error::Absent)));
        assert_eq!(peer.known(&app, "ann").await, None);
    });
}

#[test]
fn addresses_that_the_operator_allows_are_found() {
    on_sqlite(async |app| {
        let peer = partner(&app).await;
        let federation = federation(&app);
        let data = federation.data().await.unwrap();
        let ann = find::<Person>(&peer.actor("ann"), &data).await.unwrap();
        assert_eq!(
            (ann.id().as_str(), ann.inbox().as_str()),
            (&*peer.actor("ann"), &*peer.at("/users/ann/inbox"))
        );
        assert_eq!(ann.shared_inbox().unwrap().as_str(), peer.at("/inbox"));
        assert_eq!((ann.private_key_pem(), peer.asked().len()), (None, 1));
        // Known now: nothing is fetched.
        assert_eq!(find::<Person>(&peer.actor("ann"), &data).await.unwrap().account(), ann.account());
        assert_eq!(peer.asked().len(), 1);

        let port = peer.domain.rsplit_once(':').unwrap().1;
        for host in [format!("127.0.0.1:{port}"), format!("a_b.localhost:{port}")] {
            let mut there = peer.clone();
            there.domain = host;
            there.is(&app, Tier::Partner).await;
            peer.serve("/users/zoe", there.person("zoe"));
            let found = find::<Person>(&there.actor("zoe"), &data).await.unwrap();
            assert_eq!(found.account().uri, there.actor("zoe"));
        }
    });
}

#[test]
fn s03_the_object_of_another_host_behind_a_redirect_is_not_found() {
    on_sqlite(async |app| {
        let (peer, victim) = (partner(&app).await, Peer::start("victim").await);
        victim.is(&app, Tier::Partner).await;
        let federation = federation(&app);
        let data = federation.data().await.unwrap();
        peer.redirect("/to-victim", &victim.actor("ann"));
        let found = find::<Person>(&peer.at("/to-victim"), &data).await;
        assert!(matches!(found, Err(Error::Permanent(_))), "{found:?}");
        assert_eq!(victim.known(&app, "ann").await, None);

        // A post of another host, and a post whose author is the post itself.
        let mut stolen = victim.note("ann", "1", "stolen", &[PUBLIC], &[]);
        peer.serve("/stolen", stolen.clone());
        assert!(find::<Post>(&peer.at("/stolen"), &data).await.is_err());
        stolen["id"] = json!(peer.at("/notes/2"));
        stolen["attributedTo"] = stolen["id"].clone();
        peer.serve("/notes/2", stolen);
        let (id, soon) = (peer.at("/notes/2"), std::time::Duration::from_secs(20));
        let found = tokio::time::timeout(soon, find::<Post>(&id, &data)).await;
        assert!(found.expect("no lock waits for itself").is_err());
    });
}

#[test]
fn an_id_that_redirects_within_its_origin_is_found() {
    on_sqlite(async |app| {
        let peer = partner(&app).await;
        let federation = federation(&app);
        let data = federation.data().await.unwrap();
        let mut moved = peer.person("moved");
        moved["id"] = json!(peer.at("/moved"));
        moved["publicKey"]["owner"] = moved["id"].clone();
        peer.serve("/moved/here", moved);
        peer.redirect("/moved", "/moved/here");
        assert_eq!(find::<Person>(&peer.at("/moved"), &data).await.unwrap().id().as_str(), peer.at("/moved"));
        assert_eq!(peer.asked(), ["/moved", "/moved/here"]);
    });
}

#[test]
fn s57_an_inbox_row_fetches_twenty_documents_and_no_more() {
    on_sqlite(async |app| {
        let peer = partner(&app).await;
        let federation = federation(&app);
        let most = usize::try_from(MOST_FETCHES).unwrap();
        let names: Vec<String> = (0..most + 5).map(|n| format!("p{n}")).collect();
        for name in &names {
            peer.serve(&format!("/users/{name}"), peer.person(name));
        }
        let found = with_fetch_limit(async {
            let mut found = 0;
            for name in &names {
                // New data does not renew the limit.
                let data = federation.data().await.unwrap();
                match find::<Person>(&peer.actor(name), &data).await {
                    Ok(_) => found += 1,
                    Err(error) => assert!(matches!(error, Error::Permanent(_)), "{error}"),
                }
            }
            found
        });
        assert_eq!(found.await, most);
        assert_eq!(peer.asked().len(), most);
        // The next row has its own limit.
        peer.serve("/users/next", peer.person("next"));
        let data = federation.data().await.unwrap();
        assert!(with_fetch_limit(find::<Person>(&peer.actor("next"), &data)).await.is_ok());
    });
}

#[test]
#[expect(clippy::disallowed_methods, reason = "to show that the library's own client sends nothing")]
fn the_client_of_the_library_sends_nothing() {
    on_sqlite(async |app| {
        let peer = partner(&app).await;
        let federation = federation(&app);
        let data = federation.data().await.unwrap();
        let port = peer.domain.rsplit_once(':').unwrap().1;
        for url in
            [peer.actor("ann"), format!("http://127.0.0.1:{port}/users/ann"), "https://127.0.0.1/".to_owned()]
        {
            let fetched = fetch_object_http::<Handle, Value>(&url.parse().unwrap(), &data).await;
            assert!(fetched.is_err(), "{url}");
        }
        assert!(peer.asked().is_empty());
    });
}

#[test]
fn s57_a_time_that_overflows_in_the_library_is_a_bad_signature() {
    on_sqlite(async |app| {
        let peer = partner(&app).await;
        let body = peer.activity("Like", "ann", "1", json!("https://a.example/1")).to_string();
        for seconds in ["18446744073709551615", "9223372036854775807", "9223372036854772207"] {
            for name in ["created", "expires"] {
                let signature = format!(
                    r#"keyId="{}",algorithm="hs2019",{name}={seconds},headers="(request-target) (created) host digest",signature="c2ln""#,
                    peer.key_id("ann"),
                );
                let request = app
                    .request(Method::POST, "/inbox")
                    .header("content-type", ACTIVITY)
                    .header("digest", digest::digest_header(body.as_bytes()))
                    .header("signature", signature)
                    .body(Body::from(body.clone()));
                assert_eq!(app.send(request.unwrap()).await.status, 401, "{name}={seconds}");
            }
        }
        assert!(peer.asked().is_empty());
    });
}

#[test]
fn activities_of_several_objects_are_read_as_before() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let peer = partner(&app).await;
        let _workers = Workers::start(&app);
        let status = alice.says("hello", portico_domain::model::Reach::Public).await.status;
        let like = peer.activity("Like", "ann", "like", json!([{ "id": status.uri }, peer.at("/other")]));
        assert_eq!(peer.post(&app, "ann", &like).await.status, 202);
        let unknown = peer.activity("View", "ann", "view", json!({ "id": status.uri }));
        assert_eq!(peer.post(&app, "ann", &unknown).await.status, 202);
        worked_off(&app).await;
        let liked = portico_testing::peer::status_of(&app, &status.uri).await.unwrap();
        assert_eq!(liked.favourites_count, 1);
    });
}

#[test]
fn documents_have_the_media_type_of_the_library() {
    on_sqlite(async |app| {
        let actor = get_anonymously(&app, "/actor").await;
        assert_eq!(actor.header("content-type"), Some("application/activity+json"));
        assert!(actor.body.starts_with(r#"{"@context":"#), "{}", actor.body);
        assert_eq!(public().as_str(), PUBLIC);
    });
}
