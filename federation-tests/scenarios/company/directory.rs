//! The directory of people and their skills, across the company and with partners; people who leave; and
//! questions to experts.

use federation_tests::api::{Person, array, id, says, text};
use federation_tests::wait::eventually;
use serde_json::{Value, json};

use super::{Stage, await_notification, has_notification_about, set_of};

const PROFILE: &str = "/api/portico/v1/profile";

pub fn play(stage: &Stage) {
    profiles_go_as_far_as_they_may(stage);
    people_are_found_across_the_company(stage);
    posts_show_who_knows(stage);
    a_disabled_account_leaves_the_directory(stage);
    those_who_know_are_asked(stage);
}

/// Returns a person's profile as another person sees it.
fn profile_of(viewer: &Person, person: &Person) -> Value {
    let account = viewer.finds(&person.handle());
    viewer.get(&format!("/api/portico/v1/people/{}", id(&account)))["profile"].clone()
}

/// Returns the `acct` of every person found by a directory query.
fn found(by: &Person, question: &str) -> Vec<String> {
    let people = array(by.get(&format!("/api/portico/v1/{question}")));
    people.iter().map(|person| text(&person["account"], "acct")).collect()
}

fn finds(by: &Person, question: &str, person: &Person) {
    eventually(&format!("{} finds {} by {question}", by.handle(), person.handle()), || {
        found(by, question).contains(&by.acct_of(person)).then_some(())
    });
}

/// The company's other instance gets every field but those for one instance; globex gets those in the
/// agreement; other software gets what operator and terms allow, some of it as profile fields that any server
/// shows.
fn profiles_go_as_far_as_they_may(stage: &Stage) {
    let (alice, dave, erin) = (&stage.cast.alice, &stage.cast.dave, &stage.cast.erin);
    let (site, room) = (stage.secret("site"), stage.secret("room"));
    alice.put_json(
        PROFILE,
        &json!({
            "job_title": "Head of Pumps", "department": "Turbines", "division": "Energy", "manager": "ada",
            "location": site, "time_zone": "Europe/Berlin", "pronouns": "she/her", "languages": ["de", "en"],
            "skills": ["Hydraulic pumps"], "interests": ["Chess"], "projects": ["Kaplan"],
            "working_hours": "9 to 5", "contacts": [{ "name": "Room", "value": room }],
            "out_of_office": { "note": "At the site", "until": "2030-01-01" },
            "reaches": { "contacts": "instance" },
        }),
    );
    let known = eventually("the sister has the profile", || {
        Some(profile_of(dave, alice)).filter(|profile| profile["job_title"] == "Head of Pumps")
    });
    for (field, value) in [
        ("department", json!("Turbines")),
        ("division", json!("Energy")),
        ("location", json!(site)),
        ("time_zone", json!("Europe/Berlin")),
        ("pronouns", json!("she/her")),
        ("languages", json!(["de", "en"])),
        ("skills", json!(["Hydraulic pumps"])),
        ("interests", json!(["Chess"])),
        ("projects", json!(["Kaplan"])),
        ("working_hours", json!("9 to 5")),
        ("contacts", json!([])),
    ] {
        assert_eq!(known[field], value, "{field} at the sister");
    }
    assert_eq!(known["manager"]["uri"], stage.ada.actor());
    assert_eq!(known["out_of_office"]["note"], "At the site");
    assert!(!stage.world.sales.database.contains(&room), "what is for the instance stays there");

    let shared = eventually("globex has what is agreed", || {
        Some(profile_of(erin, alice)).filter(|profile| profile["job_title"] == "Head of Pumps")
    });
    assert_eq!(shared["department"], "Turbines");
    for (field, nothing) in [("skills", json!([])), ("division", json!("")), ("manager", Value::Null)] {
        assert_eq!(shared[field], nothing, "{field} is not agreed with globex");
    }
    let document = stage.fedify.looks_at(&alice.actor()).expect("a partner finds alice");
    assert_eq!(
        (&document["jobTitle"], &document["knowsAbout"]),
        (&json!("Head of Pumps"), &json!(["Hydraulic pumps"]))
    );
    assert!(document["attachment"].to_string().contains("Head of Pumps"), "as a row, too: {document}");
    assert!(document["reportsTo"].is_null() && document["workLocation"].is_null(), "{document}");
}

fn people_are_found_across_the_company(stage: &Stage) {
    let (alice, carol, dave) = (&stage.cast.alice, &stage.cast.carol, &stage.cast.dave);
    let manager = json!({ "department": "Sales", "division": "Trade", "manager": &stage.ada.handle()[1..] });
    carol.finds(&stage.ada.handle());
    carol.put_json(PROFILE, &manager);
    for question in [
        "people?skill=hydraulic%20pumps",
        "people?q=Head%20of%20Pumps",
        "people?q=hydraulik",
        "people?q=alice",
        "people?department=Turbines",
        "people?division=Energy",
        "people?division=Energy&department=Turbines",
    ] {
        finds(dave, question, alice);
    }
    finds(alice, "people?department=Sales", carol);
    assert!(!found(dave, "people?skill=welding").contains(&dave.acct_of(alice)));
    let units = array(dave.get("/api/portico/v1/departments"));
    let unit = |division: &str, department: &str| {
        units.iter().any(|unit| unit["division"] == division && unit["department"] == department)
    };
    assert!(unit("Energy", "Turbines") && unit("Trade", "Sales"), "{units:?}");

    let ada = id(&dave.finds(&stage.ada.handle()));
    let chart = eventually("the org chart has both divisions", || {
        let chart = dave.get(&format!("/api/portico/v1/org_chart/{ada}"));
        (array(chart["reports"].clone()).len() == 2).then_some(chart)
    });
    let reports = array(chart["reports"].clone());
    for person in [alice, carol] {
        assert!(reports.iter().any(|one| one["account"]["acct"] == dave.acct_of(person)), "{reports:?}");
    }
    let chart = dave.get(&format!("/api/portico/v1/org_chart/{}", id(&dave.finds(&carol.handle()))));
    assert_eq!(chart["above"][0]["account"]["acct"], dave.acct_of(&stage.ada));

    alice.put_json(PROFILE, &json!({ "job_title": "Chief of Pumps" }));
    finds(dave, "people?q=Chief%20of%20Pumps", alice);
    assert!(
        array(stage.cast.erin.get("/api/portico/v1/people?q=Pumps")).is_empty(),
        "partners have a directory of their own"
    );
}

fn posts_show_who_knows(stage: &Stage) {
    let (bob, carol) = (&stage.cast.bob, &stage.cast.carol);
    finds(carol, "who_knows?q=hydraulic", &stage.cast.alice);
    let consent = bob.tries("PATCH", "/api/v1/accounts/update_credentials", &json!({ "indexable": true }));
    assert_eq!(consent.status, 200, "{}", consent.text());
    let topic = stage.secret("topic");
    bob.post(&format!("Notes on {topic}"), "company");
    let expert = eventually("carol finds that bob knows, and by what", || {
        let experts = array(carol.get(&format!("/api/portico/v1/who_knows?q={topic}")));
        experts.into_iter().find(|expert| expert["account"]["acct"] == carol.acct_of(bob))
    });
    assert!(says(&expert["statuses"][0], &topic), "{expert}");
    assert!(array(stage.cast.erin.get(&format!("/api/portico/v1/who_knows?q={topic}"))).is_empty());
}

fn a_disabled_account_leaves_the_directory(stage: &Stage) {
    let (engineering, dave) = (&stage.world.engineering, &stage.cast.dave);
    let lea = engineering.person("lea");
    lea.put_json(PROFILE, &json!({ "skills": ["Welding"] }));
    finds(dave, "people?skill=welding", &lea);
    engineering.command(&["account", "disable", "lea"], "");
    eventually("lea is gone from the sister's directory", || {
        (!found(dave, "people?skill=welding").contains(&dave.acct_of(&lea))).then_some(())
    });
}

/// A question goes only to experts who accept questions, across the company, and three times a day at most.
fn those_who_know_are_asked(stage: &Stage) {
    let (alice, bob, carol, dave) = (&stage.cast.alice, &stage.cast.bob, &stage.cast.carol, &stage.cast.dave);
    carol.put_json(PROFILE, &json!({ "skills": ["Haggling"] }));
    dave.put_json(PROFILE, &json!({ "skills": ["Haggling"], "may_be_asked_by": "nobody" }));
    finds(alice, "people?skill=haggling", carol);
    finds(alice, "people?skill=haggling", dave);
    let asked = |who: &Person| {
        let found =
            array(who.post_json("/api/portico/v1/questions/preview", &json!({ "about": "haggling" })));
        found.iter().map(|one| text(&one["account"], "acct")).collect::<Vec<String>>()
    };
    eventually("carol would be asked, and she alone", || {
        (asked(alice) == [alice.acct_of(carol)]).then_some(())
    });
    let asks = |word: &str| json!({ "about": "haggling", "status": format!("How low can we go? {word}") });
    let word = stage.secret("question");
    let question = alice.post_json("/api/portico/v1/questions", &asks(&word));
    assert_eq!(question["status"]["reach"], "direct");
    let accounts: Value = array(question["asked"].clone()).iter().map(|one| one["account"].clone()).collect();
    assert_eq!(set_of(&accounts, "acct"), [alice.acct_of(carol)].into());
    let there = await_notification(carol, "mention", &word)["status"].clone();
    assert!(!has_notification_about(dave, &word), "dave lets nobody ask");
    let answer = stage.secret("price");
    carol.reply(&there, &format!("{} not below {answer}", alice.handle()), "direct");
    await_notification(alice, "mention", &answer);

    for _ in 0..2 {
        alice.post_json("/api/portico/v1/questions", &asks(&stage.secret("more")));
    }
    let fourth = alice.tries("POST", "/api/portico/v1/questions", &asks("?"));
    assert_eq!(fourth.status, 422, "nobody asks more than three times a day: {}", fourth.text());
    assert_eq!(asked(bob), Vec::<String>::new(), "and nobody is asked more often");
}
