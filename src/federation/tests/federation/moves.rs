//! Account moves, local and remote.

use portico_domain::model::moderation::Moderator;
use portico_domain::model::peer::Tier;
use portico_service::social::account_moves;
use portico_service::social::relationships::{self, FollowOptions};
use portico_service::{Viewer, moderation};
use serde_json::{Value, json};

use portico_testing::peer::{
    PUBLIC, Peer, Workers, eventually, federated, on_sqlite, sent_off, status_of, worked_off,
};
use portico_testing::{TestApp, TestUser};

async fn partner(app: &TestApp, name: &str) -> Peer {
    let peer = Peer::start(name).await;
    peer.is(app, Tier::Partner).await;
    peer
}

/// Makes a local account follow one of the peer's accounts, which accepts.
async fn follows(app: &TestApp, who: &TestUser, peer: &Peer, name: &str) {
    let found = app.instance.remote.get().unwrap().by_url(&peer.actor(name)).await.unwrap().unwrap();
    let portico_service::ports::RemoteObject::Account(id) = found else { panic!("no account") };
    relationships::follow(&app.instance, &who.account, id, FollowOptions::default()).await.unwrap();
    let follow = eventually("the follow is sent", || async {
        let sent = peer.received_of("Follow");
        sent.into_iter()
            .find(|it| it["object"] == peer.actor(name) && it["actor"] == who.account.uri.as_str())
    })
    .await;
    let id = format!("accept-{name}-{}", who.account.username);
    peer.post(app, name, &peer.activity("Accept", name, &id, follow)).await;
    worked_off(app).await;
}

/// Sets `movedTo` of the old peer's ann, and `alsoKnownAs` of the new account.
fn redirect(old: &Peer, new: &Peer, name: &str) {
    let mut ann = old.person("ann");
    ann["movedTo"] = json!(new.actor(name));
    old.serve("/users/ann", ann);
    let mut person = new.person(name);
    person["alsoKnownAs"] = json!([old.actor("ann")]);
    new.serve(&format!("/users/{name}"), person);
}

fn moving(old: &Peer, id: &str, to: &str) -> Value {
    let mut moved = old.activity("Move", "ann", id, json!(old.actor("ann")));
    moved["target"] = json!(to);
    moved
}

async fn relationship(app: &TestApp, who: &TestUser, peer: &Peer, name: &str) -> (bool, bool) {
    let Some(account) = peer.known(app, name).await else { return (false, false) };
    let shown = who.get(&format!("/api/v1/accounts/relationships?id[]={}", account.id)).await.ok();
    (shown[0]["following"] == true, shown[0]["requested"] == true)
}

/// Waits until all remote tasks are done.
async fn errands_done(app: &TestApp) {
    eventually("the errands are run", || async {
        let left: Result<_, portico_store::Error> =
            app.instance.store.read(|reader| reader.count_jobs("errands")).await;
        (left.unwrap().0 == 0).then_some(())
    })
    .await;
}

federated! {
    async fn followers_come_along_to_the_new_account(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let (old, new) = (partner(&app, "old").await, partner(&app, "new").await);
        let _workers = Workers::start(&app);
        follows(&app, &alice, &old, "ann").await;
        let ann = old.known(&app, "ann").await.unwrap();
        let list = alice.submit("/api/v1/lists", "title=Friends").await.ok();
        let members = format!("/api/v1/lists/{}/accounts", list["id"].as_str().unwrap());
        alice.submit(&members, &format!("account_ids[]={}", ann.id)).await.ok();
        bob.submit(&format!("/api/v1/accounts/{}/mute", ann.id), "").await.ok();

        redirect(&old, &new, "ben");
        assert_eq!(old.post(&app, "ann", &moving(&old, "m", &new.actor("ben"))).await.status, 202);
        worked_off(&app).await;
        errands_done(&app).await;
        sent_off(&app).await;
        // In the ordinary way: a Follow to the new account, an Undo to the old one.
        let asked: Vec<Value> = new.received_of("Follow");
        assert_eq!(asked.len(), 1);
        assert_eq!((&asked[0]["actor"], &asked[0]["object"]), (&json!(alice.account.uri), &json!(new.actor("ben"))));
        assert_eq!(old.received_of("Undo")[0]["object"]["type"], "Follow");
        assert_eq!(relationship(&app, &alice, &old, "ann").await, (false, false));
        assert_eq!(relationship(&app, &alice, &new, "ben").await, (false, true));
        assert_eq!(alice.get(&members).await.ok()[0]["acct"], format!("ben@{}", new.domain));
        let ben = new.known(&app, "ben").await.unwrap();
        let muted = bob.get(&format!("/api/v1/accounts/relationships?id[]={}", ben.id)).await.ok();
        assert_eq!(muted[0]["muting"], true);

        // Clients and pages show the new account, and the old one cannot be followed.
        let path = format!("/api/v1/accounts/{}", ann.id);
        assert_eq!(bob.get(&path).await.ok()["moved"]["acct"], format!("ben@{}", new.domain));
        bob.submit(&format!("{path}/follow"), "").await.problem(403);
        // A second Move within a week has no effect.
        redirect(&old, &new, "ann");
        old.post(&app, "ann", &moving(&old, "m2", &new.actor("ann"))).await;
        worked_off(&app).await;
        errands_done(&app).await;
        sent_off(&app).await;
        assert_eq!(new.received_of("Follow").len(), 1);
    }

    async fn a_local_account_moves_and_its_followers_are_notified(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let peer = partner(&app, "partner").await;
        let _workers = Workers::start(&app);
        peer.follows(&app, "ben", &alice.account).await;
        relationships::follow(&app.instance, &bob.account, alice.account.id, FollowOptions::default()).await.unwrap();
        let me = alice.account.id;
        let stays = account_moves::start(&app.instance, me, &peer.actor("ann")).await;
        assert!(stays.unwrap_err().to_string().contains("alsoKnownAs"), "it does not name alice");

        let mut ann = peer.person("ann");
        ann["alsoKnownAs"] = json!(alice.account.uri);
        peer.serve("/users/ann", ann);
        account_moves::start(&app.instance, me, &peer.actor("ann")).await.unwrap();
        errands_done(&app).await;
        sent_off(&app).await;
        let moves = peer.received_of("Move");
        assert_eq!(moves.len(), 1);
        assert_eq!(
            (&moves[0]["actor"], &moves[0]["object"], &moves[0]["target"]),
            (&json!(alice.account.uri), &json!(alice.account.uri), &json!(peer.actor("ann")))
        );
        assert_eq!(peer.received_of("Update")[0]["object"]["movedTo"], peer.actor("ann"));
        assert_eq!(peer.received_of("Follow")[0]["actor"], bob.account.uri.as_str(), "colleagues come along");
        // She cannot be followed until the redirect is removed.
        let follow = peer.activity("Follow", "ann", "f", json!(alice.account.uri));
        peer.post(&app, "ann", &follow).await;
        worked_off(&app).await;
        sent_off(&app).await;
        assert_eq!(peer.received_of("Reject").len(), 1);
        account_moves::cancel(&app.instance, me).await.unwrap();
        sent_off(&app).await;
        assert_eq!(peer.received_of("Update")[1]["object"]["movedTo"], json!(null));
        let mut again = follow.clone();
        again["id"] = json!(peer.at("/activities/f2"));
        peer.post(&app, "ann", &again).await;
        worked_off(&app).await;
        sent_off(&app).await;
        assert!(peer.received_of("Accept").iter().any(|accept| accept["object"]["id"] == again["id"]));
        assert!(account_moves::start(&app.instance, me, &peer.actor("ann")).await.is_err(), "not twice in a week");
    }

    async fn somebody_moves_here(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let old = partner(&app, "old").await;
        let _workers = Workers::start(&app);
        follows(&app, &bob, &old, "ann").await;
        account_moves::add_alias(&app.instance, alice.account.id, &old.actor("ann")).await.unwrap();
        let shown = old.get(&app, "ben", "/users/alice").await.ok();
        assert_eq!(shown["alsoKnownAs"], json!([old.actor("ann")]));
        let mut ann = old.person("ann");
        ann["movedTo"] = json!(alice.account.uri);
        old.serve("/users/ann", ann);
        old.post(&app, "ann", &moving(&old, "m", &alice.account.uri)).await;
        worked_off(&app).await;
        errands_done(&app).await;
        let id = alice.account.id;
        let shown = bob.get(&format!("/api/v1/accounts/relationships?id[]={id}")).await.ok();
        assert_eq!(shown[0]["following"], true);
        account_moves::remove_alias(&app.instance, id, &old.actor("ann")).await.unwrap();
        let shown = old.get(&app, "ben", "/users/alice").await.ok();
        assert_eq!(shown["alsoKnownAs"], json!(null));
    }
}

#[test]
fn s21_a_move_needs_both_documents_and_a_place_that_may_take_part() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let (old, new) = (partner(&app, "old").await, partner(&app, "new").await);
        let stranger = Peer::start("stranger").await;
        let _workers = Workers::start(&app);
        follows(&app, &alice, &old, "ann").await;
        let stays = async |by: &str, what: &str| {
            // The inbox keeps the order of one actor: when this note is there, the Move before it was tried.
            let next = old.note(by, &what.replace(' ', "-"), what, &[PUBLIC], &[]);
            assert_eq!(old.post(&app, by, &old.create(by, &next)).await.status, 202);
            eventually("the note after the Move is there", || status_of(&app, next["id"].as_str().unwrap()))
                .await;
            errands_done(&app).await;
            sent_off(&app).await;
            assert_eq!(relationship(&app, &alice, &old, "ann").await, (true, false), "{what}");
        };
        // First the old document does not name the new account; then the reverse.
        old.post(&app, "ann", &moving(&old, "1", &new.actor("ben"))).await;
        stays("ann", "neither names the other").await;
        redirect(&old, &new, "ben");
        new.serve("/users/ben", new.person("ben"));
        old.post(&app, "ann", &moving(&old, "2", &new.actor("ben"))).await;
        stays("ann", "the new one does not name the old").await;
        // Another account sends a Move for ann.
        let mut forged = old.activity("Move", "ben", "3", json!(old.actor("ann")));
        forged["target"] = json!(new.actor("ben"));
        old.post(&app, "ben", &forged).await;
        stays("ben", "not ann").await;
        // To a host that is not federated with, to an account that has moved itself, and to one suspended
        // here.
        redirect(&old, &stranger, "ben");
        old.post(&app, "ann", &moving(&old, "4", &stranger.actor("ben"))).await;
        stays("ann", "a host of no tier").await;
        redirect(&old, &new, "ben");
        let mut looping = new.person("ben");
        looping["alsoKnownAs"] = json!([old.actor("ann")]);
        looping["movedTo"] = json!(old.actor("ann"));
        new.serve("/users/ben", looping);
        old.post(&app, "ann", &moving(&old, "5", &new.actor("ben"))).await;
        stays("ann", "a loop").await;
        redirect(&old, &new, "ann");
        let id = portico_service::people::accounts::get(&app.instance, Viewer::Local(alice.account.id), {
            let found = app.instance.remote.get().unwrap().by_url(&new.actor("ann")).await.unwrap();
            let Some(portico_service::ports::RemoteObject::Account(id)) = found else { panic!("no account") };
            id
        })
        .await
        .unwrap()
        .id;
        let order = moderation::ActionInput::plain(portico_domain::model::moderation::Action::Suspend);
        moderation::act(&app.instance, &Moderator::console(), id, order).await.unwrap();
        old.post(&app, "ann", &moving(&old, "6", &new.actor("ann"))).await;
        stays("ann", "suspended here").await;
        assert!(new.received_of("Follow").is_empty() && stranger.received_of("Follow").is_empty());
    });
}
