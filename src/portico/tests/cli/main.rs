//! Tests of the built program: its output, its exit codes, and its responses as a server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod bots;
mod commands;
mod serving;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// The result of a command.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    /// Standard output: data.
    out: String,
    /// Standard error: messages.
    err: String,
}

impl Ended {
    /// Returns the only message of a command that failed with this code.
    #[track_caller]
    fn one_line(&self, code: i32) -> &str {
        assert_eq!((self.code, self.err.lines().count(), self.out.as_str()), (Some(code), 1, ""), "{self:?}");
        &self.err
    }

    /// Parses its output as JSON.
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }
}

/// Prepares the program in a folder, without any `PORTICO_*` variables.
fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portico"));
    command.current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PORTICO_")) {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end, with this standard input.
fn portico_with(folder: &Path, arguments: &[&str], input: &str) -> Ended {
    let mut child = program(folder).args(arguments).spawn().unwrap();
    // A command that fails before it reads closes the pipe; its message states the reason.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim_end().to_owned();
    Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn portico(folder: &Path, arguments: &[&str]) -> Ended {
    portico_with(folder, arguments, "")
}

/// Creates a folder with an instance of `a.example`.
fn set_up() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = portico(folder.path(), &["init", "--domain", "a.example"]);
    assert_eq!((made.code, made.out.as_str()), (Some(0), ""), "{made:?}");
    folder
}

/// Replaces a text in the configuration.
fn change(folder: &Path, from: &str, to: &str) {
    let file = folder.join("portico.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(&file, text.replace(from, to)).unwrap();
}
