//! Measures delivery to followers on many hosts, some of them dead: the delay of the others, and the cost.

use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use federation_tests::api::Person;
use federation_tests::database::Kind;
use federation_tests::fakepeer::{FakePeer, Manner};
use federation_tests::http::Response;
use federation_tests::process::usage;
use federation_tests::wait::within;
use federation_tests::world::Instance;
use serde_json::json;
use tempfile::TempDir;

use crate::{Times, figure};

const HEALTHY: usize = 400;
/// Number of dead hosts. Half of them refuse connections; the others accept them and never respond.
const DEAD: usize = 100;
const FOLLOWERS_EACH: usize = 20;
const POSTS: usize = 5;

pub fn measure() {
    let folder = TempDir::with_prefix("portico-bench-").expect("a folder");
    let instance = Instance::alone(Kind::Sqlite, folder.path(), "engineering", "open");
    let alice = instance.person("alice");
    let (healthy, refusing, silent) =
        (FakePeer::start("well"), FakePeer::start("refusing"), FakePeer::start("silent"));
    let start = Instant::now();
    for (peer, hosts) in [(&healthy, HEALTHY), (&refusing, DEAD / 2), (&silent, DEAD / 2)] {
        follow(peer, hosts, &alice, &instance);
    }
    figure("followers, hosts", format!("{}, {}", (HEALTHY + DEAD) * FOLLOWERS_EACH, HEALTHY + DEAD));
    figure("they followed within", format!("{:.1?}", start.elapsed()));
    drop(refusing);
    silent.behaves(Manner::Hanging);

    let pid = instance.server().pid().expect("it runs");
    let memory = usage(pid).memory;
    let each = HEALTHY * FOLLOWERS_EACH;
    let mut waits = Times::default();
    for number in 0..POSTS {
        let (already, start) = (healthy.posts(), Instant::now());
        let seen = healthy.received().len();
        alice.post(&format!("to everybody, number {number}"), "public");
        while healthy.posts() - already < each {
            assert!(start.elapsed() < Duration::from_secs(300), "{} of {each}", healthy.posts() - already);
            sleep(Duration::from_millis(10));
        }
        waits.0.extend(healthy.received().iter().skip(seen).map(|received| received.at - start));
    }
    waits.print("from the post to a healthy host's inbox");
    let p95 = waits.percentile(95).as_secs_f64();
    figure("the same, p95", format!("{p95:.1} s ({:.2} of 30 s)", p95 / 30.0));
    figure("memory before, most", format!("{memory} / {} MB", usage(pid).peak));
}

/// Makes one Actor of each host follow alice, and waits for all Accepts.
fn follow(peer: &FakePeer, hosts: usize, alice: &Person, instance: &Instance) {
    let inbox = format!("{}/inbox", alice.actor());
    scope(|scope| {
        for part in 0..8 {
            let inbox = &inbox;
            scope.spawn(move || {
                for number in (part..hosts).step_by(8) {
                    let host =
                        peer.host(&format!("host{number}-{}", peer.domain.split('.').next().unwrap_or("x")));
                    for follower in 0..FOLLOWERS_EACH {
                        let actor = format!("http://{host}/users/follower{follower}");
                        let follow = json!({
                            "@context": "https://www.w3.org/ns/activitystreams",
                            "id": format!("{actor}#follow"),
                            "type": "Follow",
                            "actor": actor,
                            "object": alice.actor(),
                        });
                        until_taken(|| peer.send(&actor, inbox, instance.address(), &follow));
                    }
                }
            });
        }
    });
    within(Duration::from_secs(300), "everybody follows", || {
        (peer.posts() >= hosts * FOLLOWERS_EACH).then_some(())
    });
}

/// Repeats a request until it is accepted: the server rate limits a busy host.
fn until_taken(mut send: impl FnMut() -> Option<Response>) {
    within(Duration::from_secs(120), "it is taken", || {
        send().filter(|answer| answer.status == 202).map(drop)
    });
}
