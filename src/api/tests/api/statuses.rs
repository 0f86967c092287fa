//! Posting, reading, editing and deleting statuses, and interactions with them.

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};

use portico_testing::{Reply, TestApp, TestUser, both_databases};

fn path(status: &Value, rest: &str) -> String {
    format!("/api/v1/statuses/{}{rest}", status["id"].as_str().unwrap())
}

async fn post_with_key(app: &TestApp, who: &TestUser, text: &str, key: &str) -> Reply {
    let request = app
        .request(Method::POST, "/api/v1/statuses")
        .header("authorization", format!("Bearer {}", who.token))
        .header("idempotency-key", key)
        .header("content-type", "application/json");
    app.send(request.body(Body::from(json!({ "status": text }).to_string())).unwrap()).await
}

both_databases! {
    async fn a_status_is_shown_as_it_was_posted(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let posted = alice.submit("/api/v1/statuses", "status=Hello+%23Turbines+@bob&spoiler_text=work&language=en").await.ok();
        assert_eq!(posted["visibility"], "public");
        assert_eq!(posted["reach"], "company");
        assert_eq!(posted["spoiler_text"], "work");
        assert_eq!(posted["sensitive"], true);
        assert_eq!(posted["tags"], json!([{"name": "turbines", "url": "https://engineering.acme.test/tags/turbines"}]));
        assert_eq!(posted["mentions"][0]["acct"], "bob");
        assert_eq!(posted["created_at"], "2026-11-02T09:00:00.000Z");
        assert_eq!(posted["pinned"], false);
        let href = posted["mentions"][0]["url"].as_str().unwrap();
        assert!(posted["content"].as_str().unwrap().contains(&format!("href=\"{href}\"")));

        let seen = bob.get(&path(&posted, "")).await.ok();
        assert_eq!(seen["content"], posted["content"]);
        assert!(seen.get("pinned").is_none());
        app.get(&path(&posted, "")).await.problem(401);
        let many = bob.get(&format!("/api/v1/statuses?id[]={}&id[]=5&id[]=x", posted["id"].as_str().unwrap())).await.ok();
        assert_eq!(many.as_array().unwrap().len(), 1);
    }

    async fn reach_is_asked_for_in_any_words(app: TestApp) {
        let alice = app.staff("alice").await;
        for (asked, reach, visibility) in [
            (json!({"visibility": "unlisted"}), "company", "unlisted"),
            (json!({"visibility": "private"}), "followers", "private"),
            (json!({"visibility": "direct"}), "direct", "direct"),
            (json!({"local_only": true}), "instance", "public"),
            (json!({"reach": "partners"}), "partners", "public"),
            (json!({"reach": "public", "visibility": "direct"}), "public", "public"),
        ] {
            let mut body = asked.clone();
            body["status"] = "hi".into();
            let posted = alice.post("/api/v1/statuses", body).await.ok();
            assert_eq!((&posted["reach"], &posted["visibility"]), (&json!(reach), &json!(visibility)), "{asked}");
        }
        for bad in [json!({"reach": "world"}), json!({"visibility": "list"}), json!({"visibility": "local"})] {
            let mut body = bad;
            body["status"] = "hi".into();
            alice.post("/api/v1/statuses", body).await.problem(422);
        }
    }

    async fn bad_statuses_are_refused(app: TestApp) {
        let alice = app.staff("alice").await;
        for body in [
            json!({}), json!({"status": ""}), json!({"status": "  \n "}), json!({"status": "x".repeat(5_001)}),
            json!({"status": "x", "spoiler_text": "y".repeat(5_000)}),
            json!({"status": "x", "media_ids": ["1"]}), json!({"status": "x", "poll": {"options": ["a", "b"]}}),
            json!({"status": "x", "scheduled_at": "whenever"}),
        ] {
            let error = alice.post("/api/v1/statuses", body.clone()).await.problem(422);
            assert!(error.starts_with("Validation failed: "), "{body}: {error}");
        }
        alice.post("/api/v1/statuses", json!({"status": "x", "in_reply_to_id": "12345"})).await.problem(404);
        app.submit("/api/v1/statuses", "status=x").await.problem(401);
        assert_eq!(alice.get("/api/v1/timelines/home").await.ok(), json!([]));
        // The limit counts characters, however many bytes they take.
        alice.posts(&"👩‍🚀".repeat(5_000)).await;
    }

    async fn the_same_key_answers_the_first_post(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let first = post_with_key(&app, &alice, "one", "key").await.ok();
        let second = post_with_key(&app, &alice, "one", "key").await.ok();
        assert_eq!(first["id"], second["id"]);
        assert_ne!(post_with_key(&app, &bob, "one", "key").await.ok()["id"], first["id"]);
        assert_ne!(post_with_key(&app, &alice, "two", "other").await.ok()["id"], first["id"]);
        let (a, b, c) = tokio::join!(
            post_with_key(&app, &alice, "race", "race"),
            post_with_key(&app, &alice, "race", "race"),
            post_with_key(&app, &alice, "race", "race"),
        );
        assert_eq!(a.ok()["id"], b.ok()["id"]);
        assert_eq!(a.ok()["id"], c.ok()["id"]);
        app.advance(3_601);
        assert_ne!(post_with_key(&app, &alice, "one", "key").await.ok()["id"], first["id"]);
    }

    async fn an_edit_keeps_its_history(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let posted = alice.posts("first").await;
        let source = alice.get(&path(&posted, "/source")).await.ok();
        assert_eq!(source, json!({"id": posted["id"], "text": "first", "content_type": "text/plain", "spoiler_text": ""}));
        let edited = alice.call(Method::PUT, &path(&posted, ""), Some(json!({"status": "second"}))).await.ok();
        assert_eq!(edited["content"], "<p>second</p>");
        assert_eq!(edited["edited_at"], "2026-11-02T09:00:01.000Z");
        let history = bob.get(&path(&posted, "/history")).await.ok();
        let contents: Vec<_> = history.as_array().unwrap().iter().map(|edit| edit["content"].clone()).collect();
        assert_eq!(contents, ["<p>first</p>", "<p>second</p>"]);

        bob.call(Method::PUT, &path(&posted, ""), Some(json!({"status": "mine now"}))).await.problem(404);
        bob.get(&path(&posted, "/source")).await.problem(404);
        alice.call(Method::PUT, &path(&posted, ""), Some(json!({"status": ""}))).await.problem(422);
        alice.call(Method::PUT, "/api/v1/statuses/1", Some(json!({"status": "x"}))).await.problem(404);
    }

    async fn a_deleted_status_is_given_back_as_typed(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let posted = alice.posts("Draft *me*").await;
        bob.form(Method::DELETE, &path(&posted, ""), "").await.problem(404);
        let last = alice.form(Method::DELETE, &path(&posted, ""), "delete_media=true").await.ok();
        assert_eq!(last["text"], "Draft *me*");
        alice.get(&path(&posted, "")).await.problem(404);
        alice.form(Method::DELETE, &path(&posted, ""), "").await.problem(404);
    }

    async fn deletions_have_a_limit_of_their_own(app: TestApp) {
        let alice = app.staff("alice").await;
        for _ in 0..30 {
            alice.form(Method::DELETE, "/api/v1/statuses/1", "").await.problem(404);
        }
        alice.form(Method::DELETE, "/api/v1/statuses/1", "").await.problem(429);
        alice.get("/api/v1/preferences").await.ok();
    }

    async fn doing_it_twice_is_the_same_as_once(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let posted = alice.posts("Hello").await;
        for (verb, flag, count) in [
            ("favourite", "favourited", Some("favourites_count")),
            ("bookmark", "bookmarked", None),
        ] {
            bob.submit(&path(&posted, &format!("/{verb}")), "").await.ok();
            let twice = bob.submit(&path(&posted, &format!("/{verb}")), "").await.ok();
            assert_eq!(twice[flag], true);
            if let Some(count) = count {
                assert_eq!(twice[count], 1);
            }
            bob.submit(&path(&posted, &format!("/un{verb}")), "").await.ok();
            let back = bob.submit(&path(&posted, &format!("/un{verb}")), "").await.ok();
            assert_eq!(back[flag], false);
            if let Some(count) = count {
                assert_eq!(back[count], 0);
            }
        }
        let boost = bob.submit(&path(&posted, "/reblog"), "visibility=public").await.ok();
        assert_eq!(boost["reblog"]["id"], posted["id"]);
        assert_eq!(boost["content"], "");
        assert_eq!(bob.submit(&path(&posted, "/reblog"), "").await.ok()["id"], boost["id"]);
        assert_eq!(bob.get(&path(&posted, "")).await.ok()["reblogged"], true);
        let people = alice.get(&path(&posted, "/reblogged_by")).await.ok();
        assert_eq!(people[0]["acct"], "bob");
        let original = bob.submit(&path(&posted, "/unreblog"), "").await.ok();
        assert_eq!((&original["id"], &original["reblogged"]), (&posted["id"], &json!(false)));
        bob.submit(&path(&posted, "/favourite"), "").await.ok();
        assert_eq!(alice.get(&path(&posted, "/favourited_by")).await.ok()[0]["acct"], "bob");
    }

    async fn pins_are_the_authors(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let posted = alice.posts("Read this first").await;
        assert_eq!(alice.submit(&path(&posted, "/pin"), "").await.ok()["pinned"], true);
        assert!(bob.submit(&path(&posted, "/pin"), "").await.status.is_client_error());
        assert_eq!(alice.submit(&path(&posted, "/unpin"), "").await.ok()["pinned"], false);
    }

    async fn a_thread_reads_in_order(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let root = alice.posts("root").await;
        let reply = async |who: &TestUser, to: &Value, text: &str| {
            let posted = who.post("/api/v1/statuses", json!({"status": text, "in_reply_to_id": to["id"]})).await.ok();
            app.advance(1);
            posted
        };
        let middle = reply(&bob, &root, "middle").await;
        let leaf = reply(&alice, &middle, "leaf").await;
        assert_eq!(middle["in_reply_to_account_id"], alice.id());
        let thread = alice.get(&path(&middle, "/context")).await.ok();
        assert_eq!(thread["ancestors"][0]["id"], root["id"]);
        assert_eq!(thread["descendants"][0]["id"], leaf["id"]);
        assert_eq!(alice.get(&path(&root, "")).await.ok()["replies_count"], 1);
        alice.get("/api/v1/statuses/77/context").await.problem(404);
    }

    async fn a_hidden_status_is_not_found(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let secret = alice.post("/api/v1/statuses", json!({"status": "me", "visibility": "direct"})).await.ok();
        for rest in ["", "/context", "/history", "/favourited_by", "/reblogged_by"] {
            assert_eq!(bob.get(&path(&secret, rest)).await.problem(404), "Record not found", "{rest}");
        }
        for verb in ["favourite", "reblog", "bookmark", "unfavourite", "unreblog"] {
            bob.submit(&path(&secret, &format!("/{verb}")), "").await.problem(404);
        }
        bob.post("/api/v1/statuses", json!({"status": "x", "in_reply_to_id": secret["id"]})).await.problem(404);
        for rest in ["", "/context"] {
            bob.get(&format!("/api/v1/statuses/99999999999999999999{rest}")).await.problem(404);
        }
    }
}
