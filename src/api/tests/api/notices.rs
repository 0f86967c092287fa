//! Grouped notifications, notification requests, and conversations.

use axum::http::Method;
use serde_json::{Value, json};

use portico_testing::{TestUser, both_databases};

fn id(item: &Value) -> String {
    item["id"].as_str().unwrap().to_owned()
}

async fn kinds(who: &TestUser) -> Vec<String> {
    let listed = who.get("/api/v1/notifications").await.ok();
    listed.as_array().unwrap().iter().map(|one| one["type"].as_str().unwrap().to_owned()).collect()
}

both_databases! {
    async fn related_notifications_are_grouped(app: TestApp) {
        let alice = app.staff("alice").await;
        let post = alice.posts("hello").await;
        let mut people = Vec::new();
        for name in ["bob", "carol", "dave"] {
            let person = app.staff(name).await;
            person.submit(&format!("/api/v1/statuses/{}/favourite", id(&post)), "").await.ok();
            app.advance(1);
            people.push(person);
        }
        people[0].post("/api/v1/statuses", json!({"status": "@alice yes", "in_reply_to_id": id(&post)})).await.ok();
        let shown = alice.get("/api/v2/notifications").await.ok();
        let groups = shown["notification_groups"].as_array().unwrap();
        assert_eq!(groups.len(), 2);
        assert_eq!((&groups[0]["type"], &groups[0]["notifications_count"]), (&json!("mention"), &json!(1)));
        let together = &groups[1];
        assert_eq!((&together["type"], &together["notifications_count"]), (&json!("favourite"), &json!(3)));
        assert_eq!(together["status_id"], post["id"]);
        let newest_first: Vec<String> = people.iter().rev().map(TestUser::id).collect();
        assert_eq!(together["sample_account_ids"], json!(newest_first));
        assert!(together["most_recent_notification_id"].is_i64());
        assert_eq!(shown["accounts"].as_array().unwrap().len(), 3, "each once");
        assert_eq!(shown["statuses"].as_array().unwrap().len(), 2);
        let partial = alice.get("/api/v2/notifications?expand_accounts=partial_avatars").await.ok();
        assert_eq!(partial["accounts"].as_array().unwrap().len() + partial["partial_accounts"].as_array().unwrap().len(), 3);
        alice.get("/api/v2/notifications?expand_accounts=half").await.problem(400);

        let key = together["group_key"].as_str().unwrap();
        let old = alice.get("/api/v1/notifications?types[]=favourite").await.ok();
        assert!(old.as_array().unwrap().iter().all(|one| one["group_key"] == key));
        let one = alice.get(&format!("/api/v2/notifications/{key}")).await.ok();
        assert_eq!(one["notification_groups"][0]["group_key"], key);
        let all = alice.get(&format!("/api/v2/notifications/{key}/accounts")).await.ok();
        assert_eq!(all.as_array().unwrap().len(), 3);
        assert_eq!(alice.get("/api/v2/notifications/unread_count").await.ok()["count"], 2);
        let apart = alice.get("/api/v2/notifications?grouped_types[]=reblog").await.ok();
        assert_eq!(apart["notification_groups"].as_array().unwrap().len(), 4);
        alice.get("/api/v2/notifications/nonsense").await.problem(404);
        people[0].get(&format!("/api/v2/notifications/{key}")).await.problem(404);
        alice.submit(&format!("/api/v2/notifications/{key}/dismiss"), "").await.ok();
        assert_eq!(kinds(&alice).await, ["mention"]);
    }

    async fn strangers_wait_if_one_wants(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        alice.form(Method::PATCH, "/api/v2/notifications/policy", "for_not_following=maybe").await.problem(422);
        let policy = alice.form(Method::PATCH, "/api/v2/notifications/policy", "for_not_following=filter").await.ok();
        assert_eq!((&policy["for_not_following"], &policy["for_bots"]), (&json!("filter"), &json!("accept")));
        assert_eq!(alice.get("/api/v1/notifications/policy").await.ok()["filter_not_following"], true);
        alice.submit(&format!("/api/v1/accounts/{}/follow", carol.id()), "").await.ok();
        bob.posts("@alice hello").await;
        let last = bob.posts("@alice are you there?").await;
        carol.posts("@alice hi").await;
        assert_eq!(kinds(&alice).await, ["mention"], "followed accounts are not filtered");
        assert_eq!(alice.get("/api/v1/notifications?include_filtered=true").await.ok().as_array().unwrap().len(), 3);
        let summary = alice.get("/api/v2/notifications/policy").await.ok()["summary"].clone();
        assert_eq!(summary, json!({"pending_requests_count": 1, "pending_notifications_count": 2}));
        let waiting = alice.get("/api/v1/notifications/requests").await.ok();
        assert_eq!((&waiting[0]["account"]["id"], &waiting[0]["notifications_count"]), (&json!(bob.id()), &json!("2")));
        assert_eq!(waiting[0]["last_status"]["id"], last["id"]);
        let path = format!("/api/v1/notifications/requests/{}", id(&waiting[0]));
        bob.get(&path).await.problem(404);
        alice.submit(&format!("{path}/accept"), "").await.ok();
        assert_eq!(kinds(&alice).await, ["mention"; 3]);
        bob.posts("@alice thanks").await;
        assert_eq!(kinds(&alice).await.len(), 4, "an accepted sender stays accepted");
        assert_eq!(alice.get("/api/v1/notifications/requests/merged").await.ok()["merged"], true);

        let dave = app.staff("dave").await;
        dave.posts("@alice buy this").await;
        let waiting = alice.get("/api/v1/notifications/requests").await.ok();
        alice.submit("/api/v1/notifications/requests/dismiss", &format!("id[][]={}", id(&waiting[0]))).await.ok();
        assert_eq!(alice.get("/api/v1/notifications/requests").await.ok(), json!([]));
        assert_eq!(alice.get("/api/v1/notifications?include_filtered=true").await.ok().as_array().unwrap().len(), 4);
        alice.form(Method::PATCH, "/api/v2/notifications/policy", "for_not_following=drop").await.ok();
        dave.posts("@alice really").await;
        assert_eq!(alice.get("/api/v1/notifications/requests").await.ok(), json!([]));
    }

    async fn a_request_of_which_nothing_is_left_is_gone(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        alice.form(Method::PATCH, "/api/v2/notifications/policy", "for_not_following=filter").await.ok();
        let post = bob.posts("@alice hello").await;
        assert_eq!(alice.get("/api/v1/notifications/requests").await.ok()[0]["notifications_count"], "1");
        bob.form(Method::DELETE, &format!("/api/v1/statuses/{}", id(&post)), "").await.ok();
        assert_eq!(alice.get("/api/v1/notifications/requests").await.ok(), json!([]));
        let summary = alice.get("/api/v2/notifications/policy").await.ok()["summary"].clone();
        assert_eq!(summary, json!({"pending_requests_count": 0, "pending_notifications_count": 0}));
    }

    async fn direct_posts_make_conversations(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        let direct = async |who: &TestUser, text: &str, answered: Option<&Value>| {
            let body = json!({"status": text, "visibility": "direct", "in_reply_to_id": answered.map(id)});
            let posted = who.post("/api/v1/statuses", body).await.ok();
            app.advance(1);
            posted
        };
        let first = direct(&alice, "@bob a word", None).await;
        let talks = bob.get("/api/v1/conversations").await.ok();
        assert_eq!((&talks[0]["unread"], &talks[0]["last_status"]["id"]), (&json!(true), &first["id"]));
        assert_eq!(talks[0]["accounts"][0]["id"], alice.id());
        let answer = direct(&bob, "@alice yes?", Some(&first)).await;
        let talks = alice.get("/api/v1/conversations").await.ok();
        assert_eq!(talks.as_array().unwrap().len(), 1);
        assert_eq!((&talks[0]["unread"], &talks[0]["last_status"]["id"]), (&json!(true), &answer["id"]));
        assert_eq!(carol.get("/api/v1/conversations").await.ok(), json!([]));
        let path = format!("/api/v1/conversations/{}", id(&talks[0]));
        bob.submit(&format!("{path}/read"), "").await.problem(404);
        assert_eq!(alice.submit(&format!("{path}/read"), "").await.ok()["unread"], false);
        assert_eq!(alice.submit(&format!("{path}/unread"), "").await.ok()["unread"], true);
        assert_eq!(alice.get("/api/v1/timelines/direct").await.ok()[0]["id"], answer["id"]);
        bob.form(Method::DELETE, &format!("/api/v1/statuses/{}", id(&answer)), "").await.ok();
        assert_eq!(alice.get("/api/v1/conversations").await.ok()[0]["last_status"]["id"], first["id"]);
        alice.form(Method::DELETE, &path, "").await.ok();
        assert_eq!(alice.get("/api/v1/conversations").await.ok(), json!([]));
        direct(&bob, "@alice still there?", Some(&first)).await;
        assert_eq!(alice.get("/api/v1/conversations").await.ok().as_array().unwrap().len(), 1, "a new post brings it back");
        alice.form(Method::DELETE, "/api/v1/conversations/x", "").await.problem(404);
    }
}
