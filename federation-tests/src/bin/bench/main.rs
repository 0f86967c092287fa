//! Benchmarks of a release build of portico on this machine. Prints each figure as it is measured.
//!
//! `cargo run --release -p federation-tests --bin bench [PART …]`; docs/benchmarks.md explains each part.
//! Everything runs on loopback and takes a few minutes. The load generators and the server share the cores,
//! so rates are also given per second of the server's own processor time.

mod announcement;
mod deliveries;
mod directory;
mod inbox;
mod memory;
mod posts;
mod reach;
mod seed;
mod streams;
mod timeline;

use std::time::{Duration, Instant};

use federation_tests::fakepeer::Key;

/// A benchmark: its name and function.
type Part = (&'static str, fn());

const PARTS: [Part; 10] = [
    ("signing", || {
        signing_rate();
    }),
    ("memory", memory::measure),
    ("posts", posts::measure),
    ("timeline", timeline::measure),
    ("directory", directory::measure),
    ("streams", streams::measure),
    ("inbox", inbox::measure),
    ("deliveries", deliveries::measure),
    ("reach", reach::measure),
    ("announcement", announcement::measure),
];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted.iter().find(|w| PARTS.iter().all(|(name, _)| name != w)) {
        let names: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
        eprintln!("{unknown}: no such part; there are {}", names.join(", "));
        std::process::exit(2);
    }
    println!("cores: {}", cores());
    println!("program: {}", federation_tests::server::binary().display());
    for (name, measure) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|w| w == name) {
            println!("\n{name}");
            measure();
        }
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Prints a figure.
fn figure(what: &str, value: impl std::fmt::Display) {
    println!("  {what:<58} {value}");
}

/// Measures RSA-2048 signatures per second on one core, with the library that the server uses.
fn signing_rate() -> f64 {
    let key = Key::generate();
    let message = [7u8; 300];
    let count = |key: &Key| {
        let start = Instant::now();
        let mut signed = 0u32;
        while start.elapsed() < Duration::from_secs(2) {
            std::hint::black_box(key.sign(&message));
            signed += 1;
        }
        f64::from(signed) / start.elapsed().as_secs_f64()
    };
    let one = count(&key);
    let all: f64 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores()).map(|_| scope.spawn(|| count(&key))).collect();
        threads.into_iter().map(|thread| thread.join().expect("it counts")).sum()
    });
    figure("RSA-2048 signatures/s, one core", format!("{one:.0}"));
    figure("RSA-2048 signatures/s, all cores", format!("{all:.0}"));
    one
}

/// A series of durations.
#[derive(Debug, Default)]
struct Times(Vec<Duration>);

impl Times {
    fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
        sorted.get(at).copied().unwrap_or_default()
    }

    fn print(&self, what: &str) {
        let ms = |percent| self.percentile(percent).as_secs_f64() * 1000.0;
        figure(
            &format!("{what} p50 / p99 (of {})", self.0.len()),
            format!("{:.2} / {:.2} ms", ms(50), ms(99)),
        );
    }
}
