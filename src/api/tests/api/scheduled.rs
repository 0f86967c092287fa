//! Scheduled posts, and posts in Markdown or HTML.

use axum::body::Body;
use axum::http::Method;
use portico_domain::model::ScheduledId;
use portico_service::maintenance;
use portico_service::publishing::scheduled;
use serde_json::{Value, json};

use portico_testing::media::{picture, upload};
use portico_testing::{Reply, TestApp, TestUser, both_databases};

/// An hour after the start of a test.
const LATER: &str = "2026-11-02T10:00:00.000Z";

/// The error for a time that is past or too near.
const SOONEST: &str = "Validation failed: Scheduled at must be at least five minutes in the future";

async fn schedule(who: &TestUser, mut wish: Value) -> Value {
    wish["scheduled_at"] = json!(LATER);
    who.post("/api/v1/statuses", wish).await.ok()
}

/// Schedules a post with an idempotency key.
async fn schedule_with_key(who: &TestUser, key: &str) -> Reply {
    let request = who
        .app
        .request(Method::POST, "/api/v1/statuses")
        .header("authorization", format!("Bearer {}", who.token))
        .header("idempotency-key", key)
        .header("content-type", "application/json");
    let body = json!({"status": "x", "scheduled_at": LATER}).to_string();
    who.app.send(request.body(Body::from(body)).unwrap()).await
}

fn id(item: &Value) -> String {
    item["id"].as_str().unwrap().to_owned()
}

/// Runs the publishing job for a scheduled post.
async fn publish(app: &TestApp, item: &Value) {
    let id: ScheduledId = id(item).parse().unwrap();
    scheduled::publish(&app.instance, id).await.unwrap();
}

async fn home(who: &TestUser) -> Vec<Value> {
    who.get("/api/v1/timelines/home").await.ok().as_array().unwrap().clone()
}

both_databases! {
    async fn a_post_waits_and_is_posted_once(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let file = upload(&alice, &picture(image::ImageFormat::Png)).await;
        let wish = json!({"status": "hello @bob", "media_ids": [file["id"]], "spoiler_text": "cw", "visibility": "unlisted"});
        let waiting = schedule(&alice, wish).await;
        assert_eq!(waiting["scheduled_at"], LATER);
        assert_eq!(waiting["media_attachments"][0]["id"], file["id"]);
        let params = &waiting["params"];
        assert_eq!((&params["text"], &params["visibility"]), (&json!("hello @bob"), &json!("unlisted")));
        assert_eq!(params["media_ids"], json!([file["id"]]));
        let path = format!("/api/v1/scheduled_statuses/{}", id(&waiting));
        assert_eq!(alice.get(&path).await.ok(), waiting);
        assert_eq!(alice.get("/api/v1/scheduled_statuses").await.ok(), json!([waiting]));
        bob.get(&path).await.problem(404);
        bob.form(Method::DELETE, &path, "").await.problem(404);
        assert_eq!(bob.get("/api/v1/scheduled_statuses").await.ok(), json!([]));

        publish(&app, &waiting).await;
        assert!(home(&alice).await.is_empty(), "not due yet");
        alice.post("/api/v1/statuses", json!({"status": "x", "media_ids": [file["id"]]})).await.problem(422);
        app.advance(3600);
        publish(&app, &waiting).await;
        publish(&app, &waiting).await;
        let posts = home(&alice).await;
        assert_eq!(posts.len(), 1);
        assert_eq!((&posts[0]["visibility"], &posts[0]["spoiler_text"]), (&json!("unlisted"), &json!("cw")));
        assert_eq!(posts[0]["media_attachments"][0]["id"], file["id"]);
        assert_eq!(posts[0]["created_at"], LATER);
        assert_eq!(bob.get("/api/v1/notifications").await.ok()[0]["status"]["id"], posts[0]["id"]);
        assert_eq!(alice.get("/api/v1/scheduled_statuses").await.ok(), json!([]));
        alice.get(&path).await.problem(404);
    }

    async fn a_scheduled_status_can_be_rescheduled_and_cancelled(app: TestApp) {
        let alice = app.staff("alice").await;
        let file = upload(&alice, &picture(image::ImageFormat::Png)).await;
        let waiting = schedule(&alice, json!({"status": "x", "media_ids": [file["id"]]})).await;
        let path = format!("/api/v1/scheduled_statuses/{}", id(&waiting));
        let moved = alice.form(Method::PUT, &path, "scheduled_at=2026-11-02T12:00:00Z").await.ok();
        assert_eq!(moved["scheduled_at"], "2026-11-02T12:00:00.000Z");
        alice.form(Method::PUT, &path, "scheduled_at=2026-11-02T09:01:00Z").await.problem(422);
        alice.form(Method::PUT, &path, "scheduled_at=soon").await.problem(422);
        app.advance(3600);
        publish(&app, &waiting).await;
        assert!(home(&alice).await.is_empty(), "the first time no longer counts");
        alice.form(Method::PUT, &path, "scheduled_at=2026-11-06T12:00:00Z").await.ok();
        app.advance(3 * 24 * 3600);
        maintenance::run(&app.instance).await.unwrap();
        assert_eq!(alice.get(&path).await.ok()["media_attachments"][0]["id"], file["id"], "uploads wait, too");
        alice.form(Method::DELETE, &path, "").await.ok();
        alice.get(&path).await.problem(404);
        app.advance(24 * 3600);
        publish(&app, &waiting).await;
        assert!(home(&alice).await.is_empty());
        alice.post("/api/v1/statuses", json!({"status": "now", "media_ids": [file["id"]]})).await.ok();
    }

    async fn a_retry_shortly_before_the_time_returns_the_scheduled_post(app: TestApp) {
        let alice = app.staff("alice").await;
        let waiting = schedule_with_key(&alice, "k").await.ok();
        app.advance(3600 - 60);
        assert_eq!(schedule_with_key(&alice, "k").await.ok(), waiting);
        assert_eq!(schedule_with_key(&alice, "other").await.problem(422), SOONEST);
        assert_eq!(alice.get("/api/v1/scheduled_statuses").await.ok(), json!([waiting]));
    }

    async fn only_what_could_be_posted_is_taken(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let wish = |text: &str, at: &str| json!({"status": text, "scheduled_at": at});
        alice.post("/api/v1/statuses", wish("x", "2026-11-02T09:04:00Z")).await.problem(422);
        alice.post("/api/v1/statuses", wish("x", "2046-11-02T09:04:00Z")).await.problem(422);
        alice.post("/api/v1/statuses", wish("x", "tomorrow")).await.problem(422);
        alice.post("/api/v1/statuses", wish("", LATER)).await.problem(422);
        let secret = bob.post("/api/v1/statuses", json!({"status": "x", "visibility": "direct"})).await.ok();
        let answer = json!({"status": "x", "in_reply_to_id": secret["id"], "scheduled_at": LATER});
        alice.post("/api/v1/statuses", answer).await.problem(404);
        for past in ["2026-11-01T09:00:00Z", "2026-11-02T08:59:59Z", "2026-11-02T09:00:00Z"] {
            let refused = alice.post("/api/v1/statuses", wish("too late", past)).await.problem(422);
            assert_eq!(refused, SOONEST, "{past}");
        }
        assert!(home(&alice).await.is_empty(), "a time in the past posts nothing");
        for _ in 0..25 {
            alice.post("/api/v1/statuses", wish("x", LATER)).await.ok();
        }
        alice.post("/api/v1/statuses", wish("x", LATER)).await.problem(422);
        alice.post("/api/v1/statuses", wish("x", "2026-11-03T09:00:00Z")).await.ok();
    }

    async fn a_scheduled_status_that_is_no_longer_allowed_is_kept(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let post = bob.posts("question").await;
        let waiting = schedule(&alice, json!({"status": "answer", "in_reply_to_id": post["id"]})).await;
        bob.form(Method::DELETE, &format!("/api/v1/statuses/{}", id(&post)), "").await.ok();
        let other = schedule(&alice, json!({"status": "later"})).await;
        app.advance(3600);
        publish(&app, &waiting).await;
        assert!(home(&alice).await.is_empty());
        assert_eq!(alice.get("/api/v1/scheduled_statuses").await.ok().as_array().unwrap().len(), 2);
        app.act(alice.account.id, portico_domain::model::moderation::Action::Disable).await.unwrap();
        publish(&app, &other).await;
        let mine = bob.get(&format!("/api/v1/accounts/{}/statuses", alice.id())).await.ok();
        assert_eq!(mine, json!([]), "a disabled user does not post");
    }

    async fn a_quote_waits_like_any_post_and_is_judged_again(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let wish = json!({"status": "quote me", "quote_approval_policy": "public"});
        let open = bob.post("/api/v1/statuses", wish.clone()).await.ok();
        let later = bob.post("/api/v1/statuses", wish).await.ok();
        let first = schedule(&alice, json!({"status": "one", "quoted_status_id": open["id"]})).await;
        assert_eq!(first["params"]["quoted_status_id"], open["id"]);
        let second = schedule(&alice, json!({"status": "two", "quoted_status_id": later["id"]})).await;
        let path = format!("/api/v1/statuses/{}/interaction_policy", id(&later));
        bob.form(Method::PUT, &path, "quote_approval_policy=nobody").await.ok();
        let refused = json!({"status": "x", "quoted_status_id": later["id"], "scheduled_at": LATER});
        alice.post("/api/v1/statuses", refused).await.problem(403);
        app.advance(3600);
        publish(&app, &first).await;
        publish(&app, &second).await;
        let posts = home(&alice).await;
        assert_eq!(posts.len(), 1, "a quote without consent is not posted");
        assert_eq!(posts[0]["quote"]["quoted_status"]["id"], open["id"]);
    }

    async fn markdown_and_html_are_taken(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let wish = json!({"status": "**Hi** @bob, see `#code` and #rust", "content_type": "text/markdown"});
        let posted = alice.post("/api/v1/statuses", wish).await.ok();
        let content = posted["content"].as_str().unwrap();
        assert!(content.starts_with("<p><strong>Hi</strong> <span class=\"h-card\""), "{content}");
        assert!(content.contains("<code>#code</code>"), "{content}");
        assert_eq!(posted["tags"].as_array().unwrap().len(), 1);
        assert_eq!(bob.get("/api/v1/notifications").await.ok()[0]["type"], "mention");
        let path = format!("/api/v1/statuses/{}", id(&posted));
        assert_eq!(alice.get(&format!("{path}/source")).await.ok()["content_type"], "text/markdown");
        let edited = alice.form(Method::PUT, &path, "status=*Hello*").await.ok();
        assert_eq!(edited["content"], "<p><em>Hello</em></p>", "an edit keeps the form");
        let edited = alice.form(Method::PUT, &path, "status=*Hello*&content_type=text/plain").await.ok();
        assert_eq!(edited["content"], "<p>*Hello*</p>");
        let html = json!({"status": "<b>x</b><script>y</script>", "content_type": "text/html"});
        assert_eq!(alice.post("/api/v1/statuses", html).await.ok()["content"], "<b>x</b>");
        for (text, kind) in [("x", "text/bbcode"), ("<script>y</script>", "text/html"), ("<!-- -->", "text/markdown")] {
            alice.post("/api/v1/statuses", json!({"status": text, "content_type": kind})).await.problem(422);
        }
    }

    async fn a_language_is_guessed_if_none_is_given(app: TestApp) {
        let alice = app.staff("alice").await;
        let text = "Wir haben heute die neue Fassung der Schnittstelle freigegeben, bitte schaut sie euch an.";
        assert_eq!(alice.posts(text).await["language"], "de");
        let given = alice.post("/api/v1/statuses", json!({"status": text, "language": "nl"})).await.ok();
        assert_eq!(given["language"], "nl");
        assert_eq!(alice.posts("ok").await["language"], Value::Null);
    }
}
