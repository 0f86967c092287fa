//! Must-read announcements across the company and beyond; and delegates who post on behalf of others.

use federation_tests::api::{Person, array, id, says, text};
use federation_tests::wait::eventually;
use serde_json::{Value, json};

use super::groups::{about, address, joins, makes};
use super::{Stage, await_notification, on_profile, page, posts, set_of};

pub fn play(stage: &Stage) {
    an_announcement_is_read_across_the_company(stage);
    one_for_a_department_asks_that_alone(stage);
    one_for_a_group_asks_its_members(stage);
    others_get_an_ordinary_post(stage);
    a_delegate_speaks_in_a_leaders_name(stage);
}

fn marks(status: &Value, more: &str) -> String {
    format!("/api/portico/v1/statuses/{}/{more}", id(status))
}

fn must_read(who: &Person, word: &str) -> Option<Value> {
    array(who.get("/api/portico/v1/must_reads")).into_iter().find(|status| says(status, word))
}

fn is_asked(who: &Person, word: &str) -> Value {
    eventually(&format!("{} must read {word:?}", who.handle()), || must_read(who, word))
}

/// Returns the numbers of acknowledgements, of expected readers, and of acknowledgements by others.
fn standing(author: &Person, status: &Value) -> (Value, Value, Value) {
    let now = author.get(&marks(status, "acknowledgements"));
    (now["acknowledged"].clone(), now["expected"].clone(), now["others"].clone())
}

fn comes_to(author: &Person, status: &Value, acknowledged: u8, expected: u8, others: u8) {
    let wanted = (json!(acknowledged), json!(expected), json!(others));
    eventually(&format!("{wanted:?} have acknowledged it, must, and need not"), || {
        (standing(author, status) == wanted).then_some(())
    });
}

fn missing(author: &Person, status: &Value) -> Vec<String> {
    let people = array(author.get(&marks(status, "acknowledgements/people?state=missing")));
    people.iter().map(|reader| text(&reader["account"], "acct")).collect()
}

/// Returns the id of the newest notification about a post with this word.
fn reminded(who: &Person, word: &str) -> Option<String> {
    let notice = who.notifications().into_iter().find(|n| n["type"] == "status" && says(&n["status"], word));
    notice.map(|notice| id(&notice))
}

fn an_announcement_is_read_across_the_company(stage: &Stage) {
    let (ada, cast) = (&stage.ada, &stage.cast);
    let word = stage.secret("doors");
    let wish = json!({
        "status": format!("The fire doors: {word}"), "reach": "company", "must_read": true,
        "acknowledge_by": "2030-01-01",
    });
    let refused = cast.alice.tries("POST", "/api/v1/statuses", &wish);
    assert_eq!(refused.status, 403, "only those who may announce: {}", refused.text());
    let status = posts(ada, &wish);
    let [alices, _, carols, daves] =
        [&cast.alice, &cast.bob, &cast.carol, &cast.dave].map(|who| is_asked(who, &word));
    assert!(daves["must_read"]["acknowledge_by"].as_str().is_some_and(|by| by.starts_with("2030-01-01")));
    cast.dave.sees(&word);
    comes_to(ada, &status, 0, 4, 0);

    cast.carol.act(&marks(&carols, "acknowledge"));
    assert!(must_read(&cast.carol, &word).is_none(), "it is on top no longer");
    comes_to(ada, &status, 1, 4, 0);
    cast.alice.on_status(&alices, "favourite");
    comes_to(ada, &status, 2, 4, 0);
    let by_instance = array(ada.get(&marks(&status, "acknowledgements"))["instances"].clone());
    let sales = by_instance.iter().find(|one| one["domain"] == stage.world.sales.domain.as_str());
    let sales = sales.expect("the sister counts");
    assert_eq!(
        (&sales["delivered"], &sales["acknowledged"], &sales["missing"]),
        (&json!(true), &json!(1), &json!(1))
    );
    assert_eq!(missing(ada, &status), ["bob".to_owned(), ada.acct_of(&cast.dave)]);
    let nobody_elses = cast.bob.tries("GET", &marks(&status, "acknowledgements"), &json!({}));
    assert_eq!(nobody_elses.status, 404, "the figures are its author's alone");

    let before = reminded(&cast.dave, &word).expect("dave was notified");
    let carols_before = reminded(&cast.carol, &word);
    ada.act(&marks(&status, "remind"));
    eventually("dave is reminded", || reminded(&cast.dave, &word).filter(|now| *now != before));
    assert_eq!(reminded(&cast.carol, &word), carols_before, "who has read it is left in peace");
    let again = ada.tries("POST", &marks(&status, "remind"), &json!({}));
    assert_eq!(again.status, 429, "once a day: {}", again.text());

    cast.dave.on_status(&daves, "favourite");
    comes_to(ada, &status, 3, 4, 0);
    cast.dave.on_status(&daves, "unfavourite");
    let file = page(&stage.world.engineering, "ada", &format!("/@ada/{}/readers.csv", id(&status)));
    let has_read =
        |name: &str| file.lines().find(|line| line.contains(name)).is_some_and(|line| !line.ends_with(','));
    assert!(["alice", "carol", "dave"].into_iter().all(has_read) && !has_read("bob"), "{file}");
    ada.remove(&marks(&status, "must_read"));
    assert!(must_read(&cast.bob, &word).is_none(), "nobody is asked any more");
    comes_to(ada, &status, 3, 4, 0);
}

fn one_for_a_department_asks_that_alone(stage: &Stage) {
    let (ada, cast) = (&stage.ada, &stage.cast);
    let word = stage.secret("targets");
    let wish =
        json!({ "status": word, "reach": "company", "must_read": true, "must_read_department": "Sales" });
    let status = posts(ada, &wish);
    let carols = is_asked(&cast.carol, &word);
    comes_to(ada, &status, 0, 1, 0);
    assert!(must_read(&cast.alice, &word).is_none() && must_read(&cast.dave, &word).is_none());
    cast.carol.on_status(&carols, "favourite");
    comes_to(ada, &status, 1, 1, 0);
}

fn one_for_a_group_asks_its_members(stage: &Stage) {
    let (ada, alice, carol) = (&stage.ada, &stage.cast.alice, &stage.cast.carol);
    let group = makes(alice, &json!({ "name": "crew", "visibility": "members" }));
    ada.act(&about(&group, "/join"));
    joins(carol, &address(alice, "crew"));
    let word = stage.secret("crew");
    let wish = json!({ "status": word, "reach": "company", "must_read": true, "must_read_group_id": group });
    let status = posts(ada, &wish);
    let (alices, carols) = (is_asked(alice, &word), is_asked(carol, &word));
    comes_to(ada, &status, 0, 2, 0);
    assert!(must_read(&stage.cast.bob, &word).is_none() && must_read(&stage.cast.dave, &word).is_none());
    alice.act(&marks(&alices, "acknowledge"));
    carol.act(&marks(&carols, "acknowledge"));
    comes_to(ada, &status, 2, 2, 0);
}

/// Partners do not have to read it; their favourites are counted separately.
fn others_get_an_ordinary_post(stage: &Stage) {
    let (ada, fedify, erin) = (&stage.ada, &stage.fedify, &stage.cast.erin);
    fedify.does("follow", &json!({ "actor": ada.actor() }));
    fedify.gets("Accept", "/users/ada");
    let word = stage.for_partners("maintenance");
    let status = posts(ada, &json!({ "status": word, "reach": "partners", "must_read": true }));
    let create = fedify.gets("Create", &word);
    assert_eq!(create["object"]["type"], "Note", "{create}");
    let seen = erin.sees(&word);
    assert!(must_read(erin, &word).is_none(), "a partner's people are asked by nobody but their own");
    fedify.does("like", &json!({ "object": status["uri"] }));
    comes_to(ada, &status, 0, 4, 1);
    erin.on_status(&seen, "favourite");
    comes_to(ada, &status, 0, 4, 2);
}

fn a_delegate_speaks_in_a_leaders_name(stage: &Stage) {
    let (ada, bob, carol) = (&stage.ada, &stage.cast.bob, &stage.cast.carol);
    let (word, question, answer) =
        (stage.secret("inhername"), stage.secret("asked"), stage.secret("answered"));
    let wish = json!({ "status": word, "reach": "company", "on_behalf_of": ada.id });
    assert_eq!(bob.tries("POST", "/api/v1/statuses", &wish).status, 403, "not before she says so");
    let until = json!({ "account_id": bob.id, "post": true, "answer": true, "until": "2030-01-01" });
    ada.post_json("/api/portico/v1/delegates", &until);
    let leaders: Value = array(bob.get("/api/portico/v1/delegates/leaders"))
        .iter()
        .map(|one| one["account"].clone())
        .collect();
    assert_eq!(set_of(&leaders, "acct"), ["ada".to_owned()].into());

    let status = bob.post_json("/api/v1/statuses", &wish);
    assert_eq!((&status["account"]["acct"], &status["posted_by"]["acct"]), (&json!("ada"), &json!("bob")));
    let there = on_profile(carol, ada, &word);
    assert!(there.get("posted_by").is_none(), "other instances see a post of hers: {there}");
    carol.post(&format!("{} {question}", ada.handle()), "company");
    await_notification(ada, "mention", &question);
    let asked = on_profile(bob, carol, &question);
    let reply = json!({
        "status": format!("{} {answer}", carol.handle()), "reach": "company", "on_behalf_of": ada.id,
        "in_reply_to_id": asked["id"],
    });
    bob.post_json("/api/v1/statuses", &reply);
    let notification = await_notification(carol, "mention", &answer);
    assert_eq!(notification["account"]["acct"], carol.acct_of(ada), "it is ada who answers");

    let record = array(ada.get("/api/portico/v1/delegates/record"));
    let kinds: Vec<bool> = record.iter().map(|entry| entry["answer"] == true).collect();
    assert_eq!(kinds, [true, false], "the record has both, the newest first: {record:?}");
    assert!(record.iter().all(|entry| entry["delegate"]["acct"] == "bob"), "{record:?}");
    ada.remove(&format!("/api/portico/v1/delegates/{}", bob.id));
    assert_eq!(bob.tries("POST", "/api/v1/statuses", &wish).status, 403, "taken back, it is over at once");
}
