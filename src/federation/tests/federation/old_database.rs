//! A database of the previous release opens, and the work that waits in it is done.
//!
//! `federation-tests/make-old-database` wrote the files in `data/old-database`; see `data/README.md`. The dump is
//! SQLite's; `upgrade.rs` inserts the rows of every queue on both databases.

use std::collections::BTreeMap;
use std::path::Path;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use portico_domain::model::Timestamp;
use portico_domain::model::card::LinkPreviews;
use portico_http_signatures::verify::{self, Incoming};
use portico_http_signatures::{KeyPem, PublicKey};
use portico_testing::TestApp;
use portico_testing::browser::{Browser, hidden_fields};
use portico_testing::peer::{PUBLIC, Peer, Workers, eventually_is, loopback, status_of, worked_off};
use serde_json::{Value, json};

use super::upgrade::left;

const DUMP: &str = include_str!("data/old-database/database.sql");
const FACTS: &str = include_str!("data/old-database/facts.json");
const DOCUMENTS: &str = include_str!("data/old-database/peer.json");
const MEDIA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/federation/data/old-database/media");

/// The database of the previous release, opened a minute after its last write, and its peers.
struct Opened {
    app: TestApp,
    /// Plays partner.localhost, sister.localhost and prospect.localhost.
    peer: Peer,
    facts: Value,
}

impl Opened {
    async fn new() -> Self {
        let facts: Value = serde_json::from_str(FACTS).unwrap();
        let key = |name: &str| facts["peer_key"][name].as_str().unwrap().to_owned();
        let pem = KeyPem { public: key("public"), private: key("private") };
        let peer = Peer::start_with("partner", pem).await;
        // The peers listen at another port than the one that the database knows.
        let was = format!(".localhost:{}", facts["port"]);
        let is = peer.domain.strip_prefix("partner").unwrap().to_owned();
        let documents: BTreeMap<String, (String, String)> =
            serde_json::from_str(&DOCUMENTS.replace(&was, &is)).unwrap();
        for (path, (media_type, body)) in &documents {
            peer.serve_as(path, StatusCode::OK, media_type, body);
        }
        let now = Timestamp::from_millis(facts["made_at"].as_i64().unwrap()).plus_seconds(60);
        let app =
            TestApp::restored(&DUMP.replace(&was, &is), Path::new(MEDIA), now, loopback(), |settings| {
                settings.company = vec![format!("sister{is}")];
                settings.public_pages = true;
                settings.link_previews = LinkPreviews::Organisation;
            })
            .await;
        let facts = serde_json::from_str(&FACTS.replace(&was, &is)).unwrap();
        Self { app, peer, facts }
    }

    fn fact(&self, pointer: &str) -> &str {
        self.facts.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no fact {pointer}"))
    }

    /// The id of a post of the old database.
    fn post(&self, name: &str) -> &str {
        self.fact(&format!("/posts/{name}/id"))
    }

    /// The address of a post of a peer.
    fn remote(&self, name: &str) -> &str {
        self.fact(&format!("/remote/{name}"))
    }

    async fn get_with_token(&self, token: &str, path: &str) -> Value {
        self.app.get_with(path, &format!("Bearer {token}")).await.ok()
    }

    /// Sends a GET with the old token of a user.
    async fn get(&self, name: &str, path: &str) -> Value {
        self.get_with_token(self.fact(&format!("/tokens/{name}")), path).await
    }

    /// The status of a peer as a user sees it.
    async fn status(&self, name: &str, uri: &str) -> Value {
        let found = status_of(&self.app, uri).await.unwrap_or_else(|| panic!("{uri} is not stored"));
        self.get(name, &format!("/api/v1/statuses/{}", found.id)).await
    }

    /// Asserts that a media file is served, and begins as files of its type do.
    async fn assert_media(&self, url: &Value, start: &str) {
        let path = url.as_str().unwrap().strip_prefix(self.app.instance.urls.origin()).unwrap();
        let file = self.app.get(path).await;
        assert_eq!(file.status, 200, "{url}");
        assert!(file.body.contains(start) && file.body.len() > 100, "{}", file.body);
    }
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap_or_else(|| panic!("no list: {list}"))
        .iter()
        .map(|it| it["id"].as_str().unwrap())
        .collect()
}

/// Asserts that a timeline, of which boosts count as the boosted status, has each of these statuses.
#[track_caller]
fn assert_has(timeline: &Value, wanted: &[&str]) {
    let shown = timeline.as_array().unwrap().iter();
    let shown: Vec<&str> =
        shown.flat_map(|it| [it["id"].as_str(), it["reblog"]["id"].as_str()]).flatten().collect();
    for id in wanted {
        assert!(shown.contains(id), "{id} is not among {shown:?}");
    }
}

/// People of the previous release sign in, and find everything again.
async fn the_rows_are_readable(old: &Opened) {
    // Passwords, sessions and tokens.
    let browser = Browser::new(&old.app);
    let page = browser.get("/sign-in").await;
    let mut fields = hidden_fields(&page.body, "/sign-in");
    fields.retain(|(name, _)| name != "name" && name != "password");
    let typed = [("name", "bob"), ("password", old.fact("/password"))];
    fields.extend(typed.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let reply = browser.post("/sign-in", &fields, &[("sec-fetch-site", "same-origin")]).await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    assert!(browser.get("/").await.body.contains("Helmets in the test hall"));
    let cookie = format!("portico={}", old.fact("/cookies/portico"));
    let request =
        old.app.request(Method::GET, "/").header(header::COOKIE, cookie).body(Body::empty()).unwrap();
    let home = old.app.send(request).await;
    assert!(home.status == 200 && home.body.contains("/sign-out"), "{}", home.body);
    for (token, name) in [("/tokens/alice", "alice"), ("/app_token", "alice"), ("/bot_token", "ticker")] {
        let me = old.get_with_token(old.fact(token), "/api/v1/accounts/verify_credentials").await;
        assert_eq!(me["username"], name);
    }
    let me = old.get("alice", "/api/v1/accounts/verify_credentials").await;
    assert_eq!(me["fields"][0]["value"], "4.12");
    old.assert_media(&me["avatar"], "PNG").await;

    // Posts and timelines.
    let home = old.get("bob", "/api/v1/timelines/home?limit=40").await;
    let wanted = [
        "picture",
        "instance",
        "company",
        "partners",
        "public",
        "direct",
        "poll",
        "praise",
        "must_read",
        "circle",
    ];
    assert_has(&home, &wanted.map(|name| old.post(name)));
    let show = async |name: &str| old.get("alice", &format!("/api/v1/statuses/{}", old.post(name))).await;
    let picture = show("picture").await;
    assert_eq!(picture["media_attachments"][0]["description"], "A blade, seen from the side");
    old.assert_media(&picture["media_attachments"][0]["url"], "PNG").await;
    assert_eq!(show("poll").await["poll"]["options"][0]["votes_count"], 1);
    assert_eq!(show("card").await["card"]["title"], "Hot gas path");
    assert_eq!(show("quote").await["quote"]["quoted_status"]["id"], old.post("public"));
    assert_eq!(show("warned").await["spoiler_text"], "An accident");
    assert_eq!(show("partner").await["reach"], "partners");
    assert_eq!(show("public").await["favourites_count"], 2);
    let praise =
        old.get("alice", &format!("/api/portico/v1/accounts/{}/praise", old.fact("/accounts/bob"))).await;
    assert_has(&praise, &[old.post("praise")]);
    let group = old.get("bob", &format!("/api/portico/v1/groups/{}/timeline", old.fact("/group"))).await;
    assert_has(&group, &[old.post("group")]);
    let found = old.get("alice", "/api/v2/search?type=statuses&q=blade").await;
    assert_eq!(ids(&found["statuses"]), [old.post("picture")]);

    // Relationships and settings.
    for (name, path, wanted) in [
        ("bob", "/api/v1/bookmarks", old.post("public")),
        ("bob", "/api/v1/blocks", old.fact("/accounts/erik")),
        ("alice", "/api/v1/mutes", old.fact("/accounts/erik")),
        ("alice", "/api/v1/lists", old.fact("/list")),
        ("alice", "/api/portico/v1/circles", old.fact("/circle")),
        ("alice", "/api/portico/v1/drafts", old.fact("/draft")),
        ("alice", "/api/v1/scheduled_statuses", old.fact("/scheduled")),
        ("dora", "/api/v1/follow_requests", old.fact("/accounts/bob")),
        ("carol", "/api/v1/admin/reports?resolved=true", old.fact("/report")),
    ] {
        assert_eq!(ids(&old.get(name, path).await), [wanted], "{path}");
    }
    for (name, path, count) in [
        ("bob", "/api/v1/favourites", 2),
        ("alice", "/api/v2/filters", 2),
        ("alice", "/api/v1/followed_tags", 1),
        ("alice", "/api/v1/endorsements", 1),
        ("alice", "/api/v1/custom_emojis", 1),
        ("alice", "/api/portico/v1/delegates", 1),
        ("alice", "/api/portico/v1/feeds", 1),
        ("alice", "/api/portico/v1/bots", 1),
        ("bob", "/api/v1/domain_blocks", 1),
        ("bob", "/api/v1/conversations", 2),
        ("dora", "/api/v1/notifications/requests", 1),
        ("alice", "/api/v1/admin/ip_blocks", 1),
        ("alice", "/api/portico/v1/admin/agreements", 2),
    ] {
        let list = old.get(name, path).await;
        assert_eq!(list.as_array().map(Vec::len), Some(count), "{path}: {list}");
    }
    let hook = old.fact("/hook/url").strip_prefix(old.app.instance.urls.origin()).unwrap();
    let request = old.app.request(Method::POST, hook).header(header::CONTENT_TYPE, "application/json");
    let said = old.app.send(request.body(Body::from(r#"{"text":"Build 8 is green"}"#)).unwrap()).await;
    assert!(said.status.is_success(), "{}", said.body);
}

/// Asserts that the peers have received each waiting delivery once, and that every signature verifies with the key
/// in the document of the actor.
async fn the_deliveries_have_arrived(old: &Opened) {
    let received: Vec<(String, String)> = old
        .peer
        .received_requests()
        .iter()
        .filter_map(|(uri, headers, body)| {
            let activity: Value = serde_json::from_slice(body).ok()?;
            let host = headers["host"].to_str().unwrap();
            Some((format!("http://{host}{}", uri.path()), activity["id"].as_str().unwrap().to_owned()))
        })
        .collect();
    let waited: Vec<(String, String)> = serde_json::from_value(old.facts["deliveries"].clone()).unwrap();
    assert!(!waited.is_empty());
    for delivery in &waited {
        let times = received.iter().filter(|it| *it == delivery).count();
        assert_eq!(times, 1, "{delivery:?} among {received:#?}");
    }

    let mut keys = BTreeMap::new();
    for (uri, headers, body) in old.peer.received_requests() {
        if uri.path() == "/slow/push" {
            continue;
        }
        let origin = format!("http://{}", headers["host"].to_str().unwrap());
        let request = Incoming { method: &Method::POST, uri: &uri, headers: &headers, body: &body };
        let checked = verify::check(&request, &origin, old.app.instance.now()).unwrap();
        if !keys.contains_key(&checked.key_id) {
            let actor = checked.key_id.split('#').next().unwrap();
            let path = actor.strip_prefix(old.app.instance.urls.origin()).unwrap().to_owned();
            let document = old.peer.get(&old.app, "ann", &path).await.ok();
            assert_eq!(document["publicKey"]["id"], checked.key_id.as_str());
            let key = PublicKey::from_pem(document["publicKey"]["publicKeyPem"].as_str().unwrap()).unwrap();
            keys.insert(checked.key_id.clone(), key);
        }
        assert!(checked.is_signed_by(&keys[&checked.key_id]), "{uri} by {}", checked.key_id);
    }
    for name in ["alice", "bob"] {
        let id = format!("{}/users/{name}#main-key", old.app.instance.urls.origin());
        assert!(keys.contains_key(&id), "{:?}", keys.keys());
    }
}

/// The effects of the jobs and of the inbox.
async fn the_work_is_done(old: &Opened) {
    // The inbox, in the order of each account.
    let queued = old.status("alice", old.remote("queued")).await;
    assert_eq!(queued["media_attachments"][0]["description"], "A casing");
    let edited = old.status("alice", old.remote("edited")).await;
    assert!(edited["content"].as_str().unwrap().contains("corrected"), "{edited}");
    let doors = old.status("bob", old.remote("doors")).await;
    assert_eq!(doors["reach"], "company");
    let boosted = old.status("alice", old.remote("boosted")).await;
    let home = old.get("alice", "/api/v1/timelines/home?limit=40").await;
    assert_has(&home, &[&queued, &doors, &boosted].map(|status| status["id"].as_str().unwrap()));
    let liked = old.get("alice", "/api/v1/notifications?types[]=favourite").await;
    let by = |name: &str, post: &str| {
        liked
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it["account"]["id"] == old.fact(name) && it["status"]["id"] == old.post(post))
    };
    assert!(by("/known/ann", "picture") && by("/accounts/bob", "waits"), "{liked}");
    let followers =
        old.get("alice", &format!("/api/v1/accounts/{}/followers", old.fact("/accounts/alice"))).await;
    let followers = ids(&followers);
    assert!(followers.contains(&old.fact("/known/ann")) && !followers.contains(&old.fact("/known/ben")));
    let poll = old.get("alice", &format!("/api/v1/statuses/{}", old.post("poll"))).await;
    assert_eq!(poll["poll"]["options"][1]["votes_count"], 1);

    // Parents, hints, threads, pins, quotes, cards, media, must-read posts, group rules, the move.
    for name in ["parent", "hinted", "below", "pinned"] {
        assert!(status_of(&old.app, old.remote(name)).await.is_some(), "{name}");
    }
    assert_eq!(old.status("alice", old.remote("quoting")).await["quote"]["state"], "accepted");
    let card = old.get("alice", &format!("/api/v1/statuses/{}", old.post("slow_card"))).await;
    assert_eq!(card["card"]["title"], "Slow page");
    let sound = old.get("alice", &format!("/api/v1/media/{}", old.fact("/sound"))).await;
    assert_eq!(sound["type"], "audio");
    old.assert_media(&sound["url"], "WAVE").await;
    assert_has(
        &old.get("bob", "/api/portico/v1/must_reads").await,
        &[old.post("last"), doors["id"].as_str().unwrap()],
    );
    let groups = old.get("bob", "/api/portico/v1/groups").await;
    assert!(groups.to_string().contains("operations"), "{groups}");
    assert!(old.peer.received_requests().iter().any(|(uri, ..)| uri.path() == "/slow/push"));
    let offered =
        old.peer.received().into_iter().filter(|(path, it)| path == "/actor/inbox" && it["type"] == "Offer");
    assert_eq!(offered.count(), 1);
    let follows = old.peer.received_of("Follow");
    let dan = old.peer.actor("dan");
    assert!(follows.iter().any(|follow| follow["object"] == dan.as_str()), "{follows:?}");
}

#[test]
fn a_database_of_the_previous_release_opens_and_its_work_is_done() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let old = Opened::new().await;
        let app = &old.app;
        let waits = left(app).await;
        let rows: BTreeMap<&str, i64> = waits.iter().map(|(queue, waiting, _)| (*queue, *waiting)).collect();
        assert_eq!(json!(rows), old.facts["queues"]);
        assert!(waits.iter().all(|(.., dead)| *dead == 0), "{waits:?}");
        the_rows_are_readable(&old).await;

        // Everything but the ends of polls and the scheduled post is due within ten minutes.
        app.advance(600);
        let workers = Workers::start(app);
        let due = async || {
            let later = |queue: &str| matches!(queue, "polls" | "scheduled");
            left(app).await.into_iter().filter(|(queue, ..)| !later(queue)).collect::<Vec<_>>()
        };
        eventually_is("the rows that are due or failed", Vec::new(), due).await;
        workers.end().await;
        the_deliveries_have_arrived(&old).await;
        the_work_is_done(&old).await;

        app.advance(25 * 3600);
        let _workers = Workers::start(app);
        eventually_is("the rows that wait or failed", Vec::new(), || left(app)).await;
        assert_eq!(old.get("alice", "/api/v1/scheduled_statuses").await, json!([]));
        let home = old.get("bob", "/api/v1/timelines/home").await;
        let morning =
            home.as_array().unwrap().iter().find(|it| it["content"].to_string().contains("Good morning"));
        assert_eq!(morning.unwrap()["media_attachments"].as_array().unwrap().len(), 1);
        let poll = old.get("alice", &format!("/api/v1/statuses/{}", old.post("poll"))).await;
        assert_eq!(poll["poll"]["expired"], true);

        // The known keys and follows hold.
        let followers = old.peer.followers("ann");
        let mut note = old.peer.note("ann", "after", "After the upgrade", &[PUBLIC], &[&followers]);
        note["published"] = json!(app.instance.now().rfc3339());
        assert_eq!(old.peer.post(app, "ann", &old.peer.create("ann", &note)).await.status, 202);
        worked_off(app).await;
        let home = old.get("alice", "/api/v1/timelines/home").await;
        let after = old.status("alice", note["id"].as_str().unwrap()).await;
        assert_has(&home, &[after["id"].as_str().unwrap()]);
    });
}
