//! Tests of commands that run once and exit.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{change, portico, portico_with, program, set_up};

#[test]
fn wrong_usage_is_one_line_and_two() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, named) in [
        (&["serve", "--colour"][..], "--colour"),
        (&["serv"], "serve"),
        (&["account", "create", "bob"], "--email"),
        (&["account", "set-role", "bob", "king"], "admin, moderator, member"),
        (&["peer", "set", "b.example", "--tier", "friend"], "company, partner, open, limited, blocked"),
        (&["demo", "--port", "lots"], "lots"),
    ] {
        let ended = portico(folder.path(), arguments);
        let line = ended.one_line(2);
        assert!(line.starts_with("portico: ") && line.contains(named), "{arguments:?}: {line}");
    }
    let help = portico(folder.path(), &["--help"]);
    assert_eq!((help.code, help.err.as_str()), (Some(0), ""));
    for command in ["demo", "init", "serve", "migrate", "account", "token", "report", "peer", "doctor"] {
        assert!(help.out.contains(&format!("  {command} ")), "{}", help.out);
    }
    assert!(portico(folder.path(), &["--version"]).out.starts_with("portico "));
    assert_eq!(portico(folder.path(), &[]).code, Some(2));
}

#[test]
fn a_failing_command_prints_one_line_with_the_remedy() {
    let folder = set_up();
    let at = folder.path();
    for (arguments, named) in [
        (&["account", "show", "nobody"][..], "nobody"),
        (&["account", "create", "Bob Smith", "--email", "bob@a.example"], "a to z"),
        (&["account", "create", "admin", "--email", "bob@a.example"], "reserved"),
        (&["account", "create", "bob", "--email", "nowhere"], "name@example.com"),
        (&["account", "move", "nobody", "x@b.example"], "nobody"),
        (&["token", "create", "--account", "nobody@a.example"], "nobody"),
        (&["token", "create", "--account", "nobody", "--scopes", "read fly"], "fly"),
        (&["peer", "set", "two words", "--tier", "partner"], "host name"),
        (&["peer", "set", "a.example", "--tier", "partner"], "this instance"),
        (&["--instance", "b.example", "peer", "list"], "the instances are a.example"),
        (&["init", "--domain", "b.example"], "already exists"),
        (&["--config", "absent.toml", "serve"], "absent.toml"),
        (&["init", "--domain", "B!", "--data-dir", "other"], "B!"),
    ] {
        let ended = portico(at, arguments);
        let line = ended.one_line(1);
        assert!(line.contains(named), "{arguments:?}: {line}");
    }
    assert!(!at.join("other/portico.toml").exists(), "a configuration that does not work is not left behind");
    let short = portico_with(
        at,
        &["account", "create", "bob", "--email", "b@a.example", "--password-stdin"],
        "short\n",
    );
    assert!(short.one_line(1).contains("at least 8"), "{short:?}");
}

#[test]
fn an_account_moves_to_one_that_names_it() {
    let folder = set_up();
    let at = folder.path();
    for name in ["bob", "robert"] {
        let email = format!("{name}@a.example");
        assert_eq!(portico(at, &["account", "create", name, "--email", &email]).code, Some(0));
    }
    let refused = portico(at, &["account", "move", "bob", "robert"]);
    assert!(refused.one_line(1).contains("alsoKnownAs"), "{refused:?}");
    let aliases = portico(at, &["account", "alias", "robert", "bob"]);
    assert_eq!((aliases.code, aliases.out.trim()), (Some(0), "https://a.example/users/bob"));
    let moved = portico(at, &["account", "move", "bob", "robert"]);
    assert!(moved.code == Some(0) && moved.err.contains("https://a.example/users/robert"), "{moved:?}");
    assert_eq!(portico(at, &["account", "move", "bob", "--undo"]).code, Some(0));
    let again = portico(at, &["account", "move", "bob", "robert"]);
    assert!(again.one_line(1).contains("seven days"), "{again:?}");
    let gone = portico(at, &["account", "alias", "robert", "bob", "--remove"]);
    assert_eq!((gone.code, gone.out.as_str()), (Some(0), ""));
}

#[test]
fn a_database_keeps_its_domain() {
    let folder = set_up();
    change(folder.path(), "\"a.example\"", "\"b.example\"");
    let ended = portico(folder.path(), &["account", "list"]);
    let line = ended.one_line(1);
    assert!(line.contains("https://a.example, not to https://b.example"), "{line}");
}

#[test]
fn every_fault_of_a_configuration_has_its_line() {
    let folder = set_up();
    change(folder.path(), "listen = \"127.0.0.1:8080\"", "lisen = \"nowhere\"\nadmin_listen = \"x\"");
    let ended = portico(folder.path(), &["serve"]);
    assert_eq!((ended.code, ended.err.lines().count()), (Some(1), 2), "{ended:?}");
    assert!(
        ended.err.contains("did you mean listen?") && ended.err.contains("admin_listen is \"x\""),
        "{ended:?}"
    );
}

#[test]
fn the_schema_of_the_configuration_needs_no_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let schema = portico(folder.path(), &["config", "schema"]).json();
    assert_eq!(schema["properties"]["listen"]["default"], "127.0.0.1:8080", "{schema}");
}

#[test]
fn secrets_are_for_their_owner_alone() {
    let folder = set_up();
    for file in ["portico.toml", "portico.db"] {
        let mode = fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let inside = ["init", "--domain", "b.example", "--data-dir", "deep/inside"];
    assert_eq!(portico(folder.path(), &inside).code, Some(0));
    assert_eq!(fs::metadata(folder.path().join("deep/inside")).unwrap().permissions().mode() & 0o777, 0o700);

    let url = "database = \"postgres://ann:hunter2@127.0.0.1:1/portico\"";
    change(folder.path(), "database = \"sqlite:portico.db\"", url);
    let ended = portico(folder.path(), &["serve"]);
    assert!(!ended.one_line(1).contains("hunter2"), "{ended:?}");
}

#[test]
fn lists_of_hosts_are_taken_over_and_given_away() {
    let folder = set_up();
    let at = folder.path();
    let list = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n\
                spam.example,suspend,false,false,\"Spam, all of it\",false\n\
                loud.example,silence,true,false,,false\npartner.example,suspend,,,,\na.example,suspend,,,,\n";
    assert_eq!(portico(at, &["peer", "set", "partner.example", "--tier", "partner"]).code, Some(0));
    let would = portico_with(at, &["--json", "peer", "import", "-", "--dry-run"], list).json();
    let after: Vec<_> = would.as_array().unwrap().iter().map(|change| change["after"].clone()).collect();
    assert_eq!(after, ["blocked", "limited", "partner", "open"]);
    assert!(would[2]["kept"].as_str().unwrap().contains("by hand"), "{would}");
    assert!(would[3]["kept"].as_str().unwrap().contains("this instance"), "{would}");
    assert_eq!(portico(at, &["peer", "export", "blocked", "--plain"]).out, "", "nothing was done");

    let done = portico_with(at, &["peer", "import", "-"], list);
    assert!(done.code == Some(0) && done.err.contains("2 hosts changed, 2 stay as they are"), "{done:?}");
    let exported = portico(at, &["peer", "export", "blocked"]).out;
    let expected = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n\
                    loud.example,silence,true,false,,false\nspam.example,suspend,false,false,\"Spam, all of it\",false";
    assert_eq!(exported, expected);
    assert_eq!(portico(at, &["peer", "export", "allowed"]).out, "#domain\npartner.example");
    let again = portico_with(at, &["peer", "import", "-"], &exported);
    assert!(again.err.contains("0 hosts changed, 2 stay"), "{again:?}");
    let looser = portico_with(at, &["peer", "import", "-", "--tier", "partner"], "spam.example\n");
    assert!(looser.out.contains("blocked or limited here"), "{looser:?}");
    let preview =
        portico(at, &["--json", "peer", "set", "spam.example", "--tier", "open", "--dry-run"]).json();
    assert_eq!((&preview[0]["before"], &preview[0]["after"]), (&"blocked".into(), &"open".into()));
    for (text, named) in [("x.example,ban\n", "--tier"), ("#domain,#severity\nx.example,ban\n", "line 2")] {
        assert!(portico_with(at, &["peer", "import", "-"], text).one_line(1).contains(named), "{named}");
    }
}

#[test]
fn people_come_get_a_role_and_go() {
    let folder = set_up();
    let at = folder.path();
    let create = ["account", "create", "bob", "--email", "bob@a.example", "--password-stdin"];
    let made = portico_with(at, &create, "correct horse battery\n");
    assert_eq!((made.code, made.out.as_str()), (Some(0), ""), "what was given is not printed: {made:?}");
    let ann = portico(at, &["account", "create", "ann", "--email", "ann@a.example", "--role", "admin"]);
    assert!(ann.code == Some(0) && ann.out.len() == 20, "the password alone: {ann:?}");

    assert_eq!(portico(at, &["account", "set-role", "bob@a.example", "moderator"]).code, Some(0));
    assert_eq!(portico(at, &["account", "disable", "bob"]).code, Some(0));
    let shown = portico(at, &["--json", "account", "show", "bob"]).json();
    assert_eq!((&shown["role"], &shown["address"]), (&"moderator".into(), &"bob@a.example".into()));
    assert!(shown["disabled_at"].is_string(), "{shown}");
    assert_eq!(portico(at, &["account", "enable", "bob"]).code, Some(0));
    let listed = portico(at, &["account", "list", "--json"]).json();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|person| person["name"].clone()).collect();
    assert_eq!(names, ["ann", "bob"]);

    let token = portico(at, &["token", "create", "--account", "ann@a.example", "--scopes", "read write"]);
    assert!(token.code == Some(0) && token.out.lines().count() == 1 && token.err.is_empty(), "{token:?}");
    assert_eq!(
        portico(at, &["peer", "set", "P.example", "--tier", "partner", "--note", "since May"]).code,
        Some(0)
    );
    let listed = portico(at, &["token", "list", "--account", "ann", "--json"]).json();
    assert_eq!((&listed[0]["scope"], &listed[0]["app"]), (&"read write".into(), &serde_json::Value::Null));
    let id = listed[0]["id"].as_str().unwrap();
    assert!(portico(at, &["token", "list", "--account", "ann"]).out.contains("(command line)"));
    assert!(portico(at, &["token", "revoke", "--account", "bob", id]).one_line(1).contains("not found"));
    assert_eq!(portico(at, &["token", "revoke", "--account", "ann", id]).code, Some(0));
    assert_eq!(portico(at, &["token", "list", "--account", "ann", "--json"]).json(), serde_json::json!([]));
    assert_eq!(portico(at, &["token", "revoke", "--account", "ann"]).code, Some(2), "which one?");
    let all = portico(at, &["token", "revoke", "--account", "ann", "--all", "--json"]).json();
    assert_eq!(all, serde_json::json!({ "revoked": 0 }));
    let peers = portico(at, &["peer", "list", "--json"]).json();
    assert_eq!((&peers[0]["domain"], &peers[0]["tier"]), (&"p.example".into(), &"partner".into()));
    assert_eq!(peers[0]["lapsed"], serde_json::Value::Null);
    assert_eq!(portico(at, &["agreement", "set", "p.example"]).code, Some(0));
    assert_eq!(portico(at, &["agreement", "end", "p.example"]).code, Some(0));
    assert!(portico(at, &["peer", "list"]).out.contains("partner (ended)"));
    assert_eq!(portico(at, &["peer", "list", "--json"]).json()[0]["lapsed"], "ended");
    assert_eq!(portico(at, &["must-read", "list", "--json"]).json(), serde_json::json!([]));
    assert!(portico(at, &["must-read", "list", "--all"]).out.starts_with("ID"));
    assert!(portico(at, &["must-read", "show", "17"]).one_line(1).contains("not found"));
    assert!(portico(at, &["must-read", "export", "17", "--state", "some"]).one_line(2).contains("missing"));
    assert_eq!(portico(at, &["migrate"]).code, Some(0));
}

#[test]
fn variables_can_say_everything() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(folder.path())
        .env("PORTICO_DOMAIN", "a.example")
        .env("PORTICO_DATABASE", "sqlite:x.db")
        .args(["account", "list", "--json"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(folder.path().join("x.db").exists());
}

#[test]
fn the_doctor_looks_at_everything_and_says_what_to_do() {
    let folder = set_up();
    let sound = portico(folder.path(), &["doctor", "--json"]);
    assert_eq!(sound.code, Some(0), "{sound:?}");
    let report = sound.json();
    let verdict = |report: &serde_json::Value, subject: &str| {
        let found =
            report.as_array().unwrap().iter().find(|f| f["subject"].as_str().unwrap().ends_with(subject));
        found.unwrap_or_else(|| panic!("{subject} is not in {report}"))["verdict"].clone()
    };
    for subject in ["configuration", "clock", "database", "keys", "queues", "media", "disk"] {
        assert_eq!(verdict(&report, subject), "ok", "{subject}");
    }
    assert_eq!(verdict(&report, "address"), "warning", "a.example is nowhere");
    assert!(!sound.out.contains(": mail"), "no mail server is named: {sound:?}");

    fs::write(
        folder.path().join("authority.pem"),
        include_str!("../../../service/tests/service/data/authority.pem"),
    )
    .unwrap();
    let unheard = program(folder.path())
        .env("PORTICO_MAIL_URL", "smtps://user:secret@127.0.0.1:1")
        .env("PORTICO_MAIL_FROM", "Acme <noreply@a.example>")
        .env("PORTICO_NETWORK_CERTIFICATES", "authority.pem")
        .args(["doctor", "--json"])
        .output()
        .unwrap();
    let output = String::from_utf8(unheard.stdout).unwrap();
    assert_eq!(unheard.status.code(), Some(1), "{output}");
    let report: serde_json::Value = serde_json::from_str(&output).unwrap();
    assert_eq!(verdict(&report, ": mail"), "fault", "{output}");
    assert!(output.contains("check `mail_url`") && !output.contains("secret"), "{output}");

    let file = folder.path().join("portico.toml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(folder.path().join("not-a-folder"), "").unwrap();
    change(folder.path(), "file:media", "file:not-a-folder/media");
    let ill = portico(folder.path(), &["doctor", "--json"]);
    assert_eq!(ill.code, Some(1), "{ill:?}");
    assert_eq!(verdict(&ill.json(), "configuration"), "warning");
}

#[test]
fn moderation_is_done_and_recorded() {
    let folder = set_up();
    let at = folder.path();
    for name in ["ann", "bob"] {
        portico(at, &["account", "create", name, "--email", &format!("{name}@a.example")]);
    }
    let moderate = |action: &str| portico(at, &["account", "moderate", "bob", action, "--note", "too loud"]);
    assert_eq!(moderate("silence").code, Some(0));
    assert!(moderate("dance").one_line(2).contains("unsilence"));
    assert!(portico(at, &["account", "moderate", "nobody", "warn"]).one_line(1).contains("nobody"));
    assert!(portico(at, &["account", "erase", "bob"]).one_line(1).contains("suspended first"));
    assert_eq!(moderate("suspend").code, Some(0));
    assert_eq!(portico(at, &["account", "erase", "bob"]).code, Some(0));
    let log = portico(at, &["report", "log", "--json"]).json();
    let done: Vec<_> =
        log.as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(done, ["erase", "suspend", "silence"]);
    assert_eq!((&log[2]["by"], &log[2]["note"]), (&"(command line)".into(), &"too loud".into()));
    assert!(portico(at, &["report", "log"]).out.contains("too loud"));
    assert_eq!(portico(at, &["report", "list", "--json"]).json(), serde_json::json!([]));
    assert!(portico(at, &["report", "show", "1"]).one_line(1).contains("not found"));
    assert!(portico(at, &["report", "resolve", "1"]).one_line(1).contains("not found"));
}

#[test]
fn profiles_are_set_for_one_and_for_many() {
    let folder = set_up();
    let at = folder.path();
    for name in ["ada", "bob"] {
        let made = portico(at, &["account", "create", name, "--email", &format!("{name}@mail.example")]);
        assert_eq!(made.code, Some(0), "{made:?}");
    }
    let set = ["account", "profile", "set", "ada", "--title", "Head, R&D", "--department", "Turbines"];
    assert_eq!(portico(at, &set).code, Some(0));
    let shown = portico(at, &["account", "profile", "show", "ada", "--json"]).json();
    assert_eq!((&shown["job_title"], &shown["department"]), (&"Head, R&D".into(), &"Turbines".into()));

    fs::write(
        at.join("people.csv"),
        "name,manager,skills,contacts,away,away_until\nbob,ada,Rust; Hot gas,Phone: 1,On leave,2026-12-24\n",
    )
    .unwrap();
    assert_eq!(portico(at, &["people", "import", "people.csv"]).code, Some(0));
    let shown = portico(at, &["account", "profile", "show", "bob", "--json"]).json();
    assert_eq!((&shown["manager"], &shown["skills"]), (&"ada".into(), &"Rust; Hot gas".into()));
    assert_eq!(shown["away_until"], "2026-12-24T00:00:00.000Z");

    // An export can be imported again, and changes nothing; no cell of it is a formula.
    let formula = ["account", "profile", "set", "bob", "--working-hours", "=1+1"];
    assert_eq!(portico(at, &formula).code, Some(0));
    let out = portico(at, &["people", "export"]).out;
    assert!(out.contains(",'=1+1,"), "{out}");
    assert_eq!(portico_with(at, &["people", "import", "-"], &out).code, Some(0));
    assert_eq!(portico(at, &["people", "export"]).out, out);
    let shown = portico(at, &["account", "profile", "show", "bob", "--json"]).json();
    assert_eq!(shown["working_hours"], "=1+1");
    assert!(out.contains("\"Head, R&D\"") && out.lines().count() == 3, "{out}");

    for (file, named) in [
        ("name,manager\nada,bob\n", "line 2: ada: invalid: Manager would report"),
        ("name,manager\nada,nobody\n", "nobody is not known"),
        ("name\nnobody\n", "line 2: nobody"),
        ("name,shoe_size\nada,42\n", "shoe_size is not a valid column"),
        ("skills\nRust\n", "name must be one of them"),
        ("name,time_zone\nada,somewhere else\n", "Europe/Berlin"),
    ] {
        let ended = portico_with(at, &["people", "import", "-"], file);
        assert!(ended.code == Some(1) && ended.err.contains(named), "{file}: {ended:?}");
    }
}

#[test]
fn groups_are_made_and_looked_after() {
    let folder = set_up();
    let at = folder.path();
    for name in ["alice", "bob"] {
        let email = format!("{name}@a.example");
        assert_eq!(portico(at, &["account", "create", name, "--email", &email]).code, Some(0));
    }
    let made = portico(
        at,
        &[
            "--json",
            "group",
            "create",
            "sales",
            "--owner",
            "alice",
            "--display-name",
            "Sales",
            "--visibility",
            "members",
        ],
    );
    assert_eq!((&made.json()["name"], &made.json()["visibility"]), (&"sales".into(), &"members".into()));
    assert!(portico(at, &["group", "create", "sales", "--owner", "alice"]).one_line(1).contains("taken"));
    assert!(portico(at, &["group", "create", "x", "--owner", "nobody"]).one_line(1).contains("not found"));
    let added = portico(at, &["group", "add", "sales", "bob", "--role", "moderator"]);
    assert_eq!((added.code, added.err.as_str()), (Some(0), "@bob is now a member of @sales"));
    let members = portico(at, &["--json", "group", "members", "@sales"]).json();
    let roles: Vec<&str> =
        members.as_array().unwrap().iter().map(|one| one["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["moderator", "owner"]);
    let last = portico(at, &["group", "remove", "sales", "alice"]);
    assert!(last.one_line(1).contains("has to have an owner"), "{last:?}");
    assert_eq!(portico(at, &["group", "remove", "sales", "bob"]).code, Some(0));
    let set =
        portico(at, &["--json", "group", "set", "sales", "--rule", "department=Sales", "--join", "request"]);
    assert_eq!((&set.json()["rule"], &set.json()["join"]), (&"department=Sales".into(), &"request".into()));
    assert_eq!(portico(at, &["group", "set", "sales", "--rule", "salary=high"]).code, Some(2));
    let room = portico(at, &["--json", "group", "create", "deal", "--owner", "alice", "--room"]).json();
    assert_eq!((&room["room"], &room["visibility"]), (&true.into(), &"hidden".into()));
    assert_eq!(portico(at, &["--json", "group", "list"]).json().as_array().unwrap().len(), 2);
    assert_eq!(portico(at, &["group", "close", "sales"]).code, Some(0));
    assert!(portico(at, &["group", "show", "sales"]).one_line(1).contains("not found"));
}
