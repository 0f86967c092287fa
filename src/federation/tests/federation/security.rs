//! Lines of the security list that belong to no single feature: disclosure, fetches and rate limits. The
//! others are in their feature's tests, named in the same way.

use axum::body::Body;
use axum::http::Method;
use portico_domain::model::Reach;
use portico_domain::model::peer::{FederationMode, Tier};
use serde_json::json;

use portico_testing::peer::{
    ACTIVITY, PUBLIC, Peer, Workers, app_with, get_anonymously, jobs_done, on_sqlite, status_of, worked_off,
};
use portico_testing::{Database, TestApp};

async fn peer(app: &TestApp, name: &str, tier: Tier) -> Peer {
    let peer = Peer::start(name).await;
    peer.is(app, tier).await;
    peer
}

#[test]
fn s32_former_followers_lose_read_access() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let partner = peer(&app, "partner", Tier::Partner).await;
        let _workers = Workers::start(&app);
        partner.follows(&app, "ann", &alice.account).await;
        let uri = alice.says("for followers", Reach::Followers).await.status.uri;
        let path = uri.strip_prefix(app.instance.urls.origin()).unwrap().to_owned();
        for part in ["", "/activity", "/replies", "/context"] {
            assert_eq!(partner.get(&app, "ann", &format!("{path}{part}")).await.status, 200, "{part}");
        }
        let follow = json!({ "type": "Follow", "actor": partner.actor("ann"), "object": alice.account.uri });
        partner.post(&app, "ann", &partner.activity("Undo", "ann", "u", follow)).await;
        worked_off(&app).await;
        for part in ["", "/activity", "/replies", "/context"] {
            assert_eq!(partner.get(&app, "ann", &format!("{path}{part}")).await.status, 404, "{part}");
        }
    });
}

#[test]
fn s01_nobody_speaks_for_a_neighbour() {
    on_sqlite(async |app| {
        let partner = peer(&app, "partner", Tier::Partner).await;
        let _workers = Workers::start(&app);
        let own = partner.note("ben", "1", "as it was", &[PUBLIC], &[]);
        partner.post(&app, "ben", &partner.create("ben", &own)).await;
        // Of the same host, but ben's: ann can neither create nor edit nor delete it.
        let mut foreign = partner.note("ann", "2", "words in his mouth", &[PUBLIC], &[]);
        foreign["attributedTo"] = json!(partner.actor("ben"));
        partner.post(&app, "ann", &partner.create("ann", &foreign)).await;
        let mut edit = own.clone();
        edit["content"] = json!("<p>changed</p>");
        edit["updated"] = json!("2026-11-02T08:59:30Z");
        partner.post(&app, "ann", &partner.activity("Update", "ann", "u", edit)).await;
        partner.post(&app, "ann", &partner.activity("Delete", "ann", "d", own["id"].clone())).await;
        worked_off(&app).await;
        assert_eq!(status_of(&app, foreign["id"].as_str().unwrap()).await, None);
        assert_eq!(status_of(&app, own["id"].as_str().unwrap()).await.unwrap().content, "<p>as it was</p>");
    });
}

#[test]
fn a11_activities_received_before_a_block_have_no_effect_after_it() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let partner = peer(&app, "partner", Tier::Partner).await;
        let status = alice.says("hello", Reach::Public).await.status;
        let note = partner.note("ann", "1", "too late", &[PUBLIC], &[]);
        let like = partner.activity("Like", "ann", "like", json!(status.uri));
        for activity in [partner.create("ann", &note), like] {
            assert_eq!(partner.post(&app, "ann", &activity).await.status, 202);
        }
        partner.is(&app, Tier::Blocked).await;
        let _workers = Workers::start(&app);
        worked_off(&app).await;
        assert_eq!(status_of(&app, note["id"].as_str().unwrap()).await, None);
        assert_eq!(status_of(&app, &status.uri).await.unwrap().favourites_count, 0);
    });
}

#[test]
fn s35_hidden_recipients_are_never_disclosed() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let partner = peer(&app, "partner", Tier::Partner).await;
        let _workers = Workers::start(&app);
        let mut note = partner.note("ann", "1", "hello", &[PUBLIC], &[]);
        note["bcc"] = json!([alice.account.uri]);
        let mut create = partner.create("ann", &note);
        create["bto"] = json!([alice.account.uri]);
        partner.post(&app, "ann", &create).await;
        worked_off(&app).await;
        let status = status_of(&app, note["id"].as_str().unwrap()).await.unwrap();
        let shown = alice.get(&format!("/api/v1/statuses/{}", status.id)).await.ok();
        assert_eq!(shown["mentions"], json!([]));
        assert_eq!(alice.get("/api/v1/notifications").await.ok(), json!([]));
    });
}

#[test]
fn s38_responses_that_depend_on_the_requester_are_not_cached() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let uri = alice.says("hello", Reach::Public).await.status.uri;
        let status = uri.strip_prefix(app.instance.urls.origin()).unwrap().to_owned();
        let finger = format!("/.well-known/webfinger?resource=acct:alice@{}", app.instance.settings.domain);
        for path in [
            "/actor".to_owned(),
            "/users/alice".to_owned(),
            "/users/alice/outbox".to_owned(),
            "/users/alice/followers".to_owned(),
            "/users/alice/collections/featured".to_owned(),
            format!("{status}/replies"),
            format!("{status}/context"),
            format!("{status}/activity"),
            status,
            finger,
            "/nodeinfo/2.1".to_owned(),
        ] {
            let reply = get_anonymously(&app, &path).await;
            assert_eq!(reply.header("cache-control"), Some("private, no-store"), "{path}");
            assert!(reply.header("vary").is_some_and(|vary| vary.contains("Signature")), "{path}");
        }
    });
}

#[test]
fn s46_an_error_echoes_nothing_that_was_sent() {
    on_sqlite(async |app| {
        let partner = peer(&app, "partner", Tier::Partner).await;
        for body in ["{\"hunter2\": ", "[\"hunter2\"]", "{\"type\": \"hunter2\", \"actor\": \"hunter2\"}"] {
            let mut headers = partner.signed(&app, "ann", &Method::POST, "/inbox", Some(body.as_bytes()));
            headers.insert("authorization", "Bearer hunter2".parse().unwrap());
            let reply = partner.post_raw(&app, "/inbox", headers, body).await;
            assert_eq!(reply.status, 400, "{body}");
            assert!(!reply.body.contains("hunter2"), "{}", reply.body);
        }
    });
}

#[test]
fn s51_an_address_that_another_document_names_is_judged_too() {
    on_sqlite(async |app| {
        let partner = peer(&app, "partner", Tier::Partner).await;
        for href in [
            "http://10.0.0.1/users/ann",
            "http://[::ffff:10.0.0.1]/users/ann",
            "http://169.254.169.254/latest/meta-data",
            "data:application/activity+json,{}",
            "file:///etc/passwd",
            "ftp://partner.example/users/ann",
        ] {
            let link = json!({ "rel": "self", "type": ACTIVITY, "href": href });
            let finger = json!({ "subject": format!("acct:ann@{}", partner.domain), "links": [link] });
            partner.serve_as(
                "/.well-known/webfinger",
                axum::http::StatusCode::OK,
                "application/jrd+json",
                &finger.to_string(),
            );
            app.advance(3600);
            let remote = app.instance.remote.get().unwrap();
            let found = remote.account_by_handle("ann", &partner.domain).await;
            assert!(found.is_err(), "{href}");
        }
        // The same for URLs in a thread.
        let _workers = Workers::start(&app);
        let alice = app.staff("alice").await;
        let mut note = partner.note("ann", "1", "hello", &[PUBLIC], &[]);
        note["context"] = json!("http://10.0.0.1/context");
        partner.post(&app, "ann", &partner.create("ann", &note)).await;
        worked_off(&app).await;
        let id = status_of(&app, note["id"].as_str().unwrap()).await.unwrap().id;
        let path = format!("/api/v1/statuses/{id}/context");
        alice.get(&path).await.ok();
        // The first look starts a search for the rest of the thread; the test waits for its end and looks again.
        jobs_done(&app, "threads").await;
        assert_eq!(alice.get(&path).await.ok()["descendants"], json!([]));
    });
}

#[test]
fn s52_a_handle_is_no_part_of_an_address() {
    on_sqlite(async |app| {
        let partner = peer(&app, "partner", Tier::Partner).await;
        let remote = app.instance.remote.get().unwrap();
        for (name, host) in [
            ("ann&resource=acct:eve", partner.domain.clone()),
            ("ann", format!("{}/../users/ann#", partner.domain)),
            ("ann", format!("eve@{}", partner.domain)),
            ("ann", format!("{}?x=", partner.domain)),
        ] {
            assert!(remote.account_by_handle(name, &host).await.is_err(), "{name} {host}");
        }
        let asked = partner.asked();
        assert!(asked.iter().all(|path| path == "/.well-known/webfinger"), "{asked:?}");
    });
}

#[test]
fn s65_rate_limited_inboxes_answer_with_retry_after() {
    on_sqlite(async |_| {
        let app = app_with(Database::Sqlite, |settings| settings.federation = FederationMode::Open).await;
        let (limited, sister) =
            (peer(&app, "limited", Tier::Limited).await, peer(&app, "sister", Tier::Company).await);
        let view = |peer: &Peer, n: u32| peer.activity("View", "ann", &n.to_string(), json!(null));
        for n in 0..60 {
            assert_eq!(limited.post(&app, "ann", &view(&limited, n)).await.status, 202, "{n}");
            assert_eq!(sister.post(&app, "ann", &view(&sister, n)).await.status, 202, "{n}");
        }
        let refused = limited.post(&app, "ann", &view(&limited, 60)).await;
        assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, Some("300")));
        assert_eq!(sister.post(&app, "ann", &view(&sister, 60)).await.status, 202, "the company may");
        // An invalid signature uses up no limit, and each account has a limit of its own.
        let ben = limited.activity("View", "ben", "b", json!(null));
        assert_eq!(limited.post(&app, "ben", &ben).await.status, 202);
        app.advance(301);
        assert_eq!(limited.post(&app, "ann", &view(&limited, 60)).await.status, 202);
    });
}

#[test]
fn s67_no_post_is_from_the_future() {
    on_sqlite(async |app| {
        let partner = peer(&app, "partner", Tier::Partner).await;
        let _workers = Workers::start(&app);
        for (id, published) in [
            ("1", json!("9999-12-31T23:59:59Z")),
            ("2", json!("0000-00-00T00:00:00Z")),
            ("3", json!("1969-01-01T00:00:00Z")),
            ("4", json!(-1)),
            ("5", json!("+292277026596-12-04T15:30:08Z")),
        ] {
            let mut note = partner.note("ann", id, "hello", &[PUBLIC], &[]);
            note["published"] = published.clone();
            partner.post(&app, "ann", &partner.create("ann", &note)).await;
            worked_off(&app).await;
            let status = status_of(&app, note["id"].as_str().unwrap()).await;
            let status = status.unwrap_or_else(|| panic!("{published}"));
            assert!(status.created_at <= app.instance.now(), "{published}");
        }
    });
}

#[test]
fn s40_an_unsigned_question_and_one_that_is_not_proven_get_the_same() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let uri = alice.says("hello", Reach::Company).await.status.uri;
        let path = uri.strip_prefix(app.instance.urls.origin()).unwrap();
        let partner = peer(&app, "partner", Tier::Partner).await;
        for path in ["/users/alice", path, "/users/nobody"] {
            let mut headers = partner.signed(&app, "ann", &Method::GET, "/another/path", None);
            headers.insert("accept", ACTIVITY.parse().unwrap());
            let mut request = app.request(Method::GET, path).body(Body::empty()).unwrap();
            *request.headers_mut() = headers;
            let unproven = app.send(request).await;
            let unsigned = get_anonymously(&app, path).await;
            assert_eq!((unproven.status, &unproven.body), (unsigned.status, &unsigned.body), "{path}");
        }
    });
}
