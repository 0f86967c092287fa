//! Measures inbox activities per second: accepted, verified, stored and processed.

use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use federation_tests::api::id;
use federation_tests::database::Kind;
use federation_tests::fakepeer::{FakePeer, Signed};
use federation_tests::http::Connection;
use federation_tests::process::usage;
use federation_tests::world::Instance;
use tempfile::TempDir;

use crate::figure;

const SENDERS: usize = 16;
const EACH: usize = 750;
/// Number of pipelined requests, so that the senders use less processor time.
const IN_A_ROW: usize = 8;

pub fn measure() {
    let folder = TempDir::with_prefix("portico-bench-").expect("a folder");
    let instance = Instance::alone(Kind::Sqlite, folder.path(), "engineering", "open");
    let alice = instance.person("alice");
    let peer = FakePeer::start("peer");
    // A host of the company, because other hosts are rate limited.
    instance.tier(&peer.domain, "company");
    let inbox = format!("http://{}/inbox", instance.domain);
    for sender in 0..SENDERS {
        peer.follows(&peer.actor(&format!("sender{sender}")), &alice, instance.address());
    }
    let status = alice.post("what all of them like or answer", "public");
    // Signs before the measurement, which is of the receiver only.
    let batches: Vec<Vec<Vec<u8>>> = scope(|scope| {
        let threads: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let (peer, inbox, status) = (&peer, &inbox, &status);
                scope.spawn(move || {
                    let actor = peer.actor(&format!("sender{sender}"));
                    (0..EACH)
                        .map(|number| {
                            let mut create =
                                peer.note(&actor, &format!("n{number}"), "an answer of some words");
                            create["object"]["inReplyTo"] = status["uri"].clone();
                            Signed::post(&actor, inbox, &create).request(peer.key()).to_bytes()
                        })
                        .collect()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("it signs")).collect()
    });

    let pid = instance.server().pid().expect("it runs");
    let (before, senders, start) = (usage(pid).cpu, usage(std::process::id()).cpu, Instant::now());
    scope(|scope| {
        for batch in &batches {
            let address = instance.address();
            scope.spawn(move || {
                let mut connection = Connection::open(address).expect("it listens");
                for requests in batch.chunks(IN_A_ROW) {
                    for answer in connection.send_in_a_row(requests).expect("answers") {
                        assert_eq!(answer.status, 202, "{}", answer.text());
                    }
                }
            });
        }
    });
    let (accepted, senders) = (start.elapsed(), usage(std::process::id()).cpu - senders);
    let total = SENDERS * EACH;
    let replies =
        || alice.status(&id(&status)).expect("hers")["replies_count"].as_u64().unwrap_or(0) as usize;
    while replies() < total {
        assert!(start.elapsed() < Duration::from_secs(300), "{} of {total} were processed", replies());
        sleep(Duration::from_millis(20));
    }
    let (processed, cpu) = (start.elapsed(), usage(pid).cpu - before);
    let rate = |time: Duration| format!("{:.0}", total as f64 / time.as_secs_f64());
    figure("inbox activities/s, accepted (202)", rate(accepted));
    figure("inbox activities/s, through to processed", rate(processed));
    figure("inbox activities per cpu second of the server", format!("{:.0}", total as f64 / cpu));
    figure(
        "processor seconds of the senders beside",
        format!("{senders:.1} in {:.1} s", accepted.as_secs_f64()),
    );
    figure("memory, most", format!("{} MB", usage(pid).peak));
}
