//! Measures a post to 10,000 followers of an instance, until it is in every home timeline; and a must-read
//! post: time until all are notified, and response times of the author's figures and of a reader's list.

use std::thread::sleep;
use std::time::{Duration, Instant};

use federation_tests::api::Person;
use federation_tests::database::Kind;
use federation_tests::process::usage;
use federation_tests::world::Instance;
use serde_json::json;
use tempfile::TempDir;

use crate::figure;
use crate::seed;

pub fn measure() {
    let folder = TempDir::with_prefix("portico-bench-").expect("a folder");
    let instance = Instance::alone(Kind::Sqlite, folder.path(), "engineering", "closed");
    let alice = instance.person("alice");
    instance.database.execute(&seed::followers_of(&instance.domain, &alice.id));
    let pid = instance.server().pid().expect("it runs");
    for number in 0..3 {
        let (before, start) = (usage(pid).cpu, Instant::now());
        let status = alice.post(&format!("To all of you, number {number}"), "company");
        let answered = start.elapsed();
        let query = seed::homes_with(status["id"].as_str().expect("an id"));
        // The author's timeline contains it, too.
        while instance.database.count(&query) <= i64::from(seed::ACCOUNTS) {
            assert!(start.elapsed() < Duration::from_secs(120), "it is not at everybody's home");
            sleep(Duration::from_millis(20));
        }
        let (elapsed, cpu) = (start.elapsed().as_secs_f64(), usage(pid).cpu - before);
        figure("answered after", format!("{answered:.1?}"));
        figure(
            &format!("in {} home timelines after", seed::ACCOUNTS),
            format!("{elapsed:.2} s ({:.2} of 10 s; {cpu:.1} processor seconds)", elapsed / 10.0),
        );
    }
    must_be_read(&instance, &alice, pid);
    figure("memory, most", format!("{} MB", usage(pid).peak));
}

/// Measures a must-read post to people without follows: deletes the follows of the existing followers first.
fn must_be_read(instance: &Instance, alice: &Person, pid: u32) {
    let forget = "DELETE FROM follows".to_owned();
    instance
        .database
        .execute(&["UPDATE users SET role = 'admin' WHERE account_id > 1000000".to_owned(), forget]);
    for number in 0..3 {
        let (before, start) = (usage(pid).cpu, Instant::now());
        let text = format!("All of you must read this, number {number}");
        let wish = json!({ "status": text, "reach": "company", "must_read": true });
        let status = alice.post_json("/api/v1/statuses", &wish);
        let id = status["id"].as_str().expect("an id").to_owned();
        let answered = start.elapsed();
        let query = format!("SELECT count(*) AS count FROM notifications WHERE status_id = {id}");
        while instance.database.count(&query) < i64::from(seed::ACCOUNTS) {
            assert!(start.elapsed() < Duration::from_secs(120), "not everybody is notified");
            sleep(Duration::from_millis(20));
        }
        let (elapsed, cpu) = (start.elapsed().as_secs_f64(), usage(pid).cpu - before);
        let homes = instance.database.count(&seed::homes_with(&id));
        assert!(homes >= i64::from(seed::ACCOUNTS), "it is at {homes} homes");
        figure("must be read: answered after", format!("{answered:.1?}"));
        figure(
            &format!("must be read: {} people notified after", seed::ACCOUNTS),
            format!("{elapsed:.2} s ({:.2} of 10 s; {cpu:.1} processor seconds)", elapsed / 10.0),
        );
        let start = Instant::now();
        let standing = alice.get(&format!("/api/portico/v1/statuses/{id}/acknowledgements"));
        assert_eq!(standing["expected"], i64::from(seed::ACCOUNTS));
        figure("must be read: figures for its author", format!("{:.1?}", start.elapsed()));
    }
}
