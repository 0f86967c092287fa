//! Timelines and their pages.

use serde_json::{Value, json};

use portico_testing::{TestUser, both_databases};

fn texts(page: &Value) -> Vec<String> {
    let text = |status: &Value| {
        status["content"].as_str().unwrap().trim_start_matches("<p>").trim_end_matches("</p>").to_owned()
    };
    page.as_array().unwrap().iter().map(text).collect()
}

async fn five(who: &TestUser) -> Vec<Value> {
    let mut posted = Vec::new();
    for number in 1..=5 {
        posted.push(who.posts(&format!("{number}")).await);
    }
    posted
}

both_databases! {
    async fn pages_follow_their_links_to_the_end(app: TestApp) {
        let alice = app.staff("alice").await;
        five(&alice).await;
        let mut path = "/api/v1/timelines/home?limit=2".to_owned();
        let mut read = Vec::new();
        for _ in 0..5 {
            let reply = alice.get(&path).await;
            read.push(texts(&reply.ok()));
            match reply.link("next") {
                Some(next) => path = next,
                None => break,
            }
        }
        assert_eq!(read, [vec!["5", "4"], vec!["3", "2"], vec!["1"]]);
    }

    async fn cursors_are_bounds(app: TestApp) {
        let alice = app.staff("alice").await;
        let posted = five(&alice).await;
        let id = |index: usize| posted[index]["id"].as_str().unwrap().to_owned();
        for (query, expected) in [
            (format!("max_id={}", id(2)), vec!["2", "1"]),
            (format!("since_id={}", id(2)), vec!["5", "4"]),
            (format!("since_id={}&limit=1", id(1)), vec!["5"]),
            (format!("min_id={}&limit=1", id(1)), vec!["3"]),
            (format!("min_id={}&limit=2", id(0)), vec!["3", "2"]),
            (format!("max_id={}&since_id={}", id(4), id(1)), vec!["4", "3"]),
            (format!("max_id={}&min_id={}", id(4), id(1)), vec!["4", "3"]),
            ("max_id=0".to_owned(), vec![]),
            ("min_id=9223372036854775807".to_owned(), vec![]),
        ] {
            assert_eq!(texts(&alice.get(&format!("/api/v1/timelines/home?{query}")).await.ok()), expected, "{query}");
        }
        let newer = alice.get(&format!("/api/v1/timelines/home?limit=2&max_id={}", id(2))).await.link("prev").unwrap();
        assert_eq!(texts(&alice.get(&newer).await.ok()), ["4", "3"]);
        assert!(alice.get("/api/v1/timelines/home?max_id=0").await.header("link").is_none());
    }

    async fn invalid_cursors_are_refused(app: TestApp) {
        let alice = app.staff("alice").await;
        for list in ["timelines/home", "timelines/public", "timelines/tag/x", "favourites", "bookmarks"] {
            for bad in ["max_id=x", "min_id=-1", "since_id=1.5", "max_id=99999999999999999999", "limit=many", "max_id[]=1"] {
                let reply = alice.get(&format!("/api/v1/{list}?{bad}")).await;
                assert!(matches!(reply.status.as_u16(), 400 | 422), "{list}?{bad}: {}", reply.body);
                reply.problem(reply.status.as_u16());
            }
            alice.get(&format!("/api/v1/{list}?limit=0&max_id=")).await.ok();
            alice.get(&format!("/api/v1/{list}?limit=100000")).await.ok();
        }
    }

    async fn favourites_and_bookmarks_page_by_their_own_order(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let posted = five(&alice).await;
        for (verb, list) in [("favourite", "favourites"), ("bookmark", "bookmarks")] {
            for index in [4, 0, 2] {
                bob.submit(&format!("/api/v1/statuses/{}/{verb}", posted[index]["id"].as_str().unwrap()), "").await.ok();
                app.advance(1);
            }
            let first = bob.get(&format!("/api/v1/{list}?limit=2")).await;
            assert_eq!(texts(&first.ok()), ["3", "1"]);
            let second = bob.get(&first.link("next").unwrap()).await;
            assert_eq!(texts(&second.ok()), ["5"]);
            assert_eq!(second.link("next"), None);
        }
        assert_eq!(alice.get("/api/v1/favourites").await.ok(), json!([]));
    }

    async fn public_and_tag_timelines_show_what_is_listed(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        alice.posts("one #News #Energy").await;
        alice.posts("two #news").await;
        alice.post("/api/v1/statuses", json!({"status": "quiet #news", "visibility": "unlisted"})).await.ok();
        alice.post("/api/v1/statuses", json!({"status": "private #news", "visibility": "private"})).await.ok();
        let count = async |path: &str| bob.get(path).await.ok().as_array().unwrap().len();
        assert_eq!(count("/api/v1/timelines/public").await, 2);
        assert_eq!(count("/api/v1/timelines/public?local=true").await, 2);
        assert_eq!(count("/api/v1/timelines/public?remote=true").await, 0);
        assert_eq!(count("/api/v1/timelines/public?only_media=true").await, 0);
        assert_eq!(count("/api/v1/timelines/tag/NEWS").await, 2);
        assert_eq!(count("/api/v1/timelines/tag/news?all[]=energy").await, 1);
        assert_eq!(count("/api/v1/timelines/tag/news?none[]=Energy").await, 1);
        assert_eq!(count("/api/v1/timelines/tag/nothing?any[]=energy").await, 1);
        assert_eq!(count("/api/v1/timelines/tag/%C3%BC").await, 0);
        bob.get("/api/v1/timelines/tag/%00").await.problem(404);
        bob.get("/api/v1/timelines/tag/%ff").await.problem(404);
        app.get("/api/v1/timelines/home").await.problem(401);
    }
}
