//! The delivery preview and the delivery log: the preview equals what is sent, and the log reports the
//! results.

use std::collections::BTreeSet;

use axum::http::Method;
use portico_domain::model::peer::Tier;
use portico_domain::model::user::Role;
use serde_json::{Value, json};

use portico_testing::peer::{Peer, Workers, eventually, federated, sent_off};
use portico_testing::{TestApp, TestUser};

async fn foresees(alice: &TestUser, wish: &Value) -> Value {
    alice.post("/api/portico/v1/audience", wish.clone()).await.ok()
}

async fn log_of(alice: &TestUser, status: &Value) -> Vec<Value> {
    let id = status["id"].as_str().unwrap();
    alice.get(&format!("/api/portico/v1/statuses/{id}/deliveries")).await.ok().as_array().unwrap().clone()
}

fn hosts(list: &Value, key: &str) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|entry| entry[key].as_str().unwrap().to_owned()).collect()
}

/// Peers of each tier; on each, "ann" follows alice.
async fn peers(app: &TestApp, alice: &TestUser) -> Vec<Peer> {
    let mut peers = Vec::new();
    for (name, tier) in [("sister", Tier::Company), ("partner", Tier::Partner), ("stranger", Tier::Open)] {
        let peer = Peer::start(name).await;
        peer.is(app, Tier::Partner).await;
        peer.follows(app, "ann", &alice.account).await;
        peer.is(app, tier).await;
        peers.push(peer);
    }
    peers
}

federated! {
    async fn the_audience_preview_matches_the_deliveries(app: TestApp) {
        let alice = app.staff("alice").await;
        let bob = app.staff("bob").await;
        bob.post(&format!("/api/v1/accounts/{}/follow", alice.id()), json!({})).await.ok();
        let _workers = Workers::start(&app);
        let peers = peers(&app, &alice).await;
        let partner = &peers[1].domain;
        let mut different = BTreeSet::new();
        for reach in ["direct", "followers", "instance", "company", "partners", "public"] {
            for text in ["hello", "hello @bob", &format!("hello @ann@{partner}")] {
                let wish = json!({ "status": text, "reach": reach });
                let foreseen = foresees(&alice, &wish).await;
                assert_eq!(foreseen["reach"], reach);
                let status = alice.post("/api/v1/statuses", wish).await.ok();
                sent_off(&app).await;
                let log = json!(log_of(&alice, &status).await);
                assert_eq!(hosts(&foreseen["hosts"], "domain"), hosts(&log, "host"), "{reach} {text}");
                assert!(log.as_array().unwrap().iter().all(|entry| entry["state"] == "taken"), "{log}");
                // Every mentioned account either gets the post or is reported as left out.
                let named = text.contains("@ann") && !foreseen.to_string().contains("\"username\":\"ann\"");
                assert!(!named, "{reach} {text}: {foreseen}");
                different.insert(hosts(&log, "host"));
            }
        }
        assert!(different.len() >= 4, "the reaches differ: {different:?}");
        let people = |reach: &'static str| {
            let alice = &alice;
            async move { foresees(alice, &json!({ "status": "hi @bob", "reach": reach })).await["here"].clone() }
        };
        assert_eq!(people("company").await, json!({ "everyone": true, "people": 1 }));
        assert_eq!(people("followers").await, json!({ "everyone": false, "people": 1 }));
        assert_eq!(people("direct").await, json!({ "everyone": false, "people": 1 }));
    }

    async fn mentioned_accounts_that_get_nothing_are_reported(app: TestApp) {
        let alice = app.staff("alice").await;
        let _workers = Workers::start(&app);
        let peers = peers(&app, &alice).await;
        let text = format!("hello @ann@{}", peers[1].domain);
        let foreseen = foresees(&alice, &json!({ "status": text, "reach": "company" })).await;
        assert_eq!(hosts(&foreseen["left_out"], "acct"), [format!("ann@{}", peers[1].domain)].into());
        assert_eq!(foreseen["hosts"].as_array().unwrap().len(), 1, "the sister alone: {foreseen}");
        assert_eq!(foreseen["hosts"][0]["everyone"], true);
        // A reply goes no further than its parent, whatever reach is requested.
        let first = alice.post("/api/v1/statuses", json!({ "status": "inside", "reach": "instance" })).await.ok();
        let wish = json!({ "status": text, "reach": "public", "in_reply_to_id": first["id"] });
        let foreseen = foresees(&alice, &wish).await;
        assert_eq!((&foreseen["reach"], &foreseen["hosts"]), (&json!("instance"), &json!([])));
        assert_eq!(foreseen["left_out"].as_array().unwrap().len(), 1);
        // The preview posts nothing.
        let own = alice.get(&format!("/api/v1/accounts/{}/statuses", alice.id())).await.ok();
        assert_eq!(own.as_array().unwrap().len(), 1);
        assert_eq!(alice.post("/api/portico/v1/audience", json!({ "status": " " })).await.status, 422);
    }

    async fn withheld_hosts_are_logged_with_the_rule(app: TestApp) {
        let (alice, chief) = (app.staff("alice").await, app.staff_as("chief", Role::Admin).await);
        let _workers = Workers::start(&app);
        let peers = peers(&app, &alice).await;
        let kept = async |reach: &str| -> BTreeSet<(String, String)> {
            let status = alice.post("/api/v1/statuses", json!({ "status": "hi", "reach": reach })).await.ok();
            sent_off(&app).await;
            assert!(log_of(&alice, &status).await.iter().all(|entry| entry["state"] == "taken"));
            let id = status["id"].as_str().unwrap();
            let path = format!("/api/portico/v1/statuses/{id}/deliveries?withheld=true");
            let all = alice.get(&path).await.ok().as_array().unwrap().clone();
            let word = |value: &Value| value.as_str().unwrap().split('.').next().unwrap().to_owned();
            all.iter()
                .filter(|entry| entry["state"] == "withheld")
                .map(|entry| (word(&entry["host"]), word(&entry["rule"])))
                .collect()
        };
        let rules = |partner: &str| -> BTreeSet<(String, String)> {
            let expected = [("partner", partner), ("stranger", "host")];
            expected.map(|(host, rule)| (host.to_owned(), rule.to_owned())).into()
        };
        assert_eq!(kept("company").await, rules("reach"));
        assert_eq!(kept("instance").await, BTreeSet::new(), "it goes nowhere");
        let agreement = format!("/api/portico/v1/admin/agreements/{}", peers[1].domain);
        let terms = json!({ "gives": { "reaches": ["public"], "follows": "everybody" } });
        chief.call(Method::PUT, &agreement, Some(terms)).await.ok();
        assert_eq!(kept("partners").await, rules("agreement"));
        chief.call(Method::DELETE, &agreement, None).await.ok();
        assert_eq!(kept("public").await, rules("agreement"), "there is none in force any more");
    }

    async fn the_delivery_log_shows_the_outcome_of_each_delivery(app: TestApp) {
        let alice = app.staff("alice").await;
        let workers = Workers::start(&app);
        let peers = peers(&app, &alice).await;
        peers[0].answer_with(403, &[]);
        peers[1].answer_with(503, &[]);
        let status = alice.post("/api/v1/statuses", json!({ "status": "hi", "reach": "partners" })).await.ok();
        let log = eventually("both were tried", async || {
            let log = log_of(&alice, &status).await;
            (log.len() == 2 && log.iter().all(|entry| !entry["error"].is_null())).then_some(log)
        }).await;
        let of = |log: &[Value], host: &str| log.iter().find(|entry| entry["host"] == host).unwrap().clone();
        let refused = of(&log, &peers[0].domain);
        assert_eq!((&refused["state"], &refused["taken_at"]), (&json!("refused"), &Value::Null));
        assert!(refused["error"].as_str().unwrap().contains("403"), "{refused}");
        let waiting = of(&log, &peers[1].domain);
        assert_eq!((&waiting["state"], &waiting["attempts"]), (&json!("waiting"), &json!(1)));
        assert!(waiting["next_attempt_at"].is_string());
        // A delivery removed from the queue is logged as such.
        drop(workers);
        let domain = peers[1].domain.clone();
        portico_service::partners::peers::set_tier(&app.instance, &domain, Tier::Blocked, "").await.unwrap();
        let gone = of(&log_of(&alice, &status).await, &domain);
        assert_eq!((&gone["state"], &gone["rule"]), (&json!("refused"), &json!("host")), "{gone}");
        // Only the author can read the log.
        let bob = app.staff("bob").await;
        let id = status["id"].as_str().unwrap();
        assert_eq!(bob.get(&format!("/api/portico/v1/statuses/{id}/deliveries")).await.status, 404);
        assert_eq!(app.get(&format!("/api/portico/v1/statuses/{id}/deliveries")).await.status, 401);
    }
}
