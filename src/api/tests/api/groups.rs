//! Groups over the API: membership, visibility and roles.

use axum::http::Method;
use serde_json::{Value, json};

use portico_testing::{Reply, TestUser, both_databases};

async fn put(who: &TestUser, path: &str, form: Value) -> Reply {
    who.call(Method::PUT, path, Some(form)).await
}

async fn delete(who: &TestUser, path: &str) -> Reply {
    who.call(Method::DELETE, path, None).await
}

/// Creates a group as a user; returns its id.
async fn group(owner: &TestUser, name: &str, more: Value) -> String {
    let mut form = json!({ "name": name });
    for (key, value) in more.as_object().unwrap() {
        form[key] = value.clone();
    }
    let made = owner.post("/api/portico/v1/groups", form).await.ok();
    made["id"].as_str().unwrap().to_owned()
}

fn at(id: &str, path: &str) -> String {
    format!("/api/portico/v1/groups/{id}{path}")
}

async fn posts(who: &TestUser, group: &str, text: &str) -> Value {
    who.post("/api/v1/statuses", json!({ "status": text, "group_id": group })).await.ok()
}

fn texts(page: &Value) -> Vec<String> {
    let text = |status: &Value| {
        let proper = if status["reblog"].is_object() { &status["reblog"] } else { status };
        proper["content"].as_str().unwrap().replace("<p>", "").replace("</p>", "")
    };
    page.as_array().unwrap().iter().map(text).collect()
}

both_databases! {
    async fn an_open_group_is_joined_and_posted_to(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        let sales = group(&alice, "sales", json!({ "display_name": "Sales", "note": "What we sell" })).await;
        let shown = bob.get(&at(&sales, "")).await.ok();
        assert_eq!((&shown["standing"], &shown["role"], &shown["members_count"]), (&json!("none"), &json!(null), &json!(1)));
        assert_eq!((&shown["visibility"], &shown["account"]["group"]), (&json!("company"), &json!(true)));
        // Only members can post in it.
        let refused = bob.post("/api/v1/statuses", json!({ "status": "hello", "group_id": sales })).await;
        assert_eq!(refused.problem(422), "Validation failed: Join the group to post to it");
        assert_eq!(bob.post(&at(&sales, "/join"), json!({})).await.ok()["role"], "member");
        let posted = posts(&bob, &sales, "three turbines sold").await;
        assert_eq!((&posted["reach"], &posted["group"]["acct"]), (&json!("company"), &json!("sales")));
        // It is in the members' home timelines, once, and in the group for everyone who may see the group.
        assert_eq!(texts(&alice.get("/api/v1/timelines/home").await.ok()), ["three turbines sold"]);
        assert_eq!(texts(&bob.get("/api/v1/timelines/home").await.ok()), ["three turbines sold"]);
        assert_eq!(texts(&carol.get("/api/v1/timelines/home").await.ok()), Vec::<String>::new());
        assert_eq!(texts(&carol.get(&at(&sales, "/timeline")).await.ok()), ["three turbines sold"]);
        // The group's boost causes no notification.
        assert_eq!(bob.get("/api/v1/notifications").await.ok(), json!([]));
        // By mentioning the group, from any client.
        bob.post("/api/v1/statuses", json!({ "status": "@sales four" })).await.ok();
        let page = alice.get(&at(&sales, "/timeline")).await.ok();
        assert_eq!(page.as_array().unwrap().len(), 2);
        // A member's reply is in the group, too; a reply by a non-member is only a reply.
        let id = posted["id"].as_str().unwrap();
        let answer = alice.post("/api/v1/statuses", json!({ "status": "great", "in_reply_to_id": id })).await.ok();
        assert_eq!(answer["group"]["id"], sales);
        let outside = carol.post("/api/v1/statuses", json!({ "status": "nice", "in_reply_to_id": id })).await.ok();
        assert_eq!(outside.get("group"), None);
        // A deleted post is removed from the group.
        delete(&bob, &format!("/api/v1/statuses/{id}")).await.ok();
        assert!(!texts(&alice.get(&at(&sales, "/timeline")).await.ok()).contains(&"three turbines sold".to_owned()));
        // After leaving, the posts are no longer in the home timeline.
        bob.post(&at(&sales, "/leave"), json!({})).await.ok();
        assert_eq!(bob.get(&at(&sales, "")).await.ok()["standing"], "none");
        let wrong = alice.post(&at(&sales, "/leave"), json!({})).await.problem(422);
        assert!(wrong.contains("A group has to have an owner"), "{wrong}");
    }

    async fn members_only_posts_show_only_to_members(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        let board = group(&alice, "board", json!({ "visibility": "members", "join_policy": "request" })).await;
        let posted = posts(&alice, &board, "@carol @bob the figures").await;
        assert_eq!((&posted["reach"], &posted["visibility"]), (&json!("group"), &json!("private")));
        let id = posted["id"].as_str().unwrap();
        let path = format!("/api/v1/statuses/{id}");
        for outsider in [&bob, &carol] {
            assert_eq!(outsider.get(&path).await.status, 404);
            assert_eq!(outsider.get(&at(&board, "/timeline")).await.ok(), json!([]));
            assert_eq!(outsider.get(&at(&board, "/members")).await.status, 403);
            assert_eq!(outsider.get("/api/v1/notifications").await.ok(), json!([]), "to be named is not enough");
            assert_eq!(outsider.get("/api/v1/search?q=figures&type=statuses").await.ok()["statuses"], json!([]));
            assert_eq!(outsider.get(&format!("/api/v1/accounts/{}/statuses", alice.account.id)).await.ok(), json!([]));
        }
        // Requested and accepted.
        assert_eq!(bob.post(&at(&board, "/join"), json!({})).await.ok()["standing"], "asked");
        assert_eq!(bob.get(&path).await.status, 404);
        let notifications = alice.get("/api/v1/notifications").await.ok();
        assert!(notifications[0]["status"]["content"].as_str().unwrap().contains("asks to join"), "{notifications}");
        let asking = alice.get(&at(&board, "/requests")).await.ok();
        assert_eq!(asking[0]["acct"], "bob");
        assert_eq!(carol.get(&at(&board, "/requests")).await.status, 403);
        put(&alice, &at(&board, &format!("/requests/{}", bob.account.id)), json!({})).await.ok();
        assert_eq!(bob.get(&path).await.ok()["id"], id);
        assert_eq!(texts(&bob.get(&at(&board, "/timeline")).await.ok()).len(), 1);
        assert_eq!(bob.get(&at(&board, "/members")).await.ok().as_array().unwrap().len(), 2);
        // Nothing leaks: not by a boost, a quote, a reply, or a link.
        assert_eq!(bob.post(&format!("{path}/reblog"), json!({})).await.status, 403);
        let quote = bob.post("/api/v1/statuses", json!({ "status": "look", "quoted_status_id": id })).await;
        assert!(quote.status.is_client_error(), "{}", quote.body);
        let answer = json!({ "status": "thanks", "in_reply_to_id": id, "reach": "company" });
        let answer = bob.post("/api/v1/statuses", answer).await.ok();
        assert_eq!((&answer["reach"], &answer["group"]["id"]), (&json!("group"), &json!(board)));
        assert_eq!(carol.get(&format!("/api/v1/statuses/{}", answer["id"].as_str().unwrap())).await.status, 404);
        // If a post to everyone mentions a members-only group, only the group receives it.
        let loud = bob.post("/api/v1/statuses", json!({ "status": "@board psst", "reach": "company" })).await.ok();
        assert_eq!(loud["reach"], "group");
        // A removed member loses access.
        delete(&alice, &at(&board, &format!("/members/{}", bob.account.id))).await.ok();
        assert_eq!(bob.get(&path).await.status, 404);
        assert_eq!(bob.get("/api/v1/timelines/home").await.ok().as_array().unwrap().iter().filter(|s| s["id"] == id).count(), 0);
        // A members-only group can never become visible to others.
        let wrong = put(&alice, &at(&board, ""), json!({ "visibility": "company" })).await;
        assert_eq!(wrong.status, 422);
    }

    async fn a_hidden_group_is_visible_only_to_invited_accounts(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        let secret = group(&alice, "merger", json!({ "visibility": "hidden", "join_policy": "invite" })).await;
        for path in ["", "/timeline", "/members", "/pins"] {
            assert_eq!(bob.get(&at(&secret, path)).await.status, 404, "{path}");
        }
        assert_eq!(bob.get(&format!("/api/v1/accounts/{secret}")).await.status, 404);
        assert_eq!(bob.get("/api/v1/accounts/lookup?acct=merger").await.status, 404);
        assert_eq!(bob.get("/api/v1/search?q=merger").await.ok()["accounts"], json!([]));
        assert_eq!(bob.get("/api/portico/v1/groups").await.ok(), json!([]));
        assert_eq!(bob.post(&at(&secret, "/join"), json!({})).await.status, 404);
        assert_eq!(bob.post(&format!("/api/v1/accounts/{secret}/follow"), json!({})).await.status, 404);
        let invitation = at(&secret, &format!("/invitations/{}", bob.account.id));
        assert_eq!(put(&carol, &invitation, json!({})).await.status, 404);
        put(&alice, &invitation, json!({})).await.ok();
        let notifications = bob.get("/api/v1/notifications").await.ok();
        assert!(notifications[0]["status"]["content"].as_str().unwrap().contains("invites you"), "{notifications}");
        assert_eq!(bob.get("/api/portico/v1/groups").await.ok()[0]["standing"], "invited");
        // Following makes a member, from any client.
        bob.post(&format!("/api/v1/accounts/{secret}/follow"), json!({})).await.ok();
        assert_eq!(bob.get(&at(&secret, "")).await.ok()["standing"], "member");
        assert_eq!(carol.get(&at(&secret, "")).await.status, 404);
    }

    async fn owners_and_moderators_look_after_it(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        let tea = group(&alice, "tea", json!({})).await;
        for person in [&bob, &carol] {
            person.post(&at(&tea, "/join"), json!({})).await.ok();
        }
        let role = |who: &TestUser| at(&tea, &format!("/members/{}/role", who.account.id));
        assert_eq!(put(&bob, &role(&bob), json!({ "role": "owner" })).await.status, 403);
        assert_eq!(put(&alice, &role(&bob), json!({ "role": "king" })).await.status, 422);
        put(&alice, &role(&bob), json!({ "role": "moderator" })).await.ok();
        let spam = posts(&carol, &tea, "buy this").await;
        let spam = spam["id"].as_str().unwrap();
        // Pinned, and removed from the group; the author keeps the post.
        let pin = at(&tea, &format!("/pins/{spam}"));
        assert_eq!(put(&carol, &pin, json!({})).await.status, 403);
        put(&bob, &pin, json!({})).await.ok();
        assert_eq!(texts(&alice.get(&at(&tea, "/pins")).await.ok()), ["buy this"]);
        delete(&bob, &at(&tea, &format!("/statuses/{spam}"))).await.ok();
        assert_eq!(alice.get(&at(&tea, "/pins")).await.ok(), json!([]));
        assert_eq!(alice.get(&at(&tea, "/timeline")).await.ok(), json!([]));
        assert_eq!(carol.get(&format!("/api/v1/statuses/{spam}")).await.ok().get("group"), None);
        // A moderator cannot remove an owner; a ban stays in force.
        assert_eq!(delete(&bob, &at(&tea, &format!("/members/{}", alice.account.id))).await.status, 403);
        let ban = at(&tea, &format!("/bans/{}", carol.account.id));
        put(&bob, &ban, json!({})).await.ok();
        assert_eq!(carol.post(&at(&tea, "/join"), json!({})).await.status, 403);
        delete(&bob, &ban).await.ok();
        assert_eq!(carol.post(&at(&tea, "/join"), json!({})).await.ok()["standing"], "member");
        // Closed permanently.
        assert_eq!(delete(&bob, &at(&tea, "")).await.status, 403);
        let kept = posts(&carol, &tea, "still mine").await;
        delete(&alice, &at(&tea, "")).await.ok();
        assert_eq!(carol.get(&at(&tea, "")).await.status, 404);
        assert_eq!(carol.get(&format!("/api/v1/statuses/{}", kept["id"].as_str().unwrap())).await.ok()["group"], json!(null));
        let again = bob.post("/api/portico/v1/groups", json!({ "name": "tea" })).await;
        assert_eq!(again.status, 409, "its name is not given again");
    }

    async fn a_rule_brings_people_in_and_out(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let path = "/api/portico/v1/profile";
        put(&bob, path, json!({ "department": "Sales", "skills": ["Rust"] })).await.ok();
        let sales = group(&alice, "sales", json!({ "rule": "department=sales", "visibility": "members" })).await;
        assert_eq!(bob.get(&at(&sales, "")).await.ok()["standing"], "member");
        let carol = app.staff("carol").await;
        assert_eq!(carol.get(&at(&sales, "")).await.ok()["standing"], "none");
        put(&carol, path, json!({ "department": "SALES" })).await.ok();
        put(&bob, path, json!({ "department": "Care" })).await.ok();
        for person in [&bob, &carol] {
            portico_service::social::groups::follow_rules(&app.instance, person.account.id).await.unwrap();
        }
        assert_eq!(bob.get(&at(&sales, "")).await.ok()["standing"], "none");
        assert_eq!(carol.get(&at(&sales, "")).await.ok()["standing"], "member");
        // A member who joined manually stays, whatever the profile says.
        put(&alice, &at(&sales, ""), json!({ "join_policy": "open" })).await.ok();
        bob.post(&at(&sales, "/join"), json!({})).await.ok();
        portico_service::social::groups::refresh_rules(&app.instance).await.unwrap();
        assert_eq!(bob.get(&at(&sales, "")).await.ok()["standing"], "member");
        // A member who leaves stays out, until the rule matches again.
        carol.post(&at(&sales, "/leave"), json!({})).await.ok();
        portico_service::social::groups::refresh_rules(&app.instance).await.unwrap();
        assert_eq!(carol.get(&at(&sales, "")).await.ok()["standing"], "none");
        for department in ["Care", "Sales"] {
            put(&carol, path, json!({ "department": department })).await.ok();
            portico_service::social::groups::follow_rules(&app.instance, carol.account.id).await.unwrap();
        }
        assert_eq!(carol.get(&at(&sales, "")).await.ok()["standing"], "member");
        // A member who left and rejoined manually stays.
        let dave = app.staff("dave").await;
        put(&dave, path, json!({ "department": "Sales" })).await.ok();
        portico_service::social::groups::follow_rules(&app.instance, dave.account.id).await.unwrap();
        for step in ["/leave", "/join"] {
            dave.post(&at(&sales, step), json!({})).await.ok();
        }
        put(&dave, path, json!({ "department": "Care" })).await.ok();
        portico_service::social::groups::follow_rules(&app.instance, dave.account.id).await.unwrap();
        assert_eq!(dave.get(&at(&sales, "")).await.ok()["standing"], "member");
        // Without the rule, members by rule are removed.
        put(&alice, &at(&sales, ""), json!({ "rule": "" })).await.ok();
        assert_eq!(carol.get(&at(&sales, "")).await.ok()["standing"], "none");
        assert_eq!(put(&alice, &at(&sales, ""), json!({ "rule": "salary=high" })).await.status, 422);
    }
}
