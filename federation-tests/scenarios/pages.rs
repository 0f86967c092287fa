//! The web pages in a real browser.

use federation_tests::database::Kind;
use federation_tests::world::{Instance, PASSWORD};
use federation_tests::{api, tools};
use serde_json::json;
use tempfile::TempDir;

#[test]
#[ignore = "needs Node and Chromium"]
fn a_person_writes_votes_and_quotes_in_a_browser() {
    let folder = TempDir::with_prefix("portico-scenario-").expect("a folder");
    let home = Instance::alone(Kind::Sqlite, folder.path(), "home", "closed");
    let alice = home.person("alice");
    home.account("bob");
    let poll = json!({ "options": ["Tea", "Coffee", "Water"], "expires_in": 3600 });
    let asked = alice.post_json("/api/v1/statuses", &json!({ "status": "What to drink?", "poll": poll }));
    let mut command = tools::node("clients/pages.mjs");
    command
        .env("BASE", format!("http://{}", home.domain))
        .env("PASSWORD", PASSWORD)
        .env("POLL", format!("/@alice/{}", api::id(&asked)))
        .env("CHROMIUM", tools::chromium());
    tools::run(command);
    assert!(!home.server().has_panicked());
}
