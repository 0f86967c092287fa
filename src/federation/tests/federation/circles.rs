//! Circles across instances: plain addressing on the wire, home timelines of the members, no other
//! recipients.

use portico_domain::model::Reach;
use portico_domain::model::page::PageRequest;
use portico_domain::model::peer::Tier;
use serde_json::{Value, json};

use portico_testing::peer::{
    Peer, Workers, eventually, federated, get_anonymously, on_sqlite, sent_off, sisters, status_of,
    worked_off,
};
use portico_testing::{TestApp, TestUser};

async fn circle(alice: &TestUser, title: &str, people: &[&str]) -> String {
    let made = alice.post("/api/portico/v1/circles", json!({ "title": title })).await.ok();
    let id = made["id"].as_str().unwrap().to_owned();
    let path = format!("/api/portico/v1/circles/{id}/accounts");
    alice.post(&path, json!({ "account_ids": people })).await.ok();
    id
}

async fn home(who: &TestUser) -> Vec<String> {
    let page = PageRequest::first(20);
    let shown =
        portico_service::reading::timelines::home(&who.app.instance, who.account.id, page).await.unwrap();
    shown.items.into_iter().map(|view| view.status.uri).collect()
}

async fn count(who: &TestUser, path: &str) -> usize {
    who.get(path).await.ok().as_array().unwrap().len()
}

fn path_of(app: &TestApp, uri: &Value) -> String {
    uri.as_str().unwrap().strip_prefix(app.instance.urls.origin()).unwrap().to_owned()
}

federated! {
    async fn the_members_get_it_and_nobody_else(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let carol = app.staff("carol").await;
        carol.post(&format!("/api/v1/accounts/{}/follow", alice.id()), json!({})).await.ok();
        let _workers = Workers::start(&app);
        let globex = Peer::start("globex").await;
        let initech = Peer::start("initech").await;
        for peer in [&globex, &initech] {
            peer.is(&app, Tier::Partner).await;
            peer.follows(&app, "ann", &alice.account).await;
        }
        globex.follows(&app, "ben", &carol.account).await;
        let ann = globex.known(&app, "ann").await.unwrap().id.to_string();
        let id = circle(&alice, "Offer", &[&bob.id(), &ann]).await;
        let wish = json!({ "status": "Only for us", "circle_id": id });
        let foreseen = alice.post("/api/portico/v1/audience", wish.clone()).await.ok();
        assert_eq!((&foreseen["reach"], &foreseen["here"]["people"]), (&json!("direct"), &json!(1)));
        assert_eq!((&foreseen["addressed"], &foreseen["circle"]["title"]), (&json!(true), &json!("Offer")));
        assert_eq!(foreseen["hosts"][0]["domain"], json!(globex.domain));
        let status = alice.post("/api/v1/statuses", wish).await.ok();
        assert_eq!((&status["visibility"], &status["mentions"]), (&json!("direct"), &json!([])));
        assert_eq!(status["addressed_count"], 2);
        sent_off(&app).await;
        let sid = status["id"].as_str().unwrap();
        let log = alice.get(&format!("/api/portico/v1/statuses/{sid}/deliveries")).await.ok();
        assert_eq!((log.as_array().unwrap().len(), &log[0]["host"]), (1, &json!(globex.domain)), "as foreseen");
        let note = globex.received_of("Create")[0]["object"].clone();
        let addressed: std::collections::BTreeSet<&str> =
            note["to"].as_array().unwrap().iter().map(|to| to.as_str().unwrap()).collect();
        assert_eq!(addressed, [bob.account.uri.as_str(), globex.actor("ann").as_str()].into());
        assert_eq!((&note["cc"], &note["tag"]), (&json!([]), &json!([])), "no Mention");
        assert!(initech.received_of("Create").is_empty());

        let path = path_of(&app, &status["uri"]);
        assert_eq!(globex.get(&app, "ann", &path).await.status, 200);
        for (peer, by) in [(&globex, "ben"), (&initech, "ann"), (&initech, "server")] {
            assert_eq!(peer.get(&app, by, &path).await.status, 404, "{by} of {}", peer.domain);
        }
        assert_eq!(get_anonymously(&app, &path).await.status, 404);

        // Bob sees it on his home timeline without following her, without a notification or a conversation.
        let uri = status["uri"].as_str().unwrap().to_owned();
        assert_eq!((home(&bob).await, home(&carol).await.len()), (vec![uri.clone()], 0));
        assert_eq!(count(&bob, "/api/v1/notifications").await, 0);
        assert_eq!(count(&bob, "/api/v1/conversations").await + count(&alice, "/api/v1/conversations").await, 0);
        assert_eq!(carol.get(&format!("/api/v1/statuses/{sid}")).await.status, 404);
        assert!(bob.post(&format!("/api/v1/statuses/{sid}/reblog"), json!({})).await.status.is_client_error());

        // Every recipient sees the recipients; only the owner sees the circle.
        let listed = alice.get(&format!("/api/portico/v1/statuses/{sid}/addressed")).await.ok();
        assert_eq!((&listed["circle"]["title"], listed["accounts"].as_array().unwrap().len()), (&json!("Offer"), 2));
        let listed = bob.get(&format!("/api/portico/v1/statuses/{sid}/addressed")).await.ok();
        assert_eq!((&listed["circle"], listed["accounts"].as_array().unwrap().len()), (&Value::Null, 2));
        assert_eq!(carol.get(&format!("/api/portico/v1/statuses/{sid}/addressed")).await.status, 404);
        assert_eq!(bob.get(&format!("/api/portico/v1/circles/{id}")).await.status, 404);

        // A later member does not get it; a removed member keeps it, with its edits.
        let members = format!("/api/portico/v1/circles/{id}/accounts");
        alice.post(&members, json!({ "account_ids": [carol.id()] })).await.ok();
        alice.call(axum::http::Method::DELETE, &members, Some(json!({ "account_ids": [bob.id()] }))).await.ok();
        let edit = json!({ "status": "Only for us, still" });
        alice.call(axum::http::Method::PUT, &format!("/api/v1/statuses/{sid}"), Some(edit)).await.ok();
        assert_eq!(carol.get(&format!("/api/v1/statuses/{sid}")).await.status, 404);
        let kept = bob.get(&format!("/api/v1/statuses/{sid}")).await.ok();
        assert_eq!(kept["content"], "<p>Only for us, still</p>");
        sent_off(&app).await;
        assert_eq!(globex.received_of("Update")[0]["object"]["to"].as_array().unwrap().len(), 2);
        let next = alice.post("/api/v1/statuses", json!({ "status": "Next", "circle_id": id })).await.ok();
        let next_id = next["id"].as_str().unwrap();
        assert_eq!(carol.get(&format!("/api/v1/statuses/{next_id}")).await.status, 200);
        assert_eq!(bob.get(&format!("/api/v1/statuses/{next_id}")).await.status, 404);
    }
}

#[test]
fn over_the_wire_members_find_it_at_home() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (engineering, sales) = sisters().await;
        let _workers = (Workers::start(&engineering), Workers::start(&sales));
        let alice = engineering.staff("alice").await;
        let bob = engineering.staff("bob").await;
        let (sam, sue) = (sales.staff("sam").await, sales.staff("sue").await);
        let handle = format!("sam@{}", sales.instance.urls.domain());
        let found = alice.get(&format!("/api/v2/search?q={handle}&resolve=true&type=accounts")).await.ok();
        let sam_there = found["accounts"][0]["id"].as_str().unwrap().to_owned();
        let id = circle(&alice, "Crew", &[&bob.id(), &sam_there]).await;
        let status =
            alice.post("/api/v1/statuses", json!({ "status": "Hello, crew", "circle_id": id })).await.ok();
        let uri = status["uri"].as_str().unwrap();
        let there = eventually("it is there", || async { status_of(&sales, uri).await }).await;
        assert_eq!((there.reach, there.addressed), (Reach::Direct, true));
        assert_eq!((home(&sam).await, home(&sue).await.len()), (vec![uri.to_owned()], 0));
        assert_eq!(count(&sam, "/api/v1/notifications").await, 0);
        assert_eq!(sue.get(&format!("/api/v1/statuses/{}", there.id)).await.status, 404);
        // A reply goes to the author and to mentioned accounts.
        let reply = json!({
            "status": format!("@alice@{} thanks", engineering.instance.urls.domain()),
            "in_reply_to_id": there.id.to_string(), "visibility": "public",
        });
        let reply = sam.post("/api/v1/statuses", reply).await.ok();
        assert_eq!(reply["visibility"], "direct");
        eventually("the answer is there", || async {
            status_of(&engineering, reply["uri"].as_str().unwrap()).await
        })
        .await;
        assert_eq!(count(&alice, "/api/v1/notifications").await, 1);
        let answer = status_of(&engineering, reply["uri"].as_str().unwrap()).await.unwrap();
        assert_eq!(bob.get(&format!("/api/v1/statuses/{}", answer.id)).await.status, 404);
        // Deleting it deletes it there.
        alice
            .call(
                axum::http::Method::DELETE,
                &format!("/api/v1/statuses/{}", status["id"].as_str().unwrap()),
                None,
            )
            .await
            .ok();
        eventually("it is gone", || async { status_of(&sales, uri).await.is_none().then_some(()) }).await;
    });
}

#[test]
fn strangers_fill_nobodys_home() {
    on_sqlite(async |app| {
        let (bob, carol) = (app.staff("bob").await, app.staff("carol").await);
        let _workers = Workers::start(&app);
        for (name, tier, silent) in [("globex", Tier::Partner, true), ("plain", Tier::Company, true)] {
            let peer = Peer::start(name).await;
            peer.is(&app, tier).await;
            let note = peer.note("ann", "1", "psst", &[&bob.account.uri, &carol.account.uri], &[]);
            let before = (home(&bob).await.len(), count(&bob, "/api/v1/notifications").await);
            peer.post(&app, "ann", &peer.create("ann", &note)).await;
            worked_off(&app).await;
            let status = status_of(&app, note["id"].as_str().unwrap()).await.unwrap();
            assert_eq!((status.reach, status.addressed), (Reach::Direct, silent), "{name}");
            assert_eq!(home(&bob).await.len(), before.0 + 1);
            assert_eq!(count(&bob, "/api/v1/notifications").await, before.1, "{name}");
            // A single recipient is mentioned.
            let alone = peer.note("ann", "2", "you", &[&bob.account.uri], &[]);
            peer.post(&app, "ann", &peer.create("ann", &alone)).await;
            worked_off(&app).await;
            assert_eq!(count(&bob, "/api/v1/notifications").await, before.1 + 1, "{name}");
        }
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let app = portico_testing::peer::app_with(portico_testing::Database::Sqlite, |settings| {
            settings.federation = portico_domain::model::peer::FederationMode::Open;
        })
        .await;
        let (bob, carol) = (app.staff("bob").await, app.staff("carol").await);
        let _workers = Workers::start(&app);
        let stranger = Peer::start("stranger").await;
        let note = stranger.note("ann", "1", "psst", &[&bob.account.uri, &carol.account.uri], &[]);
        stranger.post(&app, "ann", &stranger.create("ann", &note)).await;
        worked_off(&app).await;
        let status = status_of(&app, note["id"].as_str().unwrap()).await.unwrap();
        assert!(!status.addressed);
        assert_eq!(home(&bob).await.len(), 0);
    });
}

#[test]
fn on_the_wire_it_is_plain_addressing() {
    on_sqlite(async |app| {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let _workers = Workers::start(&app);
        let globex = Peer::start("globex").await;
        globex.is(&app, Tier::Partner).await;
        globex.follows(&app, "ann", &alice.account).await;
        let ann = globex.known(&app, "ann").await.unwrap().id.to_string();
        let id = circle(&alice, "Offer", &[&bob.id(), &ann]).await;
        let wish = json!({ "status": format!("Only for us, @ann@{}", globex.domain), "circle_id": id });
        alice.post("/api/v1/statuses", wish).await.ok();
        sent_off(&app).await;
        let create = globex.received_of("Create")[0].to_string().replace(&globex.domain, "globex.test");
        let create: Value = serde_json::from_str(&create).unwrap();
        let addressing = |of: &Value| -> Value {
            ["to", "cc", "audience", "tag", "content"]
                .into_iter()
                .map(|key| (key.to_owned(), of[key].clone()))
                .collect()
        };
        assert_json_snapshot!(
            json!({ "activity": addressing(&create), "object": addressing(&create["object"]) })
        );
    });
}
