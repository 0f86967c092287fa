//! The reaches that users may choose, by role.

use axum::http::Method;
use portico_domain::model::Reach;
use portico_domain::model::peer::Tier;
use portico_domain::model::reach::Ceilings;
use portico_domain::model::user::Role;
use serde_json::{Value, json};

use portico_testing::{Database, TestApp, TestUser};

fn app(body: impl AsyncFnOnce(TestApp)) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let app = TestApp::with(Database::Sqlite, |settings| {
            settings.default_reach = Reach::Partners;
            settings.ceilings =
                Ceilings { member: Reach::Company, moderator: Reach::Partners, admin: Reach::Public };
        })
        .await;
        let set: Result<(), portico_store::Error> =
            app.instance.store.write(|tx| tx.set_tier("globex.test", Tier::Partner, "")).await;
        set.unwrap();
        body(app).await;
    });
}

async fn offered(who: &TestUser, query: &str) -> Vec<(String, Option<String>, bool)> {
    let answer = who.get(&format!("/api/portico/v1/reaches{query}")).await.ok();
    let of = |choice: &Value| {
        let partner = choice["partner"].as_str().map(str::to_owned);
        (choice["reach"].as_str().unwrap().to_owned(), partner, choice["usual"] == true)
    };
    answer["reaches"].as_array().unwrap().iter().map(of).collect()
}

fn words(offered: &[(String, Option<String>, bool)]) -> Vec<&str> {
    offered.iter().map(|(reach, partner, _)| partner.as_deref().unwrap_or(reach)).collect()
}

#[test]
fn each_role_has_its_ceiling() {
    app(async |app| {
        let alice = app.staff("alice").await;
        let mona = app.staff_as("mona", Role::Moderator).await;
        let ada = app.staff_as("ada", Role::Admin).await;
        let members = offered(&alice, "").await;
        assert_eq!(words(&members), ["direct", "followers", "instance", "company"]);
        let usual: Vec<&str> =
            members.iter().filter(|(_, _, usual)| *usual).map(|(reach, _, _)| reach.as_str()).collect();
        assert_eq!(usual, ["company"], "lowered");
        let moderators = ["direct", "followers", "instance", "company", "globex.test", "partners"];
        assert_eq!(words(&offered(&mona, "").await), moderators);
        assert_eq!(offered(&ada, "").await.last().unwrap().0, "public");

        for (who, asked, outcome) in [
            (&alice, json!({ "reach": "partners" }), Err("at most company")),
            (&alice, json!({ "reach": "partners", "partner": "globex.test" }), Err("at most company")),
            (&alice, json!({ "reach": "company" }), Ok("company")),
            (&alice, json!({ "reach": "followers" }), Ok("followers")),
            (&alice, json!({ "visibility": "public" }), Ok("company")),
            (&alice, json!({}), Ok("company")),
            (&mona, json!({ "reach": "public" }), Err("at most partners")),
            (&mona, json!({ "visibility": "unlisted" }), Ok("partners")),
            (&ada, json!({ "reach": "public" }), Ok("public")),
        ] {
            let mut wish = asked.clone();
            wish["status"] = json!("hello");
            let reply = who.post("/api/v1/statuses", wish).await;
            match outcome {
                Ok(reach) => assert_eq!(reply.ok()["reach"], reach, "{asked}"),
                Err(why) => assert!(reply.problem(422).contains(why), "{asked}"),
            }
        }
    });
}

#[test]
fn an_answer_is_offered_what_it_may_be() {
    app(async |app| {
        let ada = app.staff_as("ada", Role::Admin).await;
        let wish = json!({ "status": "hello", "reach": "partners", "partner": "globex.test" });
        let status = ada.post("/api/v1/statuses", wish).await.ok();
        let id = status["id"].as_str().unwrap();
        let answers = offered(&ada, &format!("?in_reply_to_id={id}")).await;
        assert_eq!(words(&answers), ["direct", "instance", "company", "globex.test"]);
        let here = ada.post("/api/v1/statuses", json!({ "status": "hello", "reach": "instance" })).await.ok();
        let id = here["id"].as_str().unwrap();
        assert_eq!(words(&offered(&ada, &format!("?quoted_status_id={id}")).await), ["direct", "instance"]);
        let answer = json!({ "status": "far", "in_reply_to_id": id, "visibility": "public" });
        assert_eq!(ada.call(Method::POST, "/api/v1/statuses", Some(answer)).await.ok()["reach"], "instance");
    });
}
