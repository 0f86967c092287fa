//! Effects of a change of a host's tier on waiting deliveries and open streams.

use portico_domain::model::Reach;
use portico_domain::model::moderation::Moderator;
use portico_domain::model::peer::{Tier, Ties};
use portico_service::moderation::{self, HostBlockInput, HostListAction, HostListEntry, HostSeverity};
use portico_service::partners::peers;
use serde_json::{Value, json};

use portico_testing::TestApp;
use portico_testing::peer::{PUBLIC, Peer, Workers, eventually, federated, sent_off, status_of, worked_off};
use portico_testing::streams::{event, open, served};

async fn set(app: &TestApp, peer: &Peer, tier: Tier) {
    peers::set_tier(&app.instance, &peer.domain, tier, "test").await.unwrap();
}

async fn waiting(app: &TestApp) -> i64 {
    let counted = app.instance.store.read(|reader| reader.count_deliveries()).await;
    let counted: Result<(i64, i64), portico_store::Error> = counted;
    counted.unwrap().0
}

async fn ids(who: &portico_testing::TestUser, path: &str) -> Vec<Value> {
    let listed = who.get(path).await.ok();
    listed.as_array().unwrap().iter().map(|status| status["id"].clone()).collect()
}

async fn takes(app: &TestApp, peer: &Peer, id: &str) -> String {
    let note = peer.note("ann", id, "hello", &[PUBLIC], &[&peer.followers("ann")]);
    assert_eq!(peer.post(app, "ann", &peer.create("ann", &note)).await.status, 202);
    worked_off(app).await;
    note["id"].as_str().unwrap().to_owned()
}

federated! {
    async fn a11_blocking_a_host_removes_its_waiting_deliveries(app: TestApp) {
        let alice = app.staff("alice").await;
        let partner = Peer::start("partner").await;
        partner.is(&app, Tier::Partner).await;
        let workers = Workers::start(&app);
        partner.follows(&app, "ann", &alice.account).await;
        partner.answer_with(500, &[]);
        alice.says("lost", Reach::Public).await;
        eventually("it was tried", || async {
            (!partner.received_of("Create").is_empty()).then_some(())
        })
        .await;
        // The lane releases the rows that it had claimed.
        workers.end().await;
        assert_eq!(waiting(&app).await, 1);
        let would = moderation::preview_tier(&app.instance, &partner.domain, Tier::Blocked).await.unwrap();
        assert_eq!(would.severed, Ties { followers: 1, deliveries: 1, ..Ties::default() });
        set(&app, &partner, Tier::Blocked).await;
        assert_eq!(waiting(&app).await, 0);
        let left = moderation::preview_tier(&app.instance, &partner.domain, Tier::Blocked).await.unwrap();
        assert_eq!(left.severed, Ties::default(), "the preview was true");
    }

    async fn a11_posts_and_streams_end_with_a_block_and_come_back(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let partner = Peer::start("partner").await;
        partner.is(&app, Tier::Partner).await;
        let _workers = Workers::start(&app);
        let uri = takes(&app, &partner, "1").await;
        let status = status_of(&app, &uri).await.unwrap();
        let path = format!("/api/v1/statuses/{}", status.id);
        alice.post(&format!("{path}/bookmark"), json!({})).await.ok();
        bob.post(&format!("/api/v1/accounts/{}/follow", alice.id()), json!({})).await.ok();
        assert_eq!(ids(&alice, "/api/v1/bookmarks").await.len(), 1);

        set(&app, &partner, Tier::Blocked).await;
        alice.get(&path).await.problem(404);
        assert!(ids(&alice, "/api/v1/bookmarks").await.is_empty());
        assert!(ids(&alice, "/api/v1/timelines/public").await.is_empty());
        let account = partner.known(&app, "ann").await.unwrap();
        alice.get(&format!("/api/v1/accounts/{}", account.id)).await.problem(404);
        let note = partner.note("ann", "2", "again", &[PUBLIC], &[]);
        assert_eq!(partner.post(&app, "ann", &partner.create("ann", &note)).await.status, 403);

        set(&app, &partner, Tier::Partner).await;
        assert_eq!(alice.get(&path).await.status, 200, "unblocked, it is there again");
        assert_eq!(ids(&alice, "/api/v1/bookmarks").await.len(), 1);
    }

    async fn s30_s42_a_boost_of_a_blocked_host_is_on_no_open_stream(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let partner = Peer::start("partner").await;
        partner.is(&app, Tier::Partner).await;
        let _workers = Workers::start(&app);
        let uri = takes(&app, &partner, "1").await;
        let status = status_of(&app, &uri).await.unwrap();
        bob.post(&format!("/api/v1/accounts/{}/follow", alice.id()), json!({})).await.ok();
        let port = served(&app).await;
        let mut stream = open(&bob, port, "?stream=user").await;
        // Blocked while the stream is open: a boost is refused, and bob only gets alice's next post.
        set(&app, &partner, Tier::Blocked).await;
        alice.post(&format!("/api/v1/statuses/{}/reblog", status.id), json!({})).await.problem(404);
        let said = alice.posts("something else").await;
        let (_, kind, heard) = event(&mut stream).await;
        assert_eq!((kind.as_str(), &heard["id"]), ("update", &said["id"]));
    }

    async fn a_block_list_blocks_many_hosts_and_reports_severed_ties(app: TestApp) {
        let alice = app.staff("alice").await;
        let (partner, loud) = (Peer::start("partner").await, Peer::start("loud").await);
        partner.is(&app, Tier::Partner).await;
        loud.is(&app, Tier::Company).await;
        let _workers = Workers::start(&app);
        partner.follows(&app, "ann", &alice.account).await;
        sent_off(&app).await;
        let block = |domain: &str| HostListEntry {
            domain: domain.to_owned(),
            what: HostListAction::Block(HostBlockInput { limit: Some(HostSeverity::Suspend), ..HostBlockInput::default() }),
        };
        let by = Moderator::console();
        let wishes = vec![block(&partner.domain), block(&loud.domain), block("spam.example"), block("no host")];
        // With tier open, the host no longer counts as set by hand.
        partner.is(&app, Tier::Open).await;
        let would = moderation::preview_list(&app.instance, &by, &wishes).await.unwrap();
        assert_eq!(would[0].severed.followers, 1);
        let kept: Vec<bool> = would.iter().map(|change| change.kept.is_some()).collect();
        assert_eq!(kept, [false, true, false, true]);
        let done = moderation::import_list(&app.instance, &by, wishes).await.unwrap();
        assert_eq!(done, would);
        let blocked = moderation::blocked_hosts(&app.instance, &by).await.unwrap();
        assert_eq!(blocked.len(), 2);
    }
}
