//! Search: accounts, hashtags, posts and pasted URLs.

use axum::http::Method;
use serde_json::{Value, json};

use portico_testing::{Database, TestApp, TestUser, both_databases};

async fn found(who: &TestUser, query: &str) -> (Vec<Value>, usize, Vec<Value>) {
    let found = who.get(&format!("/api/v2/search?{query}")).await.ok();
    let pick = |key: &str, name: &str| {
        found[key].as_array().unwrap().iter().map(|one| one[name].clone()).collect::<Vec<_>>()
    };
    (pick("accounts", "acct"), pick("statuses", "id").len(), pick("hashtags", "name"))
}

both_databases! {
    async fn people_and_hashtags_are_found_by_their_beginning(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        alice.posts("about #Turbines and #turnover").await;
        assert_eq!(found(&bob, "q=ali").await, (vec![json!("alice")], 0, vec![]));
        assert_eq!(found(&bob, "q=@alice@engineering.acme.test").await.0, [json!("alice")]);
        assert_eq!(found(&bob, "q=tur").await.2, [json!("turbines"), json!("turnover")]);
        assert_eq!(found(&bob, "q=%23TURB").await.2, [json!("turbines")]);
        assert_eq!(found(&bob, "q=tur&type=accounts").await, (vec![], 0, vec![]));
        assert_eq!(found(&bob, "q=tur&type=hashtags&limit=1&offset=1").await.2, [json!("turnover")]);
        assert_eq!(found(&bob, "q=ali&type=collections").await, (vec![], 0, vec![]));
        let people = bob.get("/api/v1/accounts/search?q=ali&resolve=false&limit=5").await.ok();
        assert_eq!(people[0]["acct"], "alice");
        assert_eq!(bob.get("/api/v1/accounts/search?q=ali&following=true").await.ok(), json!([]));
    }

    async fn a_pasted_address_finds_the_one_thing_behind_it(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let posted = alice.posts("Hello").await;
        for key in ["url", "uri"] {
            let query = format!("q={}&resolve=true", posted[key].as_str().unwrap());
            assert_eq!(found(&bob, &query).await, (vec![], 1, vec![]), "{key}");
        }
        assert_eq!(found(&bob, "q=https://engineering.acme.test/@alice").await.0, [json!("alice")]);
        assert_eq!(found(&bob, "q=https://nowhere.example/@x/1").await, (vec![], 0, vec![]));
        let secret = alice.post("/api/v1/statuses", json!({"status": "me", "visibility": "direct"})).await.ok();
        let query = format!("q={}&resolve=true", secret["uri"].as_str().unwrap());
        assert_eq!(found(&bob, &query).await, (vec![], 0, vec![]));
    }

    async fn odd_searches_find_nothing(app: TestApp) {
        let bob = app.staff("bob").await;
        for odd in ["", "%20", "%25", "_", "%27%22", "%5C", "@", "%23", "@@", "a@b@c", "%F0%9F%A6%89", "http://", "https://%5B"] {
            assert_eq!(found(&bob, &format!("q={odd}&resolve=true")).await, (vec![], 0, vec![]), "{odd}");
        }
        assert_eq!(found(&bob, &format!("q={}", "x".repeat(5_000))).await, (vec![], 0, vec![]));
        bob.get("/api/v2/search").await.problem(400);
        bob.get("/api/v1/accounts/search").await.problem(400);
        bob.get("/api/v2/search?q=x&offset=-1").await.problem(400);
        bob.get("/api/v2/search?q=x&limit=x").await.problem(400);
        app.get("/api/v2/search?q=x").await.problem(401);
    }

    async fn a_hashtag_is_any_word(app: TestApp) {
        let bob = app.staff("bob").await;
        let tag = bob.get("/api/v1/tags/Gr%C3%B6%C3%9Fe").await.ok();
        assert_eq!(tag["name"], "größe");
        assert_eq!(tag["following"], false);
        bob.get("/api/v1/tags/a%20b").await.problem(404);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visitors_may_not_have_other_hosts_asked() {
    let app = TestApp::with(Database::Sqlite, |settings| settings.public_pages = true).await;
    app.get("/api/v2/search?q=x").await.ok();
    app.get("/api/v2/search?q=x&resolve=true").await.problem(401);
    app.get("/api/v2/search?q=x&offset=20").await.problem(401);
}

async fn posts(who: &TestUser, query: &str) -> usize {
    found(who, &format!("type=statuses&q={query}")).await.1
}

both_databases! {
    async fn posts_are_found_by_their_words(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let first = alice.posts("The Größe of hot turbines").await;
        alice.posts("cold turbines").await;
        for (query, hits) in [
            ("TURBINES", 2), ("gro%C3%9Fe", 1), ("turbines%20-cold", 1), ("%22hot%20turbines%22", 1),
            ("%22turbines%20hot%22", 0), ("turbines%20from:alice", 2), ("turbines%20from:me", 0),
            ("from:@alice", 2), ("turbines%20in:library", 0), ("turbine", 0), ("is:reply", 0),
            ("turbines%20before:2000-01-01", 0), ("turbines%20after:2000-01-01", 2), ("-turbines", 0),
            ("turbines%20%22%20OR%20(%20*%20NEAR", 0), ("%22%22%22'%26%7C!%3C-%3E:*", 0),
        ] {
            assert_eq!(posts(&bob, query).await, hits, "{query}");
        }
        let id = first["id"].as_str().unwrap();
        bob.post(&format!("/api/v1/statuses/{id}/favourite"), json!({})).await.ok();
        assert_eq!(posts(&bob, "turbines%20in:library").await, 1);
        alice.call(Method::PUT, &format!("/api/v1/statuses/{id}"), Some(json!({"status": "about compressors"}))).await.ok();
        assert_eq!((posts(&bob, "turbines").await, posts(&bob, "compressors").await), (1, 1));
        alice.call(Method::DELETE, &format!("/api/v1/statuses/{id}"), None).await.ok();
        assert_eq!(posts(&bob, "compressors").await, 0);
    }

    async fn posts_are_found_by_what_they_have(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let plain = alice.posts("turbines in words").await;
        let poll = json!({"options": ["hot", "cold"], "expires_in": 3600});
        alice.post("/api/v1/statuses", json!({"status": "turbines, which?", "poll": poll})).await.ok();
        let quoting = json!({"status": "turbines, says alice", "quoted_status_id": plain["id"]});
        bob.post("/api/v1/statuses", quoting).await.ok();
        for (query, hits) in [
            ("turbines", 3), ("turbines%20has:poll", 1), ("turbines%20-has:poll", 2), ("has:quote", 1),
            ("turbines%20has:media", 0), ("turbines%20-has:media%20-has:quote%20-has:poll", 1),
            ("turbines%20has:link", 0), ("turbines%20has:video", 0), ("turbines%20has:wheels", 0),
        ] {
            assert_eq!(posts(&alice, query).await, hits, "{query}");
        }
    }

    async fn only_what_one_may_see_and_may_find_is_found(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        for visibility in ["direct", "private", "unlisted"] {
            alice.post("/api/v1/statuses", json!({"status": "secret turbines", "visibility": visibility})).await.ok();
        }
        assert_eq!(posts(&bob, "turbines").await, 0);
        assert_eq!(posts(&alice, "turbines").await, 3, "one's own are always found");
        alice.post("/api/v1/statuses", json!({"status": "@bob turbines", "visibility": "direct"})).await.ok();
        assert_eq!(posts(&bob, "turbines").await, 1, "a post that mentions the viewer is found");
    }
}
