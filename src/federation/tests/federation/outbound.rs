//! Outgoing activities: their recipients, and the handling of failed deliveries.

use axum::http::{Method, StatusCode};
use portico_domain::model::Reach;
use portico_domain::model::peer::Tier;

use portico_testing::TestApp;
use portico_testing::peer::{
    Peer, Workers, eventually, eventually_is, federated, on_sqlite, sent_off, sisters, status_of, worked_off,
};

async fn peer(app: &TestApp, name: &str, tier: Tier) -> Peer {
    let peer = Peer::start(name).await;
    peer.is(app, tier).await;
    peer
}

/// How many deliveries wait.
async fn waiting(app: &TestApp) -> i64 {
    let counted: Result<_, portico_store::Error> =
        app.instance.store.read(|reader| reader.count_deliveries()).await;
    counted.unwrap().0
}

/// How often a host has failed in a row, as it is written down.
async fn failures(app: &TestApp, peer: &Peer) -> i64 {
    let domain = peer.domain.clone();
    let health: Result<_, portico_store::Error> =
        app.instance.store.read(move |reader| reader.find_host_health(&domain)).await;
    health.unwrap().map_or(0, |health| health.failures)
}

federated! {
    async fn each_reach_goes_where_it_may(app: TestApp) {
        let alice = app.staff("alice").await;
        let (sister, partner) = (peer(&app, "sister", Tier::Company).await, peer(&app, "partner", Tier::Partner).await);
        let _workers = Workers::start(&app);
        for peer in [&sister, &partner] {
            for by in ["ann", "ben"] {
                peer.follows(&app, by, &alice.account).await;
            }
        }
        for &reach in Reach::ALL {
            alice.says(&format!("reach {reach}"), reach).await;
        }
        sent_off(&app).await;
        let got = |peer: &Peer| {
            let mut got: Vec<String> = peer
                .received_of("Create")
                .iter()
                .map(|create| create["object"]["content"].as_str().unwrap().replace("<p>reach ", "").replace("</p>", ""))
                .collect();
            got.sort();
            got
        };
        // One copy per host, to its shared inbox, however many followers it has.
        assert_eq!(got(&sister), ["company", "followers", "partners", "public"]);
        assert_eq!(got(&partner), ["followers", "partners", "public"]);
        for (path, _) in partner.received().iter().filter(|(_, activity)| activity["type"] == "Create") {
            assert_eq!(path, "/inbox");
        }
    }

    async fn a_delete_goes_to_every_host_that_got_the_status(app: TestApp) {
        let alice = app.staff("alice").await;
        let partner = peer(&app, "partner", Tier::Partner).await;
        let _workers = Workers::start(&app);
        partner.follows(&app, "ann", &alice.account).await;
        let status = alice.says("hello", Reach::Partners).await.status;
        sent_off(&app).await;
        // The follower leaves; the Delete still reaches the host.
        let follow = partner.activity("Follow", "ann", "follow-ann-alice", alice.account.uri.clone().into());
        partner.post(&app, "ann", &partner.activity("Undo", "ann", "u", follow)).await;
        worked_off(&app).await;
        portico_service::publishing::statuses::delete(&app.instance, &alice.account, status.id).await.unwrap();
        sent_off(&app).await;
        let deleted = partner.received_of("Delete");
        assert_eq!(deleted.len(), 1);
        assert_eq!(deleted[0]["object"]["id"], status.uri.as_str());
    }

    async fn a_dead_peer_delays_nobody(app: TestApp) {
        let alice = app.staff("alice").await;
        let (dead, broken, well) = (
            peer(&app, "dead", Tier::Partner).await,
            peer(&app, "broken", Tier::Partner).await,
            peer(&app, "well", Tier::Partner).await,
        );
        let workers = Workers::start(&app);
        for peer in [&dead, &broken, &well] {
            peer.follows(&app, "ann", &alice.account).await;
        }
        broken.answer_with(500, &[]);
        dead.answer_with(429, &[("retry-after", "3600")]);
        for n in 0..10 {
            alice.says(&format!("post {n}"), Reach::Partners).await;
        }
        eventually("the well peer has all", || async { (well.received_of("Create").len() == 10).then_some(()) }).await;
        // In order, too.
        let contents: Vec<_> = well.received_of("Create").iter().map(|c| c["object"]["content"].clone()).collect();
        assert_eq!(contents, (0..10).map(|n| serde_json::json!(format!("<p>post {n}</p>"))).collect::<Vec<_>>());
        eventually("the dead peer is tried", || async { (!dead.received_of("Create").is_empty()).then_some(()) }).await;
        // The workers end, so the answer of each peer is written down before the test goes on.
        workers.end().await;
        let tried = dead.received_of("Create").len();
        assert!(tried < 10, "a run ends at the first answer that asks for rest");
        let workers = Workers::start(&app);
        alice.says("post 10", Reach::Partners).await;
        eventually("the well peer has that, too", || async { (well.received_of("Create").len() == 11).then_some(()) }).await;
        workers.end().await;
        assert_eq!(dead.received_of("Create").len(), tried, "a peer that asks for rest gets it");

        // Both recover, and get the waiting activities.
        for peer in [&dead, &broken] {
            peer.answer_with(202, &[]);
        }
        app.advance(2 * 3600);
        let _workers = Workers::start(&app);
        sent_off(&app).await;
        for peer in [&dead, &broken] {
            let mut ids: Vec<_> = peer.received_of("Create").iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), 11, "{}", peer.domain);
        }
    }
}

#[test]
fn a_word_from_a_held_host_opens_its_lane() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let partner = peer(&app, "partner", Tier::Partner).await;
        let workers = Workers::start(&app);
        partner.follows(&app, "ann", &alice.account).await;
        partner.answer_with(503, &[]);
        alice.says("hello", Reach::Partners).await;
        eventually("the first try", || async { (!partner.received_of("Create").is_empty()).then_some(()) })
            .await;
        // The workers end, so the failure is written down before the host says something.
        workers.end().await;
        partner.answer_with(202, &[]);
        let _workers = Workers::start(&app);
        let like = partner.activity("View", "ann", "v", serde_json::json!(null));
        assert_eq!(partner.post(&app, "ann", &like).await.status, 202);
        sent_off(&app).await;
        assert_eq!(partner.received_of("Create").len(), 2);
    });
}

#[test]
fn final_answers_are_final() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let partner = peer(&app, "partner", Tier::Partner).await;
        let _workers = Workers::start(&app);
        partner.follows(&app, "ann", &alice.account).await;
        for status in [400, 403, 404, 410, 422, 308] {
            partner.answer_with(status, &[("location", "/elsewhere")]);
            alice.says(&format!("{status}"), Reach::Partners).await;
            sent_off(&app).await;
        }
        // A status that may mean an unsupported signature scheme is retried once with the other scheme; a
        // shared inbox that is gone is replaced by personal inboxes; and a redirect of an inbox is followed
        // once.
        assert_eq!(partner.received_of("Create").len(), 6 + 2 + 1 + 1);
        let elsewhere = partner.received().iter().filter(|(path, _)| path == "/elsewhere").count();
        assert_eq!(elsewhere, 1, "a redirect is followed once");
    });
}

#[test]
fn a7_a_host_that_is_down_for_an_hour_gets_everything_once_and_in_order() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let partner = peer(&app, "partner", Tier::Partner).await;
        let workers = Workers::start(&app);
        partner.follows(&app, "ann", &alice.account).await;
        partner.answer_with(503, &[]);
        for n in 0..5 {
            alice.says(&format!("post {n}"), Reach::Partners).await;
        }
        eventually("it is tried", || async { (!partner.received_of("Create").is_empty()).then_some(()) })
            .await;
        // The process ends in the middle, and another takes over.
        workers.end().await;
        let before = partner.received().len();
        partner.answer_with(202, &[]);
        app.advance(3600);
        let _workers = Workers::start(&app);
        sent_off(&app).await;
        let creates: Vec<_> = partner.received().into_iter().skip(before).map(|(_, create)| create).collect();
        let contents: Vec<_> = creates.iter().map(|create| create["object"]["content"].clone()).collect();
        let mut once = contents.clone();
        once.dedup();
        assert_eq!(contents, once, "once each");
        let sent: std::collections::BTreeSet<_> = contents.iter().map(ToString::to_string).collect();
        assert_eq!((sent.len(), contents.len()), (5, 5));
    });
}

#[test]
fn a7_a_host_that_is_down_for_a_week_is_given_up_and_any_sign_of_life_brings_it_back() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let partner = peer(&app, "partner", Tier::Partner).await;
        let workers = Workers::start(&app);
        partner.follows(&app, "ann", &alice.account).await;
        partner.follows(&app, "ben", &alice.account).await;
        sent_off(&app).await;
        alice.says("kept", Reach::Partners).await;
        let gone = alice.says("gone", Reach::Partners).await;
        sent_off(&app).await;
        // A host that always answers "later" is treated like one that does not answer.
        partner.answer_with(503, &[("retry-after", "30")]);
        alice.says("lost", Reach::Partners).await;
        portico_service::publishing::statuses::delete(&app.instance, &alice.account, gone.status.id)
            .await
            .unwrap();
        let ben = partner.known(&app, "ben").await.unwrap().id;
        alice.post(&format!("/api/v1/accounts/{ben}/block"), serde_json::json!({})).await.ok();
        let form = serde_json::json!({ "display_name": "Alice the second" });
        alice.call(Method::PATCH, "/api/v1/accounts/update_credentials", Some(form)).await.ok();
        // The fifth is the Reject that ends ben's follow.
        eventually_is("the number of deliveries that wait", 5, || waiting(&app)).await;
        // The clock moves only while no worker runs, so each failure gets the time at which it happened.
        let held = async |mut workers: Workers| {
            for count in 1..=5 {
                eventually("it fails again", || async {
                    (failures(&app, &partner).await >= count).then_some(())
                })
                .await;
                workers.end().await;
                app.advance(3600);
                workers = Workers::start(&app);
            }
            workers
        };
        held(workers).await.end().await;
        app.advance(8 * 24 * 3600);
        let before = failures(&app, &partner).await;
        let workers = Workers::start(&app);
        let what = "the number of deliveries that wait: the post and the Reject are given up";
        eventually_is(what, 3, || waiting(&app)).await;
        eventually("it is tried once more", || async {
            (failures(&app, &partner).await > before).then_some(())
        })
        .await;
        workers.end().await;
        partner.answer_with(202, &[]);
        let workers = Workers::start(&app);
        let word = partner.activity("View", "ann", "alive", serde_json::json!(null));
        assert_eq!(partner.post(&app, "ann", &word).await.status, 202);
        sent_off(&app).await;
        for kind in ["Delete", "Block", "Update"] {
            assert!(!partner.received_of(kind).is_empty(), "{kind}");
        }
        alice.says("again", Reach::Partners).await;
        sent_off(&app).await;
        let last = partner.received_of("Create").pop().unwrap();
        assert_eq!(last["object"]["content"], "<p>again</p>");
        partner.answer_with(503, &[("retry-after", "30")]);
        let again = status_of(&app, last["object"]["id"].as_str().unwrap()).await.unwrap().id;
        portico_service::publishing::statuses::delete(&app.instance, &alice.account, again).await.unwrap();
        eventually_is("the number of deliveries that wait: the Delete", 1, || waiting(&app)).await;
        held(workers).await.end().await;
        app.advance(31 * 24 * 3600);
        let _workers = Workers::start(&app);
        eventually_is("the number of deliveries that wait after a month", 0, || waiting(&app)).await;
    });
}

#[test]
fn a7_an_inbox_that_is_gone_takes_its_owner_along_only_if_the_owner_is_gone_too() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let partner = peer(&app, "partner", Tier::Partner).await;
        let mut ann = partner.person("ann");
        ann["endpoints"] = serde_json::json!({});
        partner.serve("/users/ann", ann);
        let _workers = Workers::start(&app);
        partner.follows(&app, "ann", &alice.account).await;
        partner.answer_with(410, &[]);
        for (status, stays) in [(StatusCode::NOT_FOUND, true), (StatusCode::GONE, false)] {
            partner.serve_as("/users/ann", status, "text/plain", "");
            let asked = partner.asked().len();
            alice.says(&format!("{status}"), Reach::Partners).await;
            sent_off(&app).await;
            eventually("the owner is asked for", || async { (partner.asked().len() > asked).then_some(()) })
                .await;
            if stays {
                // The second round proves it, too: nobody would ask for an account that is gone.
                assert!(partner.known(&app, "ann").await.is_some(), "404 alone is no farewell");
            } else {
                eventually("the account goes", || async {
                    partner.known(&app, "ann").await.is_none().then_some(())
                })
                .await;
            }
            app.advance(700);
        }
    });
}

#[test]
fn nothing_goes_to_a_host_that_was_blocked_meanwhile() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let partner = peer(&app, "partner", Tier::Partner).await;
        let _workers = Workers::start(&app);
        partner.follows(&app, "ann", &alice.account).await;
        partner.answer_with(500, &[]);
        alice.says("hello", Reach::Partners).await;
        eventually("the first try", || async { (!partner.received_of("Create").is_empty()).then_some(()) })
            .await;
        partner.answer_with(202, &[]);
        partner.is(&app, Tier::Blocked).await;
        app.advance(3600);
        sent_off(&app).await;
        assert_eq!(partner.received_of("Create").len(), 1);
    });
}

#[test]
fn sister_instances_find_each_other_and_share_what_is_for_the_company() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let (engineering, sales) = sisters().await;
        let alice = engineering.staff("alice").await;
        let _workers = (Workers::start(&engineering), Workers::start(&sales));
        let follows = async |app: &TestApp, domain: &str| {
            let id = app.instance.actor_id;
            let found: Result<_, portico_store::Error> =
                app.instance.store.read(move |r| r.list_follower_inboxes(id)).await;
            found.unwrap().iter().any(|to| to.host == domain)
        };
        eventually("they follow each other", || async {
            let both = follows(&engineering, &sales.instance.settings.domain).await
                && follows(&sales, &engineering.instance.settings.domain).await;
            both.then_some(())
        })
        .await;
        let company = alice.says("for the company", Reach::Company).await.status;
        let instance = alice.says("for us alone", Reach::Instance).await.status;
        eventually("the post arrives unasked", || status_of(&sales, &company.uri)).await;
        assert_eq!(status_of(&sales, &company.uri).await.unwrap().reach, Reach::Company);
        sent_off(&engineering).await;
        worked_off(&sales).await;
        assert_eq!(status_of(&sales, &instance.uri).await, None);
    });
}

#[test]
fn a7_a_shared_inbox_that_is_gone_leaves_the_inboxes_of_people() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let partner = peer(&app, "partner", Tier::Partner).await;
        let other = peer(&app, "other", Tier::Partner).await;
        let _workers = Workers::start(&app);
        for by in ["ann", "ben"] {
            partner.follows(&app, by, &alice.account).await;
        }
        other.follows(&app, "ann", &alice.account).await;
        partner.answer_at("/inbox", 410, None);
        let post = alice.says("hello", Reach::Partners).await.status;
        sent_off(&app).await;
        let paths = |kind: &str| {
            let mut paths: Vec<String> = partner
                .received()
                .into_iter()
                .filter(|(_, activity)| activity["type"] == kind)
                .map(|(path, _)| path)
                .collect();
            paths.sort();
            paths
        };
        assert_eq!(paths("Create"), ["/users/ann/inbox", "/users/ben/inbox"]);
        // From now on they are reached directly, and the Delete goes to their personal inboxes.
        let knocks = || partner.asked().iter().filter(|asked| *asked == "posted /inbox").count();
        assert_eq!(knocks(), 1);
        alice.says("again", Reach::Partners).await;
        sent_off(&app).await;
        assert_eq!((knocks(), paths("Create").len()), (1, 4));
        portico_service::publishing::statuses::delete(&app.instance, &alice.account, post.id).await.unwrap();
        sent_off(&app).await;
        assert_eq!(paths("Delete"), ["/users/ann/inbox", "/users/ben/inbox"]);
        // Accounts elsewhere are not affected; and nothing replaces a personal inbox.
        assert_eq!(other.received_of("Create").len(), 2);
        partner.answer_at("/users/ann/inbox", 410, None);
        alice.says("and again", Reach::Partners).await;
        sent_off(&app).await;
        assert_eq!(paths("Create").len(), 5);
    });
}

#[test]
fn a7_an_inbox_that_has_moved_on_its_own_server_is_followed_once() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let (partner, other) =
            (peer(&app, "partner", Tier::Partner).await, peer(&app, "other", Tier::Partner).await);
        let _workers = Workers::start(&app);
        partner.follows(&app, "ann", &alice.account).await;
        let said = async |text: &str| {
            alice.says(text, Reach::Partners).await;
            sent_off(&app).await;
        };
        for status in [307, 308] {
            partner.answer_at("/inbox", status, Some("/moved"));
            said(&format!("moved by {status}")).await;
        }
        let at = |peer: &Peer, path: &str| peer.received().iter().filter(|(found, _)| found == path).count();
        assert_eq!(at(&partner, "/moved"), 2);
        // A redirect that would turn the POST into a GET, one to another server, and a second redirect are
        // final.
        partner.answer_at("/inbox", 302, Some("/moved"));
        said("a redirect for pages").await;
        partner.answer_at("/inbox", 308, Some(&other.at("/inbox")));
        said("another's inbox").await;
        partner.answer_at("/inbox", 308, Some("/on"));
        partner.answer_at("/on", 308, Some("/moved"));
        said("from place to place").await;
        assert_eq!((at(&partner, "/moved"), other.received().len()), (2, 0));
    });
}
