//! A poll between two servers: it arrives, each vote counts once, and both sides show the same result.

use federation_tests::api::{Person, id};
use federation_tests::database::Kind;
use federation_tests::http::Request;
use federation_tests::wait::eventually;
use federation_tests::world::{Instance, Layout, World};
use serde_json::{Value, json};

use crate::both_databases;
use crate::reach::marker;

/// Ends all polls of an instance, so that the test does not wait for minutes.
pub fn closes(instance: &Instance) {
    // Moves the end to the first millisecond of 2026, which is past.
    instance.database.execute(&[
        "UPDATE polls SET expires_at = 1767225600000".to_owned(),
        "UPDATE jobs SET run_at = 1767225600000 WHERE queue = 'polls'".to_owned(),
    ]);
}

fn poll(who: &Person, status: &Value) -> Value {
    who.get(&format!("/api/v1/polls/{}", id(status)))
}

fn votes(who: &Person, status: &Value, choices: &[u8]) -> u16 {
    let body = json!({ "choices": choices }).to_string();
    let path = format!("/api/v1/polls/{}/votes", id(status));
    let request: Request = who.request("POST", &path).body("application/json", body);
    who.send(&request).status
}

fn counts(poll: &Value) -> Vec<i64> {
    let options = poll["options"].as_array().expect("options");
    options.iter().map(|option| option["votes_count"].as_i64().unwrap_or(-1)).collect()
}

both_databases! {
    fn a_poll_is_the_same_on_both_sides(kind: Kind) {
        let world = World::start(kind, Layout::ThreeProcesses);
        let (alice, bob) = (world.engineering.person("alice"), world.engineering.person("bob"));
        let (carol, dave) = (world.sales.person("carol"), world.sales.person("dave"));
        for colleague in [&carol, &dave] {
            colleague.follows(&alice);
        }
        let word = marker("drink");
        let asked = alice.post_json("/api/v1/statuses", &json!({
            "status": word, "reach": "company",
            "poll": { "options": ["Tea", "Coffee", "Water"], "expires_in": 3600 },
        }));
        let (seen, also) = (carol.sees(&word), dave.sees(&word));
        assert_eq!(seen["poll"]["options"][1]["title"], "Coffee");
        assert_eq!((&seen["poll"]["multiple"], &seen["poll"]["voted"]), (&json!(false), &json!(false)));

        assert_eq!(votes(&bob, &asked, &[0]), 200);
        assert_eq!(votes(&carol, &seen, &[1]), 200);
        assert_eq!(votes(&dave, &also, &[1]), 200);
        // A second vote is rejected locally and never sent.
        assert_eq!(votes(&carol, &seen, &[2]), 422);
        eventually("every vote has come", || (counts(&poll(&alice, &asked)) == [1, 2, 0]).then_some(()));
        assert_eq!(poll(&alice, &asked)["voters_count"], 3);

        closes(&world.engineering);
        for (who, status) in [(&alice, &asked), (&bob, &asked), (&carol, &seen), (&dave, &also)] {
            let ended = eventually(&format!("{} sees the end", who.name), || {
                Some(poll(who, status)).filter(|poll| poll["expired"] == true && counts(poll) == [1, 2, 0])
            });
            assert_eq!((&ended["voters_count"], &ended["votes_count"]), (&json!(3), &json!(3)));
        }
        assert_eq!(poll(&carol, &seen)["own_votes"], json!([1]));
        assert_eq!(votes(&carol, &seen, &[2]), 422);
        for (who, from) in [(&alice, &alice), (&bob, &alice), (&carol, &alice), (&dave, &alice)] {
            who.is_notified("poll", from);
        }
        assert!(!world.has_panicked());
    }
}
