//! Measures the memory of a process with three instances, and its start-up time.

use federation_tests::database::Kind;
use federation_tests::process::usage;
use federation_tests::wait::eventually;
use federation_tests::world::{Layout, World};

use crate::{Times, figure};

pub fn measure() {
    let world = World::start(Kind::Sqlite, Layout::OneProcess);
    let server = world.engineering.server();
    let (alice, carol, erin) =
        (world.engineering.person("alice"), world.sales.person("carol"), world.globex.person("erin"));
    carol.follows(&alice);
    erin.follows(&alice);
    server.stop();
    let mut starts = Times::default();
    for _ in 0..5 {
        starts.0.push(server.start());
        server.stop();
    }
    starts.print("start to first answer, existing databases");

    server.start();
    let memory = || usage(server.pid().expect("it runs"));
    figure("memory of three instances, idle", format!("{} MB", memory().memory));
    std::thread::scope(|scope| {
        for person in [&alice, &carol, &erin, &alice] {
            scope.spawn(move || {
                for number in 0..150 {
                    person.post(&format!("load {number}"), "public");
                    person.home();
                    person.notifications();
                }
            });
        }
    });
    alice.post("the last", "public");
    eventually("the load is through", || {
        (carol.finds_at_home("the last").is_some() && erin.finds_at_home("the last").is_some()).then_some(())
    });
    figure("memory of three instances, under load (most / after)", {
        let used = memory();
        format!("{} / {} MB", used.peak, used.memory)
    });
}
