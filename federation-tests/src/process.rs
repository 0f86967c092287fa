//! Memory and processor time of a process, read from `/proc`.

use std::fs;

/// Memory and processor time of a process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// Resident memory, in MB.
    pub memory: u64,
    /// Peak resident memory, in MB.
    pub peak: u64,
    /// Processor time of all threads since the start, in seconds.
    pub cpu: f64,
}

/// Reads the usage of a running process.
pub fn usage(pid: u32) -> Usage {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let megabytes = |key: &str| {
        let line = status.lines().find(|line| line.starts_with(key)).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1024
    };
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // Fields 14 and 15, counted from behind the name, which may contain anything; in hundredths of a second.
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks: f64 = after_name.split(' ').skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    Usage { memory: megabytes("VmRSS:"), peak: megabytes("VmHWM:"), cpu: ticks / 100.0 }
}
