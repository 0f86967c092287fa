//! All output of the command line.

use std::io::Write as _;
use std::process::ExitCode;

use serde::Serialize;

/// Prints a line of data to standard output. A closed pipe is ignored.
pub(super) fn line(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints a message for the operator to standard error.
pub(super) fn message(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Prints data as JSON.
pub(super) fn json(data: &impl Serialize) -> anyhow::Result<()> {
    line(serde_json::to_string_pretty(data)?);
    Ok(())
}

/// Prints the error of a failed command, with its causes on one line. Only configuration errors get a line
/// each.
pub(super) fn failure(error: &anyhow::Error) -> ExitCode {
    let text = format!("{error:#}");
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let between = if error.is::<portico_config::Error>() { "\n" } else { " " };
    message(format!("portico: {}", lines.join(between)));
    ExitCode::from(1)
}

/// Prints a usage error on one line, or the requested help or version.
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
    message(format!("portico: {}; see --help", in_one_line(&error.to_string())));
    ExitCode::from(2)
}

/// Returns the error and any tip in clap's message, without the usage.
fn in_one_line(text: &str) -> String {
    let explanation = text.split("\n\n").take_while(|part| !part.trim_start().starts_with("Usage:"));
    let explanation = explanation.filter(|part| !part.starts_with("For more information"));
    let parts: Vec<String> =
        explanation.map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    parts.join("; ").trim_start_matches("error: ").to_owned()
}

/// Prints rows as a table; each column is as wide as its longest entry.
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
