//! Measures reads of an instance with a million statuses and 10,000 accounts: timelines, notifications and
//! search.

use std::thread::scope;
use std::time::{Duration, Instant};

use federation_tests::api::Person;
use federation_tests::database::Kind;
use federation_tests::http::{Connection, Request};
use federation_tests::process::usage;
use federation_tests::world::Instance;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tempfile::TempDir;

use crate::seed::{WORDS, any_word, fill, word};
use crate::{Times, figure};

/// Requests per client.
const TIMES: usize = 500;

pub fn measure() {
    let folder = TempDir::with_prefix("portico-bench-").expect("a folder");
    let instance = Instance::alone(Kind::Sqlite, folder.path(), "engineering", "open");
    let alice = instance.person("alice");
    let server = instance.server();
    server.stop();
    let start = Instant::now();
    fill(&instance.database, &instance.domain, &alice.id);
    println!("  (seeded in {:.0?})", start.elapsed());
    let start = Instant::now();
    server.start();
    figure("start to first answer, with this database", format!("{:.0?}", start.elapsed()));

    let home = alice.home();
    let has = |what: &str| {
        home.iter().any(|status| status[what].as_array().map_or(!status[what].is_null(), |l| !l.is_empty()))
    };
    assert_eq!(home.len(), 40, "the seeded timeline is what is read");
    for part in ["card", "poll", "media_attachments", "reblog"] {
        assert!(has(part), "the seeded timeline has a {part}");
    }
    let found = alice.get(&format!("/api/v2/search?type=statuses&limit=20&q={}", word(0)));
    assert_eq!(found["statuses"].as_array().map(Vec::len), Some(20), "the seeded words are found");

    for (what, path) in [
        ("home timeline of 20", "/api/v1/timelines/home?limit=20"),
        ("local timeline of 20", "/api/v1/timelines/public?local=true&limit=20"),
        ("notifications of 20", "/api/v1/notifications?limit=20"),
        ("an account's statuses", "/api/v1/accounts/1500/statuses?limit=20"),
    ] {
        read(&instance, what, &[alice.request("GET", path)]);
    }
    for (what, asked) in searches() {
        read(&instance, what, &asked.iter().map(|query| searching(&alice, query)).collect::<Vec<_>>());
    }
    let people: Vec<Request> = (0..200)
        .map(|number| {
            alice.request("GET", &format!("/api/v2/search?type=accounts&limit=20&q=person{number}"))
        })
        .collect();
    read(&instance, "search of people by name", &people);
    figure("memory after that", format!("{} MB", usage(server.pid().expect("it runs")).memory));
}

fn searching(person: &Person, query: &str) -> Request {
    let query = federation_tests::http::encode(query);
    person.request("GET", &format!("/api/v2/search?type=statuses&limit=20&q={query}"))
}

/// Returns kinds of searches, each with its search texts.
fn searches() -> Vec<(&'static str, Vec<String>)> {
    let mut rng = StdRng::seed_from_u64(11);
    let mut many = |make: &mut dyn FnMut(&mut StdRng) -> String| -> Vec<String> {
        (0..100).map(|_| make(&mut rng)).collect()
    };
    let one = many(&mut any_word);
    let two = many(&mut |rng| format!("{} {}", any_word(rng), any_word(rng)));
    let rare = (0..100).map(|n| format!("{} {}", word(0), word(WORDS - 1 - n))).collect();
    let author = many(&mut |rng| format!("from:person77 {}", any_word(rng)));
    let phrase = many(&mut |rng| format!("\"{} {}\"", any_word(rng), any_word(rng)));
    vec![
        ("search for a word", one),
        ("search for two words", two),
        ("search for the commonest and a rare word", rare),
        ("search for a phrase", phrase),
        ("search for a word of one author", author),
        ("search for what is not there", vec!["qwertyuiop".into()]),
    ]
}

/// Sends the requests in turn, from one client and from eight, and prints the response times.
pub fn read(instance: &Instance, what: &str, requests: &[Request]) {
    let server = instance.server();
    for clients in [1, 8] {
        let (before, start) = (usage(server.pid().expect("it runs")).cpu, Instant::now());
        let times: Vec<Duration> = scope(|scope| {
            let threads: Vec<_> = (0..clients)
                .map(|client| scope.spawn(move || ask(instance, requests, client * 13)))
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("it reads")).collect()
        });
        let (count, elapsed) = (times.len() as f64, start.elapsed().as_secs_f64());
        let cpu = usage(server.pid().expect("it runs")).cpu - before;
        Times(times).print(&format!("{what}, {clients} client(s)"));
        if clients > 1 {
            figure(
                &format!("{what}, requests/s (per cpu second)"),
                format!("{:.0} ({:.0})", count / elapsed, count / cpu.max(0.01)),
            );
        }
    }
}

fn ask(instance: &Instance, requests: &[Request], first: usize) -> Vec<Duration> {
    let mut connection = Connection::open(instance.address()).expect("it listens");
    (0..TIMES)
        .map(|number| {
            let request = &requests[(first + number) % requests.len()];
            let start = Instant::now();
            let answer = connection.send(request).expect("an answer");
            assert_eq!(answer.status, 200, "{}", answer.text());
            start.elapsed()
        })
        .collect()
}
