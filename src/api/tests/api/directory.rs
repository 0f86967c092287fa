//! The company's directory: profiles, search, org charts, and experts.

use axum::http::Method;
use portico_domain::model::Reach;
use portico_domain::model::account::RemoteActor;
use portico_domain::model::moderation::Action;
use portico_domain::model::peer::Tier;
use portico_domain::model::profile::Attributes;
use portico_service::people::accounts;
use serde_json::{Value, json};

use portico_testing::elsewhere::{document, set_tier};
use portico_testing::{TestApp, TestUser, both_databases};

async fn set_profile(who: &TestUser, profile: Value) -> Value {
    who.call(Method::PUT, "/api/portico/v1/profile", Some(profile)).await.ok()
}

/// The handles in the response of a directory path.
async fn found(by: &TestUser, path: &str) -> Vec<String> {
    let found = by.get(&format!("/api/portico/v1/{path}")).await.ok();
    let name = |person: &Value| person["account"]["acct"].as_str().unwrap().to_owned();
    found.as_array().unwrap().iter().map(name).collect()
}

/// Adds a remote account with a profile, on a host of this tier.
async fn elsewhere(app: &TestApp, name: &str, host: &str, tier: Tier, attributes: Attributes) {
    set_tier(app, host, tier).await;
    let actor = RemoteActor { attributes, ..document(name, host) };
    accounts::receive(&app.instance, actor).await.unwrap();
}

both_databases! {
    async fn people_edit_their_own_profile(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let own = set_profile(&alice, json!({
            "job_title": " Head  of R&D ", "department": "Turbines", "division": "Engineering", "manager": "@bob",
            "location": "Berlin", "time_zone": "Europe/Berlin", "pronouns": "she/her", "languages": ["de", "en"],
            "working_hours": "9 to 5", "contacts": [{"name": "Phone", "value": "+49 30 1"}],
            "skills": ["Rust", "Hot gas", "Rust"], "interests": ["Chess"], "projects": ["T9"],
            "out_of_office": {"note": "Ask Bob", "until": "2026-12-24"}, "reaches": {"contacts": "instance"},
        })).await;
        let profile = &own["profile"];
        assert_eq!(profile["job_title"], "Head of R&D");
        assert_eq!(profile["skills"], json!(["Rust", "Hot gas"]));
        assert_eq!(profile["manager"]["account"]["acct"], "bob");
        assert_eq!(profile["out_of_office"]["until"], "2026-12-24T00:00:00.000Z");
        assert_eq!((&own["reaches"]["contacts"], &own["allowed"]["contacts"]), (&json!("instance"), &json!("company")));
        assert_eq!(alice.get("/api/portico/v1/profile").await.ok(), own);
        let seen = bob.get(&format!("/api/portico/v1/people/{}", alice.id())).await.ok();
        assert_eq!(seen["profile"], *profile);

        // Absent keys keep their value, empty ones are cleared.
        let own = set_profile(&alice, json!({
            "skills": [], "manager": "", "pronouns": "", "out_of_office": {"away": false}, "reaches": {"contacts": ""},
        })).await;
        let profile = &own["profile"];
        assert_eq!((&profile["skills"], &profile["manager"], &profile["pronouns"]), (&json!([]), &Value::Null, &json!("")));
        assert_eq!((&profile["out_of_office"], &profile["department"]), (&Value::Null, &json!("Turbines")));
        assert_eq!(own["reaches"]["contacts"], "company");
    }

    async fn invalid_profiles_are_refused_with_a_reason(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        set_profile(&bob, json!({"manager": "alice"})).await;
        for (wish, named) in [
            (json!({"job_title": "x".repeat(200)}), "Title is too long"),
            (json!({"time_zone": "over there"}), "Europe/Berlin"),
            (json!({"languages": ["Klingon!"]}), "Languages"),
            (json!({"manager": "nobody"}), "not known"),
            (json!({"manager": "alice"}), "Manager would report"),
            (json!({"manager": "bob"}), "Manager would report"),
            (json!({"reaches": {"contacts": "public"}}), "no further than company"),
            (json!({"reaches": {"contacts": "followers"}}), "instance, company, partners or public"),
            (json!({"reaches": {"contacts": "everywhere"}}), "must be one of"),
            (json!({"out_of_office": {"until": "soon"}}), "until"),
        ] {
            let reply = alice.call(Method::PUT, "/api/portico/v1/profile", Some(wish.clone())).await;
            assert!(reply.problem(422).contains(named), "{wish}: {}", reply.body);
        }
        let own = alice.get("/api/portico/v1/profile").await.ok();
        assert_eq!((&own["profile"]["job_title"], &own["profile"]["manager"]), (&json!(""), &Value::Null));
    }

    async fn people_are_found_though_their_names_are_mistyped(app: TestApp) {
        let alice = app.staff("alice").await;
        let (kate, jon) = (app.staff("kate").await, app.staff("jon").await);
        kate.form(Method::PATCH, "/api/v1/accounts/update_credentials", "display_name=Käthe Schmidt").await.ok();
        jon.form(Method::PATCH, "/api/v1/accounts/update_credentials", "display_name=Jonathan Meyer").await.ok();
        set_profile(&kate, json!({"job_title": "Turbine engineer", "department": "Hot Gas", "division": "Energy",
            "skills": ["Kubernetes", "Machine learning"]})).await;
        set_profile(&jon, json!({"job_title": "Counsel", "department": "Legal", "division": "Energy", "skills": ["Learning"]})).await;
        let attributes = Attributes { department: "Hot gas".into(), skills: vec!["Kubernetes".into()], ..Attributes::default() };
        elsewhere(&app, "kim", "sales.acme.test", Tier::Company, attributes).await;
        for (query, names) in [
            ("q=kathe", vec!["kate"]),
            ("q=schmit", vec!["kate"]),
            ("q=meier", vec!["jon"]),
            ("q=jhonathan", vec!["jon"]),
            ("q=jon", vec!["jon"]),
            ("q=engin", vec!["kate"]),
            ("q=enginer%20schmidt", vec!["kate"]),
            ("q=enginer%20meyer", vec![]),
            ("q=kuberntes", vec!["kate", "kim@sales.acme.test"]),
            ("q=energy", vec!["kate", "jon"]),
            ("q=nothing%20here", vec![]),
            ("q=!!", vec![]),
            ("q=%3Drust", vec![]),
            ("skill=machine%20learning", vec!["kate"]),
            ("skill=Learning", vec!["jon"]),
            ("department=hot%20GAS", vec!["kate", "kim@sales.acme.test"]),
            ("department=Hot%20Gas&division=Energy", vec!["kate"]),
            ("department=Hot%20Gas&skill=kubernetes&q=kim", vec!["kim@sales.acme.test"]),
            ("limit=2", vec!["alice", "jon"]),
            ("limit=2&offset=2", vec!["kate", "kim@sales.acme.test"]),
        ] {
            let mut got = found(&alice, &format!("people?{query}")).await;
            got.sort();
            let mut names = names;
            names.sort_unstable();
            assert_eq!(got, names, "{query}");
        }
        // Matches of the name come before matches of the skills.
        set_profile(&alice, json!({"skills": ["Meyer welding"]})).await;
        assert_eq!(found(&alice, "people?q=meyer").await, ["jon", "alice"]);
        let units = alice.get("/api/portico/v1/departments").await.ok();
        assert_eq!(units, json!([
            {"division": "", "department": "", "people": 1},
            {"division": "", "department": "Hot gas", "people": 1},
            {"division": "Energy", "department": "Hot Gas", "people": 1},
            {"division": "Energy", "department": "Legal", "people": 1},
        ]));
    }

    async fn the_directory_lists_only_discoverable_people_of_the_company(app: TestApp) {
        let alice = app.staff("alice").await;
        for name in ["shy", "left", "gone", "quiet", "robot"] {
            let person = app.staff(name).await;
            set_profile(&person, json!({"skills": ["Needles"]})).await;
            match name {
                "shy" => drop(person.form(Method::PATCH, "/api/v1/accounts/update_credentials", "discoverable=false").await.ok()),
                "robot" => drop(person.form(Method::PATCH, "/api/v1/accounts/update_credentials", "bot=true").await.ok()),
                "left" => app.act(person.account.id, Action::Disable).await.unwrap(),
                "gone" => app.act(person.account.id, Action::Suspend).await.unwrap(),
                _ => app.act(person.account.id, Action::Silence).await.unwrap(),
            }
        }
        let attributes = || Attributes { skills: vec!["Needles".into()], ..Attributes::default() };
        elsewhere(&app, "kim", "sales.acme.test", Tier::Company, attributes()).await;
        elsewhere(&app, "pat", "partner.test", Tier::Partner, attributes()).await;
        elsewhere(&app, "odd", "open.test", Tier::Open, attributes()).await;
        let kim = ["kim@sales.acme.test"];
        assert_eq!(found(&alice, "people?q=needles").await, kim);
        assert_eq!(found(&alice, "people?skill=needles").await, kim);
        assert_eq!(found(&alice, "who_knows?q=needles").await, kim);
        assert_eq!(found(&alice, "people").await, ["alice", "kim@sales.acme.test"]);
        // People of a host that has left the company are not listed either.
        set_tier(&app, "sales.acme.test", Tier::Open).await;
        assert_eq!(found(&alice, "people?q=needles").await, Vec::<String>::new());
        assert_eq!(found(&alice, "people").await, ["alice"]);
    }

    async fn an_org_chart_is_made_of_managers(app: TestApp) {
        let (ceo, head, one, two) =
            (app.staff("ceo").await, app.staff("head").await, app.staff("one").await, app.staff("two").await);
        set_profile(&head, json!({"manager": "ceo"})).await;
        set_profile(&one, json!({"manager": "head"})).await;
        set_profile(&two, json!({"manager": format!("head@{}", app.instance.settings.domain)})).await;
        let attributes = Attributes { manager: Some(head.account.uri.clone()), ..Attributes::default() };
        elsewhere(&app, "kim", "sales.acme.test", Tier::Company, attributes.clone()).await;
        elsewhere(&app, "odd", "open.test", Tier::Open, attributes).await;
        let chart = one.get(&format!("/api/portico/v1/org_chart/{}", head.id())).await.ok();
        let names = |part: &str| -> Vec<&str> {
            chart[part].as_array().unwrap().iter().map(|person| person["account"]["acct"].as_str().unwrap()).collect()
        };
        assert_eq!((names("above"), names("reports")), (vec!["ceo"], vec!["kim@sales.acme.test", "one", "two"]));
        let chart = one.get(&format!("/api/portico/v1/org_chart/{}", one.id())).await.ok();
        assert_eq!((&chart["above"][0]["account"]["acct"], &chart["above"][1]["account"]["acct"]), (&json!("ceo"), &json!("head")));
        assert_eq!(chart["reports"], json!([]));
        assert_eq!(ceo.get("/api/portico/v1/org_chart/1").await.status, 404);
    }

    async fn who_knows_finds_experts_by_skills_and_posts(app: TestApp) {
        let (alice, says, posts, quiet) =
            (app.staff("alice").await, app.staff("says").await, app.staff("posts").await, app.staff("quiet").await);
        set_profile(&says, json!({"skills": ["Kubernetes"]})).await;
        posts.says("Kubernetes in anger", Reach::Company).await;
        posts.says("More Kubernetes", Reach::Instance).await;
        quiet.says("Kubernetes for my followers", Reach::Followers).await;
        quiet.says("Kubernetes for one", Reach::Direct).await;
        let experts = alice.get("/api/portico/v1/who_knows?q=kubernetes").await.ok();
        assert_eq!(found(&alice, "who_knows?q=kubernetes").await, ["says", "posts"]);
        assert_eq!((&experts[0]["matches"], &experts[0]["statuses"]), (&json!(["Kubernetes"]), &json!([])));
        let shown: Vec<&str> =
            experts[1]["statuses"].as_array().unwrap().iter().map(|post| post["reach"].as_str().unwrap()).collect();
        assert_eq!(shown, ["instance", "company"]);
        // Search operators are plain words here, and find only what is written.
        assert_eq!(found(&alice, "who_knows?q=from:quiet").await, Vec::<String>::new());
        assert_eq!(alice.get("/api/portico/v1/who_knows").await.status, 400);
        // A blocked account is not found by its posts.
        alice.submit(&format!("/api/v1/accounts/{}/block", posts.id()), "").await.ok();
        assert_eq!(found(&alice, "who_knows?q=kubernetes").await, ["says"]);
    }

    async fn clients_that_know_nothing_else_see_the_common_ones_as_rows(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        set_profile(&alice, json!({"job_title": "R&D <b>", "department": "Turbines", "contacts": [{"name": "Phone", "value": "1"}]})).await;
        let shown = bob.get(&format!("/api/v1/accounts/{}", alice.id())).await.ok();
        assert_eq!(shown["fields"], json!([
            {"name": "Title", "value": "R&amp;D &lt;b&gt;", "verified_at": null},
            {"name": "Department", "value": "Turbines", "verified_at": null},
        ]));
        let looked_up = bob.get("/api/v1/accounts/lookup?acct=alice").await.ok();
        assert_eq!(looked_up["fields"], shown["fields"]);
        // They are not part of the fields that the owner edits.
        let own = alice.get("/api/v1/accounts/verify_credentials").await.ok();
        assert_eq!(own["source"]["fields"], json!([]));
        alice.form(Method::PATCH, "/api/v1/accounts/update_credentials", "note=hi").await.ok();
        let shown = bob.get(&format!("/api/v1/accounts/{}", alice.id())).await.ok();
        assert_eq!(shown["fields"].as_array().unwrap().len(), 2);
    }

    async fn strangers_learn_nothing(app: TestApp) {
        let alice = app.staff("alice").await;
        for path in ["profile", "people", &format!("people/{}", alice.id()), "departments", "who_knows?q=x"] {
            assert_eq!(app.get(&format!("/api/portico/v1/{path}")).await.status, 401, "{path}");
        }
    }
}
