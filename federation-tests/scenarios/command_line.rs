//! The command line: the demo, a first set-up, and invalid settings.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use federation_tests::api::{Person, array, id, text};
use federation_tests::http::{self, Request};
use federation_tests::server::{binary, free_port, run};
use federation_tests::wait::eventually;
use tempfile::TempDir;

/// A running `portico demo`; ends when dropped.
struct Demo {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Demo {
    fn start(folder: &Path, port: u16) -> Self {
        let mut child = Command::new(binary())
            .args(["demo", "--port", &port.to_string(), "--data-dir", "demo"])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("portico starts");
        let said = Arc::new(Mutex::new(String::new()));
        let (all, stdout) = (Arc::clone(&said), BufReader::new(child.stdout.take().expect("piped")));
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                all.lock().expect("no panic").push_str(&format!("{line}\n"));
            }
        });
        Self { child, said }
    }

    /// Starts it, and starts it again until its sample data is complete: a run waits for that for a minute only, and
    /// the next run continues.
    fn start_until_complete(folder: &Path, port: u16) -> Self {
        let mut demo = Self::start(folder, port);
        demo.is_ready(port);
        eventually("the sample data of the demo is complete", || {
            if folder.join("demo/sample-data-is-complete").exists() {
                return Some(());
            }
            let _ = demo.child.kill();
            let _ = demo.child.wait();
            demo = Self::start(folder, port);
            demo.is_ready(port);
            None
        });
        demo
    }

    /// Waits until it has printed its addresses and people.
    fn is_ready(&self, port: u16) {
        let needed: Vec<String> = ["engineering", "sales", "globex"]
            .map(|name| format!("http://{name}.localhost:{port}"))
            .into_iter()
            .chain(["alice", "bob", "carol", "dave", "erin"].map(str::to_owned))
            .collect();
        eventually("the demo names its addresses and people", || {
            let said = self.said.lock().expect("no panic");
            needed.iter().all(|what| said.contains(what)).then_some(())
        });
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_demo_has_people_who_talk_and_remembers_them() {
    let folder = TempDir::with_prefix("portico-demo-").expect("a folder");
    let port = free_port();
    let demo = Demo::start_until_complete(folder.path(), port);
    for name in ["engineering", "sales", "globex"] {
        let welcome = Request::new("GET", "/").header("Host", &format!("{name}.localhost:{port}"));
        let page = http::send(([127, 0, 0, 1], port).into(), &welcome).expect("it answers");
        assert_eq!(page.status, 200, "{name}: {}", page.text());
        assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
    }
    let signed_in = |name: &str, at: &str| {
        let account = format!("{name}@{at}.localhost:{port}");
        let arguments = [
            "--config",
            "demo/portico.toml",
            "token",
            "create",
            "--account",
            &account,
            "--scopes",
            "read write",
        ];
        let ended = run(folder.path(), &arguments, "");
        assert_eq!(ended.code, Some(0), "{ended:?}");
        Person::signed_in(([127, 0, 0, 1], port).into(), &format!("{at}.localhost:{port}"), &ended.out)
    };
    // The partner's erin reads posts of the company, received over federation.
    let erin = signed_in("erin", "globex");
    let from_afar = || erin.home().into_iter().find(|s| text(&s["account"], "acct").contains('@'));
    eventually("erin reads someone from another instance", from_afar);
    let carol = signed_in("carol", "sales");
    let before = carol.whole_home();
    assert!(!before.is_empty(), "carol has something to read");
    let word = "said before the demo was ended";
    carol.post(word, "public");

    drop(demo);
    let again = Demo::start(folder.path(), port);
    again.is_ready(port);
    let own = array(carol.get(&format!("/api/v1/accounts/{}/statuses", carol.id)));
    assert!(own[0]["content"].as_str().is_some_and(|content| content.contains(word)), "{own:?}");
    let after: Vec<String> = carol.whole_home().iter().map(id).collect();
    assert_eq!(after.len(), before.len() + 1, "the second run posts nothing anew");
}

#[test]
fn a_first_set_up_is_a_few_commands() {
    let folder = TempDir::with_prefix("portico-init-").expect("a folder");
    let at = folder.path();
    let said = run(at, &["init", "--domain", "engineering.acme.example", "--data-dir", "."], "");
    assert_eq!(said.code, Some(0), "{said:?}");
    let config = fs::metadata(at.join("portico.toml")).expect("a configuration");
    assert_eq!(config.permissions().mode() & 0o777, 0o600, "it names secrets' places: nobody else reads it");
    let again = run(at, &["init", "--domain", "engineering.acme.example", "--data-dir", "."], "");
    assert_eq!(again.code, Some(1), "it never overwrites: {again:?}");

    let create = ["account", "create", "alice", "--email", "alice@acme.example", "--password-stdin"];
    let made = run(at, &create, "correct horse battery staple\n");
    assert_eq!(made.code, Some(0), "{made:?}");
    let twice = run(at, &create, "correct horse battery staple\n");
    assert_eq!((twice.code, twice.err.lines().count()), (Some(1), 1), "{twice:?}");

    let account = "alice@engineering.acme.example";
    let token = run(at, &["token", "create", "--account", account, "--scopes", "read write follow push"], "");
    assert_eq!(token.code, Some(0), "{token:?}");
    assert!(token.out.len() >= 32 && !token.out.contains(char::is_whitespace), "the token alone: {token:?}");
    let listed = run(at, &["--json", "account", "list"], "");
    let accounts: serde_json::Value = serde_json::from_str(&listed.out).expect("JSON");
    assert!(accounts.to_string().contains("alice"), "{accounts}");
    for arguments in [
        &["peer", "set", "partner.example", "--tier", "partner"][..],
        &["peer", "list"],
        &["account", "show", "alice"],
        &["account", "disable", "alice"],
        &["account", "enable", "alice"],
        &["migrate"],
    ] {
        let ended = run(at, arguments, "");
        assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
    }
    let peers = run(at, &["peer", "list"], "");
    assert!(peers.out.contains("partner.example"), "{peers:?}");
}

#[test]
fn wrong_settings_stop_the_start_with_one_line() {
    let folder = TempDir::with_prefix("portico-wrong-").expect("a folder");
    let good =
        "listen = \"127.0.0.1:0\"\n\n[[instance]]\ndomain = \"a.example\"\ndatabase = \"sqlite:a.db\"\n";
    let wrong = [
        ("listen", good.replace("127.0.0.1:0", "nowhere")),
        ("domain", good.replace("a.example", "not a domain")),
        ("database", good.replace("sqlite:a.db", "mysql://a")),
        ("instance", "listen = \"127.0.0.1:8080\"\n".to_owned()),
        ("federation", format!("{good}federation = \"everyone\"\n")),
        ("default_reach", format!("{good}default_reach = \"galaxy\"\n")),
        ("allow_networks", format!("{good}\n[network]\nallow_networks = [\"10.0.0.0/99\"]\n")),
        ("colour", format!("{good}colour = \"blue\"\n")),
        ("a.example", format!("{good}\n[[instance]]\ndomain = \"a.example\"\ndatabase = \"sqlite:b.db\"\n")),
    ];
    for (key, toml) in wrong {
        fs::write(folder.path().join("portico.toml"), &toml).expect("a file");
        let ended = run(folder.path(), &["serve"], "");
        assert_eq!(ended.code, Some(1), "{key}: {ended:?}");
        assert_eq!(ended.err.lines().count(), 1, "{key}: {ended:?}");
        assert!(ended.err.contains(key), "{key} is named: {ended:?}");
    }
    let absent = run(folder.path(), &["--config", "absent.toml", "serve"], "");
    assert_eq!((absent.code, absent.err.lines().count()), (Some(1), 1), "{absent:?}");
    assert!(absent.err.contains("absent.toml"), "{absent:?}");
    let usage = run(folder.path(), &["serve", "--colour"], "");
    assert_eq!(usage.code, Some(2), "{usage:?}");
}
