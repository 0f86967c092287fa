//! The one place that prints.

use std::io::Write as _;
use std::process::ExitCode;

use serde::Serialize;

use crate::config;

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

/// A failed command: its causes on one line. Only a configuration has a line for each of its faults.
pub(super) fn failure(error: &anyhow::Error) -> ExitCode {
    let text = format!("{error:#}");
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let between = if error.is::<config::Error>() { "\n" } else { " " };
    message(format!("portico: {}", lines.join(between)));
    ExitCode::from(1)
}

/// Wrong usage in one line, or the help or version that was asked for.
pub(super) fn usage(error: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind;
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    ) {
        let _ = error.print();
        return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
    }
    message(format!("portico: {}; --help tells more", in_one_line(&error.to_string())));
    ExitCode::from(2)
}

/// What clap says above its usage: the fault, and a tip if it has one.
fn in_one_line(text: &str) -> String {
    let told = text.split("\n\n").take_while(|part| !part.trim_start().starts_with("Usage:"));
    let told = told.filter(|part| !part.starts_with("For more information"));
    let parts: Vec<String> = told.map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    parts.join("; ").trim_start_matches("error: ").to_owned()
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
