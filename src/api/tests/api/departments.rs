//! Mentions of departments and divisions.

use axum::http::Method;
use portico_domain::model::Reach;
use portico_domain::model::moderation::Action;
use serde_json::{Value, json};

use portico_testing::{TestUser, both_databases};

async fn works(who: &TestUser, department: &str, division: &str) {
    let profile = json!({"department": department, "division": division});
    who.call(Method::PUT, "/api/portico/v1/profile", Some(profile)).await.ok();
}

/// The number of mention notifications of a user.
async fn called(who: &TestUser) -> usize {
    who.get("/api/v1/notifications?types[]=mention").await.ok().as_array().unwrap().len()
}

async fn says(who: &TestUser, text: &str, reach: Reach) -> Value {
    who.post("/api/v1/statuses", json!({"status": text, "reach": reach})).await.ok()
}

both_databases! {
    async fn a_department_mention_notifies_only_the_department(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let (carol, dave, erin) = (app.staff("carol").await, app.staff("dave").await, app.staff("erin").await);
        works(&alice, "Sales", "Acme").await;
        works(&bob, "Sales", "Acme").await;
        works(&carol, "sales", "Acme").await;
        works(&dave, "Hot Gas", "Turbines").await;
        works(&erin, "Sales", "Acme").await;
        app.act(erin.account.id, Action::Disable).await.unwrap();
        let asked = alice.post("/api/portico/v1/audience", json!({"status": "@sales hello", "reach": "company"})).await.ok();
        assert_eq!(asked["departments"], json!([{"name": "Sales", "people": 2}]));
        assert_eq!(called(&bob).await, 0, "to ask is not to call");
        let post = says(&alice, "@sales and @sales again, @bob too", Reach::Company).await;
        let content = post["content"].as_str().unwrap();
        assert!(content.contains("<a href=\"https://engineering.acme.test/people?department=Sales\""), "{content}");
        assert!(content.contains("u-url mention\">@<span>bob</span>"), "{content}");
        assert_eq!(post["mentions"].as_array().unwrap().len(), 1, "a reply mentions only the author and bob");
        assert_eq!((called(&bob).await, called(&carol).await, called(&dave).await, called(&alice).await), (1, 1, 0, 0));
        // By spelling, in Markdown, and a division.
        let wish = json!({"status": "**Hi** @hot_gas, not `@sales`", "content_type": "text/markdown", "reach": "instance"});
        let post = bob.post("/api/v1/statuses", wish).await.ok();
        assert!(post["content"].as_str().unwrap().contains("department=Hot%20Gas"), "{post}");
        assert_eq!((called(&dave).await, called(&carol).await), (1, 1));
        says(&bob, "@turbines all of you", Reach::Instance).await;
        assert_eq!(called(&dave).await, 2);
        // An account takes precedence over a department of the same name.
        let sales = app.staff("sales").await;
        says(&alice, "@sales is a person now", Reach::Company).await;
        assert_eq!((called(&sales).await, called(&carol).await), (1, 1));
    }

    async fn a_call_never_widens_a_reach(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        works(&bob, "Sales", "").await;
        for reach in [Reach::Direct, Reach::Followers] {
            let post = says(&alice, "@sales psst", reach).await;
            bob.get(&format!("/api/v1/statuses/{}", post["id"].as_str().unwrap())).await.problem(404);
        }
        assert_eq!(called(&bob).await, 0);
        // An edit does not notify a department either.
        let post = says(&alice, "quiet", Reach::Company).await;
        let edit = json!({"status": "@sales loud"});
        alice.call(Method::PUT, &format!("/api/v1/statuses/{}", post["id"].as_str().unwrap()), Some(edit)).await.ok();
        assert_eq!(called(&bob).await, 0);
        // Users who block or mute the author are not notified.
        bob.submit(&format!("/api/v1/accounts/{}/mute", alice.id()), "").await.ok();
        says(&alice, "@sales hello", Reach::Company).await;
        assert_eq!(called(&bob).await, 0);
    }

    async fn calls_are_counted(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        works(&bob, "Sales", "").await;
        for number in 0..5 {
            says(&alice, &format!("@sales {number}"), Reach::Company).await;
        }
        let wish = json!({"status": "@sales again", "reach": "company"});
        let error = alice.post("/api/v1/statuses", wish.clone()).await.problem(422);
        assert!(error.contains("5 departments a day"), "{error}");
        alice.post("/api/portico/v1/audience", wish).await.problem(422);
        assert_eq!(called(&bob).await, 5);
        app.advance(24 * 3600 + 1);
        says(&alice, "@sales tomorrow", Reach::Company).await;
        assert_eq!(called(&bob).await, 6);
    }
}
