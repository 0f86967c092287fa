//! Search: people, hashtags, pasted addresses.

use serde_json::{Value, json};

use crate::support::{Database, Staff, TestApp, both_databases};

async fn found(who: &Staff, query: &str) -> (Vec<Value>, usize, Vec<Value>) {
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
