//! Tests of the people pages: search, org chart, and editing one's own profile.

use axum::http::Method;
use serde_json::json;

use super::{Browser, location};
use portico_testing::{TestUser, both_databases};

async fn set_profile(who: &TestUser, profile: serde_json::Value) {
    who.call(Method::PUT, "/api/portico/v1/profile", Some(profile)).await.ok();
}

both_databases! {
    async fn people_are_browsed_found_and_asked(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        set_profile(&bob, json!({"job_title": "Turbine <b>engineer", "department": "Hot gas", "division": "R&D",
            "skills": ["Kubernetes"], "manager": "alice", "contacts": [{"name": "Room", "value": "12"}]})).await;
        let browser = Browser::signed_in(&alice).await;
        let all = browser.get("/people").await.body;
        assert!(all.contains("@bob@") && all.contains("Turbine &#60;b&#62;engineer"), "{all}");
        assert!(all.contains("/people?division=R%26D&amp;department=Hot+gas") || all.contains("/people?division=R%26D&#38;department=Hot+gas"), "{all}");
        let found = browser.get("/people?q=turbin&division=R%26D").await.body;
        assert!(found.contains("@bob@") && !found.contains(">@alice@"), "{found}");
        assert!(browser.get("/people?q=nobodyatall").await.body.contains("No people found"));
        let knows = browser.get("/people/who-knows?q=kuberntes").await.body;
        assert!(knows.contains("@bob@") && knows.contains("Kubernetes"), "{knows}");
        let chart = browser.get(&format!("/people/chart/{}", bob.account.id)).await.body;
        assert!(chart.contains("@alice@") && chart.contains("No direct reports"), "{chart}");
        let page = browser.get("/@bob").await.body;
        for part in ["Turbine", "Hot gas", "Room: 12", "Org chart"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert_eq!(browser.get("/people/chart/1").await.status, 404);
    }

    async fn people_edit_their_profile_in_a_form(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let page = browser.get("/people/me").await;
        let typed = [("job_title", "Head"), ("skills", "Rust, Hot gas"), ("contacts", "Phone: 1"), ("reach_contacts", "instance"), ("away_until", "2026-12-24")];
        let saved = browser.send_form(&page, "/people/me", &typed).await;
        assert_eq!((saved.status.as_u16(), location(&saved)), (303, "/people/me?saved=1"));
        let own = alice.get("/api/portico/v1/profile").await.ok();
        assert_eq!((&own["profile"]["job_title"], &own["profile"]["skills"]), (&json!("Head"), &json!(["Rust", "Hot gas"])));
        assert_eq!(own["profile"]["contacts"], json!([{"name": "Phone", "value": "1"}]));
        assert_eq!((&own["reaches"]["contacts"], &own["reaches"]["skills"]), (&json!("instance"), &json!("company")));
        let page = browser.get("/people/me?saved=1").await;
        assert!(page.body.contains("Saved.") && page.body.contains("2026-12-24"), "{}", page.body);
        let wrong = browser.send_form(&page, "/people/me", &[("job_title", "Kept"), ("time_zone", "nowhere else")]).await;
        assert!(wrong.status == 422 && wrong.body.contains("Kept") && wrong.body.contains("Time zone is not"), "{}", wrong.body);
    }

    async fn strangers_are_sent_to_sign_in(app: TestApp) {
        let alice = app.staff("alice").await;
        let stranger = Browser::new(&app);
        for path in ["/people", "/people/who-knows?q=x", "/people/me", &format!("/people/chart/{}", alice.account.id)] {
            assert_eq!(stranger.get(path).await.status, 303, "{path}");
        }
    }
}
