//! Instance information and announcements.

use axum::http::Method;
use portico_config::{About, Document};
use portico_domain::model::Timestamp;
use portico_domain::model::peer::Tier;
use portico_service::partners::peers;
use portico_service::publishing::announcements::{self, AnnouncementInput};
use serde_json::{Value, json};

use portico_testing::{Database, TestApp, both_databases};

fn announcement_with(text: &str) -> AnnouncementInput {
    AnnouncementInput { text: text.into(), ..AnnouncementInput::default() }
}

async fn announce(app: &TestApp, text: &str) -> String {
    announcements::publish(&app.instance, None, announcement_with(text)).await.unwrap().id.to_string()
}

both_databases! {
    async fn unsupported_features_answer_in_the_documented_form(app: TestApp) {
        let alice = app.staff("alice").await;
        let none = json!({"annual_reports": [], "accounts": [], "statuses": []});
        assert_eq!(alice.get("/api/v1/annual_reports").await.ok(), none);
        assert_eq!(alice.get("/api/v1/annual_reports/2025/state").await.ok()["state"], "ineligible");
        for path in ["/api/v1/annual_reports/2025", "/api/v1_alpha/async_refreshes/x"] {
            alice.get(path).await.problem(404);
        }
        for verb in ["read", "generate"] {
            alice.submit(&format!("/api/v1/annual_reports/2025/{verb}"), "").await.problem(404);
        }
        app.get("/api/v1/annual_reports").await.problem(401);
    }

    async fn announcements_are_read_and_dismissed(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let id = announce(&app, "**Water** is off at #noon").await;
        app.get("/api/v1/announcements").await.problem(401);
        let listed = alice.get("/api/v1/announcements").await.ok();
        assert_eq!((&listed[0]["id"], &listed[0]["read"]), (&json!(id), &json!(false)));
        assert!(listed[0]["content"].as_str().unwrap().starts_with("<p><strong>Water</strong> is off at <a"));
        assert_eq!(listed[0]["tags"][0]["name"], "noon");
        alice.submit(&format!("/api/v1/announcements/{id}/dismiss"), "").await.ok();
        assert_eq!(alice.get("/api/v1/announcements").await.ok(), json!([]));
        let all = alice.get("/api/v1/announcements?with_dismissed=true").await.ok();
        assert_eq!(all[0]["read"], true);
        assert_eq!(bob.get("/api/v1/announcements").await.ok()[0]["read"], false);
        alice.submit("/api/v1/announcements/7/dismiss", "").await.problem(404);

        let path = format!("/api/v1/announcements/{id}/reactions/%F0%9F%92%A7");
        alice.form(Method::PUT, &path, "").await.ok();
        alice.form(Method::PUT, &path, "").await.ok();
        bob.form(Method::PUT, &path, "").await.ok();
        let reactions = bob.get("/api/v1/announcements").await.ok()[0]["reactions"].clone();
        assert_eq!(reactions, json!([{"name": "💧", "count": 2, "me": true}]));
        bob.form(Method::DELETE, &path, "").await.ok();
        let reactions = bob.get("/api/v1/announcements").await.ok()[0]["reactions"].clone();
        assert_eq!(reactions, json!([{"name": "💧", "count": 1, "me": false}]));
        bob.form(Method::PUT, &format!("/api/v1/announcements/{id}/reactions/no"), "").await.problem(422);
        for emoji in ["1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣", "6️⃣", "7️⃣"] {
            let id = id.parse().unwrap();
            announcements::react(&app.instance, bob.account.id, id, emoji, true).await.unwrap();
        }
        bob.form(Method::PUT, &format!("/api/v1/announcements/{id}/reactions/%F0%9F%8D%B0"), "").await.problem(422);

        announcements::withdraw(&app.instance, id.parse().unwrap()).await.unwrap();
        assert_eq!(bob.get("/api/v1/announcements").await.ok(), json!([]));
    }

    async fn announcements_end(app: TestApp) {
        let alice = app.staff("alice").await;
        let ends_at = Timestamp::parse("2026-11-02T00:00:00Z");
        let day = AnnouncementInput { ends_at, all_day: true, ..announcement_with("today") };
        announcements::publish(&app.instance, None, day.clone()).await.unwrap();
        assert_eq!(alice.get("/api/v1/announcements").await.ok().as_array().unwrap().len(), 1);
        app.advance(24 * 3600);
        assert_eq!(alice.get("/api/v1/announcements").await.ok(), json!([]));
        let wrong = AnnouncementInput { starts_at: Timestamp::parse("2026-11-03T00:00:00Z"), ..day };
        assert!(announcements::publish(&app.instance, None, wrong).await.is_err());
        assert!(announcements::publish(&app.instance, None, announcement_with(" ")).await.is_err());
        assert!(announcements::publish(&app.instance, Some(7.into()), announcement_with("x")).await.is_err());
    }

    async fn peers_and_activity_are_for_staff(app: TestApp) {
        let alice = app.staff("alice").await;
        alice.posts("hello").await;
        peers::set_tier(&app.instance, "globex.test", Tier::Partner, "").await.unwrap();
        peers::set_tier(&app.instance, "spam.test", Tier::Blocked, "why").await.unwrap();
        for path in ["peers", "activity", "domain_blocks"] {
            app.get(&format!("/api/v1/instance/{path}")).await.problem(401);
        }
        assert_eq!(alice.get("/api/v1/instance/peers").await.ok(), json!(["globex.test", "sales.acme.test"]));
        assert_eq!(alice.get("/api/v1/peers/search?q=Glo").await.ok(), json!(["globex.test"]));
        app.get("/api/v1/peers/search?q=glo").await.problem(401);
        let blocked = alice.get("/api/v1/instance/domain_blocks").await.ok();
        assert_eq!((&blocked[0]["domain"], &blocked[0]["severity"]), (&json!("spam.test"), &json!("suspend")));
        assert!(!blocked.to_string().contains("why"), "notes are for administrators");
        let weeks = alice.get("/api/v1/instance/activity").await.ok();
        assert_eq!(weeks.as_array().unwrap().len(), 12);
        assert_eq!((&weeks[0]["statuses"], &weeks[0]["registrations"]), (&json!("1"), &json!("1")));
        assert_eq!(app.get("/health").await.ok(), json!({"status": "UP"}));
    }

    async fn attribution_domains_are_normalised_and_bounded(app: TestApp) {
        let alice = app.staff("alice").await;
        let path = "/api/v1/accounts/update_credentials";
        let wish = "attribution_domains[]=Blog.example&attribution_domains[]=https://news.example/by/alice&attribution_domains[]=blog.example&attribution_domains[]=";
        let shown = alice.form(Method::PATCH, path, wish).await.ok();
        assert_eq!(shown["source"]["attribution_domains"], json!(["blog.example", "news.example"]));
        assert_eq!(alice.get("/api/v1/profile").await.ok()["attribution_domains"], json!(["blog.example", "news.example"]));
        for odd in ["no%20domain", "localhost", "a.b%3Cscript%3E"] {
            alice.form(Method::PATCH, path, &format!("attribution_domains[]={odd}")).await.problem(422);
        }
        let many: Vec<String> = (0..101).map(|n| format!("attribution_domains[]=s{n}.example")).collect();
        alice.form(Method::PATCH, path, &many.join("&")).await.problem(422);
        alice.form(Method::PATCH, path, "note=else").await.ok();
        let kept = alice.get("/api/v1/accounts/verify_credentials").await.ok();
        assert_eq!(kept["source"]["attribution_domains"].as_array().unwrap().len(), 2);
        let cleared = alice.form(Method::PATCH, path, "attribution_domains[]=").await.ok();
        assert_eq!(cleared["source"]["attribution_domains"], json!([]));
    }

    async fn a_profile_is_shown_as_it_is_edited(app: TestApp) {
        let alice = app.staff("alice").await;
        let wish = json!({"note": "I *build* things", "fields_attributes": [{"name": "Web", "value": "https://a.example"}]});
        let changed = alice.call(Method::PATCH, "/api/v1/profile", Some(wish)).await.ok();
        assert_eq!((&changed["note"], &changed["avatar"]), (&json!("I *build* things"), &Value::Null));
        assert_eq!(changed["fields"][0]["value"], "https://a.example");
        assert_eq!(alice.get("/api/v1/profile").await.ok(), changed);
        app.get("/api/v1/profile").await.problem(401);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operators_words_are_shown() {
    let document = |text: &str| {
        let changed_at = Timestamp::parse("2026-10-01T12:00:00Z").unwrap();
        Some(Document { path: "about.md".into(), text: text.into(), changed_at })
    };
    let app = TestApp::with(Database::Sqlite, |settings| {
        settings.about = About {
            rules: vec!["Be kind".into(), "Name no customers".into()],
            description: document("# We\n\n<script>x</script>build"),
            privacy_policy: document("Nothing is sold."),
            terms_of_service: None,
            contact_account: Some("alice".into()),
        };
    });
    let app = app.await;
    let instance = app.get("/api/v2/instance").await.ok();
    assert_eq!(instance["contact"]["account"], Value::Null, "she is not here yet");
    assert_eq!(
        instance["rules"][1],
        json!({"id": "2", "text": "Name no customers", "hint": "", "translations": {}})
    );
    assert_eq!(app.get("/api/v1/instance/rules").await.ok(), instance["rules"]);
    let urls = &instance["configuration"]["urls"];
    assert_eq!(urls["privacy_policy"], "https://engineering.acme.test/privacy-policy");
    assert_eq!(urls["terms_of_service"], Value::Null);
    app.staff("alice").await;
    assert_eq!(app.get("/api/v1/instance").await.ok()["contact_account"]["username"], "alice");
    let about = app.get("/api/v1/instance/extended_description").await.ok();
    assert_eq!(about, json!({"updated_at": "2026-10-01T12:00:00.000Z", "content": "<h1>We</h1>build"}));
    let policy = app.get("/api/v1/instance/privacy_policy").await.ok();
    assert_eq!(policy["content"], "<p>Nothing is sold.</p>");
    app.get("/api/v1/instance/terms_of_service").await.problem(404);
    let page = app.get("/about").await;
    assert!(
        page.body.contains("<li>Be kind</li>") && page.body.contains("<h1>We</h1>build"),
        "{}",
        page.body
    );
    assert!(page.body.contains("href=\"/privacy-policy\"") && page.body.contains("ALICE"), "{}", page.body);
    assert!(app.get("/privacy-policy").await.body.contains("Nothing is sold."));
    assert_eq!(app.get("/terms-of-service").await.status, 404);
}
