//! Tests of `portico serve`: readiness, health, metrics, commands beside it, and shutdown.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr};
use std::time::Duration;

use super::{change, portico, program, set_up};

/// A running server, killed on drop.
struct Server {
    child: Child,
    log: BufReader<ChildStderr>,
}

impl Server {
    /// Starts it on two free ports and waits until its log reports that it is ready. `listen` makes the lines of
    /// the configuration from the two addresses. If another program has taken a port meanwhile, it tries other
    /// ports.
    fn start(
        folder: &Path,
        listen: impl Fn(SocketAddr, SocketAddr) -> String,
    ) -> (Self, SocketAddr, SocketAddr) {
        let file = folder.join("portico.toml");
        let configuration = std::fs::read_to_string(&file).unwrap();
        let mut tries = 0;
        loop {
            let (public, admin) = free_addresses();
            std::fs::write(&file, &configuration).unwrap();
            change(folder, "listen = \"127.0.0.1:8080\"", &listen(public, admin));
            match Self::try_start(folder) {
                Ok(server) => return (server, public, admin),
                Err(said) => assert!(said.contains("cannot listen on") && tries < 20, "it ended: {said}"),
            }
            tries += 1;
        }
    }

    /// Starts it as configured and waits until its log reports that it is ready. If it ends instead, returns its
    /// messages.
    fn try_start(folder: &Path) -> Result<Self, String> {
        let mut child = program(folder).arg("serve").spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let mut server = Self { child, log };
        let mut said = String::new();
        while !said.contains("ready") {
            if server.log.read_line(&mut said).unwrap() == 0 {
                return Err(said);
            }
        }
        Ok(server)
    }

    /// Sends SIGTERM, as service managers do. Returns its exit code and the rest of its log.
    fn stop(mut self) -> (Option<i32>, String) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two addresses that nobody listens on now.
fn free_addresses() -> (SocketAddr, SocketAddr) {
    // Both listeners exist at the same time, so the addresses differ.
    let (one, other) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    (one.local_addr().unwrap(), other.local_addr().unwrap())
}

/// Returns the whole response to a GET request.
fn get(address: SocketAddr, host: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_server_answers_reports_its_health_and_stops_on_request() {
    let folder = set_up();
    let (server, public, admin) = Server::start(folder.path(), |public, admin| {
        format!("listen = \"{public}\"\nadmin_listen = \"{admin}\"")
    });

    for host in ["a.example", "A.Example", "a.example:443"] {
        let answer = get(public, host, "/api/v2/instance");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{host}: {answer}");
    }
    assert!(get(public, "b.example", "/").starts_with("HTTP/1.1 421 "));
    for path in ["/livez", "/readyz"] {
        assert!(get(admin, "localhost", path).starts_with("HTTP/1.1 200 "), "{path}");
    }
    assert!(!get(public, "a.example", "/metrics").starts_with("HTTP/1.1 200 "), "never in public");
    let metrics = get(admin, "localhost", "/metrics");
    for line in [
        "portico_requests_total{instance=\"a.example\",status=\"2xx\"} 3",
        "portico_requests_total{instance=\"a.example\",status=\"4xx\"} 1",
        "portico_queue_depth{instance=\"a.example\",queue=\"deliveries\",state=\"waiting\"} 0",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} in {metrics}");
    }

    let beside = portico(folder.path(), &["account", "create", "bob", "--email", "bob@a.example"]);
    assert_eq!(beside.code, Some(0), "{beside:?}");
    let found = get(public, "a.example", "/.well-known/webfinger?resource=acct:bob@a.example");
    assert!(found.starts_with("HTTP/1.1 200 "), "what a command does shows at once: {found}");

    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("stopped"), "{log}");
}

#[test]
fn a_taken_address_stops_the_start_with_one_line() {
    let folder = set_up();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    change(folder.path(), "127.0.0.1:8080", &taken.local_addr().unwrap().to_string());
    let ended = portico(folder.path(), &["serve"]);
    assert!(ended.one_line(1).contains("cannot listen on"), "{ended:?}");
}

#[test]
fn a_start_warns_that_reachable_proxies_are_not_trusted() {
    let folder = set_up();
    // The start ends after the warning, because the address is taken.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    change(folder.path(), "127.0.0.1:8080", &taken.local_addr().unwrap().to_string());
    let start = |proxies: Option<&str>| {
        let mut command = program(folder.path());
        command.env("PORTICO_NETWORK_ALLOW_NETWORKS", "10.0.0.0/8").arg("serve");
        command.envs(proxies.map(|proxies| ("PORTICO_NETWORK_TRUSTED_PROXIES", proxies)));
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    let log = start(None);
    assert_eq!(log.matches("proxies.loopback_only").count(), 1, "{log}");
    assert!(log.contains("10.0.0.0/8") && log.contains("trusted_proxies"), "{log}");
    let log = start(Some("10.1.1.1"));
    assert!(!log.contains("proxies.loopback_only") && log.contains("cannot listen on"), "{log}");
}

#[test]
fn logs_are_lines_of_json_if_asked() {
    let folder = set_up();
    let (server, address, _) = Server::start(folder.path(), |address, _| {
        format!("listen = \"{address}\"\n[log]\nformat = \"json\"")
    });
    get(address, "a.example", "/api/v1/instance?secret=hunter2");
    let (_, log) = server.stop();
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
        .collect();
    let answered =
        lines.iter().find(|line| line["message"] == "request.completed").expect("each request is logged");
    assert!(answered["span"]["id"].is_string(), "with its id: {answered}");
    assert!(!log.contains("hunter2"), "without its query: {log}");
}
