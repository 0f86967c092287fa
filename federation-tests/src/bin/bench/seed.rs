//! Fills a database as years of use would. The only module here that knows the server's tables.
//!
//! A million statuses by 10,000 people, with a natural distribution of words: a few common words make up most
//! of any text. A tenth are boosts, a fifth have links, a seventh polls, a third two images.

use std::fmt::Write as _;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use federation_tests::database::Database;

/// Number of accounts.
pub const ACCOUNTS: u32 = 10_000;
/// Number of statuses.
pub const STATUSES: u32 = 1_000_000;
/// Number of different words.
pub const WORDS: u32 = 30_000;
/// Length of a full home timeline, equal to the server's limit.
const HOME: u32 = 800;
const CARDS: u32 = 5_000;
/// Rows per INSERT statement.
const ROWS: u32 = 1_000;
/// Time of the first status, in milliseconds since 1970.
const BEGIN: u64 = 1_700_000_000_000;

/// Returns the word with this number. A smaller number means a more common word.
pub fn word(number: u32) -> String {
    const SYLLABLES: [&str; 16] = [
        "ba", "ro", "ti", "mel", "kan", "su", "dor", "lin", "pe", "gra", "vo", "nes", "fi", "tur", "hal",
        "zo",
    ];
    let mut rest = number + 16;
    let mut text = String::new();
    while rest > 0 {
        text.push_str(SYLLABLES[(rest % 16) as usize]);
        rest /= 16;
    }
    text
}

/// Picks a random word by Zipf's law: the hundredth word is a hundred times rarer than the first.
pub fn any_word(rng: &mut StdRng) -> String {
    let rank = f64::from(WORDS).powf(rng.random::<f64>());
    word(rank as u32 - 1)
}

/// Returns an id in the server's format: milliseconds, then 21 bits.
fn id(status: u32) -> u64 {
    (BEGIN + u64::from(status) * 1000) << 21
}

fn is_boost(status: u32) -> bool {
    status % 10 == 9
}

/// Fills an empty instance on SQLite. `reader` follows half of all accounts and gets a full home timeline.
pub fn fill(database: &Database, domain: &str, reader: &str) {
    database.execute(&before(domain, reader));
    let mut rng = StdRng::seed_from_u64(7);
    for first in (1..=STATUSES).step_by(10 * ROWS as usize) {
        let mut statements = vec!["BEGIN".to_owned()];
        for first in (first..first + 10 * ROWS).step_by(ROWS as usize) {
            statements.extend(statuses(domain, first, &mut rng));
        }
        statements.push("COMMIT".into());
        database.execute(&statements);
    }
    database.execute(&after(reader));
}

/// Returns the statements for a thousand statuses and their search words.
fn statuses(domain: &str, first: u32, rng: &mut StdRng) -> [String; 2] {
    let origin = format!("http://{domain}");
    let mut posts = String::from(
        "INSERT INTO statuses (id, uri, url, account_id, local, conversation_id, content, source, language, \
         reach, listed, created_at, reblog_of) VALUES ",
    );
    let mut index = String::from("INSERT INTO status_search (rowid, words) VALUES ");
    for status in first..first + ROWS {
        let (number, at) = (id(status), BEGIN + u64::from(status) * 1000);
        let author = status % ACCOUNTS;
        let words = if is_boost(status) {
            String::new()
        } else {
            (0..20).map(|_| any_word(rng)).collect::<Vec<_>>().join(" ")
        };
        let content = if words.is_empty() { String::new() } else { format!("<p>{words}</p>") };
        let boosted = if is_boost(status) { id(status - 5).to_string() } else { "NULL".into() };
        let comma = if status == first { "" } else { ", " };
        let _ = write!(
            posts,
            "{comma}({number}, '{origin}/users/person{author}/statuses/{number}', \
             '{origin}/@person{author}/{number}', {}, 1, {number}, '{content}', '{words}', 'en', 'public', 1, \
             {at}, {boosted})",
            1000 + author
        );
        if !words.is_empty() {
            let comma = if index.ends_with(')') { ", " } else { "" };
            let _ = write!(index, "{comma}({number}, '{words}')");
        }
    }
    [posts, index]
}

fn numbers(to: u32) -> String {
    format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {to})")
}

/// Returns the statements for the accounts.
fn people(domain: &str) -> [String; 2] {
    let origin = format!("http://{domain}");
    [
        format!(
            "INSERT INTO accounts (id, username, uri, url, kind, display_name, inbox_url, created_at, \
             statuses_count) {} SELECT 999 + i, 'person' || (i - 1), '{origin}/users/person' || (i - 1), \
             '{origin}/@person' || (i - 1), 'Person', 'Person number ' || (i - 1), \
             '{origin}/users/person' || (i - 1) || '/inbox', {BEGIN}, {} FROM n",
            numbers(ACCOUNTS),
            STATUSES / ACCOUNTS
        ),
        format!(
            "INSERT INTO users (id, account_id, email, role, created_at) {} \
             SELECT 999 + i, 999 + i, 'person' || i || '@people.example', 'member', {BEGIN} FROM n",
            numbers(ACCOUNTS)
        ),
    ]
}

/// Returns the statements for [`ACCOUNTS`] accounts that follow `target`.
pub fn followers_of(domain: &str, target: &str) -> Vec<String> {
    let mut statements = vec!["BEGIN".to_owned()];
    statements.extend(people(domain));
    statements.push(format!(
        "INSERT INTO follows (id, account_id, target_id, uri, accepted, created_at) {} \
         SELECT 999 + i, 999 + i, {target}, 'http://{domain}/follows/' || i, 1, {BEGIN} FROM n",
        numbers(ACCOUNTS)
    ));
    statements.extend(["COMMIT".to_owned(), "ANALYZE".to_owned()]);
    statements
}

/// Returns the query that counts the home timelines with a status.
pub fn homes_with(status: &str) -> String {
    format!("SELECT count(*) AS count FROM home_timeline WHERE status_id = {status}")
}

/// Returns the statements to run before the statuses: accounts, the reader's follows, and link previews.
fn before(domain: &str, reader: &str) -> Vec<String> {
    let origin = format!("http://{domain}");
    let [people, users] = people(domain);
    vec![
        "PRAGMA journal_mode = WAL".into(),
        "PRAGMA synchronous = OFF".into(),
        "BEGIN".into(),
        people,
        users,
        format!(
            "INSERT INTO follows (id, account_id, target_id, uri, accepted, created_at) {} \
             SELECT 999 + i, {reader}, 999 + i, '{origin}/follows/' || i, 1, {BEGIN} FROM n",
            numbers(ACCOUNTS / 2)
        ),
        format!(
            "INSERT INTO cards (id, url, page_url, title, description, provider_name, author_name, author_url, \
             image_description, fetched_at) {} SELECT i, 'https://news.example/' || i, \
             'https://news.example/' || i, 'Page number ' || i, 'What it is about.', 'The News', '', '', '', \
             {BEGIN} FROM n",
            numbers(CARDS)
        ),
        "COMMIT".into(),
    ]
}

/// Returns the statements to run after the statuses: what belongs to them, and the reader's timelines.
fn after(reader: &str) -> Vec<String> {
    let every = |step: u32| {
        format!(
            "(SELECT id, row_number() OVER (ORDER BY id) AS i FROM statuses WHERE reblog_of IS NULL \
             AND (id >> 21) / 1000 % {step} = 0)"
        )
    };
    let mut statements = vec![
        "BEGIN".into(),
        format!("INSERT INTO status_cards (status_id, card_id) SELECT id, 1 + i % {CARDS} FROM {}", every(5)),
        format!(
            "INSERT INTO polls (status_id, expires_at) SELECT id, {BEGIN} + 4000000000000 FROM {}",
            every(7)
        ),
        format!(
            "INSERT INTO poll_options (status_id, position, title, votes_count) \
             SELECT status_id, o.position, 'Option ' || o.position, o.position FROM polls, \
             (SELECT 0 AS position UNION SELECT 1 UNION SELECT 2 UNION SELECT 3) o"
        ),
    ];
    for position in 0..2 {
        statements.push(format!(
            "INSERT INTO media_attachments (id, account_id, status_id, position, loose_since, kind, state, mime, \
             file_key, width, height, blurhash, description, created_at) SELECT id + {position}, \
             (SELECT account_id FROM statuses s WHERE s.id = e.id), id, {position}, {BEGIN}, 'image', 'ready', \
             'image/jpeg', 'file-' || id || '-{position}', 800, 600, 'LKO2?U%2Tw=w]~RBVZRi}};RPxuwH', \
             'What the picture shows', {BEGIN} FROM {} e",
            every(3)
        ));
    }
    statements.extend([
        format!(
            "INSERT INTO home_timeline (account_id, status_id, author_id) SELECT {reader}, id, account_id \
             FROM statuses WHERE account_id < {} ORDER BY id DESC LIMIT {HOME}",
            1000 + ACCOUNTS / 2
        ),
        format!(
            "INSERT INTO notifications (id, account_id, kind, from_id, status_id, created_at) \
             SELECT id >> 10, {reader}, 'mention', account_id, id, {BEGIN} \
             FROM statuses WHERE reblog_of IS NULL ORDER BY id DESC LIMIT 1000"
        ),
        // Marks the search index as complete, because the words were inserted above.
        "DELETE FROM meta WHERE key = 'search_below'".into(),
        "COMMIT".into(),
        "ANALYZE".into(),
        "PRAGMA wal_checkpoint(TRUNCATE)".into(),
    ]);
    statements
}
