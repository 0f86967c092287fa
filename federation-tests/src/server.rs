//! A portico process: starting, killing and restarting it, and running commands with its configuration.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::net::TcpSocket;

use crate::http::{self, Request};
use crate::translator;
use crate::wait::{PATIENCE, eventually};

/// Returns the portico binary: `PORTICO_BIN`, or built once in the current profile.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| match std::env::var_os("PORTICO_BIN") {
        Some(path) => fs::canonicalize(&path).expect("PORTICO_BIN names a file"),
        None => build(),
    })
}

fn build() -> PathBuf {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).stderr(Stdio::inherit());
    cargo.args(["build", "--package", "portico", "--bin", "portico", "--message-format", "json"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let output = cargo.output().expect("cargo runs");
    assert!(output.status.success(), "portico does not build");
    let made = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "portico")
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .next_back();
    made.expect("cargo says where portico is")
}

/// Returns a free loopback port for a server that starts later, and perhaps several times. No other program gets
/// it meanwhile.
///
/// This process keeps the port bound until it ends, without listening on it. The system then gives it neither to a
/// program that asks for any free port nor to an outgoing connection. On Linux a server may still listen on it if it
/// sets `SO_REUSEADDR`, as every server here does. Other systems refuse that: there the port is only free now.
pub fn free_port() -> u16 {
    static KEPT: Mutex<Vec<TcpSocket>> = Mutex::new(Vec::new());
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_reuseaddr(true).expect("a setting");
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
    let port = socket.local_addr().expect("bound").port();
    if cfg!(target_os = "linux") {
        KEPT.lock().expect("no holder panics").push(socket);
    }
    port
}

/// Exit code and output of a command.
#[derive(Debug)]
pub struct Ended {
    /// Exit code: 0 success, 1 failure, 2 wrong usage; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output: data.
    pub out: String,
    /// Standard error: messages.
    pub err: String,
}

/// Runs a command in a folder with this standard input, and waits for its end.
pub fn run(folder: &Path, arguments: &[&str], input: &str) -> Ended {
    let mut child = Command::new(binary())
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("portico starts");
    let mut stdin = child.stdin.take().expect("piped");
    // A command that fails before it reads closes the pipe; its output says why.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("portico ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    Ended { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// An instance in the configuration of a process.
#[derive(Debug, Clone)]
pub struct Section {
    /// Domain, with port.
    pub domain: String,
    /// URL of the database.
    pub database: String,
    /// Federation mode: `closed`, `allowlist` or `open`.
    pub federation: &'static str,
    /// Domains of the company's other instances.
    pub company: Vec<String>,
}

/// A portico process with its configuration; killed when dropped.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    config: PathBuf,
    listen: SocketAddr,
    domain: String,
    child: Mutex<Option<Child>>,
    starts: AtomicU32,
}

impl Server {
    /// Writes the configuration of a process that listens on `port` and uses plain http with peers. Does not
    /// start it.
    pub fn new(folder: &Path, port: u16, sections: &[Section]) -> Self {
        let translator = format!("translation_url = {:?}\n", translator::address());
        Self::within(folder, port, "insecure_http = true", &translator, sections)
    }

    /// Like [`Self::new`], but uses https with peers, and trusts this authority besides the system's.
    pub fn secure(folder: &Path, port: u16, authority: &Path, sections: &[Section]) -> Self {
        Self::within(folder, port, &format!("certificates = [{authority:?}]"), "", sections)
    }

    fn within(folder: &Path, port: u16, network: &str, more: &str, sections: &[Section]) -> Self {
        fs::create_dir_all(folder).expect("a folder");
        let admin = free_port();
        let mut toml = format!(
            "listen = \"127.0.0.1:{port}\"\nadmin_listen = \"127.0.0.1:{admin}\"\n\n\
             [network]\nallow_networks = [\"127.0.0.0/8\"]\n{network}\n"
        );
        for (number, section) in sections.iter().enumerate() {
            toml.push_str(&format!(
                "\n[[instance]]\ndomain = \"{}\"\ndatabase = \"{}\"\nmedia = \"file:{}/media-{number}\"\n\
                 federation = \"{}\"\ndefault_reach = \"public\"\ncompany = {:?}\n\
                 request_limit = 1000000\ncontact_account = \"grace\"\n\
                 rules = [\"Be kind\", \"Name no customers\"]\nterms_of_service = \"terms.md\"\n\
                 {more}",
                section.domain,
                section.database,
                folder.display(),
                section.federation,
                section.company,
            ));
        }
        fs::write(folder.join("terms.md"), "What people *agree* to.").expect("a text");
        let config = folder.join("portico.toml");
        fs::write(&config, toml).expect("a configuration");
        let domain = sections.first().expect("an instance").domain.clone();
        Self {
            folder: folder.into(),
            config,
            listen: (Ipv4Addr::LOCALHOST, port).into(),
            domain,
            child: Mutex::new(None),
            starts: AtomicU32::new(0),
        }
    }

    /// Returns the path of the configuration file.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// Returns the address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.listen
    }

    /// Starts the process and waits until it responds. Returns the time this took.
    pub fn start(&self) -> Duration {
        let start = Instant::now();
        let log = self.log(self.starts.fetch_add(1, Ordering::Relaxed) + 1);
        let file = File::create(&log).expect("a log");
        let child = Command::new(binary())
            .args(["--config".as_ref(), self.config.as_os_str(), "serve".as_ref()])
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("a second handle"))
            .stderr(file)
            .spawn()
            .expect("portico starts");
        *self.child.lock().expect("no holder panics") = Some(child);
        eventually(&format!("portico at {} answers", self.listen), || {
            if let Some(status) = self.has_ended() {
                panic!("portico ended with {status}:\n{}", fs::read_to_string(&log).unwrap_or_default());
            }
            let ask = Request::new("GET", "/api/v2/instance").header("Host", &self.domain);
            http::send(self.listen, &ask).is_ok_and(|r| r.status == 200).then_some(())
        });
        start.elapsed()
    }

    fn has_ended(&self) -> Option<std::process::ExitStatus> {
        let mut child = self.child.lock().expect("no holder panics");
        child.as_mut().and_then(|child| child.try_wait().expect("the child can be asked"))
    }

    /// Returns the process id while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.lock().expect("no holder panics").as_ref().map(Child::id)
    }

    /// Kills the process with SIGKILL.
    pub fn kill(&self) {
        if let Some(mut child) = self.child.lock().expect("no holder panics").take() {
            child.kill().expect("the child can be killed");
            child.wait().expect("the child ends");
        }
    }

    /// Sends SIGTERM and waits for the end. Returns whether it exited successfully.
    pub fn stop(&self) -> bool {
        let Some(mut child) = self.child.lock().expect("no holder panics").take() else { return true };
        let signalled = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(signalled.is_ok_and(|status| status.success()), "kill -TERM works");
        let start = Instant::now();
        loop {
            match child.try_wait().expect("the child can be asked") {
                Some(status) => return status.success(),
                None if start.elapsed() > PATIENCE => {
                    child.kill().expect("the child can be killed");
                    child.wait().expect("the child ends");
                    return false;
                }
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    /// Runs a command with this configuration and returns its output. Panics if it fails.
    pub fn command(&self, arguments: &[&str], input: &str) -> String {
        let config = self.config.display().to_string();
        let mut all = vec!["--config", config.as_str()];
        all.extend_from_slice(arguments);
        let ended = run(&self.folder, &all, input);
        assert!(ended.code == Some(0), "portico {arguments:?}: {ended:?}");
        ended.out
    }

    /// Whether a panic was logged since the first start.
    pub fn has_panicked(&self) -> bool {
        (1..=self.starts.load(Ordering::Relaxed))
            .any(|life| fs::read_to_string(self.log(life)).is_ok_and(|text| text.contains("panicked at")))
    }

    fn log(&self, life: u32) -> PathBuf {
        self.folder.join(format!("portico-{life}.log"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.log(self.starts.load(Ordering::Relaxed))).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let tail = &lines[lines.len().saturating_sub(40)..];
            eprintln!("--- the last of {} ---\n{}", self.folder.display(), tail.join("\n"));
        }
    }
}
