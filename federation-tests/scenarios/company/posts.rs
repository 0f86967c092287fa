//! Reach of posts: choices, preview, delivery, log and recall; circles; and error responses to rejected
//! requests.

use std::collections::BTreeSet;

use federation_tests::api::{Person, array, id, text};
use federation_tests::fakepeer::{Key, PUBLIC, Signed};
use federation_tests::http;
use federation_tests::wait::eventually;
use serde_json::{Value, json};

use super::{Stage, await_notification, delivery_log, fetched, hosts_with, page, posts, set_of};
use crate::reach::marker;

pub fn play(stage: &Stage) {
    reaches_are_chosen_in_words(stage);
    clients_of_four_words_keep_working(stage);
    the_audience_preview_matches_the_deliveries(stage);
    nothing_widens(stage);
    narrowing_recalls(stage);
    partners_get_the_violated_rule_and_strangers_no_details(stage);
    a_circle_is_addressed(stage);
}

fn reaches_are_chosen_in_words(stage: &Stage) {
    let offered = |who: &Person| set_of(&who.get("/api/portico/v1/reaches")["reaches"], "label");
    let (globex, fedify) = (&stage.world.globex.domain, &stage.fedify.domain);
    let one_of = [format!("Company and {globex}"), format!("Company and {fedify}")];
    let words = ["Only people named", "Followers", "Only here", "Company", "Company and partners"];
    let all: BTreeSet<String> = words.map(str::to_owned).into_iter().chain(one_of).collect();
    assert_eq!(offered(&stage.cast.alice), all, "staff may not post to the world");
    assert!(offered(&stage.ada).contains("Public"), "administrators may");
    let wish = json!({ "status": "hello, world", "reach": "public" });
    let refused = stage.cast.alice.tries("POST", "/api/v1/statuses", &wish);
    assert_eq!(refused.status, 422, "what is not offered is refused: {}", refused.text());
}

fn clients_of_four_words_keep_working(stage: &Stage) {
    // The operator maps "public" to the widest reach; alice may post to partners at most.
    for (word, visibility, reach) in [
        (stage.for_partners("four"), "public", "partners"),
        (stage.for_partners("four"), "unlisted", "partners"),
        (stage.for_partners("four"), "private", "followers"),
    ] {
        let wish = json!({ "status": word, "visibility": visibility });
        let status = posts(&stage.cast.alice, &wish);
        assert_eq!((&status["visibility"], &status["reach"]), (&json!(visibility), &json!(reach)));
        stage.fedify.gets("Create", &word);
    }
}

/// The preview of a post matches the hosts that get it.
fn the_audience_preview_matches_the_deliveries(stage: &Stage) {
    let alice = &stage.cast.alice;
    let (sales, globex) = (&stage.world.sales.domain, &stage.world.globex.domain);
    let fedify = &stage.fedify.domain;
    let carol = stage.cast.carol.handle();
    let table = [
        (json!({ "reach": "instance" }), vec![]),
        (json!({ "reach": "company" }), vec![sales]),
        (json!({ "reach": "direct", "status": &carol }), vec![sales]),
        (json!({ "reach": "partners", "partner": globex }), vec![sales, globex]),
        (json!({ "reach": "partners" }), vec![sales, globex, fedify]),
        (json!({ "reach": "followers" }), vec![sales, globex, fedify]),
    ];
    let mut sent = Vec::new();
    for (mut wish, hosts) in table {
        let word = match hosts.len() {
            0 | 1 => stage.secret("foreseen"),
            2 => marker("forone"),
            _ => stage.for_partners("foreseen"),
        };
        wish["status"] = json!(format!("{word} {}", wish["status"].as_str().unwrap_or_default()));
        let status = posts(alice, &wish);
        let hosts: BTreeSet<String> = hosts.into_iter().cloned().collect();
        assert_eq!(hosts_with(&delivery_log(alice, &status), "taken"), hosts, "{wish}");
        if hosts.contains(globex) {
            stage.cast.erin.sees(&word);
        }
        sent.push((wish, status, hosts, word));
    }
    stage.fence();
    for (wish, status, hosts, word) in &sent {
        assert_eq!(&hosts_with(&delivery_log(alice, status), "taken"), hosts, "{wish}: as it was foreseen");
        assert_eq!(stage.fedify.ever_got(word), hosts.contains(fedify), "{wish}");
    }
    the_delivery_log_lists_withheld_hosts(stage, &sent[1].1);
}

/// The delivery log of a post for the company lists withheld hosts, and can be exported.
fn the_delivery_log_lists_withheld_hosts(stage: &Stage, status: &Value) {
    let alice = &stage.cast.alice;
    let (globex, fedify) = (stage.world.globex.domain.clone(), stage.fedify.domain.clone());
    let log = delivery_log(alice, status);
    assert_eq!(hosts_with(&log, "withheld"), [globex.clone(), fedify].into(), "{log:?}");
    assert!(log.iter().all(|entry| entry["state"] == "taken" || entry["rule"] == "reach"), "{log:?}");
    let path = format!("/@alice/{}/deliveries.csv", id(status));
    let file = page(&stage.world.engineering, "alice", &path);
    let line = |host: &str, state: &str| file.lines().any(|line| line.contains(host) && line.contains(state));
    assert!(line(&stage.world.sales.domain, "taken") && line(&globex, "withheld"), "{file}");
}

/// No reply, quote, boost or edit widens the audience of a post.
fn nothing_widens(stage: &Stage) {
    let (alice, bob, carol) = (&stage.cast.alice, &stage.cast.bob, &stage.cast.carol);
    let (word, answer, quote) = (stage.secret("inside"), stage.secret("answer"), stage.secret("quote"));
    let status = posts(alice, &json!({ "status": word, "reach": "company" }));
    let there = carol.sees(&word);
    let said = carol.reply(&there, &format!("{} {answer}", alice.handle()), "partners");
    assert_eq!(said["reach"], "company", "an answer goes no further than what it answers");
    await_notification(alice, "mention", &answer);
    let wish = json!({ "status": quote, "quoted_status_id": status["id"], "reach": "partners" });
    assert_eq!(posts(bob, &wish)["reach"], "company", "nor does a quote");
    bob.on_status(&status, "reblog");
    eventually("the boost is counted", || {
        alice.status(&id(&status)).filter(|status| status["reblogs_count"] == 1)
    });
    let path = format!("/api/v1/statuses/{}", id(&status));
    let refused = alice.tries("PUT", &path, &json!({ "status": word, "reach": "partners" }));
    assert_eq!(refused.status, 422, "widening is refused: {}", refused.text());
    assert_eq!(alice.get(&path)["reach"], "company", "and changes nothing");
    stage.fence();
    let uri = text(&status, "uri");
    assert!(!stage.fedify.ever_got(&uri), "nobody outside hears of the boost or the quote");
    assert!(stage.fedify.looks_at(&uri).is_none(), "a partner that asks for it finds nothing");
    assert!(stage.cast.erin.look_for_status(&uri).is_none());
}

/// Narrowing a post deletes it outside the new reach, and keeps it inside.
fn narrowing_recalls(stage: &Stage) {
    let (alice, carol, erin) = (&stage.cast.alice, &stage.cast.carol, &stage.cast.erin);
    let word = stage.for_partners("toofar");
    let status = posts(alice, &json!({ "status": word, "reach": "partners" }));
    let (carols, erins) = (carol.sees(&word), erin.sees(&word));
    stage.fedify.gets("Create", &word);
    let path = format!("/api/v1/statuses/{}", id(&status));
    let narrowed = alice.put_json(&path, &json!({ "status": word, "reach": "company" }));
    assert_eq!(narrowed["reach"], "company");
    eventually("erin has lost it", || erin.status(&id(&erins)).is_none().then_some(()));
    assert!(erin.finds_at_home(&word).is_none());
    let deleted = stage.fedify.gets("Delete", &text(&status, "uri"));
    assert_eq!(deleted["actor"], alice.actor(), "{deleted}");
    eventually("carol keeps it, as it goes now", || {
        carol.status(&id(&carols)).filter(|status| status["reach"] == "company")
    });
    let log = delivery_log(alice, &status);
    let recalled = log.iter().filter(|entry| entry["recalled_at"].is_string());
    let recalled: BTreeSet<String> = recalled.map(|entry| text(entry, "host")).collect();
    let lost = [stage.world.globex.domain.clone(), stage.fedify.domain.clone()];
    assert_eq!(recalled, lost.into(), "the record says who was asked to delete it");
}

/// A partner that violates the agreement gets the violated rule and a contact in the response. An unrelated
/// host gets no details, and cannot distinguish hidden objects from missing ones.
fn partners_get_the_violated_rule_and_strangers_no_details(stage: &Stage) {
    let (engineering, erin) = (&stage.world.engineering, &stage.cast.erin);
    let status = stage.ada.post(&marker("boosted"), "public");
    let inbox = format!("{}/inbox", stage.ada.actor());
    let boost = |actor: &str| {
        json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": format!("{actor}#{}", marker("boost")),
            "type": "Announce", "actor": actor, "object": status["uri"], "to": [PUBLIC],
        })
    };
    let key = format!("SELECT private_pem AS text FROM keys WHERE uri = '{}#main-key'", erin.actor());
    let key = Key::from_pem(&stage.world.globex.database.text(&key));
    let request = Signed::post(&erin.actor(), &inbox, &boost(&erin.actor())).request(&key);
    let reply = http::send(engineering.address(), &request).expect("it answers");
    assert_eq!(reply.status, 403, "{}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    let problem = reply.json();
    let rule = (&problem["rule"], &problem["contact"]);
    assert_eq!(rule, (&json!("agreement/boosts"), &json!("it@acme.example")), "{problem}");

    let mallory = stage.stranger.actor("mallory");
    let answer = stage.stranger.send(&mallory, &inbox, engineering.address(), &boost(&mallory));
    let answer = answer.expect("it answers");
    assert_eq!(answer.status, 403);
    assert!(answer.json().get("rule").is_none() && !answer.text().contains("acme"), "{}", answer.text());
    let word = stage.secret("hidden");
    let hidden = text(&stage.cast.alice.post(&word, "company"), "uri");
    let missing = format!("{}/statuses/1", stage.cast.alice.actor());
    for accept in ["application/activity+json", "text/html"] {
        let (hidden, missing) =
            (fetched(engineering, &hidden, accept), fetched(engineering, &missing, accept));
        let kinds = (hidden.header("content-type"), missing.header("content-type"));
        assert_eq!((hidden.status, kinds.0), (missing.status, kinds.1), "{accept}");
        if accept != "text/html" {
            assert_eq!((hidden.status, hidden.text()), (404, missing.text()), "{accept}");
        }
        assert!(!hidden.text().contains(&word), "{accept}");
    }
}

/// A post to a circle on three instances reaches its members' home timelines and nobody else. Nobody learns
/// the name of the circle.
fn a_circle_is_addressed(stage: &Stage) {
    let (alice, bob, carol, erin) = (&stage.cast.alice, &stage.cast.bob, &stage.cast.carol, &stage.cast.erin);
    let title = stage.secret("circle");
    let circle = id(&alice.post_json("/api/portico/v1/circles", &json!({ "title": title })));
    let people: Vec<String> = [bob, carol, erin].map(|person| id(&alice.finds(&person.handle()))).into();
    let members = format!("/api/portico/v1/circles/{circle}/accounts");
    alice.post_json(&members, &json!({ "account_ids": people }));
    let word = marker("amongus");
    let status = posts(alice, &json!({ "status": word, "circle_id": circle }));
    let hosts = [stage.world.sales.domain.clone(), stage.world.globex.domain.clone()];
    assert_eq!(hosts_with(&delivery_log(alice, &status), "taken"), hosts.into());
    assert_eq!(status["reach"], "direct");
    let seen = [bob, carol, erin].map(|person| person.sees(&word));
    for (person, status) in [bob, carol, erin].into_iter().zip(&seen) {
        assert!(!person.notifications().iter().any(|n| n["status"]["id"] == status["id"]), "nobody is named");
        let boost = person.tries("POST", &format!("/api/v1/statuses/{}/reblog", id(status)), &json!({}));
        assert!(matches!(boost.status, 403 | 404 | 422), "{}: {}", boost.status, boost.text());
    }
    let who = bob.get(&format!("/api/portico/v1/statuses/{}/addressed", id(&status)));
    assert_eq!((array(who["accounts"].clone()).len(), &who["circle"]), (3, &Value::Null), "{who}");

    // A reply to all recipients, on the author's own instance, where they are known.
    let answer = marker("tous");
    let wish = json!({ "status": answer, "in_reply_to_id": status["id"], "to_addressed": true });
    posts(bob, &wish);
    for (person, status) in [(carol, &seen[1]), (erin, &seen[2]), (alice, &status)] {
        eventually(&format!("{} reads bob's answer", person.handle()), || {
            let below = array(person.context(status)["descendants"].clone());
            below.into_iter().find(|reply| reply.to_string().contains(&answer))
        });
    }
    // A removed member keeps earlier posts, and gets no new ones.
    let gone = alice.tries("DELETE", &members, &json!({ "account_ids": [&people[1]] }));
    assert_eq!(gone.status, 200, "{}", gone.text());
    let next = marker("withoutcarol");
    posts(alice, &json!({ "status": next, "circle_id": circle }));
    erin.sees(&next);
    assert!(carol.status(&id(&seen[1])).is_some());
    stage.fence();
    assert!(carol.finds_at_home(&next).is_none() && !stage.world.sales.database.contains(&next));
    for (word, sisters) in [(&word, true), (&answer, true), (&next, false)] {
        let outside = stage.fedify.ever_got(word) || stage.cast.dave.finds_at_home(word).is_some();
        assert!(!outside, "only the circle has {word}");
        assert_eq!(stage.world.sales.database.contains(word), sisters);
    }
    assert!(!stage.world.sales.database.contains(&title), "the name of the circle is its owner's alone");
}
