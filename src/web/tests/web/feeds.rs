//! Tests of feeds: created and deleted on a page and by the API, read at a secret address without
//! signing in.

use axum::http::{Method, header};
use portico_domain::model::Reach;
use portico_domain::model::moderation::Action;
use serde_json::{Value, json};

use super::{Browser, location};
use portico_testing::{Reply, TestApp, TestUser, both_databases};

const API: &str = "/api/portico/v1/feeds";

async fn feed(who: &TestUser, kind: &str, target: &str) -> Value {
    who.post(API, json!({ "kind": kind, "target": target })).await.ok()
}

/// Returns the path of a feed's address.
fn path(feed: &Value, form: &str) -> String {
    let url = feed[format!("{form}_url")].as_str().unwrap();
    url.strip_prefix("https://engineering.acme.test").unwrap().to_owned()
}

/// Returns the texts of all elements of this name in an XML document.
fn texts(reply: &Reply, name: &str) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(&reply.body);
    let (mut found, mut inside) = (Vec::new(), false);
    loop {
        use quick_xml::events::Event;
        match reader.read_event().expect("the document is well-formed") {
            Event::Start(start) if start.name().as_ref() == name.as_bytes() => {
                inside = true;
                found.push(String::new());
            }
            Event::End(_) => inside = false,
            Event::Text(text) if inside => found.last_mut().unwrap().push_str(&text.decode().unwrap()),
            Event::GeneralRef(name) if inside => {
                let letter = match &*name.decode().unwrap() {
                    "lt" => "<",
                    "gt" => ">",
                    "amp" => "&",
                    "quot" => "\"",
                    "apos" => "'",
                    other => panic!("{other}"),
                };
                found.last_mut().unwrap().push_str(letter);
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}

async fn conditional(app: &TestApp, path: &str, etag: &str) -> Reply {
    let request = app.request(Method::GET, path).header(header::IF_NONE_MATCH, etag);
    app.send(request.body(axum::body::Body::empty()).unwrap()).await
}

both_databases! {
    async fn a_feed_is_read_without_signing_in(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        alice.submit(&format!("/api/v1/accounts/{}/follow", bob.id()), "").await.ok();
        bob.posts("First <news> & #rust").await;
        let hidden = json!({"status": "@alice psst", "visibility": "direct"});
        bob.post("/api/v1/statuses", hidden).await.ok();
        bob.post("/api/v1/statuses", json!({"status": "the end", "spoiler_text": "Spoiler"})).await.ok();
        let made = feed(&alice, "home", "").await;
        for form in ["atom", "rss"] {
            let reply = app.get(&path(&made, form)).await;
            assert_eq!(reply.status, 200, "{}", reply.body);
            assert_eq!(reply.header("content-type"), Some(format!("application/{form}+xml; charset=utf-8").as_str()));
            assert_eq!(reply.header("cache-control"), Some("private, no-cache"));
            assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
            let titles = texts(&reply, "title");
            assert_eq!(titles, ["Home · Acme Engineering", "BOB: Spoiler", "BOB: First <news> & #rust"]);
            assert!(!reply.body.contains("psst"), "{}", reply.body);
            let contents = texts(&reply, if form == "atom" { "content" } else { "description" });
            let newest = contents.iter().find(|content| content.contains("the end")).unwrap();
            assert!(newest.starts_with("<p><strong>Spoiler</strong></p>"), "{newest}");
            assert!(contents.iter().any(|content| content.contains("First &lt;news&gt; &amp;")), "{contents:?}");
        }
        // A conditional request gets 304 until something changes.
        let atom = path(&made, "atom");
        let etag = app.get(&atom).await.header("etag").unwrap().to_owned();
        let same = conditional(&app, &atom, &etag).await;
        assert_eq!((same.status.as_u16(), same.body.as_str()), (304, ""));
        bob.posts("More").await;
        assert_eq!(conditional(&app, &atom, &etag).await.status, 200);
        let listed = alice.get(API).await.ok();
        assert_eq!((&listed[0]["kind"], &listed[0]["atom_url"]), (&json!("home"), &Value::Null));
        assert!(listed[0]["last_used_at"].is_string(), "{listed}");
    }

    async fn every_kind_shows_what_its_owner_may_read(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        alice.submit(&format!("/api/v1/accounts/{}/follow", bob.id()), "").await.ok();
        let list = alice.post("/api/v1/lists", json!({"title": "Team"})).await.ok();
        let id = list["id"].as_str().unwrap();
        alice.post(&format!("/api/v1/lists/{id}/accounts"), json!({"account_ids": [bob.id()]})).await.ok();
        bob.posts("Hello @alice #Rust").await;
        bob.says("For followers", Reach::Followers).await;
        for (kind, target, shown) in [
            ("list", id, 2),
            ("tag", "#RUST", 1),
            ("account", &bob.id(), 2),
            ("home", "", 2),
            ("notifications", "", 2),
        ] {
            let reply = app.get(&path(&feed(&alice, kind, target).await, "atom")).await;
            // The first title is the feed's own; bob's follow and mention are entries, too.
            let titles = texts(&reply, "title");
            let expected = if kind == "notifications" { 1 } else { shown };
            assert_eq!(titles.len() - 1, expected, "{kind}: {titles:?}");
        }
        let by_other = app.get(&path(&feed(&bob, "account", &alice.id()).await, "rss")).await;
        assert_eq!(texts(&by_other, "title").len(), 1);
        let carol = app.staff("carol").await;
        let strange = app.get(&path(&feed(&carol, "account", &bob.id()).await, "atom")).await;
        assert!(!strange.body.contains("For followers"), "{}", strange.body);
        for (kind, target, status) in [
            ("", "", 400),
            ("public", "", 422),
            ("list", "", 422),
            ("list", "1", 404),
            ("tag", "a b", 422),
            ("account", "1", 404),
        ] {
            carol.post(API, json!({"kind": kind, "target": target})).await.problem(status);
        }
        carol.post(API, json!({"kind": "list", "target": id})).await.problem(404);
    }

    async fn filters_hold_in_feeds(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        alice.submit(&format!("/api/v1/accounts/{}/follow", bob.id()), "").await.ok();
        for (title, action, word) in [("Lunch", "hide", "soup"), ("Plots", "warn", "killer")] {
            let wish = json!({"title": title, "context": ["home"], "filter_action": action,
                "keywords_attributes": [{"keyword": word, "whole_word": true}]});
            alice.post("/api/v2/filters", wish).await.ok();
        }
        for text in ["The soup is good", "The killer is known", "Plain"] {
            bob.posts(text).await;
        }
        let reply = app.get(&path(&feed(&alice, "home", "").await, "atom")).await;
        assert_eq!(texts(&reply, "title"), ["Home · Acme Engineering", "BOB: Plain", "Filtered: Plots"]);
        assert!(!reply.body.contains("killer") && !reply.body.contains("soup"), "{}", reply.body);
    }

    async fn all_invalid_feed_addresses_look_the_same(app: TestApp) {
        let alice = app.staff("alice").await;
        let made = feed(&alice, "home", "").await;
        let good = path(&made, "atom");
        assert_eq!(app.get(&good).await.status, 200);
        let never = app.get(&format!("/feeds/{}/home.atom", "x".repeat(43))).await;
        assert_eq!(never.status, 404);
        let same = |reply: &Reply| {
            assert_eq!((reply.status, &reply.body), (never.status, &never.body));
            let headers_of = |reply: &Reply| {
                let mut headers = reply.headers.clone();
                headers.remove("x-request-id");
                headers
            };
            assert_eq!(headers_of(reply), headers_of(&never));
        };
        for wrong in [good.replace("home", "notifications"), good.replace("atom", "xml"), good.replace(".atom", "")] {
            same(&app.get(&wrong).await);
        }
        same(&app.get(&format!("/feeds/{}/home.atom", "y".repeat(5_000))).await);
        app.act(alice.account.id, Action::Disable).await.unwrap();
        same(&app.get(&good).await);
        app.act(alice.account.id, Action::Enable).await.unwrap();
        assert_eq!(app.get(&good).await.status, 200);
        let again = TestUser { token: alice.token_for("read write").await, ..alice };
        let id = made["id"].as_str().unwrap();
        app.staff("bob").await.call(Method::DELETE, &format!("{API}/{id}"), None).await.problem(404);
        again.call(Method::DELETE, &format!("{API}/{id}"), None).await.ok();
        same(&app.get(&good).await);
        // Creating a feed needs a write scope and the whole read scope.
        for scopes in ["read", "read:statuses write", "write"] {
            let small = TestUser { token: again.token_for(scopes).await, ..again.clone() };
            small.post(API, json!({"kind": "home"})).await.problem(403);
        }
    }

    async fn feeds_are_made_and_ended_on_a_page(app: TestApp) {
        let alice = app.staff("alice").await;
        assert_eq!(Browser::new(&app).get("/settings/feeds").await.status, 303);
        let browser = Browser::signed_in(&alice).await;
        let page = browser.get("/settings/feeds").await;
        assert!(page.body.contains("You have no feeds"), "{}", page.body);
        let wrong = browser.send_form(&page, "/settings/feeds", &[("kind", "tag"), ("target", "")]).await;
        assert_eq!(wrong.status, 422, "{}", wrong.body);
        let made = browser.send_form(&page, "/settings/feeds", &[("kind", "account"), ("target", "@alice")]).await;
        assert_eq!(made.status, 200, "{}", made.body);
        let (_, rest) = made.body.split_once("https://engineering.acme.test/feeds/").unwrap();
        let address = format!("/feeds/{}", rest.split('<').next().unwrap());
        assert_eq!(app.get(&address).await.status, 200);
        let page = browser.get("/settings/feeds").await;
        assert!(page.body.contains("@alice") && !page.body.contains("/feeds/x"), "{}", page.body);
        assert!(!page.body.contains(rest.split('/').next().unwrap()), "it is shown once");
        let (_, form) = page.body.split_once("action=\"/settings/feeds/").unwrap();
        let action = format!("/settings/feeds/{}", form.split('"').next().unwrap());
        let ended = browser.send_form(&page, &action, &[]).await;
        assert_eq!(location(&ended), "/settings/feeds");
        assert_eq!(app.get(&address).await.status, 404);
    }
}
