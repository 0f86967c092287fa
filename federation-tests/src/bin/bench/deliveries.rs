//! Measures signed deliveries per second from one sender to many hosts, and their share of the signing rate.

use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use federation_tests::database::Kind;
use federation_tests::fakepeer::FakePeer;
use federation_tests::process::usage;
use federation_tests::world::Instance;
use tempfile::TempDir;

use crate::{cores, figure, signing_rate};

const HOSTS: usize = 200;
const POSTS: usize = 60;

pub fn measure() {
    let per_core = signing_rate();
    let folder = TempDir::with_prefix("portico-bench-").expect("a folder");
    let instance = Instance::alone(Kind::Sqlite, folder.path(), "engineering", "open");
    let alice = instance.person("alice");
    let peer = FakePeer::start("sink");
    scope(|scope| {
        for part in 0..8 {
            let (peer, alice, address) = (&peer, &alice, instance.address());
            scope.spawn(move || {
                for number in (part..HOSTS).step_by(8) {
                    let actor = format!("http://{}/users/follower", peer.host(&format!("host{number}")));
                    peer.follows(&actor, alice, address);
                }
            });
        }
    });
    peer.only_counts();

    let pid = instance.server().pid().expect("it runs");
    let (already, total) = (peer.posts(), HOSTS * POSTS);
    let (before, start) = (usage(pid).cpu, Instant::now());
    for number in 0..POSTS {
        alice.post(&format!("to {HOSTS} hosts, number {number}"), "public");
    }
    let posted = start.elapsed();
    while peer.posts() - already < total {
        assert!(start.elapsed() < Duration::from_secs(300), "{} of {total}", peer.posts() - already);
        sleep(Duration::from_millis(10));
    }
    let (elapsed, cpu) = (start.elapsed().as_secs_f64(), usage(pid).cpu - before);
    let (rate, per_cpu) = (total as f64 / elapsed, total as f64 / cpu);
    figure("posted after", format!("{posted:.1?}"));
    figure(&format!("deliveries/s ({total} to {HOSTS} hosts)"), format!("{rate:.0}"));
    figure("deliveries per cpu second of the server", format!("{per_cpu:.0}"));
    figure("of the signing rate of the cores it used", format!("{:.2}", per_cpu / per_core));
    figure(
        "of the signing rate of all cores (the receiver has its share)",
        format!("{:.2}", rate / (per_core * cores() as f64)),
    );
    figure("memory, most", format!("{} MB", usage(pid).peak));
}
