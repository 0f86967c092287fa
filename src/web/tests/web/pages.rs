//! Tests of visibility on pages, of response headers, and of escaping.

use axum::http::header;
use portico_domain::model::card::{Card, CardImage, PageFacts};
use portico_domain::model::{CardId, Reach, StatusId};
use portico_service::social::account_moves;
use serde_json::json;

use super::{Browser, ORIGIN, location};
use portico_testing::{Database, Reply, TestApp, TestUser, both_databases};

async fn post(staff: &TestUser, text: &str, reach: Reach) -> String {
    let view = staff.says(text, reach).await;
    format!("/@{}/{}", staff.account.username, view.status.id)
}

/// Removes the one script element that belongs on the page; it refers to a separate file.
fn without_our_script(page: Reply) -> Reply {
    let ours = "<script src=\"/assets/portico.js?v=";
    let Some((before, rest)) = page.body.split_once(ours) else { return page };
    let (_, after) = rest.split_once("\" defer></script>").unwrap();
    Reply { body: format!("{before}{after}"), ..page }
}

both_databases! {
    async fn strangers_learn_nothing(app: TestApp) {
        let alice = app.staff("alice").await;
        let there = post(&alice, "secret plans", Reach::Public).await;
        let stranger = Browser::new(&app);
        let absent = format!("/@alice/{}", StatusId(1));
        for path in [there.as_str(), &absent, "/@alice", "/@nobody", "/@nobody/7", "/@carol@sales.acme.test", "/@x/y", "/tags/plans"] {
            let reply = stranger.get(path).await;
            assert_eq!(reply.status, 303, "{path}");
            let expected = serde_urlencoded::to_string([("next", path)]).unwrap();
            assert_eq!(location(&reply), format!("/sign-in?{expected}"));
            assert_eq!(reply.body, "");
            assert!(!reply.headers.contains_key("link"));
        }
        let welcome = stranger.get("/").await;
        for private in ["alice", "ALICE", "secret plans"] {
            assert!(!welcome.body.contains(private), "{private}");
        }
        assert!(welcome.body.contains("Acme Engineering") && welcome.body.contains("engineering.acme.test"));
    }

    async fn cards_are_shown_without_asking_anybody_else(app: TestApp) {
        let alice = app.staff("alice").await;
        let facts = PageFacts {
            page_url: "https://news.example/a".into(),
            title: "A <b> & title".into(),
            provider_name: "The News".into(),
            ..PageFacts::default()
        };
        let key = "00112233445566778899aabbccddeeff.png";
        let image = CardImage { key: key.into(), dimensions: (60, 40), blurhash: None };
        let card = Card {
            id: CardId(7),
            url: "https://news.example/a?b".into(),
            facts,
            image: Some(image),
            fetched_at: app.instance.now(),
        };
        let mut paths = Vec::new();
        for sensitive in [false, true] {
            let draft = json!({ "status": "see https://news.example/a?b", "sensitive": sensitive });
            let posted = alice.post("/api/v1/statuses", draft).await.ok();
            let (status, card) = (posted["id"].as_str().unwrap().parse().unwrap(), card.clone());
            let kept = app.instance.store.write(move |tx| {
                let id = tx.save_card(&card)?;
                tx.set_status_card(status, Some(id))
            });
            assert!(kept.await.map_err(|error: portico_store::Error| error).unwrap());
            paths.push(format!("/@alice/{status}"));
        }
        let browser = Browser::signed_in(&alice).await;
        let shown = browser.get(&paths[0]).await.body;
        assert!(shown.contains(&format!("src=\"/media/{key}\"")), "{shown}");
        assert!(shown.contains("A &#60;b&#62; &#38; title") && shown.contains("The News"), "{shown}");
        assert!(shown.contains(r#"<a class="link-card" href="https://news.example/a?b" rel="noopener noreferrer nofollow">"#));
        assert!(!shown.contains("src=\"http"), "{shown}");
        let hidden = browser.get(&paths[1]).await.body;
        assert!(hidden.contains("The News") && !hidden.contains(key));
    }

    async fn staff_see_what_reaches_them(app: TestApp) {
        let alice = app.staff("alice").await;
        let bob = app.staff("bob").await;
        let shared = post(&alice, "for the company", Reach::Company).await;
        let here = post(&alice, "for this house", Reach::Instance).await;
        let whispered = post(&alice, "for nobody else", Reach::Direct).await;
        let followers = post(&alice, "for followers", Reach::Followers).await;
        let browser = Browser::signed_in(&bob).await;

        for (path, label) in [(&shared, "Company"), (&here, "Only here")] {
            let page = browser.get(path).await;
            assert_eq!(page.status, 200, "{path}");
            assert!(page.body.contains(label), "{label}");
        }
        for path in [&whispered, &followers] {
            assert_eq!(browser.get(path).await.status, 404, "{path}");
        }
        let absent = browser.get("/@alice/1").await;
        assert_eq!(browser.get(&whispered).await.body, absent.body);

        let profile = browser.get("/@alice").await;
        assert_eq!(profile.status, 200);
        assert!(profile.body.contains("for the company") && profile.body.contains("for this house"));
        assert!(!profile.body.contains("for nobody else") && !profile.body.contains("for followers"));
        assert_eq!(browser.get("/@nobody").await.status, 404);
        assert_eq!(browser.get("/@engineering.acme.test").await.status, 404);

        let own = Browser::signed_in(&alice).await;
        assert_eq!(own.get(&whispered).await.status, 200);
        assert!(own.get("/").await.body.contains("for followers"));
    }

    async fn a_profile_page_shows_where_the_account_has_moved(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        account_moves::add_alias(&app.instance, bob.account.id, "alice").await.unwrap();
        let reader = Browser::signed_in(&bob).await;
        assert!(!reader.get("/@alice").await.body.contains("has moved"));
        account_moves::start(&app.instance, alice.account.id, "@bob").await.unwrap();
        let page = reader.get("/@alice").await.body;
        assert!(page.contains("has moved to <a href=\"/@bob\""), "{page}");
        let shown = bob.get("/api/v1/accounts/lookup?acct=alice").await.ok();
        assert_eq!(shown["moved"]["acct"], "bob");
        bob.submit(&format!("/api/v1/accounts/{}/follow", alice.id()), "").await.problem(403);
    }

    async fn a_thread_shows_its_visible_parts(app: TestApp) {
        let alice = app.staff("alice").await;
        let bob = app.staff("bob").await;
        let start = alice.says("shall we meet?", Reach::Company).await;
        let reply = |text: &'static str, visibility: &'static str| {
            let body = serde_json::json!({
                "status": text, "in_reply_to_id": start.status.id, "visibility": visibility,
            });
            let bob = bob.clone();
            async move { bob.post("/api/v1/statuses", body).await.ok() }
        };
        reply("gladly", "public").await;
        reply("just between us", "private").await;

        let browser = Browser::signed_in(&alice).await;
        let page = browser.get(&format!("/@alice/{}", start.status.id)).await;
        assert!(page.body.contains("shall we meet?") && page.body.contains("gladly"), "{}", page.body);
        assert!(!page.body.contains("just between us"));
    }

    async fn a_quote_shows_in_a_box_to_who_may_see_it(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        let quoted = alice.says("the <b>turbine</b> is up", Reach::Company).await.status;
        let body = serde_json::json!({"status": "look at this", "quoted_status_id": quoted.id});
        let quote = bob.post("/api/v1/statuses", body).await.ok();
        let path = format!("/@bob/{}", quote["id"].as_str().unwrap());
        let page = Browser::signed_in(&carol).await.get(&path).await;
        assert!(page.body.contains("the &#60;b&#62;turbine&#60;/b&#62; is up"), "{}", page.body);
        assert!(page.body.contains(&format!("href=\"/@alice/{}\"", quoted.id)) && page.body.contains("@alice@"));
        assert!(Browser::signed_in(&carol).await.get("/@bob").await.body.contains("class=\"quote\""));
        alice.post(&format!("/api/v1/accounts/{}/block", carol.id()), serde_json::json!({})).await.ok();
        let page = Browser::signed_in(&carol).await.get(&path).await;
        assert!(page.body.contains("that is not shared with you") && page.body.contains("look at this"));
        for hidden in ["turbine", "@alice", &quoted.id.to_string()] {
            assert!(!page.body.contains(hidden), "{hidden}");
        }
    }

    async fn a_post_is_found_under_its_author_alone(app: TestApp) {
        let alice = app.staff("alice").await;
        app.staff("bob").await;
        let id = alice.says("hello", Reach::Company).await.status.id;
        let browser = Browser::signed_in(&alice).await;
        for (path, status) in [
            (format!("/@alice/{id}"), 200),
            (format!("/@Alice/{id}"), 200),
            (format!("/@alice@engineering.acme.test/{id}"), 200),
            (format!("/@bob/{id}"), 404),
            (format!("/@alice@sales.acme.test/{id}"), 404),
            ("/@alice/x".to_owned(), 404),
            ("/@alice/%00".to_owned(), 404),
            ("/@%00".to_owned(), 404),
            ("/@".to_owned(), 404),
            ("/@%ff".to_owned(), 404),
        ] {
            assert_eq!(browser.get(&path).await.status, status, "{path}");
        }
    }

    async fn user_content_is_escaped(app: TestApp) {
        let alice = app.staff("alice").await;
        let evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\" onmouseover=\"x";
        alice.call(axum::http::Method::PATCH, "/api/v1/accounts/update_credentials", Some(serde_json::json!({
            "display_name": evil.chars().take(30).collect::<String>(), "note": evil,
        }))).await;
        let body = serde_json::json!({ "status": evil, "spoiler_text": evil });
        let id = alice.post("/api/v1/statuses", body).await.ok()["id"].as_str().unwrap().to_owned();
        let browser = Browser::signed_in(&alice).await;
        for path in ["/", "/@alice", &format!("/@alice/{id}")] {
            let page = without_our_script(browser.get(path).await);
            assert_eq!(page.status, 200);
            assert!(page.body.contains("<details class=\"warned\">"), "{path}");
            for bad in ["<script", "<img src=x", "\" onmouseover=\"x", "javascript:"] {
                assert!(!page.body.contains(bad), "{bad} on {path}: {}", page.body);
            }
        }
    }

    async fn every_page_is_strict(app: TestApp) {
        let alice = app.staff("alice").await;
        let path = post(&alice, "hello", Reach::Company).await;
        let browser = Browser::signed_in(&alice).await;
        let pages = ["/", "/@alice", &path, "/sign-in?again=1", "/nothing/here", "/oauth/authorize"];
        for path in pages {
            let page = without_our_script(browser.get(path).await);
            let head = |name: &str| page.headers[name].to_str().unwrap().to_owned();
            assert!(head("content-type").starts_with("text/html"), "{path}");
            assert!(head("content-security-policy").starts_with("default-src 'none'; style-src 'self'"), "{path}");
            assert!(!head("content-security-policy").contains("unsafe"), "{path}");
            assert!(head("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
            assert_eq!(head("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(head("cache-control"), "private, no-store", "{path}");
            assert!(!page.body.contains("style=") && !page.body.contains("<script"), "{path}");
            assert!(!page.headers.contains_key("access-control-allow-origin"), "{path}");
        }
    }

    async fn wrong_methods_get_a_page(app: TestApp) {
        let reply = Browser::new(&app).post("/", &[], &[]).await;
        assert_eq!(reply.status, 405);
        assert!(reply.body.contains("Method not allowed"));
        assert!(reply.headers.contains_key("allow"));
    }

    async fn programs_are_sent_to_documents(app: TestApp) {
        let alice = app.staff("alice").await;
        let id = alice.says("hello", Reach::Company).await.status.id;
        let stranger = Browser::new(&app);
        let kind = "application/activity+json";
        for (path, to) in [
            ("/@alice".to_owned(), format!("{ORIGIN}/users/alice")),
            ("/@nobody".to_owned(), format!("{ORIGIN}/users/nobody")),
            (format!("/@alice/{id}"), format!("{ORIGIN}/users/alice/statuses/{id}")),
            ("/@a%2F..%2Fb".to_owned(), format!("{ORIGIN}/users/a%2F%2E%2E%2Fb")),
        ] {
            let reply = stranger.get_as(&path, kind).await;
            assert_eq!((reply.status.as_u16(), location(&reply)), (302, to.as_str()), "{path}");
        }
        let page = Browser::signed_in(&alice).await.get(&format!("/@alice/{id}")).await;
        let link = page.headers[header::LINK].to_str().unwrap();
        assert_eq!(link, format!("<{ORIGIN}/users/alice/statuses/{id}>; rel=\"alternate\"; type=\"{kind}\""));
    }

    async fn a_hashtag_has_a_page(app: TestApp) {
        let alice = app.staff("alice").await;
        let bob = app.staff("bob").await;
        let tagged = post(&alice, "see #Über_uns", Reach::Company).await;
        post(&alice, "whispered #über_uns", Reach::Direct).await;
        let browser = Browser::signed_in(&bob).await;
        let link = browser.get(&tagged).await.body;
        let (_, rest) = link.split_once(&format!("href=\"{ORIGIN}/tags/")).unwrap();
        let (name, _) = rest.split_once('"').unwrap();
        let page = browser.get(&format!("/tags/{name}")).await;
        assert!(page.body.contains(&tagged) && !page.body.contains("whispered"), "{}", page.body);
        assert!(browser.get("/tags/%3Cscript%3E").await.body.contains("There are no posts"));
        assert!(!without_our_script(browser.get("/tags/%3Cscript%3E").await).body.contains("<script"));
        assert_eq!(browser.get("/tags/%00").await.status, 404);
    }

    async fn long_lists_are_cut_into_pages(app: TestApp) {
        let alice = app.staff("alice").await;
        for number in 0..25 {
            alice.says(&format!("post number {number}."), Reach::Company).await;
            app.advance(1);
        }
        let browser = Browser::signed_in(&alice).await;
        let first = browser.get("/@alice").await.body;
        assert!(first.contains("post number 24.") && !first.contains("post number 4."));
        let (_, rest) = first.split_once("href=\"/@alice?before=").unwrap();
        let (id, _) = rest.split_once('"').unwrap();
        let second = browser.get(&format!("/@alice?before={id}")).await.body;
        assert!(second.contains("post number 4.") && second.contains("post number 0."));
        assert!(!second.contains("post number 5.") && !second.contains("?before="));
        assert_eq!(browser.get("/@alice?before=x").await.status, 200);
    }
}

#[tokio::test]
async fn public_pages_show_what_is_public_and_no_more() {
    let app = TestApp::with(Database::Sqlite, |settings| {
        settings.public_pages = true;
        settings.federation = portico_domain::model::peer::FederationMode::Open;
    })
    .await;
    let alice = app.staff("alice").await;
    let public = post(&alice, "for the world", Reach::Public).await;
    let internal = post(&alice, "for the company", Reach::Company).await;
    let stranger = Browser::new(&app);
    let shown = stranger.get(&public).await;
    assert_eq!(shown.status, 200);
    let (_, rest) = shown.body.split_once("type=\"application/json+oembed\" href=\"").unwrap();
    let (embedded, _) = rest.split_once('"').unwrap();
    let embedded = app.get(embedded.strip_prefix(ORIGIN).unwrap()).await.ok();
    assert!(embedded["html"].as_str().unwrap().contains("for the world"));
    let mine = Browser::signed_in(&alice).await.get(&internal).await;
    assert!(mine.body.contains("for the company") && !mine.body.contains("oembed"));
    let hidden = stranger.get(&internal).await;
    let absent = stranger.get("/@alice/1").await;
    assert_eq!((hidden.status.as_u16(), &hidden.body), (404, &absent.body));
    let profile = stranger.get("/@alice").await;
    assert!(profile.body.contains("for the world") && !profile.body.contains("for the company"));
    assert_eq!(stranger.get("/@carol@sales.acme.test").await.status, 404);
}

#[tokio::test]
async fn assets_are_kept_and_default_pictures_served() {
    let app = TestApp::new(Database::Sqlite).await;
    let browser = Browser::new(&app);
    let page = browser.get("/").await.body;
    let (_, rest) = page.split_once("href=\"/assets/portico.css?v=").unwrap();
    let (hash, _) = rest.split_once('"').unwrap();
    let css = browser.get(&format!("/assets/portico.css?v={hash}")).await;
    assert_eq!(css.headers["content-type"], "text/css; charset=utf-8");
    assert_eq!(css.headers["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(css.headers["x-content-type-options"], "nosniff");
    for (path, kind) in [
        ("/assets/avatar.png", "image/png"),
        ("/assets/header.png", "image/png"),
        ("/favicon.ico", "image/png"),
        ("/assets/favicon.svg", "image/svg+xml"),
    ] {
        let reply = browser.get(path).await;
        assert_eq!((reply.status.as_u16(), reply.headers["content-type"].to_str().unwrap()), (200, kind));
        assert!(reply.headers.contains_key("etag"));
    }
    assert_eq!(browser.get("/assets/..%2Fmod.rs").await.status, 404);
}

#[tokio::test]
async fn hosts_that_are_not_served_get_a_page() {
    let app = TestApp::new(Database::Sqlite).await;
    let request = axum::http::Request::get("/").header("host", "evil.test").body("".into()).unwrap();
    let reply = app.send(request).await;
    assert_eq!(reply.status, 421);
    assert!(reply.body.contains("Unknown host name"));
}
