//! Notifications: their recipients, and how they are dismissed.

use axum::http::Method;
use serde_json::{Value, json};

use portico_testing::{TestUser, both_databases};

fn kinds(page: &Value) -> Vec<String> {
    page.as_array().unwrap().iter().map(|one| one["type"].as_str().unwrap().to_owned()).collect()
}

async fn notification_types(who: &TestUser, query: &str) -> Vec<String> {
    kinds(&who.get(&format!("/api/v1/notifications?{query}")).await.ok())
}

/// Bob follows alice, replies to her post, favourites and boosts it.
async fn stir(alice: &TestUser, bob: &TestUser) {
    bob.submit(&format!("/api/v1/accounts/{}/follow", alice.id()), "").await.ok();
    let posted = alice.posts("Hello").await;
    let id = posted["id"].as_str().unwrap();
    bob.posts("@alice hi").await;
    bob.submit(&format!("/api/v1/statuses/{id}/favourite"), "").await.ok();
    alice.app.advance(1);
    bob.submit(&format!("/api/v1/statuses/{id}/reblog"), "").await.ok();
    alice.app.advance(1);
}

both_databases! {
    async fn each_action_causes_one_notification(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        stir(&alice, &bob).await;
        let page = alice.get("/api/v1/notifications").await.ok();
        assert_eq!(kinds(&page), ["reblog", "favourite", "mention", "follow"]);
        let first = &page[0];
        assert_eq!(first["account"]["acct"], "bob");
        assert_eq!(first["status"]["content"], "<p>Hello</p>");
        assert!(first["group_key"].as_str().unwrap().starts_with("reblog-"));
        assert_eq!(page[2]["group_key"], format!("ungrouped-{}", page[2]["id"].as_str().unwrap()));
        assert!(page[3].get("status").is_none());
        assert!(first["id"].as_str().unwrap().parse::<i64>().unwrap() < 1 << 53);
        assert_eq!(notification_types(&bob, "").await, [] as [&str; 0]);

        // Undone and repeated: one notification.
        let id = page[0]["status"]["id"].as_str().unwrap();
        bob.submit(&format!("/api/v1/statuses/{id}/unfavourite"), "").await.ok();
        assert_eq!(notification_types(&alice, "types[]=favourite").await, [] as [&str; 0]);
        let one = alice.get(&format!("/api/v1/notifications/{}", first["id"].as_str().unwrap())).await.ok();
        assert_eq!((&one["id"], &one["type"]), (&first["id"], &json!("reblog")));
        bob.get(&format!("/api/v1/notifications/{}", first["id"].as_str().unwrap())).await.problem(404);
        alice.get("/api/v1/notifications/abc").await.problem(404);
        app.get("/api/v1/notifications").await.problem(401);
    }

    async fn kinds_and_people_narrow_the_list(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        stir(&alice, &bob).await;
        carol.posts("@alice hello").await;
        assert_eq!(notification_types(&alice, "types[]=mention&types[]=poll").await, ["mention", "mention"]);
        assert_eq!(notification_types(&alice, "types[]=poll&types[]=admin.report").await, [] as [&str; 0]);
        assert_eq!(notification_types(&alice, "exclude_types[]=mention&exclude_types[]=reblog").await, ["favourite", "follow"]);
        assert_eq!(notification_types(&alice, &format!("account_id={}", carol.id())).await, ["mention"]);
        assert_eq!(notification_types(&alice, "account_id=x").await, [] as [&str; 0]);
        let first = alice.get("/api/v1/notifications?limit=3&types[]=mention&types[]=follow").await;
        assert_eq!(kinds(&first.ok()), ["mention", "mention", "follow"]);
        let page = alice.get("/api/v1/notifications?limit=2").await;
        let next = alice.get(&page.link("next").unwrap()).await;
        assert_eq!(kinds(&next.ok()), ["favourite", "mention"]);
        let prev = next.link("prev").unwrap();
        assert!(prev.contains("min_id="));
        assert_eq!(alice.get(&prev).await.ok(), page.ok());
        alice.get("/api/v1/notifications?max_id=x").await.problem(400);
    }

    async fn unread_ones_are_counted_after_the_marker(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        stir(&alice, &bob).await;
        let count = async |query: &str| {
            alice.get(&format!("/api/v1/notifications/unread_count?{query}")).await.ok()["count"].clone()
        };
        assert_eq!(count("").await, 4);
        assert_eq!(count("limit=2").await, 2);
        assert_eq!(count("types[]=follow").await, 1);
        let page = alice.get("/api/v1/notifications").await.ok();
        let mark = format!("notifications[last_read_id]={}", page[1]["id"].as_str().unwrap());
        alice.submit("/api/v1/markers", &mark).await.ok();
        assert_eq!(count("").await, 1);
        alice.get("/api/v1/notifications/unread_count?limit=x").await.problem(400);
    }

    async fn they_go_away_when_asked_to(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        stir(&alice, &bob).await;
        let page = alice.get("/api/v1/notifications").await.ok();
        let id = |index: usize| page[index]["id"].as_str().unwrap().to_owned();
        bob.submit(&format!("/api/v1/notifications/{}/dismiss", id(0)), "").await.problem(404);
        assert_eq!(alice.submit(&format!("/api/v1/notifications/{}/dismiss", id(0)), "").await.ok(), json!({}));
        alice.submit(&format!("/api/v1/notifications/{}/dismiss", id(0)), "").await.problem(404);
        alice.submit("/api/v1/notifications/dismiss", &format!("id={}", id(1))).await.ok();
        alice.submit("/api/v1/notifications/dismiss", "").await.problem(400);
        assert_eq!(notification_types(&alice, "").await, ["mention", "follow"]);
        assert_eq!(alice.submit("/api/v1/notifications/clear", "").await.ok(), json!({}));
        assert_eq!(notification_types(&alice, "").await, [] as [&str; 0]);
    }

    async fn deleted_statuses_have_no_notification(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let posted = bob.posts("@alice hi").await;
        assert_eq!(notification_types(&alice, "").await, ["mention"]);
        bob.form(Method::DELETE, &format!("/api/v1/statuses/{}", posted["id"].as_str().unwrap()), "").await.ok();
        assert_eq!(notification_types(&alice, "").await, [] as [&str; 0]);
    }
}
