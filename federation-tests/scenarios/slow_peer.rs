//! A peer that is down, slow or responds with 500 does not delay deliveries to others.

use federation_tests::api::id;
use federation_tests::database::Kind;
use federation_tests::fakepeer::{FakePeer, Manner};
use federation_tests::wait::eventually;
use federation_tests::world::{Layout, World};

use crate::reach::marker;

#[test]
fn a_bad_peer_delays_nobody_else() {
    let world = World::start(Kind::Sqlite, Layout::ThreeProcesses);
    let alice = world.engineering.person("alice");
    let carol = world.sales.person("carol");
    let (slow, failing, dead, healthy) = (
        FakePeer::start("slow"),
        FakePeer::start("failing"),
        FakePeer::start("dead"),
        FakePeer::start("healthy"),
    );
    for peer in [&slow, &failing, &dead, &healthy] {
        world.engineering.tier(&peer.domain, "partner");
        // Several inboxes per host, to fill a lane.
        for name in ["ann", "ben", "cid", "dan", "eve", "fay"] {
            peer.follows(&peer.actor(name), &alice, world.engineering.address());
        }
    }
    carol.follows(&alice);
    slow.behaves(Manner::Hanging);
    failing.behaves(Manner::Failing(500));
    drop(dead);

    let words: Vec<String> = (0..20).map(|_| marker("post")).collect();
    for word in &words {
        alice.post(word, "public");
    }
    for word in &words {
        carol.sees(word);
        healthy.gets(word, |activity| activity.to_string().contains(word.as_str()));
    }
    // Independent of time: all other deliveries finish while the slow peer still holds its requests.
    eventually("the slow peer holds a request", || (slow.hanging() > 0).then_some(()));
    assert!(words.iter().all(|word| !slow.ever_got(word)));

    // After recovery, the peer gets what it missed.
    slow.behaves(Manner::Healthy);
    let after = marker("after");
    let last = alice.post(&after, "public");
    healthy.gets("the last post", |activity| activity.to_string().contains(&id(&last)));
    assert!(!world.has_panicked());
}
