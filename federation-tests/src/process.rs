//! What the kernel says about a process (`/proc`).

use std::fs;

/// Memory and processor time of a process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// Resident memory now, in MB.
    pub memory: u64,
    /// The most it ever was, in MB.
    pub peak: u64,
    /// Processor seconds used since its start, by all its threads.
    pub cpu: f64,
}

/// What a running process uses.
pub fn usage(pid: u32) -> Usage {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let megabytes = |key: &str| {
        let line = status.lines().find(|line| line.starts_with(key)).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1024
    };
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // Fields 14 and 15, counted behind the name, which may contain anything; in hundredths on Linux.
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks: f64 = after_name.split(' ').skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    Usage { memory: megabytes("VmRSS:"), peak: megabytes("VmHWM:"), cpu: ticks / 100.0 }
}
