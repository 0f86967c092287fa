//! Two nodes that share a PostgreSQL database act as one instance.

use std::sync::Mutex;

use federation_tests::api::says;
use federation_tests::database::Kind;
use federation_tests::world::{Layout, World};

use crate::reach::{self, marker};

#[test]
#[ignore = "needs PORTICO_TEST_POSTGRES"]
fn two_nodes_keep_each_reach() {
    let world = World::start(Kind::Postgres, Layout::TwoNodes);
    reach::plays_everything(&world);
    let served = world.front.as_ref().expect("two nodes").served();
    assert!(served.iter().all(|count| *count > 20), "both nodes worked: {served:?}");
}

#[test]
#[ignore = "needs PORTICO_TEST_POSTGRES"]
fn each_post_of_either_node_arrives_once() {
    let world = World::start(Kind::Postgres, Layout::TwoNodes);
    let (alice, carol) = (world.engineering.person("alice"), world.sales.person("carol"));
    carol.follows(&alice);
    let posted = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for server in &world.engineering.servers {
            let alice = alice.through(server.address());
            let posted = &posted;
            scope.spawn(move || {
                for _ in 0..40 {
                    let word = marker("node");
                    alice.post(&word, "public");
                    posted.lock().expect("no panic").push(word);
                }
            });
        }
    });
    let posted = posted.into_inner().expect("no panic");
    let last = marker("last");
    alice.post(&last, "public");
    carol.sees(&last);
    for word in &posted {
        carol_has(&carol, word);
    }
    let home = carol.whole_home();
    for word in &posted {
        assert_eq!(home.iter().filter(|status| says(status, word)).count(), 1, "{word}");
    }

    // One node is killed; the other takes over all work.
    world.engineering.servers[0].kill();
    let alone = alice.through(world.engineering.servers[1].address());
    let word = marker("alone");
    alone.post(&word, "public");
    carol.sees(&word);
}

fn carol_has(carol: &federation_tests::api::Person, word: &str) {
    federation_tests::wait::eventually(word, || {
        carol.whole_home().iter().any(|status| says(status, word)).then_some(())
    });
}
