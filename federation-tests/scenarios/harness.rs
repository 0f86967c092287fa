//! Tests of the harness itself: a third-party server accepts what the fake peer signs and serves.

use federation_tests::fakepeer::{FakePeer, Manner, Signed};
use federation_tests::front::Front;
use federation_tests::http::{self, Connection, Request};
use federation_tests::server::free_port;
use serde_json::json;

use crate::fedify::Fedify;

#[test]
#[ignore = "needs Node and the package @fedify/fedify"]
fn fedify_understands_the_fake_peer() {
    let fedify = Fedify::start();
    let peer = FakePeer::start("peer");
    let actor = peer.actor("mallory");
    let inbox = format!("http://{}/users/frida/inbox", fedify.domain);
    let create = peer.note(&actor, "one", "well signed");
    let good = Signed::post(&actor, &inbox, &create);
    let answer = http::send(fedify.address, &good.request(peer.key())).expect("an answer");
    assert_eq!(answer.status, 202, "{}", answer.text());
    fedify.gets("Create", "well signed");

    let mut bad = good.clone();
    bad.signature = Some("AAAA".repeat(86));
    let answer = http::send(fedify.address, &bad.request(peer.key())).expect("an answer");
    assert_eq!(answer.status, 401, "{}", answer.text());

    // The other direction: Fedify follows the fake peer, by its Actor document.
    fedify.does("follow", &json!({ "actor": actor }));
    peer.gets("Fedify's follow", |activity| activity["type"] == "Follow" && activity["object"] == actor);
}

#[test]
fn a_fake_peer_can_fail_and_hang() {
    let peer = FakePeer::start("peer");
    let address: std::net::SocketAddr =
        ([127, 0, 0, 1], peer.domain.rsplit(':').next().expect("a port").parse().expect("a number")).into();
    let post = Request::new("POST", "/inbox").header("Host", &peer.domain).body("text/plain", "{}");
    assert_eq!(http::send(address, &post).expect("an answer").status, 202);
    peer.behaves(Manner::Failing(500));
    assert_eq!(http::send(address, &post).expect("an answer").status, 500);
    peer.behaves(Manner::Hanging);
    let answer = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| http::send(address, &post).expect("an answer"));
        federation_tests::wait::eventually("it hangs", || (peer.hanging() == 1).then_some(()));
        peer.behaves(Manner::Healthy);
        waiting.join().expect("it ends")
    });
    assert_eq!(answer.status, 202);
    assert_eq!(peer.posts(), 2, "the failed one does not count");
}

#[test]
fn a_front_takes_turns() {
    let nodes: Vec<FakePeer> = ["one", "two"].map(FakePeer::start).into();
    let addresses = nodes
        .iter()
        .map(|node| {
            ([127, 0, 0, 1], node.domain.rsplit(':').next().expect("a port").parse().expect("a number"))
                .into()
        })
        .collect();
    let port = free_port();
    let front = Front::start(port, addresses);
    for _ in 0..4 {
        let mut connection = Connection::open(([127, 0, 0, 1], port).into()).expect("it listens");
        let post = Request::new("POST", "/inbox").header("Host", "x").body("text/plain", "{}");
        assert_eq!(connection.send(&post).expect("an answer").status, 202);
    }
    assert_eq!(front.served(), [2, 2]);
    assert_eq!(nodes.iter().map(FakePeer::posts).collect::<Vec<_>>(), [2, 2]);
}
