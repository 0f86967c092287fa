//! Common to all calls: body formats, unknown paths, headers, rate limits.

use axum::body::Body;
use axum::http::Method;
use portico_http::limits::RateLimit;
use portico_http::params::MAX_BODY;
use serde_json::json;

use portico_testing::{Database, TestApp, both_databases};

both_databases! {
    async fn bad_bodies_are_the_clients_fault(app: TestApp) {
        let alice = app.staff("alice").await;
        let post = async |kind: &str, body: String| {
            let request = app.request(Method::POST, "/api/v1/statuses")
                .header("authorization", format!("Bearer {}", alice.token))
                .header("content-type", kind);
            app.send(request.body(Body::from(body)).unwrap()).await
        };
        let form = "application/x-www-form-urlencoded";
        post("application/json", "{".into()).await.problem(400);
        post("application/json", "[]".into()).await.problem(400);
        post("application/json", r#"{"status": "a\u0000b"}"#.into()).await.problem(400);
        post("application/json", r#"{"status": {"a": 1}}"#.into()).await.problem(422);
        post("application/json", r#"{"in_reply_to_id": "abc", "status": "x"}"#.into()).await.problem(422);
        post(form, "status=%00".into()).await.problem(400);
        post(form, "status=%ff".into()).await.problem(400);
        post(form, format!("status=hi&{}", "a[]=1&".repeat(5_000))).await.problem(400);
        post(form, format!("a{}=1", "[b]".repeat(50))).await.problem(400);
        post(form, "sensitive=perhaps&status=x".into()).await.problem(422);
        post("multipart/form-data", "x".into()).await.problem(400);
        post("multipart/form-data; boundary=b", "--b\r\nnonsense".into()).await.problem(400);
        post("application/xml", "<status/>".into()).await.problem(415);
        post("application/json", format!("{{\"status\": \"{}\"}}", "x".repeat(MAX_BODY))).await.problem(413);
        post(form, format!("status={}", "x".repeat(MAX_BODY))).await.problem(413);
        assert_eq!(alice.get("/api/v1/timelines/home").await.ok(), json!([]));
    }

    async fn below_api_everything_is_json_and_shared(app: TestApp) {
        for path in ["/api", "/api/v1/nothing", "/api/v3/instance", "/api/v1/statuses/1/explode"] {
            let reply = app.get(path).await;
            assert_eq!(reply.problem(404), "Record not found", "{path}");
            assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
        }
        let alice = app.staff("alice").await;
        alice.get("/api/v1/statuses/abc/").await.problem(404);
        alice.form(Method::PATCH, "/api/v1/statuses", "").await.problem(405);
        alice.form(Method::DELETE, "/api/v1/instance", "").await.problem(405);
        alice.form(Method::PATCH, "/api/v1/lists", "title=x").await.problem(405);
        alice.submit("/api/v2/filters/1/keywords", "keyword=x").await.problem(404);
    }

    async fn the_instance_is_open_and_its_forms_agree(app: TestApp) {
        let new = app.get("/api/v2/instance/").await.ok();
        let old = app.get("/api/v1/instance").await.ok();
        assert_eq!(new["domain"], old["uri"]);
        assert_eq!(new["configuration"]["statuses"], old["configuration"]["statuses"]);
        assert_eq!(new["version"], old["version"]);
        assert_eq!(new["configuration"]["statuses"]["max_characters"], 5_000);
        assert_eq!(app.get("/api/v1/custom_emojis").await.ok(), json!([]));
        let alice = app.staff("alice").await;
        alice.posts("one").await;
        let old = alice.get("/api/v1/instance").await.ok();
        assert_eq!(old["stats"], json!({"user_count": 1, "status_count": 1, "domain_count": 1}));
        assert_eq!(alice.get("/api/v2/instance").await.ok()["usage"]["users"]["active_month"], 1);
        let nobodys = app.get("/api/v1/instance").await.ok();
        assert_eq!(nobodys["stats"], json!({"user_count": 0, "status_count": 0, "domain_count": 0}), "S44");
        assert_eq!(app.get("/api/v2/instance").await.ok()["usage"]["users"]["active_month"], 0, "S44");
    }

    async fn absent_data_answers_empty_or_not_found(app: TestApp) {
        let alice = app.staff("alice").await;
        for path in [

            "v1/trends/statuses", "v1/trends/links",
        ] {
            assert_eq!(alice.get(&format!("/api/{path}")).await.ok(), json!([]), "{path}");
        }
        assert_eq!(alice.get("/api/v2/notifications/policy").await.ok()["for_not_following"], "accept");
        alice.get("/api/v1/push/subscription").await.problem(404);
        app.get("/api/v1/lists").await.problem(401);
    }

    async fn markers_count_their_versions(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        assert_eq!(alice.get("/api/v1/markers?timeline[]=home&timeline[]=notifications").await.ok(), json!({}));
        let first = alice.submit("/api/v1/markers", "home[last_read_id]=42").await.ok();
        assert_eq!(first, json!({"home": {"last_read_id": "42", "version": 0, "updated_at": "2026-11-02T09:00:00.000Z"}}));
        let both = json!({"home": {"last_read_id": "43"}, "notifications": {"last_read_id": 7}});
        let second = alice.post("/api/v1/markers", both).await.ok();
        assert_eq!(second["home"]["version"], 1);
        assert_eq!(second["notifications"]["last_read_id"], "7");
        let read = alice.get("/api/v1/markers?timeline=home&timeline[]=x").await.ok();
        assert_eq!(read["home"]["last_read_id"], "43");
        assert!(read.get("notifications").is_none());
        assert_eq!(bob.get("/api/v1/markers?timeline[]=home").await.ok(), json!({}));
        alice.submit("/api/v1/markers", "home[last_read_id]=abc").await.problem(422);
        alice.submit("/api/v1/markers", "home=5").await.problem(422);
        assert_eq!(alice.submit("/api/v1/markers", "").await.ok(), json!({}));
    }

    async fn every_response_has_rate_limit_headers(app: TestApp) {
        let alice = app.staff("alice").await;
        let reply = alice.get("/api/v1/preferences").await;
        assert_eq!(reply.header("x-ratelimit-limit"), Some("300"));
        assert_eq!(reply.header("x-ratelimit-remaining"), Some("299"));
        assert_eq!(reply.header("x-ratelimit-reset"), Some("2026-11-02T09:05:00.000Z"));
        assert!(reply.header("x-request-id").is_some());
        for _ in 0..RateLimit::API.times {
            alice.get("/api/v1/lists").await;
        }
        let refused = alice.get("/api/v1/preferences").await;
        assert_eq!(refused.problem(429), "Too many requests");
        assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
        assert_eq!(refused.header("retry-after"), Some("300"));
        // Other users behind the same address are not limited.
        app.staff("bob").await.get("/api/v1/preferences").await.ok();
        app.advance(300);
        alice.get("/api/v1/preferences").await.ok();
    }

    async fn made_up_tokens_count_for_their_address(app: TestApp) {
        for number in 0..RateLimit::API.times {
            app.get(&format!("/api/v1/preferences?access_token={number}")).await.problem(401);
        }
        app.get("/api/v1/preferences?access_token=other").await.problem(429);
    }

    async fn a_company_instance_shows_visitors_nothing(app: TestApp) {
        let alice = app.staff("alice").await;
        let status = alice.post("/api/v1/statuses", json!({"status": "hi", "reach": "public"})).await.ok();
        let path = format!("/api/v1/statuses/{}", status["id"].as_str().unwrap());
        let error = app.get(&path).await.problem(401);
        assert_eq!(error, "This method requires an authenticated user");
        app.get("/api/v1/timelines/public").await.problem(401);
        alice.get(&path).await.ok();
        let access = app.get("/api/v2/instance").await.ok();
        assert_eq!(access["configuration"]["timelines_access"]["live_feeds"]["local"], "authenticated");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_says_how_many_calls_are_too_many() {
    let app = TestApp::with(Database::Sqlite, |settings| settings.request_limit = 2).await;
    let alice = app.staff("alice").await;
    assert_eq!(alice.get("/api/v1/preferences").await.header("x-ratelimit-limit"), Some("2"));
    alice.get("/api/v1/preferences").await.ok();
    alice.get("/api/v1/preferences").await.problem(429);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_pages_are_public_visitors_see_public_posts_and_no_others() {
    let app = TestApp::with(Database::Sqlite, |settings| settings.public_pages = true).await;
    let alice = app.staff("alice").await;
    for (reach, status) in [("public", 200), ("company", 404), ("followers", 404)] {
        let posted = alice.post("/api/v1/statuses", json!({"status": "hi", "reach": reach})).await.ok();
        let path = format!("/api/v1/statuses/{}", posted["id"].as_str().unwrap());
        let seen = app.get(&path).await;
        assert_eq!(seen.status.as_u16(), status, "{reach}");
        assert!(seen.json().get("favourited").is_none());
    }
    assert_eq!(app.get("/api/v1/timelines/public").await.ok().as_array().unwrap().len(), 1);
}
