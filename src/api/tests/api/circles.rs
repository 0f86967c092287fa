//! Circles in the API: only their owner can use them.

use axum::http::Method;
use serde_json::{Value, json};

use portico_testing::both_databases;

const CIRCLES: &str = "/api/portico/v1/circles";

both_databases! {
    async fn circles_are_kept(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        for bad in [json!({}), json!({ "title": " \n " })] {
            assert_eq!(alice.post(CIRCLES, bad).await.status, 422);
        }
        let made = alice.post(CIRCLES, json!({ "title": " Turbine\ncrew " })).await.ok();
        assert_eq!((&made["title"], &made["members_count"]), (&json!("Turbine crew"), &json!(0)));
        let one = format!("{CIRCLES}/{}", made["id"].as_str().unwrap());
        let members = format!("{one}/accounts");
        let added = alice.post(&members, json!({ "account_ids": [bob.id(), bob.id()] })).await.ok();
        assert_eq!(added["members_count"], 1);
        assert_eq!(alice.get(&members).await.ok()[0]["username"], "bob");
        for bad in [json!({ "account_ids": ["1"] }), json!({ "account_ids": [alice.id()] })] {
            assert_eq!(alice.post(&members, bad).await.status, 404);
        }
        let renamed = alice.call(Method::PUT, &one, Some(json!({ "title": "Crew" }))).await.ok();
        assert_eq!((&renamed["title"], &renamed["members_count"]), (&json!("Crew"), &json!(1)));
        assert_eq!(alice.get(CIRCLES).await.ok(), json!([renamed]));
        for (method, path) in [
            (Method::GET, one.clone()),
            (Method::PUT, one.clone()),
            (Method::DELETE, one.clone()),
            (Method::GET, members.clone()),
            (Method::POST, members.clone()),
        ] {
            let reply = bob.call(method.clone(), &path, Some(json!({ "title": "Mine", "account_ids": [] }))).await;
            assert_eq!(reply.status, 404, "{method} {path}");
        }
        assert_eq!(bob.get(CIRCLES).await.ok(), json!([]));
        let removed = alice.call(Method::DELETE, &members, Some(json!({ "account_ids": [bob.id()] }))).await.ok();
        assert_eq!(removed["members_count"], 0);
        alice.call(Method::DELETE, &one, None).await.ok();
        assert_eq!(alice.get(&one).await.status, 404);
    }

    async fn an_answer_can_go_to_everybody_who_got_the_post(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let (carol, dave) = (app.staff("carol").await, app.staff("dave").await);
        let made = alice.post(CIRCLES, json!({ "title": "Crew" })).await.ok();
        let id = made["id"].as_str().unwrap();
        let members = format!("{CIRCLES}/{id}/accounts");
        alice.post(&members, json!({ "account_ids": [bob.id(), carol.id()] })).await.ok();
        let asked = alice.post("/api/v1/statuses", json!({ "status": "Who comes?", "circle_id": id })).await.ok();
        // A member added later did not receive the post, and receives no reply to it.
        alice.post(&members, json!({ "account_ids": [dave.id()] })).await.ok();
        let answer = |text: &str| json!({ "status": text, "in_reply_to_id": asked["id"], "to_addressed": true });
        let foreseen = bob.post("/api/portico/v1/audience", answer("@alice I do")).await.ok();
        assert_eq!((&foreseen["addressed"], &foreseen["circle"]), (&json!(true), &Value::Null));
        assert_eq!(foreseen["here"], json!({ "everyone": false, "people": 2 }));
        for (who, text) in [(&bob, "@alice I do"), (&alice, "See you there")] {
            let said = who.post("/api/v1/statuses", answer(text)).await.ok();
            assert_eq!(said["visibility"], "direct");
            let path = format!("/api/v1/statuses/{}", said["id"].as_str().unwrap());
            for (reader, status) in [(&alice, 200), (&bob, 200), (&carol, 200), (&dave, 404)] {
                assert_eq!(reader.get(&path).await.status, status, "{} {text}", reader.account.username);
            }
        }
        assert_eq!(dave.post("/api/v1/statuses", answer("Me, too")).await.status, 404);
        let more = bob.post("/api/v1/statuses", answer("@dave come along")).await;
        assert!(more.problem(422).contains("did not get the post"));
        let plain = bob.posts("hello").await;
        for (wrong, why) in [
            (json!({ "status": "x", "to_addressed": true }), "Only a reply"),
            (json!({ "status": "x", "to_addressed": true, "in_reply_to_id": plain["id"] }), "not known here"),
            (json!({ "status": "x", "to_addressed": true, "in_reply_to_id": asked["id"], "reach": "company" }), "alone"),
        ] {
            let error = alice.post("/api/v1/statuses", wrong).await.problem(422);
            assert!(error.contains(why), "{error}");
        }
    }

    async fn a_status_outlives_its_circle(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let made = alice.post(CIRCLES, json!({ "title": "Crew" })).await.ok();
        let id = made["id"].as_str().unwrap();
        let empty = alice.post("/api/v1/statuses", json!({ "status": "hello", "circle_id": id })).await;
        assert!(empty.problem(422).contains("has no recipients"));
        alice.post(&format!("{CIRCLES}/{id}/accounts"), json!({ "account_ids": [bob.id()] })).await.ok();
        let far = json!({ "status": "hello", "circle_id": id, "reach": "company" });
        assert_eq!(alice.post("/api/v1/statuses", far).await.status, 422);
        let theirs = bob.post("/api/v1/statuses", json!({ "status": "hello", "circle_id": id })).await;
        assert_eq!(theirs.status, 404);
        let status = alice.post("/api/v1/statuses", json!({ "status": "@bob hello", "circle_id": id })).await.ok();
        // Mentioned accounts are notified as usual.
        assert_eq!(bob.get("/api/v1/notifications").await.ok().as_array().unwrap().len(), 1);
        alice.call(Method::DELETE, &format!("{CIRCLES}/{id}"), None).await.ok();
        let sid = status["id"].as_str().unwrap();
        assert_eq!(bob.get(&format!("/api/v1/statuses/{sid}")).await.status, 200);
        let addressed = alice.get(&format!("/api/portico/v1/statuses/{sid}/addressed")).await.ok();
        assert_eq!(addressed["circle"], Value::Null);
    }
}
