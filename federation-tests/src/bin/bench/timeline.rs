//! Reading the home timeline of an instance with 100,000 statuses and 1,000 accounts.

use std::thread::scope;
use std::time::{Duration, Instant};

use federation_tests::database::Kind;
use federation_tests::http::Connection;
use federation_tests::process::usage;
use federation_tests::world::Instance;
use tempfile::TempDir;

use crate::{Times, figure};

const ACCOUNTS: u32 = 1_000;
const STATUSES: u32 = 100_000;
const CARDS: u32 = 1_000;
/// As long as the server keeps them.
const HOME: u32 = 800;

pub fn measure() {
    let folder = TempDir::with_prefix("portico-bench-").expect("a folder");
    let instance = Instance::alone(Kind::Sqlite, folder.path(), "engineering", "open");
    let alice = instance.person("alice");
    let server = instance.server();
    server.stop();
    let start = Instant::now();
    instance.database.execute(&seed(&instance.domain, &alice.id));
    println!("  (seeded in {:.1?})", start.elapsed());
    server.start();

    for (what, path) in [
        ("home timeline of 20", "/api/v1/timelines/home?limit=20"),
        ("local timeline of 20", "/api/v1/timelines/public?local=true&limit=20"),
        ("notifications of 20", "/api/v1/notifications?limit=20"),
    ] {
        for clients in [1, 8] {
            let (before, start) = (usage(server.pid().expect("it runs")).cpu, Instant::now());
            let times: Vec<Duration> = scope(|scope| {
                let threads: Vec<_> = (0..clients)
                    .map(|_| {
                        let request = alice.request("GET", path);
                        scope.spawn(move || {
                            let mut connection =
                                Connection::open(instance_address(server)).expect("it listens");
                            (0..500)
                                .map(|_| {
                                    let start = Instant::now();
                                    let answer = connection.send(&request).expect("an answer");
                                    assert_eq!(answer.status, 200, "{}", answer.text());
                                    start.elapsed()
                                })
                                .collect::<Vec<_>>()
                        })
                    })
                    .collect();
                threads.into_iter().flat_map(|thread| thread.join().expect("it reads")).collect()
            });
            let (count, elapsed) = (times.len() as f64, start.elapsed().as_secs_f64());
            let cpu = usage(server.pid().expect("it runs")).cpu - before;
            Times(times).print(&format!("{what}, {clients} client(s)"));
            figure(
                &format!("{what}, {clients} client(s), requests/s (per cpu second)"),
                format!("{:.0} ({:.0})", count / elapsed, count / cpu.max(0.01)),
            );
        }
    }
    let home = alice.home();
    assert_eq!(home.len(), 40, "the seeded timeline is what was read");
    figure("memory after that", format!("{} MB", usage(server.pid().expect("it runs")).memory));
}

fn instance_address(server: &federation_tests::server::Server) -> std::net::SocketAddr {
    server.address()
}

/// The one place here that knows tables: the statements that fill them.
fn seed(domain: &str, reader: &str) -> Vec<String> {
    let origin = format!("http://{domain}");
    let numbers =
        |to: u32| format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {to})");
    vec![
        "PRAGMA journal_mode = WAL".into(),
        "BEGIN".into(),
        format!(
            "INSERT INTO accounts (id, username, uri, url, kind, display_name, inbox_url, created_at, \
             statuses_count) {} SELECT 1000 + i, 'person' || i, '{origin}/users/person' || i, \
             '{origin}/@person' || i, 'Person', 'Person number ' || i, \
             '{origin}/users/person' || i || '/inbox', 1700000000000, {} FROM n",
            numbers(ACCOUNTS),
            STATUSES / ACCOUNTS
        ),
        format!(
            "INSERT INTO users (id, account_id, email, role, created_at) {} \
             SELECT 1000 + i, 1000 + i, 'person' || i || '@people.example', 'member', 1700000000000 FROM n",
            numbers(ACCOUNTS)
        ),
        format!(
            "INSERT INTO follows (id, account_id, target_id, uri, accepted, created_at) {} \
             SELECT 1000 + i, {reader}, 1000 + i, '{origin}/follows/' || i, 1, 1700000000000 FROM n",
            numbers(ACCOUNTS / 2)
        ),
        // Ids as the server makes them: milliseconds, then 21 bits.
        format!(
            "INSERT INTO statuses (id, uri, url, account_id, local, conversation_id, content, source, \
             language, reach, listed, created_at) {} SELECT (1700000000000 + i * 1000) << 21, \
             '{origin}/users/person' || (1 + i % {ACCOUNTS}) || '/statuses/' || ((1700000000000 + i * 1000) << 21), \
             '{origin}/@person' || (1 + i % {ACCOUNTS}) || '/' || ((1700000000000 + i * 1000) << 21), \
             1001 + i % {ACCOUNTS}, 1, (1700000000000 + i * 1000) << 21, \
             '<p>Status number ' || i || ', with as many words as people write on an ordinary day.</p>', \
             'Status number ' || i, 'en', 'public', 1, 1700000000000 + i * 1000 FROM n",
            numbers(STATUSES)
        ),
        // Every fifth status has a link.
        format!(
            "INSERT INTO cards (id, url, page_url, title, description, provider_name, author_name, author_url, \
             image_description, fetched_at) {} SELECT i, 'https://news.example/' || i, \
             'https://news.example/' || i, 'Page number ' || i, 'What it is about.', 'The News', '', '', '', \
             1700000000000 FROM n",
            numbers(CARDS)
        ),
        format!(
            "INSERT INTO status_cards (status_id, card_id) {} \
             SELECT (1700000000000 + i * 5000) << 21, 1 + i % {CARDS} FROM n",
            numbers(STATUSES / 5)
        ),
        format!(
            "INSERT INTO home_timeline (account_id, status_id, author_id) SELECT {reader}, id, account_id \
             FROM statuses WHERE account_id <= {} ORDER BY id DESC LIMIT {HOME}",
            1000 + ACCOUNTS / 2
        ),
        format!(
            "INSERT INTO notifications (id, account_id, kind, from_id, status_id, created_at) {} \
             SELECT (1700000000000 + i * 1000) << 11, {reader}, 'mention', 1001 + i % {ACCOUNTS}, \
             (1700000000000 + i * 1000) << 21, 1700000000000 + i * 1000 FROM n",
            numbers(1_000)
        ),
        "COMMIT".into(),
        "ANALYZE".into(),
    ]
}
