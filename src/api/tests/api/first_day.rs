//! The first-day guide and follow suggestions.

use axum::http::Method;
use portico_domain::model::account::RemoteActor;
use portico_domain::model::peer::Tier;
use portico_domain::model::profile::Attributes;
use portico_service::people::accounts;
use serde_json::{Value, json};

use portico_testing::elsewhere::{document, set_tier};
use portico_testing::{TestUser, both_databases};

const API: &str = "/api/portico/v1/first_day";

async fn set_profile(who: &TestUser, profile: Value) {
    who.call(Method::PUT, "/api/portico/v1/profile", Some(profile)).await.ok();
}

fn names(people: &Value) -> Vec<&str> {
    people.as_array().unwrap().iter().map(|one| one["acct"].as_str().unwrap()).collect()
}

both_databases! {
    async fn the_first_day_fills_the_home_timeline(app: TestApp) {
        let boss = app.staff("boss").await;
        let (bob, carol, dave) = (app.staff("bob").await, app.staff("carol").await, app.staff("dave").await);
        for (who, department) in [(&boss, "Board"), (&bob, "Turbines"), (&carol, "Turbines"), (&dave, "Sales")] {
            set_profile(who, json!({"department": department, "division": "Engineering"})).await;
        }
        set_tier(&app, "sales.acme.test", Tier::Company).await;
        let attributes = Attributes { department: "Turbines".into(), division: "Engineering".into(), ..Attributes::default() };
        accounts::receive(&app.instance, RemoteActor { attributes, ..document("erin", "sales.acme.test") }).await.unwrap();
        boss.posts("Welcome #onboarding").await;
        bob.posts("Hot gas").await;
        dave.posts("Sold one").await;

        let alice = app.staff("alice").await;
        let day = alice.get(API).await.ok();
        assert_eq!((&day["done"], &day["manager"]), (&json!(false), &Value::Null));
        assert_eq!(day["missing"], json!(["job_title", "department", "division", "manager", "skills"]));
        assert_eq!(day["department"]["people"], json!([]));
        set_profile(&alice, json!({"department": "Turbines", "division": "Engineering", "manager": "boss", "job_title": "New", "skills": ["Rust"]})).await;
        let day = alice.get(API).await.ok();
        assert_eq!((&day["missing"], &day["manager"]["acct"]), (&json!([]), &json!("boss")));
        let mut near = names(&day["department"]["people"]);
        near.sort_unstable();
        assert_eq!(near, ["bob", "carol", "erin@sales.acme.test"]);
        assert_eq!(names(&day["division"]["people"]).len(), 5);
        assert_eq!(day["topics"][0]["name"], "onboarding");

        let day = alice.post(&format!("{API}/follow"), json!({"manager": true, "department": true})).await.ok();
        assert_eq!(day["department"]["people"], json!([]), "all are followed");
        assert_eq!(names(&day["division"]["people"]), ["dave"]);
        let home = alice.get("/api/v1/timelines/home").await.ok();
        let authors: Vec<&str> = home.as_array().unwrap().iter().map(|post| post["account"]["acct"].as_str().unwrap()).collect();
        assert_eq!(authors, ["bob", "boss"]);
        alice.post(&format!("{API}/follow"), json!({"division": true})).await.ok();
        assert_eq!(alice.get("/api/v1/timelines/home").await.ok().as_array().unwrap().len(), 3);
        let day = alice.post(&format!("{API}/topics"), json!({"tags": ["#onboarding"]})).await.ok();
        assert_eq!(day["topics"][0]["following"], true);
        alice.post(&format!("{API}/topics"), json!({"tags": ["not a tag"]})).await.problem(422);
        assert_eq!(alice.post(&format!("{API}/done"), json!({})).await.ok()["done"], true);
        assert_eq!(bob.get(API).await.ok()["done"], false);
    }

    async fn suggestions_come_from_the_org_chart_and_interests(app: TestApp) {
        let alice = app.staff("alice").await;
        let mut people = Vec::new();
        for name in ["boss", "report", "fellow", "expert", "player", "tagger", "friendly", "anybody", "muted"] {
            people.push(app.staff(name).await);
        }
        let [boss, report, fellow, expert, player, tagger, friendly, anybody, muted] = people.as_slice() else { panic!() };
        set_profile(&alice, json!({"department": "Turbines", "division": "Engineering", "manager": "boss", "skills": ["Rust"], "interests": ["Chess"]})).await;
        set_profile(report, json!({"manager": "alice"})).await;
        set_profile(fellow, json!({"department": "turbines", "division": "Engineering"})).await;
        set_profile(expert, json!({"skills": ["rust"]})).await;
        set_profile(player, json!({"interests": ["Chess"]})).await;
        set_profile(muted, json!({"skills": ["Rust"]})).await;
        alice.submit("/api/v1/tags/gears/follow", "").await.ok();
        tagger.posts("All about #gears").await;
        let known = app.staff("known").await;
        alice.submit(&format!("/api/v1/accounts/{}/follow", known.id()), "").await.ok();
        known.submit(&format!("/api/v1/accounts/{}/follow", friendly.id()), "").await.ok();
        alice.form(Method::DELETE, &format!("/api/v1/suggestions/{}", muted.id()), "").await.ok();
        let found = alice.get("/api/v2/suggestions").await.ok();
        let reason = |who: &TestUser| {
            let one = found.as_array().unwrap().iter().find(|one| one["account"]["acct"] == who.account.username.as_str());
            one.map(|one| one["reasons"][0].as_str().unwrap().to_owned())
        };
        for (who, why) in [
            (boss, "manager"), (report, "report"), (fellow, "department"), (expert, "skill"), (player, "interest"),
            (tagger, "tag"), (friendly, "friends"), (anybody, "colleague"),
        ] {
            assert_eq!(reason(who).as_deref(), Some(why), "{}: {found}", who.account.username);
        }
        assert_eq!((reason(muted), reason(&known), reason(&alice)), (None, None, None));
        assert_eq!(found[0]["account"]["acct"], "boss");
        let few = alice.get("/api/v2/suggestions?limit=2").await.ok();
        assert_eq!(few.as_array().unwrap().len(), 2);
        assert_eq!(alice.get("/api/v1/suggestions?limit=1").await.ok()[0]["acct"], "boss");
    }
}
