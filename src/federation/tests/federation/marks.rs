//! Annotations across instances: must-reads and their acknowledgements, accepted answers, praise; and
//! attempts of strangers to forge them.

use axum::http::Method;
use portico_domain::model::Reach;
use portico_domain::model::peer::{FederationMode, Tier};
use portico_domain::model::user::Role;
use serde_json::{Value, json};

use portico_testing::peer::{
    PUBLIC, Peer, Workers, app_with, eventually, federated, sent_off, sisters, status_of, worked_off,
};
use portico_testing::{Database, TestApp, TestUser};

struct Company {
    engineering: TestApp,
    sales: TestApp,
    alice: TestUser,
    kim: TestUser,
    lou: TestUser,
    _workers: (Workers, Workers),
}

/// Two company instances that know each other's people; alice of the first may announce.
async fn company() -> Company {
    let (engineering, sales) = sisters().await;
    for (app, other) in [(&engineering, &sales), (&sales, &engineering)] {
        let domain = other.instance.settings.domain.clone();
        let set: Result<(), portico_store::Error> =
            app.instance.store.write(move |tx| tx.set_tier(&domain, Tier::Company, "")).await;
        set.unwrap();
    }
    let alice = engineering.staff_as("alice", Role::Admin).await;
    let (kim, lou) = (sales.staff("kim").await, sales.staff("lou").await);
    let workers = (Workers::start(&engineering), Workers::start(&sales));
    for (who, name) in [(&alice, "kim"), (&alice, "lou"), (&kim, "alice")] {
        eventually("the directories are read", || async {
            let people = who.get("/api/portico/v1/people").await.ok();
            let named =
                |person: &Value| person["account"]["acct"].as_str().unwrap().starts_with(&format!("{name}@"));
            people.as_array().unwrap().iter().any(named).then_some(())
        })
        .await;
    }
    // The instance actors follow each other, so that posts for the company arrive.
    for (from, to) in [(&engineering, &sales), (&sales, &engineering)] {
        let actor = from.instance.actor_id;
        let domain = to.instance.settings.domain.clone();
        eventually("the sisters follow each other", || async {
            let found: Result<Vec<portico_store::Destination>, portico_store::Error> =
                from.instance.store.read(move |reader| reader.list_follower_inboxes(actor)).await;
            found.unwrap().iter().any(|to| to.host == domain).then_some(())
        })
        .await;
    }
    Company { engineering, sales, alice, kim, lou, _workers: workers }
}

fn id(status: &Value) -> String {
    status["id"].as_str().unwrap().to_owned()
}

async fn found(who: &TestUser, uri: &Value) -> Value {
    let uri = uri.as_str().unwrap().to_owned();
    let status = eventually("the post arrives", || status_of(&who.app, &uri)).await;
    who.get(&format!("/api/v1/statuses/{}", status.id)).await.ok()
}

async fn unread(who: &TestUser) -> usize {
    who.get("/api/portico/v1/must_reads").await.ok().as_array().unwrap().len()
}

fn on_sisters<F: Future<Output = ()>>(body: impl FnOnce(Company) -> F) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async { body(company().await).await });
}

#[test]
fn acknowledgements_come_back_and_reminders_go_out() {
    on_sisters(async |Company { engineering, sales, alice, kim, lou, .. }: Company| {
        let wish = json!({"status": "Doors shut", "must_read": true, "reach": "company", "acknowledge_by": "2026-11-09"});
        let post = alice.post("/api/v1/statuses", wish).await.ok();
        let there = found(&kim, &post["uri"]).await;
        assert_eq!(there["must_read"]["acknowledge_by"], "2026-11-09T00:00:00.000Z");
        assert_eq!((unread(&kim).await, unread(&lou).await), (1, 1));
        eventually("they are notified", || async {
            let notifications = lou.get("/api/v1/notifications?types[]=status").await.ok();
            (notifications.as_array().unwrap().len() == 1).then_some(())
        })
        .await;
        let standing = async || {
            alice.get(&format!("/api/portico/v1/statuses/{}/acknowledgements", id(&post))).await.ok()
        };
        assert_eq!(
            (&standing().await["expected"], &standing().await["acknowledged"]),
            (&json!(2), &json!(0))
        );

        kim.submit(&format!("/api/portico/v1/statuses/{}/acknowledge", id(&there)), "").await.ok();
        assert_eq!(unread(&kim).await, 0);
        eventually("the Read arrives", || async { (standing().await["acknowledged"] == 1).then_some(()) })
            .await;
        // The table of deliveries says so once the answer of sales is written down.
        sent_off(&engineering).await;
        let row = standing().await["instances"][0].clone();
        assert_eq!(
            (&row["domain"], &row["delivered"]),
            (&json!(sales.instance.settings.domain), &json!(true))
        );
        let people = format!("/api/portico/v1/statuses/{}/acknowledgements/people?state=missing", id(&post));
        let missing = alice.get(&people).await.ok();
        assert!(missing[0]["account"]["acct"].as_str().unwrap().starts_with("lou@"), "{missing}");

        // A reminder reaches only lou; after that, a favourite also counts as reading.
        let notices = async |who: &TestUser| who.get("/api/v1/notifications?types[]=status").await.ok();
        let (kims, lous) = (notices(&kim).await, notices(&lou).await);
        engineering.advance(3600);
        sales.advance(3600);
        alice.submit(&format!("/api/portico/v1/statuses/{}/remind", id(&post)), "").await.ok();
        eventually("lou is reminded", || async {
            (notices(&lou).await[0]["id"] != lous[0]["id"]).then_some(())
        })
        .await;
        assert_eq!(notices(&kim).await, kims);
        lou.submit(&format!("/api/v1/statuses/{}/favourite", id(&there)), "").await.ok();
        eventually("the Like counts", || async { (standing().await["acknowledged"] == 2).then_some(()) })
            .await;

        // Ending it at its origin ends it here.
        let max = sales.staff("max").await;
        assert_eq!(unread(&max).await, 1);
        alice.app.advance(1);
        alice
            .call(Method::DELETE, &format!("/api/portico/v1/statuses/{}/must_read", id(&post)), None)
            .await
            .ok();
        eventually("it is ended", || async { (unread(&max).await == 0).then_some(()) }).await;
    });
}

#[test]
fn answers_are_accepted_across_instances() {
    on_sisters(async |Company { alice, kim, .. }: Company| {
        // Each accepts the other's answer to their question.
        for (asker, answerer) in [(&alice, &kim), (&kim, &alice)] {
            let wish = json!({"status": "Who has the key?", "reach": "company"});
            let asked = asker.post("/api/v1/statuses", wish).await.ok();
            let there = found(answerer, &asked["uri"]).await;
            let wish = json!({"status": "I have", "in_reply_to_id": id(&there)});
            let answer = answerer.post("/api/v1/statuses", wish).await.ok();
            let here = found(asker, &answer["uri"]).await;
            let path = format!("/api/portico/v1/statuses/{}/accept_answer", id(&here));
            assert_eq!(asker.submit(&path, "").await.ok()["accepted_answer_id"], here["id"]);
            let look = format!("/api/v1/statuses/{}", id(&there));
            eventually("the answerer's instance knows", || async {
                (answerer.get(&look).await.ok()["accepted_answer_id"] == answer["id"]).then_some(())
            })
            .await;
            let notifications = answerer.get("/api/v1/notifications?types[]=update").await.ok();
            assert_eq!(notifications[0]["status"]["id"], there["id"]);
            asker.app.advance(1);
            asker.call(Method::DELETE, &path, None).await.ok();
            eventually("it is taken back", || async {
                answerer.get(&look).await.ok().get("accepted_answer_id").is_none().then_some(())
            })
            .await;
        }
    });
}

#[test]
fn praise_travels_and_its_owner_hides_it_everywhere() {
    on_sisters(async |Company { alice, kim, sales, .. }: Company| {
        let known = alice
            .get(&format!("/api/v1/accounts/lookup?acct=kim@{}", sales.instance.settings.domain))
            .await
            .ok();
        let wish = json!({"status": "Thank you, Kim", "reach": "company", "praise": [known["id"]]});
        let post = alice.post("/api/v1/statuses", wish).await.ok();
        let there = found(&kim, &post["uri"]).await;
        assert_eq!(there["praise"][0]["acct"], "kim");
        let (here_path, there_path) = (
            format!("/api/portico/v1/accounts/{}/praise", known["id"].as_str().unwrap()),
            format!("/api/portico/v1/accounts/{}/praise", kim.id()),
        );
        let count = async |who: &TestUser, path: &str| who.get(path).await.ok().as_array().unwrap().len();
        assert_eq!((count(&alice, &here_path).await, count(&kim, &there_path).await), (1, 1));
        let hide = format!("/api/portico/v1/statuses/{}/praise/hide", id(&there));
        kim.submit(&hide, "").await.ok();
        eventually("it is hidden at the author's, too", || async {
            (count(&alice, &here_path).await == 0).then_some(())
        })
        .await;
        kim.submit(&hide.replace("/hide", "/show"), "").await.ok();
        eventually("it is shown again", || async { (count(&alice, &here_path).await == 1).then_some(()) })
            .await;
    });
}

async fn open(database: Database) -> TestApp {
    app_with(database, |settings| settings.federation = FederationMode::Open).await
}

/// A reader who may not see the post is not counted; one from outside the company is counted separately.
#[test]
fn strangers_read_nothing_and_others_count_apart() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let app = open(Database::Sqlite).await;
        let alice = app.staff_as("alice", Role::Admin).await;
        let peer = Peer::start("stranger").await;
        let _workers = Workers::start(&app);
        peer.follows(&app, "ann", &alice.account).await;
        for (reach, others) in [("company", 0), ("instance", 0), ("public", 1)] {
            let wish = json!({"status": "Read this", "must_read": true, "reach": reach});
            let post = alice.post("/api/v1/statuses", wish).await.ok();
            for (kind, number) in [("Read", 1), ("Read", 2), ("Like", 3)] {
                let read = peer.activity(kind, "ann", &format!("{reach}-{number}"), post["uri"].clone());
                assert_eq!(peer.post(&app, "ann", &read).await.status, 202);
            }
            worked_off(&app).await;
            let path = format!("/api/portico/v1/statuses/{}/acknowledgements", id(&post));
            let standing = alice.get(&path).await.ok();
            assert_eq!(
                (&standing["others"], &standing["acknowledged"]),
                (&json!(others), &json!(0)),
                "{reach}"
            );
        }
        // Outsiders see a plain note with a term that they may ignore.
        sent_off(&app).await;
        let note = peer.received_of("Create").pop().unwrap()["object"].clone();
        assert_eq!((&note["type"], &note["mustRead"]), (&json!("Note"), &json!(true)));
        // A Read of a post without must-read has no effect, and causes no error.
        let plain = alice.says("hello", Reach::Public).await;
        peer.post(&app, "ann", &peer.activity("Read", "ann", "plain", json!(plain.status.uri))).await;
        peer.post(&app, "ann", &peer.activity("Read", "ann", "odd", json!({"type": "Note"}))).await;
        worked_off(&app).await;
    });
}

federated! {
    async fn a_host_is_believed_about_marks_by_its_tier(app: TestApp) {
        let alice = app.staff("alice").await;
        let _workers = Workers::start(&app);
        for (name, tier, required, praised) in
            [("sister", Tier::Company, true, true), ("partner", Tier::Partner, false, true), ("friend", Tier::Limited, false, false)]
        {
            let peer = Peer::start(name).await;
            peer.is(&app, tier).await;
            let partners = peer.at("/collections/partners");
            let mut note = peer.note("ann", "1", "listen", &[&peer.followers("ann")], &[]);
            note["audience"] = json!(partners);
            note["mustRead"] = json!(true);
            note["reminded"] = json!("2099-01-01T00:00:00Z");
            note["tag"] = json!([{"type": "Mention", "href": alice.account.uri, "name": "@alice"}]);
            note["cc"] = json!([alice.account.uri]);
            note["praises"] = json!([alice.account.uri, peer.actor("ben"), "https://nowhere.example/x"]);
            note["acceptedAnswer"] = json!("https://nowhere.example/n/1");
            if tier == Tier::Limited {
                // A post of a limited host is visible only to mentioned accounts.
                note["to"] = json!([alice.account.uri]);
            }
            peer.post(&app, "ann", &peer.create("ann", &note)).await;
            worked_off(&app).await;
            let Some(status) = status_of(&app, note["id"].as_str().unwrap()).await else {
                assert!(!required && !praised, "{name}");
                continue;
            };
            let shown = alice.get(&format!("/api/v1/statuses/{}", status.id)).await.ok();
            assert_eq!(shown.get("must_read").is_some(), required, "{name}");
            assert_eq!(shown.get("praise").is_some(), praised, "{name}: {shown}");
            assert!(shown.get("accepted_answer_id").is_none());
            let path = format!("/api/portico/v1/accounts/{}/praise", alice.id());
            let listed = alice.get(&path).await.ok();
            let is_there = listed.as_array().unwrap().iter().any(|one| id(one) == status.id.to_string());
            assert_eq!(is_there, praised, "{name}");
        }
    }

    async fn nobody_accepts_answers_to_anothers_question(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let peer = Peer::start("sister").await;
        peer.is(&app, Tier::Company).await;
        let _workers = Workers::start(&app);
        let asked = alice.says("Who knows?", Reach::Company).await;
        let wish = json!({"status": "I do", "in_reply_to_id": asked.status.id.to_string()});
        let answer = bob.post("/api/v1/statuses", wish).await.ok();
        let accepted = async |id: String| {
            alice.get(&format!("/api/v1/statuses/{id}")).await.ok().get("accepted_answer_id").is_some()
        };
        // ann accepts an answer to alice's question, in alice's name and in her own.
        for author in [alice.account.uri.clone(), peer.actor("ann")] {
            let mut forged = peer.note("ann", "1", "Who knows?", &[PUBLIC], &[]);
            forged["id"] = json!(asked.status.uri);
            forged["attributedTo"] = json!(author);
            forged["acceptedAnswer"] = answer["uri"].clone();
            let update = peer.activity("Update", "ann", &format!("forged-{}", author.len()), forged);
            peer.post(&app, "ann", &update).await;
        }
        worked_off(&app).await;
        assert!(!accepted(asked.status.id.to_string()).await);

        // She may accept an answer to her own question, but not a post that does not reply to it; nor may ben
        // do it for her.
        let mut note = peer.note("ann", "2", "My question", &[PUBLIC], &[&alice.account.uri]);
        note["tag"] = json!([{"type": "Mention", "href": alice.account.uri, "name": "@alice"}]);
        peer.post(&app, "ann", &peer.create("ann", &note)).await;
        worked_off(&app).await;
        let hers = status_of(&app, note["id"].as_str().unwrap()).await.unwrap();
        let wish = json!({"status": "Here", "in_reply_to_id": hers.id.to_string()});
        let right = alice.post("/api/v1/statuses", wish).await.ok();
        for (by, accepts, number, due) in [
            ("ann", &answer["uri"], 1, false),
            ("ben", &right["uri"], 2, false),
            ("ann", &right["uri"], 3, true),
            ("ann", &answer["uri"], 4, true),
        ] {
            let mut said = note.clone();
            said["acceptedAnswer"] = accepts.clone();
            let update = peer.activity("Update", by, &format!("update-{number}"), said);
            peer.post(&app, by, &update).await;
            worked_off(&app).await;
            assert_eq!(accepted(hers.id.to_string()).await, due, "{number}");
        }
    }
}
