//! Faults around a server: network, name resolution, disk and database. After recovery, every request that
//! was answered with success has its effect, and is delivered exactly once.

use std::time::Duration;

use federation_tests::api::{Person, says};
use federation_tests::database::Kind;
use federation_tests::namespace::{Machine, inside};
use federation_tests::tls::Line;
use federation_tests::wait::{eventually, within};
use federation_tests::world::{Layout, SECURE_NAMES, World};
use serde_json::json;

use crate::reach::marker;

/// Deadline for a retry of an unreachable host, if it was down only briefly. Generous, because machines may be
/// busy.
const HEALING: Duration = Duration::from_secs(600);

#[test]
#[ignore = "needs namespaces: unshare and ip"]
fn parted_and_together_again() {
    if inside("faults::parted_and_together_again").is_none() {
        return;
    }
    let (world, _stranger) = World::secure(Kind::Sqlite);
    let (alice, carol) = friends(&world);
    let erin = world.globex.person("erin");
    erin.follows(&alice);
    let mut words = (Vec::new(), Vec::new());
    // First with connections that are closed at once, then with connections without any response.
    for line in [Line::Cut, Line::Silent] {
        let lines = &world.proxies[..2];
        lines.iter().for_each(|proxy| proxy.becomes(line));
        for _ in 0..10 {
            words.0.push(posts(&alice));
            words.1.push(posts(&carol));
        }
        // The partner is not affected by the fault.
        erin.sees(words.0.last().expect("ten"));
        assert!(carol.finds_at_home(&words.0[words.0.len() - 10]).is_none(), "{line:?}: the line holds");
        lines.iter().for_each(|proxy| proxy.becomes(Line::Open));
        arrive_once(&carol, &words.0);
        arrive_once(&alice, &words.1);
    }
    assert!(!world.has_panicked());
}

#[test]
#[ignore = "needs namespaces: unshare and ip"]
fn a_name_that_nobody_knows_for_a_while() {
    let Some(machine) = inside("faults::a_name_that_nobody_knows_for_a_while") else { return };
    let (world, _stranger) = World::secure(Kind::Sqlite);
    let (alice, carol) = friends(&world);
    let erin = world.globex.person("erin");
    erin.follows(&alice);
    machine.forgets(&SECURE_NAMES[1..2]);
    // Open connections need no name resolution, so they are closed.
    world.proxies[1].breaks();
    let words: Vec<String> = (0..10).map(|_| posts(&alice)).collect();
    erin.sees(words.last().expect("ten"));
    assert!(carol.finds_at_home(&words[9]).is_none(), "there was no way");
    machine.forgets(&[]);
    arrive_once(&carol, &words);
    assert!(!world.has_panicked());
}

#[test]
#[ignore = "needs namespaces: unshare and ip"]
fn a_full_disk() {
    let Some(machine) = inside("faults::a_full_disk") else { return };
    let (world, _stranger) = World::secure(Kind::Sqlite);
    let (alice, carol) = friends(&world);
    let mut answered = vec![posts(&alice)];
    carol.sees(&answered[0]);

    answered.append(&mut until_the_disk_refuses(&machine, &alice));
    // With free space, everything works again, and no accepted post is missing.
    for _ in 0..3 {
        answered.push(eventually("she can post again", || tries_to_post(&alice, "after").ok()));
    }
    arrive_once(&carol, &answered);
    arrive_once(&alice, &answered);
    assert!(!world.has_panicked());
    assert!(world.engineering.server().stop(), "it ends well");
    world.engineering.server().start();
    arrive_once(&alice, &answered);
}

#[test]
#[ignore = "needs PORTICO_TEST_POSTGRES"]
fn a_database_that_starts_again() {
    let world = World::start(Kind::Postgres, Layout::ThreeProcesses);
    let (alice, carol) = friends(&world);
    let mut answered = vec![posts(&alice)];
    carol.sees(&answered[0]);
    for _ in 0..3 {
        world.sales.database.is_down();
        // Engineering works; deliveries to sales wait.
        answered.extend((0..5).map(|_| posts(&alice)));
        world.engineering.database.is_down();
        let refused = tries_to_post(&alice, "down").expect_err("there is no database");
        assert!(matches!(refused, 500 | 503), "{refused}");
        world.engineering.database.is_back();
        world.sales.database.is_back();
        answered.push(eventually("she can post again", || tries_to_post(&alice, "back").ok()));
    }
    arrive_once(&carol, &answered);
    arrive_once(&alice, &answered);
    assert!(!world.has_panicked());
}

fn friends(world: &World) -> (Person, Person) {
    let (alice, carol) = (world.engineering.person("alice"), world.sales.person("carol"));
    alice.follows(&carol);
    carol.follows(&alice);
    (alice, carol)
}

fn posts(person: &Person) -> String {
    let word = marker("post");
    person.post(&word, "public");
    word
}

/// Posts a word. Returns it, or the status of the error response.
fn tries_to_post(person: &Person, what: &str) -> Result<String, u16> {
    let word = marker(what);
    let request = person.posting(&json!({ "status": word, "reach": "public" }), None);
    let status = person.try_send(&request).map_or(0, |answer| answer.status);
    if status == 200 { Ok(word) } else { Err(status) }
}

/// Fills the disk and posts until posting fails, several times. Returns the words of accepted posts.
fn until_the_disk_refuses(machine: &Machine, person: &Person) -> Vec<String> {
    let full = machine.fills_up();
    let (mut answered, mut refused) = (Vec::new(), 0);
    while refused < 5 {
        match tries_to_post(person, "full") {
            Ok(word) => answered.push(word),
            Err(status) => {
                assert!(matches!(status, 500 | 503 | 507), "{status} on {}", full.path().display());
                refused += 1;
            }
        }
        assert!(answered.len() < 2_000, "the disk is not full");
    }
    answered
}

fn arrive_once(reader: &Person, words: &[String]) {
    within(HEALING, &format!("all {} arrive", words.len()), || {
        let home = reader.whole_home();
        words.iter().all(|word| home.iter().any(|status| says(status, word))).then_some(())
    });
    let home = reader.whole_home();
    for word in words {
        assert_eq!(home.iter().filter(|status| says(status, word)).count(), 1, "{word}");
    }
}
