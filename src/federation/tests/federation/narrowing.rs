//! Narrowed posts: recipients that may still see them get an Update, recipients that may not get a Delete,
//! and nobody new gets them.

use axum::http::Method;
use portico_domain::model::Reach;
use portico_domain::model::page::PageRequest;
use portico_domain::model::peer::{FederationMode, Tier};
use serde_json::{Value, json};

use portico_testing::peer::{
    Peer, Workers, app_with, eventually, federated, on_sqlite, sent_off, sisters, status_of, worked_off,
};
use portico_testing::{Database, TestApp, TestUser};

async fn peer(app: &TestApp, name: &str, tier: Tier) -> Peer {
    let peer = Peer::start(name).await;
    peer.is(app, tier).await;
    peer
}

async fn narrows(alice: &TestUser, status: &Value, to: Value) -> portico_testing::Reply {
    let id = status["id"].as_str().unwrap();
    let mut edit = json!({ "status": status["text"].as_str().unwrap_or("hello") });
    edit.as_object_mut().unwrap().extend(to.as_object().unwrap().clone());
    alice.call(Method::PUT, &format!("/api/v1/statuses/{id}"), Some(edit)).await
}

fn about(peer: &Peer, kind: &str, uri: &Value) -> Vec<Value> {
    let all = peer.received_of(kind).into_iter();
    all.filter(|activity| activity["object"]["id"] == *uri).collect()
}

async fn notified(who: &TestUser) -> usize {
    who.get("/api/v1/notifications").await.ok().as_array().unwrap().len()
}

async fn home(who: &TestUser) -> Vec<String> {
    let page = PageRequest::first(20);
    let shown =
        portico_service::reading::timelines::home(&who.app.instance, who.account.id, page).await.unwrap();
    shown.items.into_iter().map(|view| view.status.uri).collect()
}

federated! {
    async fn hosts_that_lose_a_post_are_sent_a_delete(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        bob.post(&format!("/api/v1/accounts/{}/follow", alice.id()), json!({})).await.ok();
        let _workers = Workers::start(&app);
        let sister = peer(&app, "sister", Tier::Company).await;
        let globex = peer(&app, "globex", Tier::Partner).await;
        let initech = peer(&app, "initech", Tier::Partner).await;
        for each in [&sister, &globex, &initech] {
            each.follows(&app, "ann", &alice.account).await;
        }
        let status = alice.post("/api/v1/statuses", json!({ "status": "hello", "reach": "partners" })).await.ok();
        let uri = status["uri"].clone();
        sent_off(&app).await;
        for each in [&sister, &globex, &initech] {
            assert_eq!(about(each, "Create", &uri).len(), 1);
        }
        // To one partner: the other one gets a Delete.
        let one = json!({ "reach": "partners", "partner": globex.domain });
        assert_eq!(narrows(&alice, &status, one).await.ok()["partner"], json!(globex.domain));
        sent_off(&app).await;
        assert_eq!(about(&initech, "Delete", &uri).len(), 1);
        for each in [&sister, &globex] {
            assert_eq!((about(each, "Update", &uri).len(), about(each, "Delete", &uri).len()), (1, 0));
        }
        let id = status["id"].as_str().unwrap();
        let log = alice.get(&format!("/api/portico/v1/statuses/{id}/deliveries")).await.ok();
        let recalled = log.as_array().unwrap().iter().filter(|entry| !entry["recalled_at"].is_null());
        let recalled: Vec<&Value> = recalled.map(|entry| &entry["host"]).collect();
        assert_eq!(recalled, [&json!(initech.domain)], "{log}");
        let audience = &about(&globex, "Update", &uri)[0]["object"]["audience"];
        assert!(audience.as_str().unwrap().ends_with(&format!("/collections/partners/{}", globex.domain)));
        assert!(initech.received().iter().all(|(_, said)| !said.to_string().contains("/collections/partners/")));
        // To the company: that partner gets a Delete too.
        narrows(&alice, &status, json!({ "reach": "company" })).await.ok();
        sent_off(&app).await;
        assert_eq!((about(&globex, "Delete", &uri).len(), about(&sister, "Update", &uri).len()), (1, 2));
        // To this instance: every other host gets a Delete.
        narrows(&alice, &status, json!({ "reach": "instance" })).await.ok();
        sent_off(&app).await;
        assert_eq!((about(&sister, "Delete", &uri).len(), about(&initech, "Delete", &uri).len()), (1, 3));
        assert!(home(&bob).await.contains(&uri.as_str().unwrap().to_owned()), "staff keep it");
        let path = uri.as_str().unwrap().strip_prefix(app.instance.urls.origin()).unwrap().to_owned();
        assert_eq!(sister.get(&app, "ann", &path).await.status, 404);
    }

    async fn an_ordinary_server_is_not_trusted_to_narrow(app: TestApp) {
        let mut app = app;
        if app.instance.settings.federation != FederationMode::Open {
            app = app_with(Database::Sqlite, |settings| settings.federation = FederationMode::Open).await;
        }
        let alice = app.staff("alice").await;
        let _workers = Workers::start(&app);
        let stranger = peer(&app, "stranger", Tier::Open).await;
        stranger.follows(&app, "ann", &alice.account).await;
        let status = alice.post("/api/v1/statuses", json!({ "status": "hello", "reach": "public" })).await.ok();
        sent_off(&app).await;
        assert_eq!(about(&stranger, "Create", &status["uri"]).len(), 1);
        narrows(&alice, &status, json!({ "reach": "followers" })).await.ok();
        sent_off(&app).await;
        assert_eq!(about(&stranger, "Delete", &status["uri"]).len(), 1, "it would go on showing it to everybody");
        assert_eq!(about(&stranger, "Update", &status["uri"]).len(), 0);
    }

    async fn narrowing_cancels_waiting_deliveries(app: TestApp) {
        let alice = app.staff("alice").await;
        let globex = Peer::start("globex").await;
        let workers = Workers::start(&app);
        globex.is(&app, Tier::Partner).await;
        globex.follows(&app, "ann", &alice.account).await;
        globex.answer_with(503, &[]);
        let status = alice.post("/api/v1/statuses", json!({ "status": "too far", "reach": "partners" })).await.ok();
        let id = status["id"].as_str().unwrap();
        let log = async || alice.get(&format!("/api/portico/v1/statuses/{id}/deliveries")).await.ok();
        eventually("it was tried", || async { (log().await[0]["attempts"].as_i64() > Some(0)).then_some(()) }).await;
        narrows(&alice, &status, json!({ "status": "too far", "reach": "company" })).await.ok();
        eventually("it is out of the queue", || async { (log().await[0]["state"] == "refused").then_some(()) }).await;
        assert!(log().await[0]["error"].as_str().unwrap().contains("narrowed"), "{}", log().await);
        assert_eq!(log().await[0]["rule"], "reach");
        drop(workers);
    }
}

#[test]
fn nobody_gets_to_see_more() {
    on_sqlite(async |app| {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let globex = peer(&app, "globex", Tier::Partner).await;
        let _workers = Workers::start(&app);
        globex.follows(&app, "ann", &alice.account).await;
        for (from, to) in [
            ("company", "partners"),
            ("company", "public"),
            ("instance", "company"),
            ("company", "followers"),
            ("followers", "company"),
            ("direct", "followers"),
        ] {
            let status =
                alice.post("/api/v1/statuses", json!({ "status": "hello", "reach": from })).await.ok();
            let refused = narrows(&alice, &status, json!({ "reach": to })).await;
            assert!(refused.problem(422).contains("more people"), "{from} to {to}");
            let id = status["id"].as_str().unwrap();
            assert_eq!(alice.get(&format!("/api/v1/statuses/{id}")).await.ok()["reach"], from);
        }
        let named = json!({ "status": format!("@ann@{} @bob", globex.domain), "reach": "company" });
        let status = alice.post("/api/v1/statuses", named).await.ok();
        let text = json!({ "status": format!("@ann@{} @bob", globex.domain), "reach": "direct" });
        assert_eq!(narrows(&alice, &status, text).await.status, 422, "ann could not see it before");
        let status =
            alice.post("/api/v1/statuses", json!({ "status": "@bob hello", "reach": "company" })).await.ok();
        let direct =
            narrows(&alice, &status, json!({ "status": "@bob hello", "reach": "direct" })).await.ok();
        assert_eq!((&direct["reach"], &direct["edited_at"]), (&json!("direct"), &Value::Null));
        let conversations = bob.get("/api/v1/conversations").await.ok();
        assert_eq!(conversations[0]["last_status"]["id"], status["id"]);
    });
}

#[test]
fn here_it_goes_from_homes_notifications_and_boosts() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let (bob, carol) = (app.staff("bob").await, app.staff("carol").await);
        for (who, followed) in [(&carol, &bob), (&bob, &alice)] {
            who.post(&format!("/api/v1/accounts/{}/follow", followed.id()), json!({})).await.ok();
        }
        let status =
            alice.post("/api/v1/statuses", json!({ "status": "@carol hello", "reach": "public" })).await.ok();
        let (id, uri) = (status["id"].as_str().unwrap(), status["uri"].as_str().unwrap().to_owned());
        bob.post(&format!("/api/v1/statuses/{id}/reblog"), json!({})).await.ok();
        assert!(home(&bob).await.contains(&uri));
        assert_eq!((home(&carol).await.len(), notified(&carol).await), (1, 1), "the boost, and the mention");
        narrows(&alice, &status, json!({ "status": "@carol hello", "reach": "direct" })).await.ok();
        assert_eq!(home(&bob).await, Vec::<String>::new());
        assert_eq!((home(&carol).await.len(), notified(&carol).await), (0, 1), "she is named");
        assert_eq!(bob.get(&format!("/api/v1/statuses/{id}")).await.status, 404);
        assert_eq!(alice.get(&format!("/api/v1/statuses/{id}")).await.ok()["reblogs_count"], 0);
    });
}

#[test]
fn a_sister_follows_a_narrowing_and_never_a_widening() {
    on_sqlite(async |app| {
        let bob = app.staff("bob").await;
        let _workers = Workers::start(&app);
        let sister = peer(&app, "sister", Tier::Company).await;
        let (peer, from, to) = (&sister, "partners", "company");
        {
            let addressed = |audience: &str, moment: &str| {
                let mut note = peer.note("ann", "1", "hello", &[&peer.followers("ann")], &[]);
                note["audience"] = json!(peer.at(&format!("/collections/{audience}")));
                note["updated"] = json!(moment);
                if audience == "followers" {
                    note.as_object_mut().unwrap().remove("audience");
                }
                note
            };
            let note = addressed(from, "2026-11-02T08:59:00Z");
            peer.post(&app, "ann", &peer.create("ann", &note)).await;
            worked_off(&app).await;
            let uri = note["id"].as_str().unwrap();
            let status = status_of(&app, uri).await.unwrap();
            assert_eq!(bob.get(&format!("/api/v1/statuses/{}", status.id)).await.status, 200);
            for (step, audience) in [to, from].into_iter().enumerate() {
                let update = peer.activity(
                    "Update",
                    "ann",
                    &format!("update-{step}"),
                    addressed(audience, "2026-11-02T08:59:30Z"),
                );
                peer.post(&app, "ann", &update).await;
                worked_off(&app).await;
                let now = status_of(&app, uri).await.unwrap();
                assert_eq!(now.reach.to_string(), to, "after an Update to {audience}");
            }
            let seen = bob.get(&format!("/api/v1/statuses/{}", status.id)).await.status;
            assert_eq!(seen, if to == "company" { 200 } else { 404 });
        }
    });
}

#[test]
fn over_the_wire_a_recalled_post_is_gone() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (engineering, sales) = sisters().await;
        let _workers = (Workers::start(&engineering), Workers::start(&sales));
        let (alice, sam) = (engineering.staff("alice").await, sales.staff("sam").await);
        let handle = format!("alice@{}", engineering.instance.urls.domain());
        let found = sam.get(&format!("/api/v2/search?q={handle}&resolve=true&type=accounts")).await.ok();
        let id = found["accounts"][0]["id"].as_str().unwrap();
        sam.post(&format!("/api/v1/accounts/{id}/follow"), json!({})).await.ok();
        // The Accept and the post may come by different inboxes, so the test waits for the Accept.
        eventually("sam follows alice", || async {
            let bond = sam.get(&format!("/api/v1/accounts/relationships?id[]={id}")).await.ok();
            (bond[0]["following"] == true).then_some(())
        })
        .await;
        let post = alice.says("first to all of us", Reach::Company).await;
        let arrived = eventually("it is there", || async { status_of(&sales, &post.status.uri).await }).await;
        assert_eq!(arrived.reach, Reach::Company);
        assert_eq!(home(&sam).await, std::slice::from_ref(&post.status.uri));
        let status = json!({ "id": post.status.id.to_string(), "text": "first to all of us" });
        narrows(&alice, &status, json!({ "reach": "instance" })).await.ok();
        eventually("it is gone", || async {
            status_of(&sales, &post.status.uri).await.is_none().then_some(())
        })
        .await;
        assert_eq!(home(&sam).await, Vec::<String>::new());
        assert_eq!(
            alice.get(&format!("/api/v1/statuses/{}", post.status.id)).await.ok()["reach"],
            "instance"
        );
    });
}
