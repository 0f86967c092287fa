//! Asking the network: a question reaches exactly the people with matching skills who agreed to be asked, and
//! each at most a few times a day, whichever instance counts.

use axum::http::Method;
use portico_domain::model::peer::Tier;
use serde_json::{Value, json};

use portico_testing::TestUser;
use portico_testing::peer::{
    Peer, Workers, eventually, federated, on_sqlite, sisters, status_of, worked_off,
};

async fn set_profile(who: &TestUser, profile: Value) {
    who.call(Method::PUT, "/api/portico/v1/profile", Some(profile)).await.ok();
}

async fn found(who: &TestUser, about: &str) -> Vec<String> {
    let path = "/api/portico/v1/questions/preview";
    let found = who.post(path, json!({ "about": about })).await.ok();
    let handle = |asked: &Value| asked["account"]["acct"].as_str().unwrap().to_owned();
    let mut handles: Vec<String> = found.as_array().unwrap().iter().map(handle).collect();
    handles.sort();
    handles
}

async fn asks(who: &TestUser, text: &str) -> portico_testing::Reply {
    who.post("/api/portico/v1/questions", json!({ "about": "turbines", "status": text })).await
}

async fn mentions(who: &TestUser) -> usize {
    who.get("/api/v1/notifications?types[]=mention").await.ok().as_array().unwrap().len()
}

federated! {
    async fn a_question_reaches_only_the_matching_experts(app: TestApp) {
        let mut people = Vec::new();
        for name in ["alice", "bob", "carol", "dora", "emil"] {
            people.push(app.staff(name).await);
        }
        let [alice, bob, carol, dora, emil] = people.try_into().ok().unwrap();
        set_profile(&alice, json!({ "skills": ["Turbines"] })).await;
        set_profile(&bob, json!({ "skills": ["Gas turbines", "Chess"] })).await;
        set_profile(&carol, json!({ "skills": ["Turbines"], "may_be_asked_by": "nobody" })).await;
        set_profile(&dora, json!({ "skills": ["Welding"] })).await;
        set_profile(&emil, json!({ "skills": ["Turbines"], "out_of_office": { "note": "at sea" } })).await;
        assert_eq!(found(&alice, "turbines").await, ["bob"]);
        assert_eq!(found(&dora, "turbines").await, ["alice", "bob"]);
        for bad in [json!({}), json!({ "about": "turbines" }), json!({ "about": "turbines", "status": "@carol, you?" }), json!({ "about": "knitting", "status": "Who?" })] {
            assert_eq!(alice.post("/api/portico/v1/questions", bad.clone()).await.status, 422, "{bad}");
        }
        let asked = asks(&alice, "Why does it hum?").await.ok();
        assert_eq!(asked["asked"][0]["skills"], json!(["Gas turbines"]));
        let status = &asked["status"];
        assert_eq!((&status["reach"], status["mentions"].as_array().unwrap().len()), (&json!("direct"), 1));
        assert_eq!(mentions(&bob).await + mentions(&carol).await + mentions(&dora).await, 1);
        let id = status["id"].as_str().unwrap();
        let answer = json!({ "status": "@alice resonance", "in_reply_to_id": id, "visibility": "direct" });
        bob.post("/api/v1/statuses", answer).await.ok();
        let thread = alice.get(&format!("/api/v1/statuses/{id}/context")).await.ok();
        assert_eq!(thread["descendants"].as_array().unwrap().len(), 1);
        assert_eq!(carol.get(&format!("/api/v1/statuses/{id}")).await.status, 404);
    }

    async fn nobody_is_asked_or_asks_too_often(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        set_profile(&bob, json!({ "skills": ["Turbines"] })).await;
        for round in 0..3 {
            asks(&alice, &format!("Question {round}?")).await.ok();
        }
        assert!(asks(&alice, "One more?").await.problem(422).contains("3 questions a day"));
        assert_eq!(found(&carol, "turbines").await, Vec::<String>::new(), "bob was asked enough today");
        assert_eq!(asks(&carol, "Me, too?").await.status, 422);
        app.advance(25 * 3600);
        assert_eq!(found(&carol, "turbines").await, ["bob"]);
        asks(&carol, "Now?").await.ok();
    }
}

#[test]
fn consent_goes_to_those_it_is_for() {
    on_sqlite(async |app| {
        let bob = app.staff("bob").await;
        let (sister, partner) = (Peer::start("sister").await, Peer::start("partner").await);
        sister.is(&app, Tier::Company).await;
        partner.is(&app, Tier::Partner).await;
        let consent =
            async |peer: &Peer| peer.get(&app, "ann", "/users/bob").await.ok()["mayBeAsked"].clone();
        assert_eq!(consent(&sister).await, Value::Null, "there is nothing to be found by");
        for (askers, for_sister, for_partner) in [
            ("company", json!(true), Value::Null),
            ("partners", json!(true), Value::Null),
            ("nobody", Value::Null, Value::Null),
            ("instance", Value::Null, Value::Null),
        ] {
            set_profile(&bob, json!({ "skills": ["Turbines"], "may_be_asked_by": askers })).await;
            assert_eq!(
                (consent(&sister).await, consent(&partner).await),
                (for_sister, for_partner),
                "{askers}"
            );
        }
        let wrong = bob
            .call(Method::PUT, "/api/portico/v1/profile", Some(json!({ "may_be_asked_by": "everybody" })))
            .await;
        assert_eq!(wrong.status, 422);
    });
}

#[test]
fn the_other_end_counts_and_asks_for_consent_too() {
    on_sqlite(async |app| {
        let (bob, carol) = (app.staff("bob").await, app.staff("carol").await);
        set_profile(&bob, json!({ "skills": ["Turbines"], "may_be_asked_by": "partners" })).await;
        let _workers = Workers::start(&app);
        let partner = Peer::start("partner").await;
        partner.is(&app, Tier::Partner).await;
        for round in 0..5 {
            let mut note = partner.note(
                "ann",
                &format!("q{round}"),
                "Why?",
                &[&bob.account.uri, &carol.account.uri],
                &[],
            );
            note["tag"] = json!([
                { "type": "Mention", "href": bob.account.uri }, { "type": "Mention", "href": carol.account.uri },
                { "type": "Hashtag", "name": "#asked_by_skill" },
            ]);
            partner.post(&app, "ann", &partner.create("ann", &note)).await;
            worked_off(&app).await;
            let there = status_of(&app, note["id"].as_str().unwrap()).await;
            assert_eq!(there.is_some(), round < 3, "round {round}");
        }
        assert_eq!((mentions(&bob).await, mentions(&carol).await), (3, 0), "carol lets the company ask");
    });
}

#[test]
fn over_the_wire_a_sister_is_asked() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (engineering, sales) = sisters().await;
        let _workers = (Workers::start(&engineering), Workers::start(&sales));
        let (alice, sam) = (engineering.staff("alice").await, sales.staff("sam").await);
        set_profile(&sam, json!({ "skills": ["Turbines"] })).await;
        let handle = format!("sam@{}", sales.instance.urls.domain());
        alice.get(&format!("/api/v2/search?q={handle}&resolve=true&type=accounts")).await.ok();
        assert_eq!(found(&alice, "turbines").await, [handle]);
        let asked = asks(&alice, "Which one sells?").await.ok();
        let uri = asked["status"]["uri"].as_str().unwrap();
        eventually("it is there", || async { status_of(&sales, uri).await }).await;
        assert_eq!(mentions(&sam).await, 1);
    });
}
