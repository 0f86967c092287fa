//! The `portico` binary: runs the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    portico::cli::main()
}
