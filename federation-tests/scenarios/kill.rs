//! Servers killed at random moments and restarted: every status whose POST was answered exists, and is in the
//! follower's home timeline exactly once; every activity answered with 202 is processed exactly once.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use federation_tests::api::Person;
use federation_tests::database::Kind;
use federation_tests::fakepeer::{FakePeer, Signed};
use federation_tests::http;
use federation_tests::server::Server;
use federation_tests::wait::within;
use federation_tests::world::{Layout, World};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::both_databases;

/// Number of concurrent writers.
const WRITERS: usize = 4;
/// Minimum and maximum number of posts per writer; limited, because home timelines are trimmed.
const EACH: usize = 40;
const MOST: usize = 180;
/// Number of times that each server is killed.
const KILLS: usize = 5;
/// Deadline for the queues to catch up after the last start. On PostgreSQL, entries claimed by a killed node
/// wait until their lease expires.
const CATCHING_UP: Duration = Duration::from_secs(600);

both_databases! {
    fn no_answered_status_is_lost(kind: Kind) {
        let world = World::start(kind, Layout::ThreeProcesses);
        let (alice, carol) = (world.engineering.person("alice"), world.sales.person("carol"));
        carol.follows(&alice);
        alice.follows(&carol);

        let words = under_fire(&[world.engineering.server(), world.sales.server()], |writer, number| {
            let word = format!("w{writer}n{number}e");
            let request = alice.posting(&json!({ "status": word, "reach": "public" }), Some(&word));
            // Retries use the same idempotency key, so that a lost response does not cause a second post.
            until_answered(&format!("{word} is posted"), || {
                alice.try_send(&request).ok().filter(|answer| answer.status == 200).map(|_| ())
            });
            word
        });

        let own = format!("/api/v1/accounts/{}/statuses", alice.id);
        assert_each_once("at alice's own", &words, &texts(&alice.every_page(&own)));
        // A host marked as unreachable is retried when an activity arrives from it.
        carol.post("I am back", "public");
        arrive_once(&carol, &words);
        assert!(!world.has_panicked());
    }

    fn no_accepted_activity_is_lost(kind: Kind) {
        let world = World::start(kind, Layout::ThreeProcesses);
        let carol = world.sales.person("carol");
        let peer = FakePeer::start("peer");
        world.sales.tier(&peer.domain, "partner");
        let (host, address) = (&world.sales.domain, world.sales.address());
        let actors: Vec<String> = (0..WRITERS).map(|n| peer.actor(&format!("writer{n}"))).collect();
        for number in 0..WRITERS {
            follows_actor(&carol, &peer, number, address);
        }

        let words = under_fire(&[world.sales.server()], |writer, number| {
            let word = format!("w{writer}n{number}e");
            let actor = &actors[writer];
            let create = peer.note(actor, &word, &word);
            let inbox = if number % 2 == 0 {
                format!("http://{host}/inbox")
            } else {
                format!("http://{host}/users/carol/inbox")
            };
            let request = Signed::post(actor, &inbox, &create).request(peer.key());
            // Resent until it is accepted, as any peer would; duplicates have the same id.
            until_answered(&format!("{word} is accepted"), || {
                http::send(address, &request).ok().filter(|answer| answer.status == 202).map(|_| ())
            });
            word
        });
        arrive_once(&carol, &words);
        assert!(!world.has_panicked());
    }
}

/// SIGTERM shuts down gracefully: requests in progress finish, and queued work stays in the database.
#[test]
fn a_stopped_server_ends_well_and_loses_nothing() {
    let world = World::start(Kind::Sqlite, Layout::ThreeProcesses);
    let (alice, carol) = (world.engineering.person("alice"), world.sales.person("carol"));
    carol.follows(&alice);
    let answered = Mutex::new(Vec::new());
    scope(|scope| {
        for writer in 0..WRITERS {
            let (alice, answered) = (&alice, &answered);
            scope.spawn(move || {
                for number in 0..1_000 {
                    let word = format!("w{writer}n{number}e");
                    let posting = alice.posting(&json!({ "status": word, "reach": "public" }), None);
                    // The server responds with 200 or 503, or refuses the connection.
                    let Ok(answer) = alice.try_send(&posting) else { return };
                    assert!(matches!(answer.status, 200 | 503), "{} {}", answer.status, answer.text());
                    if answer.status == 200 {
                        answered.lock().expect("no panic").push(word);
                    }
                }
            });
        }
        within(CATCHING_UP, "some are posted", || {
            (answered.lock().expect("no panic").len() > 20).then_some(())
        });
        assert!(world.engineering.server().stop(), "it ends by itself, with 0");
    });
    world.engineering.server().start();
    let words = answered.into_inner().expect("no panic");
    let own = format!("/api/v1/accounts/{}/statuses", alice.id);
    assert_each_once("at alice's own", &words, &texts(&alice.every_page(&own)));
    arrive_once(&carol, &words);
}

/// Follows an Actor of the fake peer, and sends the Accept that the peer does not send by itself.
fn follows_actor(carol: &Person, peer: &FakePeer, number: usize, address: std::net::SocketAddr) {
    let name = format!("writer{number}");
    let account = carol.finds(&format!("@{name}@{}", peer.domain));
    let account_id = federation_tests::api::id(&account);
    carol.act(&format!("/api/v1/accounts/{account_id}/follow"));
    let actor = peer.actor(&name);
    let follow = peer.gets("the follow", |a| a["type"] == "Follow" && a["object"] == actor.as_str());
    let accept = json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": format!("{actor}#accepts"),
        "type": "Accept",
        "actor": actor,
        "object": follow,
    });
    let inbox = format!("{}/inbox", carol.actor());
    let answer = peer.send(&actor, &inbox, address, &accept).expect("it answers");
    assert_eq!(answer.status, 202, "{}", answer.text());
    within(CATCHING_UP, "carol follows", || {
        (carol.relationship(&account)["following"] == true).then_some(())
    });
}

/// Runs the writers while the servers are killed and restarted at seeded moments. The writers stop after the
/// last kill. All servers run at the end.
fn under_fire(servers: &[&Server], write: impl Fn(usize, usize) -> String + Sync) -> Vec<String> {
    let firing = AtomicUsize::new(servers.len());
    scope(|scope| {
        for (number, server) in servers.iter().enumerate() {
            let firing = &firing;
            scope.spawn(move || {
                let mut random = StdRng::seed_from_u64(20 + number as u64);
                for _ in 0..KILLS {
                    sleep(Duration::from_millis(random.random_range(30..600)));
                    server.kill();
                    sleep(Duration::from_millis(random.random_range(0..200)));
                    server.start();
                }
                firing.fetch_sub(1, Ordering::Relaxed);
            });
        }
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (write, firing) = (&write, &firing);
                scope.spawn(move || {
                    let mut random = StdRng::seed_from_u64(writer as u64);
                    let mut words = Vec::new();
                    while words.len() < MOST && (words.len() < EACH || firing.load(Ordering::Relaxed) > 0) {
                        sleep(Duration::from_millis(random.random_range(0..40)));
                        words.push(write(writer, words.len()));
                    }
                    words
                })
            })
            .collect();
        writers.into_iter().flat_map(|w| w.join().expect("the writer ends well")).collect()
    })
}

fn until_answered(what: &str, ask: impl FnMut() -> Option<()>) {
    within(CATCHING_UP, what, ask);
}

fn arrive_once(carol: &Person, words: &[String]) {
    let start = Instant::now();
    let mut home = Vec::new();
    while start.elapsed() < CATCHING_UP {
        home = texts(&carol.whole_home());
        let seen = counts(words, &home);
        if seen.values().all(|count| *count > 0) {
            println!("all {} arrived {:?} after the last answer", words.len(), start.elapsed());
            break;
        }
        sleep(Duration::from_millis(100));
    }
    assert_each_once("at carol's home", words, &home);
}

fn texts(statuses: &[Value]) -> Vec<String> {
    statuses.iter().map(|status| status["content"].as_str().unwrap_or_default().to_owned()).collect()
}

fn counts<'a>(words: &'a [String], texts: &[String]) -> HashMap<&'a str, usize> {
    words.iter().map(|word| (word.as_str(), texts.iter().filter(|t| t.contains(word)).count())).collect()
}

fn assert_each_once(place: &str, words: &[String], texts: &[String]) {
    let mut wrong: Vec<_> = counts(words, texts).into_iter().filter(|(_, count)| *count != 1).collect();
    wrong.sort_unstable();
    assert!(wrong.is_empty(), "{place}, of {}, not exactly once: {wrong:?}", words.len());
}
