//! Measures posting, and the time until a post is in a home timeline of another instance of the company.

use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use federation_tests::api::Person;
use federation_tests::database::Kind;
use federation_tests::http::Connection;
use federation_tests::world::{Instance, Layout, World};
use serde_json::json;

use crate::{Times, figure};

pub fn measure() {
    let world = World::start(Kind::Sqlite, Layout::ThreeProcesses);
    let (alice, bob) = (world.engineering.person("alice"), world.engineering.person("bob"));
    let carol = world.sales.person("carol");
    carol.follows(&alice);

    let mut arrivals = Times::default();
    for number in 0..200 {
        let word = format!("arrival{number}e");
        let start = Instant::now();
        alice.post(&word, "public");
        while carol.finds_at_home(&word).is_none() {
            assert!(start.elapsed() < Duration::from_secs(30), "{word} does not arrive");
            sleep(Duration::from_millis(2));
        }
        arrivals.0.push(start.elapsed());
    }
    arrivals.print("post to a sister's home timeline");

    posts(&world.engineering, &bob, 1).print("status POST, one client");
    let start = Instant::now();
    let times = posts(&world.engineering, &bob, 8);
    figure(
        "status POSTs/s, eight clients",
        format!("{:.0}", times.0.len() as f64 / start.elapsed().as_secs_f64()),
    );
    times.print("status POST, eight clients");
}

fn posts(instance: &Instance, person: &Person, clients: usize) -> Times {
    let times: Vec<Duration> = scope(|scope| {
        let threads: Vec<_> = (0..clients)
            .map(|client| {
                scope.spawn(move || {
                    let mut connection = Connection::open(instance.address()).expect("it listens");
                    (0..300)
                        .map(|number| {
                            let text = format!("status {client} {number} of a load that is bounded");
                            let request = person.posting(&json!({ "status": text, "reach": "public" }), None);
                            let start = Instant::now();
                            let answer = connection.send(&request).expect("an answer");
                            assert_eq!(answer.status, 200, "{}", answer.text());
                            start.elapsed()
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("it posts")).collect()
    });
    Times(times)
}
