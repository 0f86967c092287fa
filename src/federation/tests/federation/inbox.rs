//! The inbox: which activities it accepts and rejects, and their effects.

use axum::http::{HeaderMap, HeaderValue, Method, header};
use portico_domain::model::Reach;
use portico_domain::model::moderation::Moderator;
use portico_domain::model::page::PageRequest;
use portico_domain::model::peer::Tier;
use portico_domain::model::report::{FullReportView, ReportFilter};
use portico_domain::model::user::Role;
use portico_service::moderation;
use serde_json::{Value, json};

use portico_testing::TestApp;
use portico_testing::peer::{PUBLIC, Peer, Workers, federated, on_sqlite, sent_off, status_of, worked_off};

/// A partner of an instance.
async fn scene(app: &TestApp, tier: Tier) -> Peer {
    let peer = Peer::start("partner").await;
    peer.is(app, tier).await;
    peer
}

fn public_note(peer: &Peer, id: &str, content: &str) -> Value {
    let followers = peer.followers("ann");
    peer.note("ann", id, content, &[PUBLIC], &[&followers])
}

#[test]
fn each_fault_has_its_answer() {
    on_sqlite(async |app| {
        let peer = scene(&app, Tier::Partner).await;
        let body = peer.create("ann", &public_note(&peer, "1", "hello")).to_string();
        let good = || peer.signed(&app, "ann", &Method::POST, "/inbox", Some(body.as_bytes()));
        let status = async |headers: HeaderMap, body: &str| {
            peer.post_raw(&app, "/inbox", headers, body.to_owned()).await
        };

        let unsigned = status(HeaderMap::new(), &body).await;
        assert_eq!(unsigned.status, 401);
        assert_eq!(unsigned.headers["content-type"], "application/problem+json");

        let mut typed = good();
        typed.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        assert_eq!(status(typed, &body).await.status, 415);

        let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(1024 * 1024));
        assert_eq!(status(good(), &large).await.status, 413);

        for bad in ["", "{", "[]", r#"{"id":1,"id":2}"#] {
            let headers = peer.signed(&app, "ann", &Method::POST, "/inbox", Some(bad.as_bytes()));
            assert_eq!(status(headers, bad).await.status, 400, "{bad}");
        }
        assert_eq!(status(good(), &body.replace("hello", "jello")).await.status, 401, "S09 another body");
        let mut elsewhere = good();
        elsewhere.insert(header::HOST, HeaderValue::from_static("other.example"));
        assert_eq!(status(elsewhere, &body).await.status, 421, "S09 another host");
        for name in ["date", "digest", "signature"] {
            let mut without = good();
            without.remove(name);
            assert_eq!(status(without, &body).await.status, 401, "S08 without {name}");
        }
        assert_eq!(peer.post_to(&app, "/users/nobody/inbox", "ann", &json!({})).await.status, 400);
        assert_eq!(app.get("/inbox").await.status, 405);
    });
}

#[test]
fn s57_a_created_beyond_all_time_is_a_401() {
    on_sqlite(async |app| {
        let peer = scene(&app, Tier::Partner).await;
        let body = peer.create("ann", &public_note(&peer, "1", "hello")).to_string();
        let mut headers = peer.signed(&app, "ann", &Method::POST, "/inbox", Some(body.as_bytes()));
        let signature = headers["signature"].to_str().unwrap().replace("rsa-sha256", "hs2019");
        let signature = format!(r#"{signature},created="18446744073709551615""#);
        headers.insert("signature", HeaderValue::from_str(&signature).unwrap());
        assert_eq!(peer.post_raw(&app, "/inbox", headers, body).await.status, 401);
    });
}

#[test]
fn hosts_that_may_not_take_part_are_refused_before_anything_is_fetched() {
    on_sqlite(async |app| {
        let peer = Peer::start("open").await;
        let create = peer.create("ann", &public_note(&peer, "1", "hello"));
        assert_eq!(peer.post(&app, "ann", &create).await.status, 403, "an open host, in allow-list mode");
        peer.is(&app, Tier::Blocked).await;
        assert_eq!(peer.post(&app, "ann", &create).await.status, 403, "a blocked host");
        assert!(peer.asked().is_empty());
    });
}

#[test]
fn s01_s02_the_actor_must_be_the_signer_and_own_the_id() {
    on_sqlite(async |app| {
        let peer = scene(&app, Tier::Partner).await;
        let other = Peer::start("other").await;
        other.is(&app, Tier::Partner).await;
        let create = peer.create("ann", &public_note(&peer, "1", "hello"));

        assert_eq!(peer.post(&app, "ben", &create).await.status, 401, "another of the same host");
        assert_eq!(other.post(&app, "ann", &create).await.status, 401, "another host");
        let mut stolen = create.clone();
        stolen["id"] = json!(other.at("/activities/1"));
        assert_eq!(peer.post(&app, "ann", &stolen).await.status, 400, "an id of another origin");
        let mut ours = create.clone();
        ours["id"] = json!(app.instance.urls.at("/x"));
        ours["actor"] = json!(app.instance.urls.actor("alice"));
        assert_eq!(peer.post(&app, "ann", &ours).await.status, 403, "S27 our own people");
    });
}

#[test]
fn s11_a_key_must_be_listed_by_its_owner() {
    on_sqlite(async |app| {
        let peer = scene(&app, Tier::Partner).await;
        // A document at eve's URL that claims ann's identity: ann does not list this key id.
        let mut eve = peer.person("ann");
        eve["publicKey"]["id"] = json!(peer.key_id("eve"));
        peer.serve("/users/eve", eve);
        let note = public_note(&peer, "1", "hello");
        assert_eq!(peer.post(&app, "eve", &peer.create("ann", &note)).await.status, 401);
        // A key that names an owner who does not list it.
        peer.serve(
            "/keys/1",
            json!({ "id": peer.at("/keys/1"), "type": "Key", "owner": peer.actor("ann"),
            "publicKeyPem": peer.public_pem() }),
        );
        let body = peer.create("ann", &note).to_string();
        let mut headers = peer.signed(&app, "ann", &Method::POST, "/inbox", Some(body.as_bytes()));
        let signature =
            headers["signature"].to_str().unwrap().replace(&peer.key_id("ann"), &peer.at("/keys/1"));
        headers.insert("signature", HeaderValue::from_str(&signature).unwrap());
        assert_eq!(peer.post_raw(&app, "/inbox", headers, body).await.status, 401);
    });
}

#[test]
fn s12_a_changed_key_is_fetched_again_but_not_for_every_bad_signature() {
    on_sqlite(async |app| {
        let peer = scene(&app, Tier::Partner).await;
        let stranger = Peer::start("stranger").await;
        // Ann's document has another key at first.
        let mut old = peer.person("ann");
        old["publicKey"]["publicKeyPem"] = json!(stranger.public_pem());
        peer.serve("/users/ann", old);
        let create = peer.create("ann", &public_note(&peer, "1", "hello"));
        assert_eq!(peer.post(&app, "ann", &create).await.status, 401);
        peer.serve("/users/ann", peer.person("ann"));
        app.advance(3600);
        assert_eq!(peer.post(&app, "ann", &create).await.status, 202, "fetched again after a while");

        let mut forged = peer.person("ann");
        forged["publicKey"]["publicKeyPem"] = json!(stranger.public_pem());
        peer.serve("/users/ann", forged);
        let asked = peer.asked().len();
        for n in 0..20 {
            let body = peer.create("ann", &public_note(&peer, &n.to_string(), "x")).to_string();
            let mut headers = peer.signed(&app, "ann", &Method::POST, "/inbox", Some(body.as_bytes()));
            let later = portico_domain::model::Timestamp::parse("2026-11-02T10:00:01Z").unwrap().http_date();
            headers.insert("date", HeaderValue::from_str(&later).unwrap());
            assert_eq!(peer.post_raw(&app, "/inbox", headers, body).await.status, 401);
        }
        assert!(
            peer.asked().len() <= asked + 1,
            "bad signatures cost {} fetches",
            peer.asked().len() - asked
        );
    });
}

#[test]
fn s12_requests_that_come_together_with_a_changed_key_are_all_accepted() {
    on_sqlite(async |app| {
        let peer = scene(&app, Tier::Partner).await;
        let stranger = Peer::start("stranger").await;
        let mut old = peer.person("ann");
        old["publicKey"]["publicKeyPem"] = json!(stranger.public_pem());
        peer.serve("/users/ann", old);
        let create = |n: u32| peer.create("ann", &public_note(&peer, &n.to_string(), "hello"));
        assert_eq!(peer.post(&app, "ann", &create(1)).await.status, 401);
        peer.serve("/users/ann", peer.person("ann"));
        app.advance(3600);
        let fetches = || peer.asked().iter().filter(|path| path.starts_with("/users/ann")).count();
        let before = fetches();
        let (second, third, fourth) = (create(2), create(3), create(4));
        let (second, third, fourth) = tokio::join!(
            peer.post(&app, "ann", &second),
            peer.post(&app, "ann", &third),
            peer.post(&app, "ann", &fourth)
        );
        for reply in [second, third, fourth] {
            assert_eq!(reply.status, 202);
        }
        assert_eq!(fetches(), before + 1, "the key is fetched once");
    });
}

#[test]
fn a_key_that_cannot_be_had_now_is_a_503() {
    on_sqlite(async |app| {
        let peer = scene(&app, Tier::Partner).await;
        let create = peer.create("ann", &public_note(&peer, "1", "hello"));
        peer.serve_as("/users/ann", axum::http::StatusCode::BAD_GATEWAY, "text/plain", "");
        let reply = peer.post(&app, "ann", &create).await;
        assert_eq!(reply.status, 503);
        assert!(reply.headers.contains_key("retry-after"));
        let asked = peer.asked().len();
        assert_eq!(peer.post(&app, "ann", &create).await.status, 503);
        assert_eq!(peer.asked().len(), asked, "a host that does not answer is left alone for a moment");
        peer.serve("/users/ann", peer.person("ann"));
        app.advance(31);
        assert_eq!(peer.post(&app, "ann", &create).await.status, 202);
    });
}

#[test]
fn s24_the_farewell_of_a_stranger_costs_no_fetch() {
    on_sqlite(async |app| {
        let peer = scene(&app, Tier::Partner).await;
        let farewell = peer.activity("Delete", "ann", "1", json!(peer.actor("ann")));
        assert_eq!(peer.post(&app, "ann", &farewell).await.status, 202);
        assert!(peer.asked().is_empty());
    });
}

federated! {
    async fn s29_an_activity_counts_once_however_often_it_comes(app: TestApp) {
        let peer = scene(&app, Tier::Partner).await;
        let alice = app.staff("alice").await;
        let _workers = Workers::start(&app);
        let mut note = peer.note("ann", "1", "hello", &[PUBLIC], &[&alice.account.uri]);
        note["tag"] = json!([{ "type": "Mention", "href": alice.account.uri, "name": "@alice" }]);
        let create = peer.create("ann", &note);
        for path in ["/inbox", "/users/alice/inbox", "/inbox"] {
            assert_eq!(peer.post_to(&app, path, "ann", &create).await.status, 202);
        }
        worked_off(&app).await;
        assert_eq!(status_of(&app, note["id"].as_str().unwrap()).await.unwrap().reach, Reach::Public);
        let ann = peer.known(&app, "ann").await.unwrap();
        assert_eq!(ann.statuses_count, 1);
    }

    async fn work_claimed_by_a_killed_process_is_done_again(app: TestApp) {
        let peer = scene(&app, Tier::Partner).await;
        let alice = app.staff("alice").await;
        let note = public_note(&peer, "1", "hello");
        assert_eq!(peer.post(&app, "ann", &peer.create("ann", &note)).await.status, 202);
        let said = alice.says("hello", Reach::Partners).await.status;
        // A process claims everything and dies.
        let claimed = app.instance.store.write(|tx| {
            Ok::<_, portico_store::Error>((tx.claim_inbox(10, 60_000)?.len(), tx.claim_jobs("federate", 10, 60_000)?.len()))
        });
        assert_eq!(claimed.await.unwrap(), (1, 1));
        let _workers = Workers::start(&app);
        worked_off(&app).await;
        sent_off(&app).await;
        assert!(status_of(&app, note["id"].as_str().unwrap()).await.is_some());
        assert!(status_of(&app, &said.uri).await.is_some());
    }

    async fn s15_s16_edits_and_deletions_are_the_authors_alone(app: TestApp) {
        let peer = scene(&app, Tier::Partner).await;
        let _workers = Workers::start(&app);
        let note = public_note(&peer, "1", "first");
        let uri = note["id"].as_str().unwrap().to_owned();
        assert_eq!(peer.post(&app, "ann", &peer.create("ann", &note)).await.status, 202);
        worked_off(&app).await;

        // S16: another account of the same host.
        let delete = peer.activity("Delete", "ben", "2", json!({ "id": uri, "type": "Tombstone" }));
        peer.post(&app, "ben", &delete).await;
        let mut edit = note.clone();
        edit["content"] = json!("<p>forged</p>");
        edit["updated"] = json!("2026-11-02T09:00:00Z");
        peer.post(&app, "ben", &peer.activity("Update", "ben", "3", edit.clone())).await;
        // S15: the author claims that the post now belongs to another account.
        let mut given = edit.clone();
        given["attributedTo"] = json!(peer.actor("ben"));
        peer.post(&app, "ann", &peer.activity("Update", "ann", "4", given)).await;
        worked_off(&app).await;
        let status = status_of(&app, &uri).await.unwrap();
        assert_eq!(status.content, "<p>first</p>");

        edit["content"] = json!("<p>second</p>");
        edit["to"] = json!([]);
        peer.post(&app, "ann", &peer.activity("Update", "ann", "5", edit)).await;
        worked_off(&app).await;
        let status = status_of(&app, &uri).await.unwrap();
        // An edit may narrow the reach, permanently.
        assert_eq!((status.content.as_str(), status.reach), ("<p>second</p>", Reach::Followers));

        peer.post(&app, "ann", &peer.activity("Delete", "ann", "6", json!({ "id": uri, "type": "Tombstone" }))).await;
        worked_off(&app).await;
        assert_eq!(status_of(&app, &uri).await, None);
        peer.post(&app, "ann", &peer.activity("Create", "ann", "7", note)).await;
        worked_off(&app).await;
        assert_eq!(status_of(&app, &uri).await, None, "what was deleted does not come back");
    }

    async fn s17_follows_are_accepted_undone_and_refused_to_others(app: TestApp) {
        let peer = scene(&app, Tier::Partner).await;
        let alice = app.staff("alice").await;
        let _workers = Workers::start(&app);
        peer.follows(&app, "ann", &alice.account).await;
        let count = async || {
            let id = alice.account.id;
            let found: Result<_, portico_store::Error> = app.instance.store.read(move |r| r.find_account(id)).await;
            found.unwrap().unwrap().followers_count
        };
        assert_eq!(count().await, 1);

        // S17: an Undo by another account, with the embedded Follow and with its id only.
        let follow = peer.activity("Follow", "ann", "follow-ann-alice", json!(alice.account.uri));
        peer.post(&app, "ben", &peer.activity("Undo", "ben", "u1", follow.clone())).await;
        peer.post(&app, "ben", &peer.activity("Undo", "ben", "u2", follow["id"].clone())).await;
        worked_off(&app).await;
        assert_eq!(count().await, 1);

        peer.post(&app, "ann", &peer.activity("Undo", "ann", "u3", follow)).await;
        worked_off(&app).await;
        assert_eq!(count().await, 0);
    }
}

#[test]
fn s17_nobody_is_made_to_follow() {
    on_sqlite(async |app| {
        let peer = scene(&app, Tier::Partner).await;
        let alice = app.staff("alice").await;
        let _workers = Workers::start(&app);
        let follow = json!({ "id": app.instance.urls.at("/follows/1"), "type": "Follow", "actor": alice.account.uri,
            "object": peer.actor("ann") });
        peer.post(&app, "ann", &peer.activity("Accept", "ann", "1", follow.clone())).await;
        peer.post(&app, "ben", &peer.activity("Accept", "ben", "2", follow["id"].clone())).await;
        worked_off(&app).await;
        let id = alice.account.id;
        let found: Result<_, portico_store::Error> =
            app.instance.store.read(move |r| r.find_account(id)).await;
        assert_eq!(found.unwrap().unwrap().following_count, 0);
    });
}

#[test]
fn s18_s03_a_boost_brings_only_an_id() {
    on_sqlite(async |app| {
        let peer = scene(&app, Tier::Partner).await;
        let other = Peer::start("other").await;
        other.is(&app, Tier::Partner).await;
        let _workers = Workers::start(&app);
        let truth = other.note("ben", "1", "what ben said", &[PUBLIC], &[]);
        other.serve("/notes/1", truth.clone());
        let mut forged = truth.clone();
        forged["content"] = json!("<p>what ben never said</p>");
        let mut announce = peer.activity("Announce", "ann", "1", forged);
        announce["to"] = json!([PUBLIC]);
        assert_eq!(peer.post(&app, "ann", &announce).await.status, 202);
        worked_off(&app).await;
        let status = status_of(&app, truth["id"].as_str().unwrap()).await.unwrap();
        assert_eq!(status.content, "<p>what ben said</p>");

        // A note whose document claims an id of another server.
        peer.serve("/notes/9", other.note("ben", "2", "forged", &[PUBLIC], &[]));
        let announce = peer.activity("Announce", "ann", "2", json!(peer.at("/notes/9")));
        peer.post(&app, "ann", &announce).await;
        worked_off(&app).await;
        assert_eq!(status_of(&app, &other.at("/notes/2")).await, None);
    });
}

#[test]
fn s34_boosts_of_non_public_statuses_are_ignored() {
    on_sqlite(async |app| {
        let peer = scene(&app, Tier::Partner).await;
        let alice = app.staff("alice").await;
        let _workers = Workers::start(&app);
        peer.follows(&app, "ann", &alice.account).await;
        for reach in [Reach::Followers, Reach::Instance, Reach::Company] {
            let status = alice.says("not for everybody", reach).await.status;
            let announce = peer.activity("Announce", "ann", &format!("boost-{reach}"), json!(status.uri));
            assert_eq!(peer.post(&app, "ann", &announce).await.status, 202);
            worked_off(&app).await;
            assert_eq!(status_of(&app, announce["id"].as_str().unwrap()).await, None, "{reach}");
        }
        let status = alice.says("for everybody", Reach::Public).await.status;
        let announce = peer.activity("Announce", "ann", "boost", json!(status.uri));
        peer.post(&app, "ann", &announce).await;
        worked_off(&app).await;
        assert!(status_of(&app, announce["id"].as_str().unwrap()).await.is_some());
    });
}

#[test]
fn reach_is_read_by_addressing_and_tier() {
    on_sqlite(async |app| {
        let sister = Peer::start("sister").await;
        sister.is(&app, Tier::Company).await;
        let partner = scene(&app, Tier::Partner).await;
        let _workers = Workers::start(&app);
        for (peer, audience, reach) in [
            (&sister, "company", Reach::Company),
            (&sister, "partners", Reach::Partners),
            (&partner, "company", Reach::Followers),
            (&partner, "partners", Reach::Partners),
        ] {
            let followers = peer.followers("ann");
            let mut note = peer.note("ann", audience, "for us", &[&followers], &[]);
            note["audience"] = json!(peer.at(&format!("/collections/{audience}")));
            assert_eq!(peer.post(&app, "ann", &peer.create("ann", &note)).await.status, 202);
            worked_off(&app).await;
            let status = status_of(&app, note["id"].as_str().unwrap()).await.unwrap();
            assert_eq!(status.reach, reach, "{} {audience}", peer.domain);
        }
    });
}

#[test]
fn activities_of_no_concern_are_taken_and_dropped() {
    on_sqlite(async |app| {
        let peer = scene(&app, Tier::Partner).await;
        let _workers = Workers::start(&app);
        for (n, kind) in ["View", "EmojiReact", "Question", "Move", "Flag", "Add"].iter().enumerate() {
            let activity = peer.activity(kind, "ann", &n.to_string(), json!(null));
            assert_eq!(peer.post(&app, "ann", &activity).await.status, 202, "{kind}");
        }
        worked_off(&app).await;
        let dead: Result<i64, portico_store::Error> = app.instance.store.read(|r| r.count_dead_inbox()).await;
        assert_eq!(dead.unwrap(), 0);
    });
}

/// The reports that moderators see: comment, reporter, and the reported posts.
async fn reports_of(app: &TestApp) -> Vec<(String, String, Vec<String>)> {
    let by = Moderator::console();
    let page = PageRequest::first(200);
    let found = moderation::list_reports(&app.instance, &by, ReportFilter::default(), page).await.unwrap();
    let plain = |view: FullReportView| {
        let posts = view.statuses.iter().map(|status| status.status.uri.clone()).collect();
        (view.report.comment, view.account.account.acct(), posts)
    };
    found.items.into_iter().map(plain).collect()
}

fn flag(peer: &Peer, id: &str, objects: Value) -> Value {
    let mut flag = peer.activity("Flag", "server", id, objects);
    flag["content"] = json!("<p>Too <b>loud</b></p>");
    flag
}

federated! {
    async fn s22_a_flag_opens_a_report_about_what_is_ours(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let mona = app.staff_as("mona", Role::Moderator).await;
        let peer = scene(&app, Tier::Partner).await;
        let _workers = Workers::start(&app);
        let seen = alice.says("hello, partners", Reach::Partners).await.status.uri;
        let unseen = alice.says("among us", Reach::Instance).await.status.uri;
        let others = bob.says("me too", Reach::Public).await.status.uri;
        let theirs = peer.at("/notes/1");
        let objects = json!([alice.account.uri, seen, unseen, others, theirs, bob.account.uri]);
        peer.post(&app, "server", &flag(&peer, "1", objects)).await;
        worked_off(&app).await;
        let name = format!("server@{}", peer.domain);
        assert_eq!(reports_of(&app).await, [("Too loud".to_owned(), name.clone(), vec![seen.clone()])]);
        assert_eq!(mona.get("/api/v1/notifications").await.ok()[0]["type"], "admin.report");
        // A post alone identifies its author; a single object need not be an array.
        peer.post(&app, "server", &flag(&peer, "2", json!(seen))).await;
        // About no local account, and about the server itself.
        peer.post(&app, "server", &flag(&peer, "3", json!([theirs]))).await;
        let actor = app.instance.urls.instance_actor();
        peer.post(&app, "server", &flag(&peer, "4", json!([actor]))).await;
        // A duplicate.
        peer.post(&app, "server", &flag(&peer, "2", json!(seen))).await;
        worked_off(&app).await;
        assert_eq!(reports_of(&app).await.len(), 2);
    }

    async fn s22_reports_are_bounded_by_size_and_number(app: TestApp) {
        let alice = app.staff("alice").await;
        let peer = scene(&app, Tier::Partner).await;
        let _workers = Workers::start(&app);
        let mut objects = vec![json!(alice.account.uri)];
        objects.extend((0..1_000).map(|n| json!(format!("{}/statuses/{n}", alice.account.uri))));
        let late = alice.says("hello, partners", Reach::Partners).await.status.uri;
        objects.push(json!(late));
        let mut large = flag(&peer, "0", json!(objects));
        large["content"] = json!("x".repeat(100_000));
        peer.post(&app, "server", &large).await;
        worked_off(&app).await;
        let found = reports_of(&app).await;
        assert_eq!((found[0].0.chars().count(), found[0].2.len()), (1_000, 0));
        for n in 1..70 {
            peer.post(&app, "server", &flag(&peer, &n.to_string(), json!(alice.account.uri))).await;
        }
        worked_off(&app).await;
        assert_eq!(reports_of(&app).await.len(), 60, "so many in an hour");
        app.advance(3_601);
        peer.post(&app, "server", &flag(&peer, "99", json!(alice.account.uri))).await;
        worked_off(&app).await;
        assert_eq!(reports_of(&app).await.len(), 61);
    }

    async fn s22_nobody_reports_in_anothers_name(app: TestApp) {
        let alice = app.staff("alice").await;
        let peer = scene(&app, Tier::Partner).await;
        let _workers = Workers::start(&app);
        let forged = flag(&peer, "1", json!(alice.account.uri));
        assert_eq!(peer.post(&app, "ann", &forged).await.status, 401);
        worked_off(&app).await;
        assert_eq!(reports_of(&app).await, []);
    }

    async fn reports_and_media_of_a_host_can_be_refused(app: TestApp) {
        let (alice, ada) = (app.staff("alice").await, app.staff_as("ada", Role::Admin).await);
        let peer = scene(&app, Tier::Partner).await;
        let _workers = Workers::start(&app);
        let rules = json!({
            "domain": peer.domain, "severity": "noop", "reject_reports": true, "reject_media": true
        });
        ada.post("/api/v1/admin/domain_blocks", rules).await.ok();
        peer.post(&app, "server", &flag(&peer, "1", json!(alice.account.uri))).await;
        let mut note = public_note(&peer, "1", "look");
        note["attachment"] = json!([{
            "type": "Document", "mediaType": "image/png", "url": peer.at("/p.png")
        }]);
        peer.post(&app, "ann", &peer.create("ann", &note)).await;
        worked_off(&app).await;
        assert_eq!(reports_of(&app).await, []);
        let status = status_of(&app, note["id"].as_str().unwrap()).await.unwrap();
        let shown = ada.get(&format!("/api/v1/statuses/{}", status.id)).await.ok();
        assert_eq!(shown["media_attachments"], json!([]));
    }

    async fn a_suspension_at_home_hides_here_and_ends_there(app: TestApp) {
        let alice = app.staff("alice").await;
        let peer = scene(&app, Tier::Partner).await;
        let _workers = Workers::start(&app);
        peer.post(&app, "ann", &peer.create("ann", &public_note(&peer, "1", "hello"))).await;
        worked_off(&app).await;
        let path = "/api/v1/timelines/public";
        assert_eq!(alice.get(path).await.ok().as_array().unwrap().len(), 1);
        for (suspended, shown) in [(true, 0), (false, 1)] {
            let mut person = peer.person("ann");
            person["suspended"] = json!(suspended);
            peer.serve("/users/ann", person.clone());
            let id = format!("update-{suspended}");
            peer.post(&app, "ann", &peer.activity("Update", "ann", &id, person)).await;
            worked_off(&app).await;
            assert_eq!(alice.get(path).await.ok().as_array().unwrap().len(), shown, "{suspended}");
        }
    }
}
