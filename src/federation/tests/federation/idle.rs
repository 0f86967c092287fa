//! An instance without work.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use portico_testing::peer::{Workers, eventually, on_sqlite};

/// Three looks of every worker.
const QUIET: Duration = Duration::from_secs(3);

#[test]
fn an_idle_instance_writes_nothing() {
    on_sqlite(async |app| {
        let _workers = Workers::start(&app);
        let last = Mutex::new((0, Instant::now()));
        eventually("three looks of every worker without a write", || async {
            let writes = app.instance.store.count_writes();
            let mut last = last.lock().unwrap();
            if last.0 != writes {
                *last = (writes, Instant::now());
            }
            (last.1.elapsed() > QUIET).then_some(())
        })
        .await;
    });
}
