//! Interoperability with the verify tool of the Fediverse Pasture. Its six Actors fetch an Actor and post to
//! its inbox, with and without WebFinger, with and without signatures; some can be fetched only by signed
//! requests.

use std::net::SocketAddr;
use std::path::Path;

use federation_tests::database::Kind;
use federation_tests::http::{self, Request};
use federation_tests::server::free_port;
use federation_tests::tools::{self, Companion};
use federation_tests::world::Instance;
use serde_json::{Value, json};

/// Actors that sign their posts. WebFinger finds bob and claire, but not emily and frank. Claire, frank and
/// the tool's own Actor can be fetched only by signed requests.
const SIGNING: [&str; 4] = ["bob", "claire", "emily", "frank"];
const NOT_SIGNING: [&str; 2] = ["alice", "dean"];

struct Pasture {
    _process: Companion,
    domain: String,
    address: SocketAddr,
}

impl Pasture {
    fn start(folder: &Path) -> Self {
        let port = free_port();
        let domain = format!("pasture.localhost:{port}");
        let mut command = tools::pasture();
        command.current_dir(folder).env("PASTURE_DOMAIN", &domain).env("PASTURE_PORT", port.to_string());
        Self { _process: Companion::start(command), domain, address: ([127, 0, 0, 1], port).into() }
    }

    /// Returns the tool's results for an Actor, and its log.
    fn verifies(&self, actor: &str) -> (Value, String) {
        let request = Request::new("POST", "/")
            .header("Host", &self.domain)
            .header("Accept", "application/json")
            .body("application/x-www-form-urlencoded", format!("actor_uri={}", http::encode(actor)));
        let answer = http::send(self.address, &request).expect("the tool answers");
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer = answer.json();
        (answer["result"].clone(), answer["messages"].to_string())
    }
}

#[test]
#[ignore = "needs Python and the package fediverse-pasture"]
fn the_verify_tool_of_the_pasture_finds_what_it_should() {
    let folder = tempfile::TempDir::with_prefix("portico-scenario-").expect("a folder");
    let acme = Instance::alone(Kind::Sqlite, folder.path(), "acme", "allowlist");
    acme.account("alice");
    let pasture = Pasture::start(folder.path());
    let person = format!("http://{}/users/alice", acme.domain);
    let server = format!("http://{}/actor", acme.domain);
    let finds = |actor: &str, posts: bool| {
        let (found, how) = pasture.verifies(actor);
        for name in SIGNING {
            assert_eq!(found[name], json!({ "get_actor": true, "post_inbox": posts }), "{name}: {how}");
        }
        for name in NOT_SIGNING {
            // Anyone can fetch the stub with the key; unsigned posts are rejected.
            assert_eq!(found[name], json!({ "get_actor": true, "post_inbox": false }), "{name}: {how}");
        }
        assert_eq!(found["webfinger"], true, "{how}");
        how
    };

    // Without an agreement with the host, signed requests are rejected, too.
    finds(&person, false);
    acme.tier(&pasture.domain, "partner");
    finds(&person, true);
    finds(&server, true);
    // All four were stored with their keys, with or without WebFinger.
    let known = format!("SELECT count(*) AS count FROM accounts WHERE domain = '{}'", pasture.domain);
    assert!(acme.database.count(&known) >= 4);
    acme.tier(&pasture.domain, "blocked");
    let how = finds(&person, false);
    assert!(how.contains("status=403"), "{how}");
    assert!(!acme.server().has_panicked());
}
