//! The one place that prints.

use std::io::Write as _;
use std::process::ExitCode;

use serde::Serialize;

/// Prints a line of data to standard output. A reader that went away is no failure of ours.
pub(super) fn line(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints a message for the person at the terminal to standard error.
pub(super) fn message(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Prints data as JSON.
pub(super) fn json(data: &impl Serialize) -> anyhow::Result<()> {
    line(serde_json::to_string_pretty(data)?);
    Ok(())
}

/// A failed command: its causes on one line each.
pub(super) fn failure(error: &anyhow::Error) -> ExitCode {
    message(format!("portico: {error:#}"));
    ExitCode::from(1)
}

/// Wrong usage, or the help or version that was asked for.
pub(super) fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}

/// Prints rows as a table: columns as wide as their longest entry.
pub(super) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) {
    let mut widths = head.map(str::len);
    for row in rows {
        for (width, entry) in widths.iter_mut().zip(row) {
            *width = (*width).max(entry.chars().count());
        }
    }
    let print = |row: [&str; N]| {
        let padded: Vec<String> =
            row.iter().zip(widths).map(|(entry, width)| format!("{entry:width$}")).collect();
        line(padded.join("  ").trim_end());
    };
    print(head);
    for row in rows {
        print(row.each_ref().map(String::as_str));
    }
}
