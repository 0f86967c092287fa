//! The number of queries per page must not grow with the page. Runs in a process of its own, because queries
//! are counted per process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    unused_imports,
    unused_macros,
    reason = "a test that cannot go on has failed; it needs a part of the support alone"
)]

use std::sync::Mutex;

use diesel::connection::{Instrumentation, InstrumentationEvent};
use portico_testing::{Database, TestApp, TestUser};
use serde_json::{Value, json};

static QUERIES: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn watch() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(|event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            QUERIES.lock().unwrap().push(query.to_string());
        }
    }))
}

/// Returns a page, and the queries that it took.
async fn counted(who: &TestUser, path: &str) -> (Value, Vec<String>) {
    QUERIES.lock().unwrap().clear();
    let page = who.get(path).await.ok();
    (page, std::mem::take(&mut *QUERIES.lock().unwrap()))
}

/// Creates eighty posts of every kind: with a poll, a content warning, a mention, a hashtag, a link, replies
/// and boosts; half of them favourited, with notifications.
async fn fill(alice: &TestUser, bob: &TestUser) {
    let id = |post: &Value| post["id"].as_str().unwrap().to_owned();
    alice.submit(&format!("/api/v1/accounts/{}/follow", bob.id()), "").await.ok();
    let mut first = None;
    for number in 0..40 {
        let wish = match number % 4 {
            0 => json!({"status": "?", "poll": {"options": ["a", "b"], "expires_in": 3600}}),
            1 => json!({"status": "@alice look at https://a.example/x #rust", "spoiler_text": "cw"}),
            2 => json!({"status": "an answer", "in_reply_to_id": first}),
            _ => json!({"status": "**plain**", "content_type": "text/markdown"}),
        };
        let post = bob.post("/api/v1/statuses", wish).await.ok();
        first.get_or_insert(id(&post));
        if number % 2 == 0 {
            alice.submit(&format!("/api/v1/statuses/{}/favourite", id(&post)), "").await.ok();
        }
        let own = alice.posts("mine #rust").await;
        bob.submit(&format!("/api/v1/statuses/{}/favourite", id(&own)), "").await.ok();
        bob.submit(&format!("/api/v1/statuses/{}/reblog", id(&own)), "").await.ok();
    }
    alice
        .submit("/api/v2/filters", "title=x&context[]=home&keywords_attributes[][keyword]=nothing")
        .await
        .ok();
}

async fn pages_cost_the_same_however_long(database: Database) {
    let app = TestApp::new(database).await;
    let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
    fill(&alice, &bob).await;
    for path in [
        "/api/v1/timelines/home",
        "/api/v1/timelines/public",
        "/api/v1/timelines/tag/rust",
        "/api/v1/favourites",
        "/api/v1/notifications",
        "/api/v2/notifications",
        "/api/v1/trends/statuses",
        &format!("/api/v1/accounts/{}/statuses", bob.id()),
    ] {
        // Warms the caches.
        alice.get(path).await.ok();
        let (short, few) = counted(&alice, &format!("{path}?limit=5")).await;
        let (long, many) = counted(&alice, &format!("{path}?limit=40")).await;
        let length = |page: &Value| page["notification_groups"].as_array().or(page.as_array()).unwrap().len();
        assert!(length(&long) > length(&short), "{path} has {} and {}", length(&short), length(&long));
        assert!(!few.is_empty());
        assert_eq!(few.len(), many.len(), "{database:?} {path}:\n{}", many.join("\n"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_pages_cost_the_same_however_long() {
    let _alone = ALONE.lock().await;
    diesel::connection::set_default_instrumentation(watch).unwrap();
    pages_cost_the_same_however_long(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PORTICO_TEST_POSTGRES"]
async fn postgres_pages_cost_the_same_however_long() {
    let _alone = ALONE.lock().await;
    diesel::connection::set_default_instrumentation(watch).unwrap();
    pages_cost_the_same_however_long(Database::Postgres).await;
}

/// Serialises the two tests, which count in the same process.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
