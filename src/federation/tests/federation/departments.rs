//! Mentions of departments: accepted from the company's instances only.

use axum::http::Method;
use portico_domain::model::Reach;
use portico_domain::model::peer::Tier;
use serde_json::{Value, json};

use portico_testing::TestUser;
use portico_testing::peer::{PUBLIC, Peer, Workers, federated, sent_off, worked_off};

async fn works(who: &TestUser, department: &str) {
    who.call(Method::PUT, "/api/portico/v1/profile", Some(json!({"department": department}))).await.ok();
}

async fn called(who: &TestUser) -> usize {
    who.get("/api/v1/notifications?types[]=mention").await.ok().as_array().unwrap().len()
}

/// A note by ben that mentions sales.
fn calls(peer: &Peer, id: &str) -> Value {
    let mut note = peer.note("ben", id, "<p>@sales hello</p>", &[PUBLIC], &[peer.followers("ben").as_str()]);
    note["tag"] = json!([{ "type": "http://schema.org#Organization", "name": "@sales" }]);
    note
}

federated! {
    async fn a_department_is_called_within_the_company_alone(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        works(&alice, "Sales").await;
        works(&bob, "Purchase").await;
        let (sister, partner) = (Peer::start("sister").await, Peer::start("partner").await);
        sister.is(&app, Tier::Company).await;
        partner.is(&app, Tier::Partner).await;
        let _workers = Workers::start(&app);
        partner.post(&app, "ben", &partner.create("ben", &calls(&partner, "1"))).await;
        worked_off(&app).await;
        assert_eq!(called(&alice).await, 0, "a partner calls nobody");
        let create = sister.create("ben", &calls(&sister, "1"));
        sister.post(&app, "ben", &create).await;
        sister.post(&app, "ben", &create).await;
        worked_off(&app).await;
        assert_eq!((called(&alice).await, called(&bob).await), (1, 0));
        // The number of notifications is limited.
        for number in 2..20 {
            sister.post(&app, "ben", &sister.create("ben", &calls(&sister, &number.to_string()))).await;
        }
        worked_off(&app).await;
        assert_eq!(called(&alice).await, 10);
    }

    async fn a_call_goes_out_with_the_post(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        works(&bob, "Sales").await;
        let sister = Peer::start("sister").await;
        sister.is(&app, Tier::Company).await;
        let _workers = Workers::start(&app);
        sister.follows(&app, "ben", &alice.account).await;
        alice.says("@sales hello", Reach::Company).await;
        sent_off(&app).await;
        let create = sister.received_of("Create").pop().expect("the post is sent");
        let tag = json!({ "type": "http://schema.org#Organization", "name": "@sales" });
        assert!(create["object"]["tag"].as_array().unwrap().contains(&tag), "{create}");
        assert!(create["object"]["content"].as_str().unwrap().contains("department=Sales"), "{create}");
        assert!(!create.to_string().contains("/users/bob"), "who is called is nobody's business elsewhere: {create}");
    }
}
