//! Delegates: posting in another account's name, and the record of it.

use axum::http::Method;
use portico_domain::model::Reach;
use portico_domain::model::moderation::Action;
use portico_domain::model::user::Role;
use serde_json::{Value, json};

use portico_testing::{TestUser, both_databases};

async fn lets(leader: &TestUser, delegate: &TestUser, more: Value) -> Value {
    let mut wish = json!({"account_id": delegate.id(), "post": true, "answer": true});
    wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    leader.post("/api/portico/v1/delegates", wish).await.ok()
}

fn for_her(leader: &TestUser, text: &str) -> Value {
    json!({"status": text, "on_behalf_of": leader.id()})
}

both_databases! {
    async fn a_delegate_posts_in_the_name_of_a_leader(app: TestApp) {
        let (ada, bob) = (app.staff("ada").await, app.staff("bob").await);
        let (carol, mod_) = (app.staff("carol").await, app.staff_as("moddy", Role::Moderator).await);
        bob.post("/api/v1/statuses", for_her(&ada, "not yet")).await.problem(403);
        lets(&ada, &bob, json!({})).await;
        let leaders = bob.get("/api/portico/v1/delegates/leaders").await.ok();
        assert_eq!(leaders[0]["account"]["acct"], "ada");
        let post = bob.post("/api/v1/statuses", for_her(&ada, "Good morning, all")).await.ok();
        assert_eq!((&post["account"]["acct"], &post["posted_by"]["acct"]), (&json!("ada"), &json!("bob")));
        assert!(post.get("pinned").is_none(), "it is not the delegate's own");
        let path = format!("/api/v1/statuses/{}", post["id"].as_str().unwrap());
        for (who, knows) in [(&ada, true), (&bob, true), (&mod_, true), (&carol, false)] {
            let seen = who.get(&path).await.ok();
            assert_eq!(seen.get("posted_by").is_some(), knows, "{}", who.account.username);
        }
        // The post belongs to the leader: she can change and delete it, the delegate cannot.
        bob.call(Method::DELETE, &path, None).await.problem(404);
        bob.call(Method::PUT, &path, Some(json!({"status": "x"}))).await.problem(404);
        ada.call(Method::DELETE, &path, None).await.ok();
        // The record outlives the post; only the leader and moderators can read it.
        let record = ada.get("/api/portico/v1/delegates/record").await.ok();
        assert_eq!((&record[0]["delegate"]["acct"], &record[0]["exists"]), (&json!("bob"), &json!(false)));
        let hers = format!("/api/portico/v1/delegates/record?account_id={}", ada.id());
        assert_eq!(mod_.get(&hers).await.ok().as_array().unwrap().len(), 1);
        bob.get(&hers).await.problem(403);
        carol.get(&hers).await.problem(403);
    }

    async fn a_delegation_ends_at_once_and_by_itself(app: TestApp) {
        let (ada, bob) = (app.staff("ada").await, app.staff("bob").await);
        lets(&ada, &bob, json!({"until": "2026-11-02T10:00:00Z"})).await;
        bob.post("/api/v1/statuses", for_her(&ada, "one")).await.ok();
        app.advance(3600);
        bob.post("/api/v1/statuses", for_her(&ada, "two")).await.problem(403);
        assert_eq!(ada.get("/api/portico/v1/delegates").await.ok(), json!([]));
        lets(&ada, &bob, json!({})).await;
        bob.post("/api/v1/statuses", for_her(&ada, "three")).await.ok();
        ada.call(Method::DELETE, &format!("/api/portico/v1/delegates/{}", bob.id()), None).await.ok();
        bob.post("/api/v1/statuses", for_her(&ada, "four")).await.problem(403);
        // A delegate cannot post for a disabled account either.
        lets(&ada, &bob, json!({})).await;
        app.act(ada.account.id, Action::Disable).await.unwrap();
        bob.post("/api/v1/statuses", for_her(&ada, "five")).await.problem(403);
    }

    async fn a_delegate_does_what_is_allowed_and_reads_nothing_by_it(app: TestApp) {
        let (ada, bob, carol) = (app.staff("ada").await, app.staff("bob").await, app.staff("carol").await);
        lets(&ada, &bob, json!({"post": false})).await;
        bob.post("/api/v1/statuses", for_her(&ada, "a post")).await.problem(403);
        let open = carol.says("a question", Reach::Company).await;
        let secret = carol.says("@ada between us", Reach::Direct).await;
        let answer = |id: String, more: Value| {
            let mut wish = for_her(&ada, "@carol an answer");
            wish["in_reply_to_id"] = json!(id);
            wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            wish
        };
        let said = bob.post("/api/v1/statuses", answer(open.status.id.to_string(), json!({}))).await.ok();
        assert_eq!(said["account"]["acct"], "ada");
        // Replying for the leader does not let the delegate see what the leader may see.
        bob.post("/api/v1/statuses", answer(secret.status.id.to_string(), json!({}))).await.problem(404);
        let direct = answer(open.status.id.to_string(), json!({"visibility": "direct"}));
        bob.post("/api/v1/statuses", direct).await.problem(403);
        for at in ["2026-11-03T00:00:00Z", "2026-11-01T00:00:00Z"] {
            let later = answer(open.status.id.to_string(), json!({"scheduled_at": at}));
            let refused = bob.post("/api/v1/statuses", later).await.problem(422);
            assert_eq!(refused, "Validation failed: A post on behalf of somebody else cannot be scheduled", "{at}");
        }
        bob.get(&format!("/api/v1/statuses/{}", secret.status.id)).await.problem(404);
    }

    async fn keys_and_faults(app: TestApp) {
        let (ada, bob) = (app.staff("ada").await, app.staff("bob").await);
        for (wish, status) in [
            (json!({"account_id": ada.id(), "post": true}), 403),
            (json!({"account_id": "1", "post": true}), 404),
            (json!({"account_id": bob.id()}), 422),
            (json!({"account_id": bob.id(), "post": true, "until": "2026-11-01"}), 422),
            (json!({"account_id": bob.id(), "post": true, "until": "some day"}), 422),
            (json!({"post": true}), 400),
        ] {
            ada.post("/api/portico/v1/delegates", wish.clone()).await.problem(status);
        }
        lets(&ada, &bob, json!({})).await;
        // Idempotency keys are per account: a delegate does not find the leader's post by guessing.
        let send = async |who: &TestUser, body: Value| {
            let request = app.request(Method::POST, "/api/v1/statuses");
            let request = request
                .header("authorization", format!("Bearer {}", who.token))
                .header("content-type", "application/json")
                .header("idempotency-key", "k");
            app.send(request.body(axum::body::Body::from(body.to_string())).unwrap()).await.ok()
        };
        let own = send(&ada, json!({"status": "hers", "visibility": "private"})).await;
        let named = send(&bob, for_her(&ada, "by bob")).await;
        assert_ne!(own["id"], named["id"]);
        assert_eq!(send(&bob, for_her(&ada, "by bob")).await["id"], named["id"]);
        // In the caller's own name it is an ordinary post.
        let plain = ada.post("/api/v1/statuses", for_her(&ada, "myself")).await.ok();
        assert!(plain.get("posted_by").is_none());
    }
}
