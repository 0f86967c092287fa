//! Posts for one partner: visible to the company and that partner, to no other partner by any path.

use axum::http::Method;
use portico_domain::model::Reach;
use portico_domain::model::peer::Tier;
use portico_domain::model::reach::Partner;
use serde_json::{Value, json};

use portico_testing::peer::{
    Peer, Workers, eventually, federated, get_anonymously, on_sqlite, sent_off, status_of, worked_off,
};
use portico_testing::{TestApp, TestUser};

async fn peer(app: &TestApp, name: &str, tier: Tier) -> Peer {
    let peer = Peer::start(name).await;
    peer.is(app, tier).await;
    peer
}

async fn posts(alice: &TestUser, text: &str, partner: &Peer) -> Value {
    let wish = json!({ "status": text, "reach": "partners", "partner": partner.domain });
    alice.post("/api/v1/statuses", wish).await.ok()
}

fn has(peer: &Peer, uri: &Value) -> bool {
    peer.received().iter().any(|(_, activity)| activity.to_string().contains(uri.as_str().unwrap()))
}

federated! {
    async fn one_partner_gets_it_and_no_other_by_any_path(app: TestApp) {
        let alice = app.staff("alice").await;
        let _workers = Workers::start(&app);
        let sister = peer(&app, "sister", Tier::Company).await;
        let globex = peer(&app, "globex", Tier::Partner).await;
        let initech = peer(&app, "initech", Tier::Partner).await;
        for each in [&sister, &globex, &initech] {
            each.follows(&app, "ann", &alice.account).await;
        }
        let text = format!("The offer, @ann@{}", initech.domain);
        let wish = json!({ "status": text, "reach": "partners", "partner": globex.domain.to_uppercase() });
        let foreseen = alice.post("/api/portico/v1/audience", wish.clone()).await.ok();
        assert_eq!((&foreseen["reach"], &foreseen["partner"]), (&json!("partners"), &json!(globex.domain)));
        let left_out = &foreseen["left_out"][0]["acct"];
        assert_eq!(left_out, &json!(format!("ann@{}", initech.domain)), "named, and out of its reach");
        let status = alice.post("/api/v1/statuses", wish).await.ok();
        assert_eq!((&status["reach"], &status["partner"]), (&json!("partners"), &json!(globex.domain)));
        sent_off(&app).await;
        let uri = &status["uri"];
        assert!(has(&sister, uri) && has(&globex, uri) && !has(&initech, uri));
        let id = status["id"].as_str().unwrap();
        let log = alice.get(&format!("/api/portico/v1/statuses/{id}/deliveries")).await.ok();
        let hosts = |list: &Value, key: &str| -> std::collections::BTreeSet<String> {
            list.as_array().unwrap().iter().map(|entry| entry[key].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(hosts(&foreseen["hosts"], "domain"), hosts(&log, "host"), "as it was foreseen");

        let path = uri.as_str().unwrap().strip_prefix(app.instance.urls.origin()).unwrap().to_owned();
        let audience = format!("/collections/partners/{}", globex.domain);
        for (host, allowed) in [(&sister, true), (&globex, true), (&initech, false)] {
            for by in ["ann", "server"] {
                for path in [path.clone(), format!("{path}/activity"), format!("{path}/replies"), audience.clone()] {
                    let reply = host.get(&app, by, &path).await;
                    assert_eq!(reply.status, if allowed { 200 } else { 404 }, "{path} for {by} of {}", host.domain);
                }
                let outbox = host.get(&app, by, "/users/alice/outbox?page=true").await.ok();
                assert_eq!(outbox.to_string().contains("The offer"), allowed, "the outbox for {by} of {}", host.domain);
            }
        }
        assert_eq!(get_anonymously(&app, &audience).await.status, 404);
        let none = format!("/collections/partners/{}", sister.domain);
        assert_eq!(sister.get(&app, "ann", &none).await.status, 404, "that is no partner");

        // Another partner's boost does not extend the reach.
        let announce = initech.activity("Announce", "ann", "boost", uri.clone());
        initech.post(&app, "ann", &announce).await;
        worked_off(&app).await;
        assert_eq!(alice.get(&format!("/api/v1/statuses/{id}")).await.ok()["reblogs_count"], 0);
        let announce = globex.activity("Announce", "ann", "boost", uri.clone());
        globex.post(&app, "ann", &announce).await;
        worked_off(&app).await;
        assert_eq!(alice.get(&format!("/api/v1/statuses/{id}")).await.ok()["reblogs_count"], 1);
        let bob = app.staff("bob").await;
        initech.follows(&app, "ben", &bob.account).await;
        let boost = bob.post(&format!("/api/v1/statuses/{id}/reblog"), json!({})).await.ok();
        let reply = json!({ "status": "I agree", "in_reply_to_id": id, "reach": "public" });
        let reply = bob.post("/api/v1/statuses", reply).await.ok();
        let quote = json!({ "status": "See", "quoted_status_id": id, "reach": "public" });
        let quote = bob.post("/api/v1/statuses", quote).await.ok();
        for said in [&boost, &reply, &quote] {
            assert_eq!((&said["reach"], &said["partner"]), (&json!("partners"), &json!(globex.domain)), "{said}");
        }
        let elsewhere = json!({ "status": "No", "in_reply_to_id": id, "reach": "partners", "partner": initech.domain });
        assert!(bob.post("/api/v1/statuses", elsewhere).await.problem(422).contains("another partner"));
        sent_off(&app).await;
        assert!(!has(&initech, uri) && !has(&initech, &reply["uri"]) && !has(&initech, &quote["uri"]));
        assert!(has(&globex, &reply["uri"]));
    }
}

#[test]
fn nobody_there_need_follow() {
    on_sqlite(async |app| {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let _workers = Workers::start(&app);
        let globex = peer(&app, "globex", Tier::Partner).await;
        globex.follows(&app, "ann", &bob.account).await;
        let status = posts(&alice, "Hello, Globex", &globex).await;
        eventually("it is there", || async { has(&globex, &status["uri"]).then_some(()) }).await;
    });
}

#[test]
fn only_a_partner_can_be_named() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let sister = peer(&app, "sister", Tier::Company).await;
        let globex = peer(&app, "globex", Tier::Partner).await;
        for (reach, partner, why) in [
            ("partners", sister.domain.as_str(), "is no partner"),
            ("partners", "nobody.test", "is no partner"),
            ("company", globex.domain.as_str(), "for partners"),
        ] {
            let wish = json!({ "status": "hello", "reach": reach, "partner": partner });
            assert!(
                alice.post("/api/v1/statuses", wish).await.problem(422).contains(why),
                "{reach} {partner}"
            );
        }
    });
}

#[test]
fn a_partners_post_for_this_instance_goes_nowhere_else() {
    on_sqlite(async |app| {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let _workers = Workers::start(&app);
        let globex = peer(&app, "globex", Tier::Partner).await;
        let sister = peer(&app, "sister", Tier::Company).await;
        let initech = peer(&app, "initech", Tier::Partner).await;
        for each in [&sister, &globex, &initech] {
            each.follows(&app, "ann", &bob.account).await;
        }
        let audience = |domain: &str| globex.at(&format!("/collections/partners/{domain}"));
        let received = async |id: &str, audience: String| {
            let mut note = globex.note("ann", id, "for Acme", &[&globex.followers("ann")], &[]);
            note["audience"] = json!(audience);
            globex.serve(&format!("/notes/{id}"), note.clone());
            globex.post(&app, "ann", &globex.create("ann", &note)).await;
            worked_off(&app).await;
            status_of(&app, note["id"].as_str().unwrap()).await.unwrap()
        };
        let ours = app.instance.urls.domain().to_owned();
        let status = received("1", audience(&ours)).await;
        assert_eq!((status.reach, &status.partner), (Reach::Partners, &Some(Partner::named(&ours))));
        let shown = alice.get(&format!("/api/v1/statuses/{}", status.id)).await.ok();
        assert_eq!((&shown["reach"], &shown["partner"]), (&json!("partners"), &json!(ours)));
        assert!(
            bob.post(&format!("/api/v1/statuses/{}/reblog", status.id), json!({}))
                .await
                .status
                .is_client_error()
        );
        let reply = json!({ "status": "Thanks", "in_reply_to_id": status.id.to_string(), "reach": "public" });
        let reply = bob.post("/api/v1/statuses", reply).await.ok();
        assert_eq!(reply["partner"], json!(globex.domain));
        sent_off(&app).await;
        assert!(has(&globex, &reply["uri"]) && !has(&sister, &reply["uri"]) && !has(&initech, &reply["uri"]));
        let path =
            reply["uri"].as_str().unwrap().strip_prefix(app.instance.urls.origin()).unwrap().to_owned();
        assert_eq!(sister.get(&app, "ann", &path).await.status, 404, "it was for this instance alone");
        assert_eq!(globex.get(&app, "ann", &path).await.status, 200);
        // The audience of another partner is ignored, regardless of the sender.
        let wrong = received("2", audience(&initech.domain)).await;
        assert_eq!((wrong.reach, wrong.partner), (Reach::Followers, None));
    });
}

#[test]
fn on_the_wire_it_names_the_collection_of_the_partner() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        app.instance
            .store
            .write(|tx| tx.set_tier("globex.test", Tier::Partner, ""))
            .await
            .map_err(|error: portico_store::Error| error)
            .unwrap();
        let wish = json!({ "status": "For Globex", "reach": "partners", "partner": "globex.test", "quote_approval_policy": "public" });
        let status = alice.call(Method::POST, "/api/v1/statuses", Some(wish)).await.ok();
        let sister = peer(&app, "sister", Tier::Company).await;
        let path =
            status["uri"].as_str().unwrap().strip_prefix(app.instance.urls.origin()).unwrap().to_owned();
        let note = sister.get(&app, "ann", &path).await.ok();
        let addressing: Value = ["to", "cc", "audience", "interactionPolicy"]
            .into_iter()
            .map(|key| (key.to_owned(), note[key].clone()))
            .collect();
        assert_json_snapshot!(addressing);
    });
}
