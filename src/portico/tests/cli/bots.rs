//! Tests of `portico bot`.

use super::{portico, set_up};

#[test]
fn a_bot_is_made_handed_over_and_removed() {
    let folder = set_up();
    let at = folder.path();
    for name in ["alice", "bob"] {
        let email = format!("{name}@a.example");
        assert_eq!(portico(at, &["account", "create", name, "--email", &email]).code, Some(0));
    }
    let wrong = portico(at, &["bot", "create", "ci", "--owner", "nobody"]);
    assert_eq!(wrong.code, Some(1), "{wrong:?}");
    let made =
        portico(at, &["--json", "bot", "create", "ci", "--owner", "alice", "--reach", "instance"]).json();
    assert_eq!((made["username"].as_str(), made["owner"].as_str()), (Some("ci"), Some("alice")));
    let far = portico(at, &["bot", "hook", "ci", "--title", "x", "--reach", "company"]);
    assert!(far.one_line(1).contains("instance"), "{far:?}");
    let hook = portico(at, &["bot", "hook", "ci", "--title", "Builds", "--mention", "bob"]);
    assert!(hook.out.starts_with("https://a.example/hooks/") && hook.out.lines().count() == 1, "{hook:?}");
    assert!(portico(at, &["bot", "token", "ci", "--scopes", "write"]).one_line(1).contains("write:statuses"));
    assert_eq!(portico(at, &["bot", "token", "ci"]).out.trim().len(), 43);
    let listed = portico(at, &["--json", "bot", "list"]).json();
    assert_eq!(listed[0]["hooks"][0]["mentions"][0], "bob");
    let id = listed[0]["hooks"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(portico(at, &["bot", "end-hook", "ci", &id]).code, Some(0));
    let handed = portico(at, &["--json", "bot", "set", "ci", "--owner", "bob", "--reach", "public"]).json();
    assert_eq!((handed["owner"].as_str(), handed["reach"].as_str()), (Some("bob"), Some("public")));
    assert_eq!(portico(at, &["bot", "remove", "ci"]).code, Some(0));
    assert_eq!(portico(at, &["--json", "bot", "list"]).json(), serde_json::json!([]));
    assert_eq!(
        portico(at, &["bot", "create", "ci", "--owner", "alice"]).code,
        Some(1),
        "its name stays taken"
    );
}
