//! Reports, and their handling by moderators.

use axum::http::Method;
use portico_domain::model::Reach;
use portico_domain::model::user::Role;
use serde_json::{Value, json};

use portico_testing::{TestUser, both_databases};

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect()
}

async fn reported(by: &TestUser, target: &TestUser, body: Value) -> Value {
    let mut complaint = json!({ "account_id": target.id() });
    complaint.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    by.post("/api/v1/reports", complaint).await.ok()
}

both_databases! {
    async fn a_report_reaches_those_who_moderate(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let (mona, ada) = (app.staff_as("mona", Role::Moderator).await, app.staff_as("ada", Role::Admin).await);
        let post = bob.posts("buy my turbines").await;
        let said = json!({"status_ids": [post["id"]], "comment": " spam ", "category": "spam"});
        let report = reported(&alice, &bob, said).await;
        assert_eq!(report["target_account"]["id"], bob.id());
        assert_eq!(report["status_ids"], json!([post["id"]]));
        assert_eq!((&report["comment"], &report["category"]), (&json!("spam"), &json!("spam")));
        assert_eq!((&report["action_taken"], &report["forwarded"]), (&json!(false), &json!(false)));
        for reader in [&mona, &ada] {
            let notifications = reader.get("/api/v1/notifications").await.ok();
            assert_eq!((&notifications[0]["type"], &notifications[0]["report"]), (&json!("admin.report"), &report));
            assert_eq!(notifications[0]["account"]["id"], alice.id());
            let groups = reader.get("/api/v2/notifications").await.ok();
            assert_eq!(groups["notification_groups"][0]["report"]["id"], report["id"]);
        }
        assert_eq!(bob.get("/api/v1/notifications").await.ok(), json!([]));
        let listed = mona.get("/api/v1/admin/reports").await.ok();
        assert_eq!(ids(&listed), [report["id"].as_str().unwrap()]);
        assert_eq!(listed[0]["account"]["account"]["acct"], "alice");
        assert_eq!(listed[0]["statuses"][0]["id"], post["id"]);
    }

    async fn only_what_the_reporter_may_see_of_the_reported_counts(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        let hidden = bob.says("@carol a secret", Reach::Direct).await.status.id.to_string();
        let others = carol.posts("hello").await;
        let shown = bob.says("@alice a threat", Reach::Direct).await.status.id.to_string();
        let named = json!([hidden, others["id"], shown, shown, "123"]);
        let report = reported(&alice, &bob, json!({ "status_ids": named })).await;
        assert_eq!(report["status_ids"], json!([shown]));
        // Moderators see the reported posts, whatever their reach.
        let ada = app.staff_as("ada", Role::Admin).await;
        let path = format!("/api/v1/admin/reports/{}", report["id"].as_str().unwrap());
        assert_eq!(ids(&ada.get(&path).await.ok()["statuses"]), [shown.as_str()]);
        ada.get(&format!("/api/v1/statuses/{shown}")).await.problem(404);
    }

    async fn bad_reports_are_refused(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let post = async |body: Value| alice.post("/api/v1/reports", body).await;
        post(json!({})).await.problem(400);
        post(json!({"account_id": "1"})).await.problem(404);
        post(json!({"account_id": alice.id()})).await.problem(403);
        post(json!({"account_id": bob.id(), "category": "boredom"})).await.problem(422);
        post(json!({"account_id": bob.id(), "comment": "x".repeat(1001)})).await.problem(422);
        post(json!({"account_id": bob.id(), "rule_ids": vec!["1"; 21]})).await.problem(422);
        for unknown in ["4", "0", "x"] {
            post(json!({"account_id": bob.id(), "rule_ids": [unknown]})).await.problem(422);
        }
        let ruled = post(json!({"account_id": bob.id(), "rule_ids": ["2", "1", "2"]})).await.ok();
        assert_eq!((&ruled["rule_ids"], &ruled["category"]), (&json!(["2", "1"]), &json!("violation")));
        let reader = alice.token_for("read").await;
        TestUser { token: reader, ..alice.clone() }
            .post("/api/v1/reports", json!({"account_id": bob.id()})).await.problem(403);
    }

    async fn too_many_reports_are_refused(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        for _ in 0..30 {
            reported(&alice, &bob, json!({})).await;
        }
        alice.post("/api/v1/reports", json!({"account_id": bob.id()})).await.problem(429);
    }

    async fn a_report_is_taken_on_settled_and_opened_again(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let mona = app.staff_as("mona", Role::Moderator).await;
        let report = reported(&alice, &bob, json!({})).await;
        let path = format!("/api/v1/admin/reports/{}", report["id"].as_str().unwrap());
        let act = async |what: &str| mona.submit(&format!("{path}/{what}"), "").await.ok();
        assert_eq!(act("assign_to_self").await["assigned_account"]["id"], mona.id());
        assert_eq!(act("unassign").await["assigned_account"], json!(null));
        app.advance(60);
        let settled = act("resolve").await;
        assert_eq!(settled["action_taken_at"], "2026-11-02T09:01:00.000Z");
        assert_eq!(settled["action_taken_by_account"]["id"], mona.id());
        assert_eq!(act("resolve").await["action_taken_at"], settled["action_taken_at"]);
        assert_eq!(mona.get("/api/v1/admin/reports").await.ok(), json!([]));
        assert_eq!(mona.get("/api/v1/admin/reports?resolved=true").await.ok().as_array().unwrap().len(), 1);
        assert_eq!(act("reopen").await["action_taken"], false);
        let change = json!({"category": "legal", "rule_ids": ["3"]});
        let changed = mona.call(Method::PUT, &path, Some(change)).await.ok();
        assert_eq!((&changed["category"], &changed["rules"][0]["id"]), (&json!("legal"), &json!("3")));
        assert_eq!(changed["rules"][0]["text"], "Ask before you quote");
        mona.call(Method::PUT, &path, Some(json!({"category": "x"}))).await.problem(422);
        mona.get("/api/v1/admin/reports/1").await.problem(404);
        mona.submit("/api/v1/admin/reports/1/resolve", "").await.problem(404);
    }

    async fn reports_are_listed_by_reporter_and_target(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        let ada = app.staff_as("ada", Role::Admin).await;
        let first = reported(&alice, &bob, json!({})).await;
        let second = reported(&carol, &bob, json!({})).await;
        let third = reported(&alice, &carol, json!({})).await;
        let list = async |query: &str| ada.get(&format!("/api/v1/admin/reports?{query}")).await;
        let text = |report: &Value| report["id"].as_str().unwrap().to_owned();
        assert_eq!(ids(&list("").await.ok()), [text(&third), text(&second), text(&first)]);
        assert_eq!(ids(&list(&format!("account_id={}", alice.id())).await.ok()), [text(&third), text(&first)]);
        let of_bob = format!("target_account_id={}&limit=1", bob.id());
        let page = list(&of_bob).await;
        assert_eq!(ids(&page.ok()), [text(&second)]);
        assert_eq!(ids(&ada.get(&page.link("next").unwrap()).await.ok()), [text(&first)]);
    }

    async fn only_moderators_with_the_scope_read_reports(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let report = reported(&alice, &bob, json!({})).await;
        let path = format!("/api/v1/admin/reports/{}", report["id"].as_str().unwrap());
        let token = alice.token_for("read write admin:read admin:write").await;
        let member = TestUser { token, ..alice.clone() };
        for path in ["/api/v1/admin/reports", "/api/v1/admin/accounts", "/api/v2/admin/accounts", &path] {
            assert_eq!(member.get(path).await.problem(403), "This action is not allowed", "{path}");
            app.get(path).await.problem(401);
        }
        member.submit(&format!("{path}/resolve"), "").await.problem(403);
        // A moderator's token needs the scope as well.
        let mona = app.staff_as("mona", Role::Moderator).await;
        let plain = TestUser { token: mona.token_for("read write").await, ..mona };
        let error = plain.get("/api/v1/admin/reports").await.problem(403);
        assert_eq!(error, "This action is outside the authorized scopes");
    }
}
