//! Follows severed by a block of a host or an account: those affected get one notification, with the number
//! of follows.

use axum::http::Method;
use portico_domain::model::account::Account;
use portico_domain::model::peer::Tier;
use portico_domain::model::relationship::{Follow, FollowState};
use portico_domain::model::user::Role;
use portico_service::partners::peers;
use portico_service::people::accounts;
use serde_json::{Value, json};

use portico_testing::elsewhere;
use portico_testing::{TestApp, TestUser, both_databases};

async fn stranger(app: &TestApp, name: &str) -> Account {
    peers::set_tier(&app.instance, "globex.test", Tier::Partner, "").await.unwrap();
    accounts::receive(&app.instance, elsewhere::document(name, "globex.test")).await.unwrap()
}

async fn follows(app: &TestApp, from: &Account, to: &Account, state: FollowState) {
    let follow = Follow {
        id: app.instance.ids.next(app.instance.now()),
        account_id: from.id,
        target_id: to.id,
        uri: format!("https://x.test/{}/{}", from.id, to.id),
        state,
        show_boosts: true,
        notify: false,
        languages: None,
        created_at: app.instance.now(),
    };
    let written = app.instance.store.write(move |tx| tx.insert_follow(&follow)).await;
    assert!(written.map_err(|error: portico_store::Error| error).unwrap());
}

async fn severances_of(who: &TestUser) -> Vec<Value> {
    let page = who.get("/api/v1/notifications?types[]=severed_relationships").await.ok();
    page.as_array().unwrap().iter().map(|notice| notice["event"].clone()).collect()
}

fn event(kind: &str, target: &str, followers: i64, following: i64) -> Value {
    json!({
        "type": kind,
        "target_name": target,
        "followers_count": followers,
        "following_count": following,
        "purged": true,
        "created_at": "2026-11-02T09:00:00.000Z",
    })
}

/// The same event without the id, which varies.
fn without_id(mut event: Value) -> Value {
    assert!(event["id"].as_str().is_some_and(|id| id.parse::<i64>().is_ok()), "{event}");
    event.as_object_mut().unwrap().remove("id");
    event
}

both_databases! {
    async fn with_a_blocked_host(app: TestApp) {
        let (ada, alice, bob) = (app.staff_as("ada", Role::Admin).await, app.staff("alice").await, app.staff("bob").await);
        let (erin, frank) = (stranger(&app, "erin").await, stranger(&app, "frank").await);
        follows(&app, &erin, &alice.account, FollowState::Accepted).await;
        follows(&app, &alice.account, &erin, FollowState::Accepted).await;
        follows(&app, &alice.account, &frank, FollowState::Accepted).await;
        // A request is not a follow yet.
        follows(&app, &frank, &bob.account, FollowState::Pending).await;
        ada.post("/api/v1/admin/domain_blocks", json!({"domain": "globex.test", "severity": "suspend"})).await.ok();
        let events = severances_of(&alice).await;
        assert_eq!(events.len(), 1);
        assert_eq!(without_id(events[0].clone()), event("domain_block", "globex.test", 1, 2));
        assert_eq!((severances_of(&bob).await, severances_of(&ada).await), (vec![], vec![]));
        let notice = alice.get("/api/v1/notifications").await.ok()[0].clone();
        assert_eq!(notice["account"]["username"], "alice", "no person is named");
        let groups = alice.get("/api/v2/notifications").await.ok();
        assert_eq!(groups["notification_groups"][0]["event"], events[0]);
    }

    async fn with_a_host_that_one_shuns(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let erin = stranger(&app, "erin").await;
        follows(&app, &erin, &alice.account, FollowState::Accepted).await;
        follows(&app, &alice.account, &erin, FollowState::Pending).await;
        follows(&app, &bob.account, &erin, FollowState::Accepted).await;
        alice.submit("/api/v1/domain_blocks", "domain=globex.test").await.ok();
        let events = severances_of(&alice).await;
        assert_eq!(events.len(), 1);
        assert_eq!(without_id(events[0].clone()), event("user_domain_block", "globex.test", 1, 0));
        assert_eq!(severances_of(&bob).await, Vec::<Value>::new());
        // Blocking an unknown host severs nothing.
        alice.submit("/api/v1/domain_blocks", "domain=nowhere.test").await.ok();
        assert_eq!(severances_of(&alice).await.len(), 1);
    }

    async fn with_an_erased_account(app: TestApp) {
        let (ada, alice, bob) = (app.staff_as("ada", Role::Admin).await, app.staff("alice").await, app.staff("bob").await);
        let erin = stranger(&app, "erin").await;
        follows(&app, &erin, &alice.account, FollowState::Accepted).await;
        follows(&app, &bob.account, &erin, FollowState::Accepted).await;
        let path = format!("/api/v1/admin/accounts/{}", erin.id);
        ada.post(&format!("{path}/action"), json!({"type": "suspend"})).await.ok();
        assert_eq!(severances_of(&alice).await, Vec::<Value>::new(), "a suspension can be lifted, and ends nothing");
        ada.call(Method::DELETE, &path, None).await.ok();
        let of = |who: Vec<Value>| without_id(who.into_iter().next().expect("an event"));
        assert_eq!(of(severances_of(&alice).await), event("account_suspension", "erin@globex.test", 1, 0));
        assert_eq!(of(severances_of(&bob).await), event("account_suspension", "erin@globex.test", 0, 1));
    }
}
