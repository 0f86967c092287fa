//! Polls, and muted threads.

use axum::http::Method;
use serde_json::{Value, json};

use portico_testing::{TestApp, TestUser, both_databases};

async fn asks(who: &TestUser, more: Value) -> Value {
    let mut poll = json!({"options": ["yes", "no", "maybe"], "expires_in": 300});
    poll.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    who.post("/api/v1/statuses", json!({"status": "Tea?", "poll": poll})).await.ok()
}

fn at(status: &Value, rest: &str) -> String {
    format!("/api/v1/polls/{}{rest}", status["poll"]["id"].as_str().unwrap())
}

async fn look_after(app: &TestApp, status: &Value) {
    let id = status["id"].as_str().unwrap().parse().unwrap();
    app.instance.store.write(move |tx| portico_service::publishing::polls::look_after(tx, id)).await.unwrap();
}

async fn count_notifications(who: &TestUser, kind: &str) -> usize {
    let path = format!("/api/v1/notifications?types[]={kind}");
    who.get(&path).await.ok().as_array().unwrap().len()
}

both_databases! {
    async fn people_vote_once(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let asked = asks(&alice, json!({})).await;
        assert_eq!(asked["poll"], json!({
            "id": asked["id"], "expires_at": "2026-11-02T09:05:00.000Z", "expired": false, "multiple": false,
            "votes_count": 0, "voters_count": 0, "emojis": [], "voted": true, "own_votes": [],
            "options": [{"title": "yes", "votes_count": 0}, {"title": "no", "votes_count": 0}, {"title": "maybe", "votes_count": 0}],
        }));
        let votes = at(&asked, "/votes");
        assert!(alice.post(&votes, json!({"choices": [0]})).await.problem(422).contains("your own polls"));
        for bad in [json!([]), json!([3]), json!([-1]), json!([i64::MAX])] {
            let error = bob.post(&votes, json!({"choices": bad})).await.problem(422);
            assert_eq!(error, "Validation failed: The chosen vote option does not exist");
        }
        bob.post(&votes, json!({"choices": [0, 1]})).await.problem(422);
        assert_eq!(bob.get(&at(&asked, "")).await.ok()["voted"], false);
        let voted = bob.submit(&votes, "choices[]=1").await.ok();
        assert_eq!((&voted["own_votes"], &voted["voted"]), (&json!([1]), &json!(true)));
        assert_eq!((&voted["votes_count"], &voted["voters_count"]), (&json!(1), &json!(1)));
        let again = bob.post(&votes, json!({"choices": [1]})).await.problem(422);
        assert_eq!(again, "Validation failed: You have already voted on this poll");
        app.get(&at(&asked, "")).await.problem(401);
    }

    async fn several_options_and_hidden_counts(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let asked = asks(&alice, json!({"multiple": true, "hide_totals": true})).await;
        let voted = bob.post(&at(&asked, "/votes"), json!({"choices": ["0", "2", "2"]})).await.ok();
        assert_eq!(voted["own_votes"], json!([0, 2]));
        assert_eq!((&voted["voters_count"], &voted["options"][0]["votes_count"]), (&json!(1), &Value::Null));
        app.advance(301);
        let over = bob.get(&at(&asked, "")).await.ok();
        assert_eq!((&over["expired"], &over["options"][0]["votes_count"]), (&json!(true), &json!(1)));
        bob.post(&at(&asked, "/votes"), json!({"choices": [1]})).await.problem(422);
    }

    async fn the_end_of_a_poll_is_notified_once(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        let asked = asks(&alice, json!({})).await;
        bob.post(&at(&asked, "/votes"), json!({"choices": [1]})).await.ok();
        look_after(&app, &asked).await;
        assert_eq!(count_notifications(&bob, "poll").await, 0);
        app.advance(300);
        look_after(&app, &asked).await;
        look_after(&app, &asked).await;
        let counts = (count_notifications(&alice, "poll").await, count_notifications(&bob, "poll").await, count_notifications(&carol, "poll").await);
        assert_eq!(counts, (1, 1, 0));
    }

    async fn voting_requires_a_visible_poll(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let poll = json!({"options": ["a", "b"], "expires_in": 300});
        let draft = json!({"status": "psst", "visibility": "direct", "poll": poll});
        let asked = alice.post("/api/v1/statuses", draft).await.ok();
        bob.get(&at(&asked, "")).await.problem(404);
        bob.post(&at(&asked, "/votes"), json!({"choices": [0]})).await.problem(404);
        let plain = alice.posts("no question").await;
        bob.get(&format!("/api/v1/polls/{}", plain["id"].as_str().unwrap())).await.problem(404);
    }

    async fn bad_polls_are_refused(app: TestApp) {
        let alice = app.staff("alice").await;
        for bad in [
            json!({"options": ["a"]}), json!({"options": ["a", "a"]}), json!({"options": ["a", " "]}),
            json!({"options": ["1", "2", "3", "4", "5"]}), json!({"options": ["a", "x".repeat(51)]}),
            json!({"expires_in": 299}), json!({"expires_in": i64::MAX}), json!({"expires_in": null}),
        ] {
            let mut poll = json!({"options": ["a", "b"], "expires_in": 300});
            poll.as_object_mut().unwrap().extend(bad.as_object().unwrap().clone());
            let error = alice.post("/api/v1/statuses", json!({"status": "x", "poll": poll})).await.problem(422);
            assert!(error.starts_with("Validation failed: "), "{bad}: {error}");
        }
    }

    async fn other_options_begin_anew(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let asked = asks(&alice, json!({})).await;
        bob.post(&at(&asked, "/votes"), json!({"choices": [1]})).await.ok();
        let path = format!("/api/v1/statuses/{}", asked["id"].as_str().unwrap());
        let same = json!({"status": "Tea!", "poll": {"options": ["yes", "no", "maybe"], "expires_in": 600}});
        let edited = alice.call(Method::PUT, &path, Some(same)).await.ok();
        assert_eq!(edited["poll"]["votes_count"], 1);
        let other = json!({"status": "Tea!", "poll": {"options": ["si", "no"], "expires_in": 600}});
        let edited = alice.call(Method::PUT, &path, Some(other)).await.ok();
        assert_eq!((&edited["poll"]["votes_count"], &edited["poll"]["options"][0]["title"]), (&json!(0), &json!("si")));
        let gone = alice.call(Method::DELETE, &path, None).await.ok();
        assert_eq!(gone["poll"]["options"][1]["title"], "no");
    }

    async fn a_muted_thread_does_not_notify(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let posted = alice.posts("thread").await;
        let path = |rest: &str| format!("/api/v1/statuses/{}/{rest}", posted["id"].as_str().unwrap());
        assert_eq!(alice.post(&path("mute"), json!({})).await.ok()["muted"], true);
        bob.post(&path("favourite"), json!({})).await.ok();
        let answer = json!({"status": "@alice hm", "in_reply_to_id": posted["id"]});
        bob.post("/api/v1/statuses", answer.clone()).await.ok();
        assert_eq!(count_notifications(&alice, "mention").await + count_notifications(&alice, "favourite").await, 0);
        assert_eq!(alice.post(&path("unmute"), json!({})).await.ok()["muted"], false);
        bob.post("/api/v1/statuses", answer).await.ok();
        assert_eq!(count_notifications(&alice, "mention").await, 1);
        bob.post("/api/v1/statuses/12345/mute", json!({})).await.problem(404);
    }
}
