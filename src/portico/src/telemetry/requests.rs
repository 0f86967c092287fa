//! Request counters per instance, by class of the response status.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// The classes of response status, as metrics name them.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The counters of one process, which start at zero.
#[derive(Debug, Default)]
pub struct Requests {
    counters: HashMap<String, [AtomicU64; CLASSES.len()]>,
}

impl Requests {
    /// Creates counters for these instances.
    pub fn new<'a>(domains: impl Iterator<Item = &'a str>) -> Self {
        Self { counters: domains.map(|domain| (domain.to_owned(), Default::default())).collect() }
    }

    /// Counts a response of an instance.
    pub fn count(&self, domain: &str, status: u16) {
        let class = usize::from(status / 100).wrapping_sub(1);
        if let Some(counter) = self.counters.get(domain).and_then(|classes| classes.get(class)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns every counter as instance, class, count; in order.
    pub fn all(&self) -> Vec<(&str, &'static str, u64)> {
        let mut all: Vec<_> =
            self.counters
                .iter()
                .flat_map(|(domain, counters)| {
                    CLASSES.iter().zip(counters).map(move |(class, counter)| {
                        (domain.as_str(), *class, counter.load(Ordering::Relaxed))
                    })
                })
                .collect();
        all.sort_unstable();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_instance_and_class() {
        let requests = Requests::new(["a.example", "b.example"].into_iter());
        for (domain, status) in [
            ("a.example", 200),
            ("a.example", 204),
            ("b.example", 404),
            ("c.example", 200),
            ("a.example", 999),
        ] {
            requests.count(domain, status);
        }
        let counted: Vec<_> = requests.all().into_iter().filter(|(.., answers)| *answers > 0).collect();
        assert_eq!(counted, [("a.example", "2xx", 2), ("b.example", "4xx", 1)]);
    }
}
