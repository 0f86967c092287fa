//! Bots, their tokens and their webhooks.

use axum::body::Body;
use axum::http::{Method, header};
use portico_domain::model::Reach;
use portico_domain::model::moderation::Action;
use portico_domain::model::peer::Tier;
use portico_domain::model::user::Role;
use serde_json::{Value, json};

use portico_testing::elsewhere::somebody;
use portico_testing::{Reply, TestApp, TestUser, both_databases};

const API: &str = "/api/portico/v1/bots";

async fn bot(by: &TestUser, username: &str, reach: &str) -> Value {
    by.post(
        API,
        json!({"username": username, "display_name": "Builds", "note": "Tells of builds", "reach": reach}),
    )
    .await
    .ok()
}

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

/// Creates a webhook; returns it and the path of its address.
async fn hook(by: &TestUser, bot: &Value, wish: Value) -> (Value, String) {
    let made = by.post(&format!("{API}/{}/hooks", id(bot)), wish).await.ok();
    let path =
        made["url"].as_str().unwrap().strip_prefix("https://engineering.acme.test").unwrap().to_owned();
    (made, path)
}

async fn send(app: &TestApp, path: &str, body: Value, key: Option<&str>) -> Reply {
    let mut request = app.request(Method::POST, path).header(header::CONTENT_TYPE, "application/json");
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    app.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn newest(by: &TestUser, bot: &Value) -> Value {
    by.get(&format!("/api/v1/accounts/{}/statuses", id(bot))).await.ok()[0].clone()
}

/// A client that uses a bot's token.
async fn program(by: &TestUser, bot: &Value, scopes: &str) -> TestUser {
    let made = by.post(&format!("{API}/{}/tokens", id(bot)), json!({"scopes": scopes})).await.ok();
    TestUser { token: made["access_token"].as_str().unwrap().to_owned(), ..by.clone() }
}

both_databases! {
    async fn a_bot_shows_what_it_is_and_who_answers_for_it(app: TestApp) {
        let (alice, carol) = (app.staff("alice").await, app.staff("carol").await);
        let made = bot(&alice, "ci", "company").await;
        assert_eq!((&made["reach"], &made["owner"]["acct"]), (&json!("company"), &json!("alice")));
        let shown = carol.get("/api/v1/accounts/lookup?acct=ci").await.ok();
        assert_eq!((&shown["bot"], &shown["display_name"]), (&json!(true), &json!("Builds")));
        assert_eq!(shown["fields"][0]["name"], "Owner");
        assert!(shown["fields"][0]["value"].as_str().unwrap().contains("/@alice\""), "{shown}");
        // The bot's own token can change neither.
        let program = program(&alice, &made, "read write:statuses").await;
        program.post("/api/v1/accounts/update_credentials", json!({})).await.problem(405);
        let request = json!({"bot": false, "fields_attributes": [{"name": "Owner", "value": "nobody"}, {"name": "Home", "value": "x"}]});
        program.call(Method::PATCH, "/api/v1/accounts/update_credentials", Some(request.clone())).await.problem(403);
        let token = portico_service::people::users::find(&app.instance, "ci").await.unwrap().0;
        let scopes = portico_domain::model::oauth::Scopes::parse("write").unwrap();
        let wide = portico_service::access::tokens::issue_for_user(&app.instance, token.id, scopes).await.unwrap().1;
        let wide = TestUser { token: wide, ..alice.clone() };
        let changed = wide.call(Method::PATCH, "/api/v1/accounts/update_credentials", Some(request)).await.ok();
        assert_eq!(changed["bot"], true);
        let names: Vec<&Value> = changed["fields"].as_array().unwrap().iter().map(|field| &field["name"]).collect();
        assert_eq!(names, ["Owner", "Home"]);
        assert!(changed["fields"][0]["value"].as_str().unwrap().contains("/@alice\""), "{changed}");
        // Users who do not manage the bot cannot see its details.
        carol.get(&format!("{API}/{}", id(&made))).await.problem(404);
        assert_eq!(carol.get(API).await.ok(), json!([]));
        let admin = app.staff_as("root_admin", Role::Admin).await;
        assert_eq!(admin.get(&format!("{API}?all=true")).await.ok().as_array().unwrap().len(), 1);
        let handed = admin.call(Method::PUT, &format!("{API}/{}", id(&made)), Some(json!({"owner": "carol"}))).await.ok();
        assert_eq!(handed["owner"]["acct"], "carol");
        let shown = alice.get("/api/v1/accounts/lookup?acct=ci").await.ok();
        assert!(shown["fields"][0]["value"].as_str().unwrap().contains("/@carol\""), "{shown}");
        alice.get(&format!("{API}/{}", id(&made))).await.problem(404);
    }

    async fn a_bot_stays_below_its_ceiling(app: TestApp) {
        let alice = app.staff("alice").await;
        let partner = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        let sister = somebody(&app, "dave", "sales.acme.test", Tier::Company).await;
        alice.post(API, json!({"username": "loud", "reach": "public"})).await.problem(422);
        let made = bot(&alice, "ci", "instance").await;
        let program = program(&alice, &made, "read write:statuses").await;
        for (asked, got) in [("public", "instance"), ("company", "instance"), ("followers", "direct")] {
            let posted = program.post("/api/v1/statuses", json!({"status": "x", "reach": asked})).await.ok();
            assert_eq!(posted["reach"], got, "{asked}");
        }
        let whisper = |name: &str| json!({"status": format!("@{name} psst"), "visibility": "direct"});
        program.post("/api/v1/statuses", whisper(&sister.acct())).await.problem(403);
        program.post("/api/v1/statuses", whisper("alice")).await.ok();
        // Nor by an edit.
        let first = program.post("/api/v1/statuses", whisper("alice")).await.ok();
        let edit = json!({"status": format!("@alice @{} psst", sister.acct())});
        program.call(Method::PUT, &format!("/api/v1/statuses/{}", id(&first)), Some(edit)).await.problem(403);
        let admin = app.staff_as("root_admin", Role::Admin).await;
        let raised = json!({"reach": "company"});
        admin.call(Method::PUT, &format!("{API}/{}", id(&made)), Some(raised)).await.ok();
        program.post("/api/v1/statuses", whisper(&sister.acct())).await.ok();
        program.post("/api/v1/statuses", whisper(&partner.acct())).await.problem(403);
        // Nor by boosting a post with a wider reach to its followers.
        let loud = app.staff("bob").await.says("For all", Reach::Public).await;
        let boost = format!("/api/v1/statuses/{}/reblog", loud.status.id);
        let may = portico_domain::model::oauth::Scopes::parse("read write").unwrap();
        let user = portico_service::people::users::find(&app.instance, "ci").await.unwrap().0;
        let wide = portico_service::access::tokens::issue_for_user(&app.instance, user.id, may).await.unwrap().1;
        let wide = TestUser { token: wide, ..alice.clone() };
        wide.submit(&boost, "").await.problem(403);
    }

    async fn tokens_of_bots_can_do_little_and_end_with_their_owner(app: TestApp) {
        let alice = app.staff("alice").await;
        let made = bot(&alice, "ci", "company").await;
        let tokens = format!("{API}/{}/tokens", id(&made));
        for scopes in ["write", "write:accounts", "admin:read", "follow", "nonsense"] {
            alice.post(&tokens, json!({"scopes": scopes})).await.problem(422);
        }
        // A token cannot be granted more scopes than the caller's own token has.
        let small = TestUser { token: alice.token_for("write").await, ..alice.clone() };
        small.post(&tokens, json!({"scopes": "read"})).await.problem(403);
        let smaller = TestUser { token: alice.token_for("read write:accounts").await, ..alice.clone() };
        smaller.post(API, json!({"username": "two"})).await.problem(403);
        let program = program(&alice, &made, "read:statuses write:statuses").await;
        program.post("/api/v1/statuses", json!({"status": "Green"})).await.ok();
        program.post("/api/v1/media", json!({})).await.problem(403);
        let listed = alice.get(&tokens).await.ok();
        assert_eq!(listed[0]["scope"], "read:statuses write:statuses");
        assert_eq!(listed[0]["access_token"], Value::Null);
        app.act(alice.account.id, Action::Disable).await.unwrap();
        program.post("/api/v1/statuses", json!({"status": "x"})).await.problem(403);
        app.act(alice.account.id, Action::Enable).await.unwrap();
        program.post("/api/v1/statuses", json!({"status": "Again"})).await.ok();
        let alice = TestUser { token: alice.token_for("read write").await, ..alice };
        alice.call(Method::DELETE, &format!("{tokens}/{}", id(&listed[0])), None).await.ok();
        program.post("/api/v1/statuses", json!({"status": "x"})).await.problem(401);
        let other = super::program(&alice, &made, "read write:statuses").await;
        alice.call(Method::DELETE, &format!("{API}/{}", id(&made)), None).await.ok();
        assert!(matches!(other.get("/api/v1/timelines/home").await.status.as_u16(), 401 | 403));
        assert_eq!(alice.get(API).await.ok(), json!([]));
        alice.post(API, json!({"username": "ci"})).await.problem(409);
    }

    async fn a_webhook_posts_what_programs_send(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let made = bot(&alice, "ci", "company").await;
        let (webhook, path) = hook(&alice, &made, json!({"title": "Builds", "mentions": ["@bob"]})).await;
        assert_eq!((&webhook["reach"], &webhook["mentions"]), (&json!("company"), &json!(["bob"])));
        let sent = json!({"text": "*Build* <https://ci.acme.test/1|#1> failed, says @alice & <script>", "attachments": [{"title": "Log", "text": "x < y"}]});
        let reply = send(&app, &path, sent, None).await;
        assert_eq!((reply.status.as_u16(), reply.body.as_str()), (200, "ok"));
        let post = newest(&bob, &made).await;
        let content = post["content"].as_str().unwrap();
        assert!(content.contains("<strong>Build</strong>") && content.contains("href=\"https://ci.acme.test/1\""), "{content}");
        assert!(!content.contains("<script"), "{content}");
        assert_eq!((&post["reach"], &post["account"]["acct"]), (&json!("company"), &json!("ci")));
        let named: Vec<&Value> = post["mentions"].as_array().unwrap().iter().map(|one| &one["acct"]).collect();
        assert_eq!(named, ["bob"], "the text mentions no account");
        assert_eq!(bob.get("/api/v1/notifications").await.ok()[0]["type"], "mention");
        // The client API's own shape; one post per idempotency key.
        let sent = json!({"status": "Deployed **v2**", "content_type": "text/markdown", "spoiler_text": "Deploy", "visibility": "public", "reach": "public"});
        let first = send(&app, &path, sent.clone(), Some("a")).await.ok();
        assert_eq!(first["reach"], "company", "only the text is taken from the request");
        assert_eq!(send(&app, &path, sent, Some("a")).await.ok()["id"], first["id"]);
        let post = newest(&bob, &made).await;
        assert_eq!((post["id"].as_str(), &post["spoiler_text"]), (first["id"].as_str(), &json!("Deploy")));
        // As a form, too.
        let form = serde_urlencoded::to_string([("payload", r#"{"text": "by form"}"#)]).unwrap();
        assert_eq!(app.submit(&path, &form).await.status, 200);
        assert!(newest(&bob, &made).await["content"].as_str().unwrap().contains("by form"));
        // Long logs are truncated.
        assert_eq!(send(&app, &path, json!({"text": "word ".repeat(4_000)}), None).await.status, 200);
        for (wrong, status) in [(json!({"text": " "}), 422), (json!({}), 422), (json!([1]), 400), (json!({"status": "x", "content_type": "text/bbcode"}), 422)] {
            send(&app, &path, wrong, None).await.problem(status);
        }
        send(&app, &path, json!({"text": "x".repeat(70_000)}), None).await.problem(413);
        let listed = alice.get(&format!("{API}/{}/hooks", id(&made))).await.ok();
        assert_eq!(listed[0]["url"], Value::Null);
        assert!(listed[0]["last_used_at"].is_string());
    }

    async fn webhooks_are_bounded_and_end(app: TestApp) {
        let alice = app.staff("alice").await;
        let made = bot(&alice, "ci", "instance").await;
        let hooks = format!("{API}/{}/hooks", id(&made));
        for wrong in [
            json!({"title": ""}),
            json!({"title": "x", "reach": "company"}),
            json!({"title": "x", "reach": "followers"}),
            json!({"title": "x", "reach": "direct"}),
            json!({"title": "x", "mentions": ["nobody"]}),
            json!({"title": "x", "reach": "galaxy"}),
        ] {
            alice.post(&hooks, wrong).await.problem(422);
        }
        let (webhook, path) = hook(&alice, &made, json!({"title": "On call", "reach": "direct", "mentions": ["alice"]})).await;
        assert_eq!(send(&app, &path, json!({"text": "Fire"}), None).await.status, 200);
        let seen = alice.get("/api/v1/notifications").await.ok();
        assert_eq!(seen[0]["status"]["visibility"], "direct");
        let never = send(&app, &format!("/hooks/{}", "x".repeat(43)), json!({"text": "x"}), None).await;
        never.problem(404);
        app.act(alice.account.id, Action::Suspend).await.unwrap();
        let shut = send(&app, &path, json!({"text": "x"}), None).await;
        assert_eq!((shut.status, &shut.body), (never.status, &never.body), "a bot is silent without its owner");
        app.act(alice.account.id, Action::Unsuspend).await.unwrap();
        for _ in 0..60 {
            send(&app, &path, json!({"status": "once", "idempotency_key": "k"}), None).await;
        }
        let often = send(&app, &path, json!({"text": "x"}), None).await;
        assert_eq!(often.status, 429);
        assert!(often.header("retry-after").is_some());
        app.advance(120);
        let alice = TestUser { token: alice.token_for("read write").await, ..alice };
        alice.call(Method::DELETE, &format!("{hooks}/{}", id(&webhook)), None).await.ok();
        send(&app, &path, json!({"text": "x"}), None).await.problem(404);
    }

    async fn creating_a_bot_checks_the_role_the_name_and_the_owner(app: TestApp) {
        let bob = app.staff("bob").await;
        let by = portico_service::access::bots::BotManager::from_user(&bob.user);
        let refused = portico_domain::policy::bots::may_make(portico_domain::model::bot::Makers::Admins, by.role);
        assert!(refused.is_err());
        for (username, status) in [("", 400), ("Not a name", 422), ("bob", 409), ("admin", 422)] {
            bob.post(API, json!({"username": username})).await.problem(status);
        }
        bob.post(API, json!({"username": "x", "owner": "nobody"})).await.problem(404);
        app.staff("alice").await;
        bob.post(API, json!({"username": "x", "owner": "alice"})).await.problem(403);
    }
}
