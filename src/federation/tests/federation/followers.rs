//! Followers synchronisation (FEP-8fcf).

use axum::http::HeaderValue;
use portico_domain::model::Reach;
use portico_domain::model::peer::Tier;
use portico_http_signatures::digest;
use portico_http_signatures::sign::{self, RequestToSign};
use portico_service::social::relationships::{self, FollowOptions};
use serde_json::{Value, json};

use portico_testing::peer::{
    Peer, Workers, eventually, federated, get_anonymously, on_sqlite, sent_off, worked_off,
};
use portico_testing::{Reply, TestApp, TestUser};

async fn partner(app: &TestApp, name: &str) -> Peer {
    let peer = Peer::start(name).await;
    peer.is(app, Tier::Partner).await;
    peer
}

fn digest_of(ids: &[&str]) -> String {
    let mut sum = [0_u8; 32];
    for id in ids {
        let of_id = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, id.as_bytes());
        sum.iter_mut().zip(of_id.as_ref()).for_each(|(byte, other)| *byte ^= other);
    }
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Posts a note to followers with a synchronisation header, signed or unsigned.
async fn speaks_of(app: &TestApp, peer: &Peer, id: &str, said: &str, signed: bool) -> Reply {
    let note = peer.note("ann", id, "hello", &[&peer.followers("ann")], &[]);
    let body = peer.create("ann", &note).to_string();
    let url = url::Url::parse(&app.instance.urls.at("/inbox")).unwrap();
    let digest = digest::digest_header(body.as_bytes());
    let request = RequestToSign {
        scheme: sign::SignatureScheme::Cavage,
        method: "post",
        url: &url,
        with_query: true,
        digest: Some(&digest),
        synchronization: signed.then_some(said),
        now: app.instance.now(),
    };
    let mut headers = sign::headers(&peer.key("ann"), &request).unwrap();
    headers.insert("collection-synchronization", HeaderValue::from_str(said).unwrap());
    peer.post_raw(app, "/inbox", headers, body).await
}

fn header(peer: &Peer, ids: &[&str]) -> String {
    let (collection, url) = (peer.followers("ann"), peer.at("/users/ann/sync"));
    format!(r#"collectionId="{collection}", url="{url}", digest="{}""#, digest_of(ids))
}

fn lists(peer: &Peer, ids: &[&str]) {
    let items: Vec<Value> = ids.iter().map(|id| json!(id)).collect();
    peer.serve(
        "/users/ann/sync",
        json!({ "id": peer.at("/users/ann/sync"), "type": "OrderedCollection", "orderedItems": items }),
    );
}

async fn follows(app: &TestApp, who: &TestUser, peer: &Peer) {
    let found = app.instance.remote.get().unwrap().by_url(&peer.actor("ann")).await.unwrap().unwrap();
    let portico_service::ports::RemoteObject::Account(id) = found else { panic!("no account") };
    relationships::follow(&app.instance, &who.account, id, FollowOptions::default()).await.unwrap();
}

async fn accepted(app: &TestApp, who: &TestUser, peer: &Peer) {
    follows(app, who, peer).await;
    let follow = eventually("the follow is sent", || async {
        peer.received_of("Follow").into_iter().find(|it| it["actor"] == who.account.uri.as_str())
    })
    .await;
    let id = format!("accept-{}", who.account.username);
    peer.post(app, "ann", &peer.activity("Accept", "ann", &id, follow)).await;
    worked_off(app).await;
}

async fn followers(app: &TestApp, peer: &Peer) -> i64 {
    peer.known(app, "ann").await.unwrap().followers_count
}

/// Waits until the inbox, the remote tasks and the deliveries are done.
async fn settled(app: &TestApp) {
    worked_off(app).await;
    eventually("the errands are run", || async {
        let left: Result<_, portico_store::Error> =
            app.instance.store.read(|reader| reader.count_jobs("errands")).await;
        (left.unwrap().0 == 0).then_some(())
    })
    .await;
    sent_off(app).await;
}

federated! {
    async fn our_side_is_mended_by_what_the_host_says(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        let dora = app.staff("dora").await;
        let peer = partner(&app, "partner").await;
        let _workers = Workers::start(&app);
        for who in [&alice, &bob] {
            accepted(&app, who, &peer).await;
        }
        follows(&app, &carol, &peer).await;
        app.advance(60);
        // Alice is known there; bob is not; carol's Accept was lost; dora never followed.
        let there = [alice.account.uri.as_str(), &carol.account.uri, &dora.account.uri];
        lists(&peer, &there);
        assert_eq!(speaks_of(&app, &peer, "1", &header(&peer, &there), true).await.status, 202);
        settled(&app).await;
        let follows = async |who: &TestUser| {
            let ann = peer.known(&app, "ann").await.unwrap().id;
            who.get(&format!("/api/v1/accounts/relationships?id[]={ann}")).await.ok()[0]["following"] == true
        };
        assert_eq!((follows(&alice).await, follows(&bob).await, follows(&carol).await), (true, false, true));
        let undone = peer.received_of("Undo");
        assert!(undone.iter().any(|undo| undo["actor"] == dora.account.uri.as_str()), "{undone:?}");
        assert_eq!(followers(&app, &peer).await, 2);

        // At most once an hour, and not if the digests match.
        let asked = peer.asked().iter().filter(|path| *path == "/users/ann/sync").count();
        speaks_of(&app, &peer, "2", &header(&peer, &[]), true).await;
        settled(&app).await;
        app.advance(3601);
        let ours = [alice.account.uri.as_str(), &carol.account.uri];
        speaks_of(&app, &peer, "3", &header(&peer, &ours), true).await;
        settled(&app).await;
        assert_eq!(peer.asked().iter().filter(|path| *path == "/users/ann/sync").count(), asked);
    }

    async fn local_followers_are_synchronised_and_listed_by_host(app: TestApp) {
        let alice = app.staff("alice").await;
        let (peer, other) = (partner(&app, "partner").await, partner(&app, "other").await);
        let _workers = Workers::start(&app);
        peer.follows(&app, "ann", &alice.account).await;
        peer.follows(&app, "ben", &alice.account).await;
        other.follows(&app, "ann", &alice.account).await;
        alice.says("to followers", Reach::Followers).await;
        alice.says("to all", Reach::Public).await;
        sent_off(&app).await;
        let path = "/users/alice/followers_synchronization";
        let said = peer.received_headers_of("Create", "collection-synchronization");
        let sum = digest_of(&[&peer.actor("ann"), &peer.actor("ben")]);
        let (collection, url) = (format!("{}/followers", alice.account.uri), app.instance.urls.at(path));
        let expected = format!(r#"collectionId="{collection}", url="{url}", digest="{sum}""#);
        assert_eq!(said, [Some(expected), None], "with what is for followers alone");
        let listed = peer.get(&app, "ben", path).await.ok();
        assert_eq!(listed["orderedItems"], json!([peer.actor("ann"), peer.actor("ben")]));
        assert_eq!(other.get(&app, "server", path).await.ok()["orderedItems"], json!([other.actor("ann")]));
        assert_eq!(get_anonymously(&app, path).await.status, 401);
    }
}

#[test]
fn s32_nothing_is_removed_by_a_broken_or_foreign_list() {
    on_sqlite(async |app| {
        let peer = partner(&app, "partner").await;
        let other = partner(&app, "other").await;
        let _workers = Workers::start(&app);
        let mut all = Vec::new();
        for n in 0..12 {
            let who = app.staff(&format!("staff{n}")).await;
            accepted(&app, &who, &peer).await;
            all.push(who.account.uri.clone());
        }
        app.advance(60);
        let few = [all[0].as_str()];
        let mut id = 0;
        let mut stays = async |said: String, signed: bool, what: &str| {
            id += 1;
            app.advance(3700);
            assert_eq!(speaks_of(&app, &peer, &id.to_string(), &said, signed).await.status, 202, "{what}");
            settled(&app).await;
            assert_eq!(followers(&app, &peer).await, 12, "{what}");
        };
        stays(header(&peer, &few), true, "no list").await;
        lists(&peer, &[]);
        stays(header(&peer, &[]), true, "an empty list").await;
        lists(&peer, &few);
        stays(header(&peer, &few), false, "a header that is not signed").await;
        stays(header(&peer, &few), true, "more than half at once").await;
        let theirs = header(&peer, &few).replace(&peer.followers("ann"), &peer.followers("ben"));
        stays(theirs, true, "another's followers").await;
        let away = header(&peer, &few).replace(&peer.at("/users/ann/sync"), &other.at("/users/ann/sync"));
        stays(away, true, "a list elsewhere").await;
        stays("nonsense".to_owned(), true, "nonsense").await;
        assert!(!other.asked().iter().any(|path| path == "/users/ann/sync"));
    });
}
