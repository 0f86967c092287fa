//! A person leaves: within a minute they disappear from the directory and timelines of the company's other
//! instance, and lose all access. When they come back, so do their posts.
//!
//! The test does not measure the minute, because a busy machine may need more: it waits, and prints how long it
//! took.

use std::time::Instant;

use federation_tests::api::{Person, array, says};
use federation_tests::database::Kind;
use federation_tests::wait::eventually;
use federation_tests::world::{Layout, World};

use crate::both_databases;
use crate::reach::marker;

both_databases! {
    fn a_disabled_account_is_gone_everywhere_within_a_minute(kind: Kind) {
        let world = World::start(kind, Layout::ThreeProcesses);
        let (alice, carol) = (world.engineering.person("alice"), world.sales.person("carol"));
        carol.follows(&alice);
        let (word, company) = (marker("followed"), marker("company"));
        alice.post(&word, "public");
        alice.post(&company, "company");
        carol.sees(&word);
        carol.sees(&company);
        eventually("carol's directory has alice", || in_directory(&carol).then_some(()));
        assert!(answers(&alice), "she is signed in");

        let left = Instant::now();
        world.engineering.command(&["account", "disable", "alice"], "");
        assert!(!answers(&alice), "her token is dead at once");
        eventually("she is gone from the sister instance", || {
            let gone = !in_directory(&carol) && !listed(&carol, &[&word, &company]);
            gone.then_some(())
        });
        println!("she was gone after {:?}", left.elapsed());
        assert!(carol.look_for_status(&format!("{}/statuses/1", alice.actor())).is_none());

        world.engineering.command(&["account", "enable", "alice"], "");
        eventually("she is back", || {
            (in_directory(&carol) && listed(&carol, &[&word]) && listed(&carol, &[&company])).then_some(())
        });
        assert!(!world.has_panicked());
    }
}

fn in_directory(person: &Person) -> bool {
    let found = array(person.get("/api/portico/v1/people?q=alice"));
    found.iter().any(|entry| entry.to_string().contains("\"alice\""))
}

/// Whether any of these words is in the home timeline or the public timeline.
fn listed(person: &Person, words: &[&String]) -> bool {
    let everything = array(person.get("/api/v1/timelines/public?limit=40"));
    let all = person.whole_home().into_iter().chain(everything);
    all.into_iter().any(|status| words.iter().any(|word| says(&status, word)))
}

fn answers(person: &Person) -> bool {
    let request = person.request("GET", "/api/v1/accounts/verify_credentials");
    person.try_send(&request).is_ok_and(|answer| answer.status == 200)
}
