//! Accepted answers and praise.

use axum::http::Method;
use portico_domain::model::Reach;
use serde_json::{Value, json};

use portico_testing::{TestUser, both_databases};

fn id(status: &Value) -> String {
    status["id"].as_str().unwrap().to_owned()
}

fn accept(answer: &Value) -> String {
    format!("/api/portico/v1/statuses/{}/accept_answer", id(answer))
}

async fn answers(who: &TestUser, parent: &Value, more: Value) -> Value {
    let mut wish = json!({"status": "42", "in_reply_to_id": id(parent)});
    wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    who.post("/api/v1/statuses", wish).await.ok()
}

async fn praise_of(viewer: &TestUser, target: &TestUser) -> Vec<String> {
    let path = format!("/api/portico/v1/accounts/{}/praise", target.id());
    viewer.get(&path).await.ok().as_array().unwrap().iter().map(id).collect()
}

both_databases! {
    async fn only_the_asker_accepts_an_answer(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        let asked = alice.posts("What is six times seven?").await;
        let first = answers(&bob, &asked, json!({})).await;
        let nested = answers(&carol, &first, json!({})).await;
        let elsewhere = carol.posts("not about this").await;
        for (who, answer) in [(&bob, &first), (&carol, &first), (&alice, &elsewhere), (&alice, &asked)] {
            who.submit(&accept(answer), "").await.problem(403);
        }
        let question = alice.submit(&accept(&first), "").await.ok();
        assert_eq!((&question["id"], &question["accepted_answer_id"]), (&asked["id"], &first["id"]));
        let notifications = bob.get("/api/v1/notifications?types[]=update").await.ok();
        assert_eq!((notifications.as_array().unwrap().len(), &notifications[0]["status"]["id"]), (1, &asked["id"]));
        // Accepting another answer replaces it; withdrawing an answer that is not accepted has no effect.
        let question = alice.submit(&accept(&nested), "").await.ok();
        assert_eq!(question["accepted_answer_id"], nested["id"]);
        let question = alice.call(Method::DELETE, &accept(&first), None).await.ok();
        assert_eq!(question["accepted_answer_id"], nested["id"]);
        let question = alice.call(Method::DELETE, &accept(&nested), None).await.ok();
        assert!(question.get("accepted_answer_id").is_none());
        // A deleted answer is no longer accepted.
        alice.submit(&accept(&first), "").await.ok();
        bob.call(Method::DELETE, &format!("/api/v1/statuses/{}", id(&first)), None).await.ok();
        let question = alice.get(&format!("/api/v1/statuses/{}", id(&asked))).await.ok();
        assert!(question.get("accepted_answer_id").is_none());
    }

    async fn an_answer_for_one_is_not_shown_to_all(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        let asked = alice.posts("Who knows?").await;
        let quiet = answers(&bob, &asked, json!({"status": "@alice I do", "visibility": "direct"})).await;
        carol.submit(&accept(&quiet), "").await.problem(404);
        assert_eq!(alice.submit(&accept(&quiet), "").await.ok()["accepted_answer_id"], quiet["id"]);
        let seen = carol.get(&format!("/api/v1/statuses/{}", id(&asked))).await.ok();
        assert!(seen.get("accepted_answer_id").is_none(), "{seen}");
    }

    async fn praise_shows_on_a_profile_as_far_as_it_goes(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        let wish = json!({"status": "Thank you for the night shift", "praise": [bob.id(), bob.id()]});
        let post = alice.post("/api/v1/statuses", wish).await.ok();
        assert_eq!(post["praise"].as_array().unwrap().len(), 1);
        assert_eq!(post["mentions"][0]["acct"], "bob", "a praised account is mentioned, and so notified");
        assert_eq!(bob.get("/api/v1/notifications?types[]=mention").await.ok().as_array().unwrap().len(), 1);
        let quiet = json!({"status": "just between us", "praise": [bob.id()], "visibility": "direct"});
        let quiet = alice.post("/api/v1/statuses", quiet).await.ok();
        assert_eq!(praise_of(&carol, &bob).await, [id(&post)]);
        assert_eq!(praise_of(&bob, &bob).await, [id(&quiet), id(&post)]);

        let hide = format!("/api/portico/v1/statuses/{}/praise/hide", id(&post));
        carol.submit(&hide, "").await.problem(404);
        bob.submit(&hide, "").await.ok();
        assert_eq!(praise_of(&carol, &bob).await, Vec::<String>::new());
        assert_eq!(praise_of(&bob, &bob).await.len(), 2, "its owner still finds it");
        bob.submit(&hide.replace("/hide", "/show"), "").await.ok();
        assert_eq!(praise_of(&carol, &bob).await, [id(&post)]);
        for wish in [json!([alice.id()]), json!(["1"])] {
            alice.post("/api/v1/statuses", json!({"status": "x", "praise": wish})).await.problem(422);
        }
        alice.get("/api/portico/v1/accounts/1/praise").await.problem(404);
        let path = format!("/api/portico/v1/accounts/{}/praise", bob.id());
        app.get(&path).await.problem(401);
        assert_eq!(alice.says("plain", Reach::Company).await.annotations.praised.len(), 0);
    }
}
