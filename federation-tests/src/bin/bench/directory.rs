//! Measures the people search among 50,000 people: by name, by skill, and with typing errors.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Instant;

use federation_tests::api::Person;
use federation_tests::database::{Database, Kind};
use federation_tests::http::{Request, encode};
use federation_tests::world::Instance;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tempfile::TempDir;

use crate::seed::word;
use crate::timeline::read;

const PEOPLE: usize = 50_000;
/// Number of different first names, last names and skills.
const FIRST: u32 = 2_000;
const LAST: u32 = 15_000;
const SKILLS: u32 = 1_500;
const TITLES: [&str; 8] =
    ["engineer", "senior engineer", "counsel", "sales manager", "analyst", "assistant", "head", "buyer"];
const ROWS: usize = 500;

/// A generated person.
struct Made {
    first: String,
    last: String,
    title: &'static str,
    department: String,
    division: String,
    skills: Vec<String>,
}

fn people() -> Vec<Made> {
    let mut rng = StdRng::seed_from_u64(21);
    // A few names are common, most are rare.
    let mut any = |most: u32, from: u32| {
        let rank = f64::from(most).powf(rng.random::<f64>()) as u32;
        word(from + rank.saturating_sub(1))
    };
    (0..PEOPLE)
        .map(|number| Made {
            first: any(FIRST, 100),
            last: any(LAST, 5_000),
            title: TITLES[number % TITLES.len()],
            department: format!("department{}", number % 60),
            division: format!("division{}", number % 8),
            skills: (0..4).map(|_| any(SKILLS, 50_000)).collect(),
        })
        .collect()
}

/// Returns the search index entries of a person: each word with the number of its kind, as the server writes
/// them.
fn words_of(number: usize, made: &Made) -> BTreeSet<(String, u8)> {
    let mut words = BTreeSet::from([
        (made.first.clone(), 0),
        (made.last.clone(), 0),
        (format!("person{number}"), 1),
        (made.department.clone(), 4),
        (made.division.clone(), 4),
        (format!("<{}", made.department), 4),
        (format!(">{}", made.division), 4),
    ]);
    words.extend(made.title.split(' ').map(|word| (word.to_owned(), 3)));
    words.extend(made.skills.iter().flat_map(|skill| [(skill.clone(), 2), (format!("={skill}"), 2)]));
    words
}

fn pairs(word: &str) -> BTreeSet<String> {
    let letters: Vec<char> = format!("^{word}$").chars().collect();
    let pairs = letters.windows(2).map(|pair| pair.iter().collect());
    pairs.chain(["^".to_owned()]).collect()
}

fn insert(table: &str, columns: &str, rows: &[String]) -> Vec<String> {
    let statement = |some: &[String]| {
        let mut text = format!("INSERT INTO {table} ({columns}) VALUES ");
        for (at, row) in some.iter().enumerate() {
            let _ = write!(text, "{}({row})", if at == 0 { "" } else { "," });
        }
        text
    };
    rows.chunks(ROWS).map(statement).collect()
}

/// Fills an empty instance on SQLite.
fn fill(database: &Database, domain: &str, people: &[Made]) {
    let (mut accounts, mut users, mut profiles, mut words) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut vocabulary = BTreeSet::new();
    for (number, made) in people.iter().enumerate() {
        let (id, name) = (1000 + number, format!("person{number}"));
        let actor = format!("http://{domain}/users/{name}");
        let Made { first, last, title, department, division, skills } = made;
        accounts.push(format!(
            "{id}, '{name}', '{actor}', 'http://{domain}/@{name}', 'Person', '{first} {last}', '{actor}/inbox', 0"
        ));
        users.push(format!("{id}, {id}, '{name}@people.example', 'member', 0"));
        let skills = skills.join("\",\"");
        profiles.push(format!(
            "{id}, '{{\"job_title\":\"{title}\",\"department\":\"{department}\",\"division\":\"{division}\",\
             \"skills\":[\"{skills}\"]}}', '{{}}', '{first} {last}', '{division}', '{department}', 0"
        ));
        for (word, kind) in words_of(number, made) {
            words.push(format!("'{word}', {kind}, {id}"));
            if word.chars().all(char::is_alphanumeric) {
                vocabulary.insert(word);
            }
        }
    }
    let grams: Vec<String> = vocabulary
        .iter()
        .flat_map(|word| pairs(word).into_iter().map(move |gram| format!("'{gram}', '{word}'")))
        .collect();
    let mut statements = vec!["PRAGMA synchronous = OFF".to_owned(), "BEGIN".into()];
    for (table, columns, rows) in [
        ("accounts", "id, username, uri, url, kind, display_name, inbox_url, created_at", accounts),
        ("users", "id, account_id, email, role, created_at", users),
        (
            "profiles",
            "account_id, attributes, narrowed, name_key, division_key, department_key, changed_at",
            profiles,
        ),
        ("people_words", "word, kind, account_id", words),
        ("word_grams", "gram, word", grams),
    ] {
        statements.extend(insert(table, columns, &rows));
    }
    statements.push("COMMIT".into());
    statements.push("ANALYZE".into());
    database.execute(&statements);
}

/// Swaps two letters of a word.
fn slipped(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = letters.len() / 2;
    letters.swap(at - 1, at);
    letters.into_iter().collect()
}

pub fn measure() {
    let folder = TempDir::with_prefix("portico-bench-").expect("a folder");
    let instance = Instance::alone(Kind::Sqlite, folder.path(), "engineering", "open");
    let alice = instance.person("alice");
    let server = instance.server();
    server.stop();
    let people = people();
    let start = Instant::now();
    fill(&instance.database, &instance.domain, &people);
    println!("  (seeded in {:.0?})", start.elapsed());
    server.start();
    let some: Vec<&Made> = people.iter().step_by(PEOPLE / 100).collect();
    let found = alice.get(&format!("/api/portico/v1/people?q={}", slipped(&some[7].last)));
    assert!(found.as_array().is_some_and(|found| !found.is_empty()), "a slip is forgiven");
    let ask = |what: &str, path: &dyn Fn(&Made) -> String| {
        let requests: Vec<Request> = some.iter().map(|made| request(&alice, &path(made))).collect();
        read(&instance, what, &requests);
    };
    ask("a last name", &|made| format!("people?q={}", encode(&made.last)));
    ask("a first and a last name", &|made| format!("people?q={}%20{}", made.first, made.last));
    ask("a mistyped last name", &|made| format!("people?q={}", slipped(&made.last)));
    ask("the beginning of a name", &|made| format!("people?q={}", &made.last[..3]));
    ask("a title", &|made| format!("people?q={}", encode(made.title)));
    ask("a title and a mistyped first name", &|made| {
        format!("people?q={}%20{}", encode(made.title), slipped(&made.first))
    });
    ask("a skill in a division", &|made| {
        format!("people?skill={}&division={}", made.skills[0], made.division)
    });
    ask("everybody of a department", &|made| format!("people?department={}", made.department));
    ask("divisions and departments", &|_| "departments".to_owned());
    ask("who knows a skill", &|made| format!("who_knows?q={}", made.skills[0]));
}

fn request(person: &Person, path: &str) -> Request {
    person.request("GET", &format!("/api/portico/v1/{path}"))
}
