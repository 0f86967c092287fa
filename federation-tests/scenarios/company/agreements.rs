//! Agreements with partners: proposing, accepting, enforcement on every path, ending by either side; and the
//! view of an organisation.

use federation_tests::api::{Person, array, id, says, text};
use federation_tests::wait::eventually;
use federation_tests::world::{Instance, World};
use serde_json::{Value, json};

use super::{Stage, await_notification, delivery_log, hosts_with, posts, set_of};
use crate::reach::marker;

fn path(partner: &str) -> String {
    format!("/api/portico/v1/admin/agreements/{partner}")
}

/// Engineering's proposal: the default terms without boosts, and two profile fields.
fn draft(note: &str) -> Value {
    let terms = json!({
        "reaches": ["partners", "public", "followers"],
        "direct_messages": true, "boosts": false, "media": true,
        "attributes": ["job_title", "department"], "follows": "everybody",
    });
    json!({
        "contact": "it@acme.example", "their_contact": "admin@globex.example",
        "ends": "2030-01-01", "note": note, "gives": terms, "takes": terms,
    })
}

/// Waits until the newest agreement with a partner is in this state.
fn comes_to(by: &Person, partner: &str, state: &str) -> Value {
    eventually(&format!("{} has an agreement with {partner} that is {state}", by.domain), || {
        // There is no agreement before the partner's first message.
        let newest = by.send(&by.request("GET", &path(partner))).json()["texts"][0].clone();
        (newest["state"] == state).then_some(newest)
    })
}

/// An agreement is proposed in the API, and accepted on the command line. Before, nothing is exchanged.
pub fn two_companies_agree(world: &World, ada: &Person, gus: &Person) {
    let (engineering, globex) = (&world.engineering, &world.globex);
    engineering.tier(&globex.domain, "open");
    globex.tier(&engineering.domain, "open");
    assert!(ada.look_for(&gus.handle()).is_none(), "they exchange nothing");

    let note = marker("contract");
    let ours = ada.post_json(&path(&globex.domain), &draft(&note));
    let proposed = comes_to(gus, &engineering.domain, "proposed");
    assert_eq!(proposed["digest"], ours["digest"], "both read the same text");
    await_notification(gus, "mention", "proposes an agreement");
    assert!(ada.look_for(&gus.handle()).is_none(), "nothing flows before both have accepted");

    let read = globex.command(&["agreement", "show", &engineering.domain], "");
    let digest = text(&proposed, "digest");
    for part in [digest.as_str(), "it@acme.example", "posts for partners", &note] {
        assert!(read.contains(part), "{part:?} is in the text: {read}");
    }
    globex.command(&["agreement", "accept", &engineering.domain, "--digest", &digest[..8]], "");
    let signed = comes_to(ada, &globex.domain, "accepted");
    assert_eq!((&signed["signed_by_us"], &signed["signed_by_them"]), (&json!(true), &json!(true)));
    await_notification(ada, "mention", "has accepted the agreement");
    let changes = array(ada.get(&path(&globex.domain))["changes"].clone());
    let what: Vec<String> = changes.iter().map(|change| text(change, "what")).collect();
    assert_eq!(what, ["accepted", "proposed"], "every change is kept");
}

/// Content outside the agreement is exchanged in neither direction, with Portico and with other software.
pub fn terms_are_kept(stage: &Stage) {
    no_boosts_of_globex_come(stage);
    no_direct_posts_with_fedify(stage);
}

fn no_boosts_of_globex_come(stage: &Stage) {
    let (ada, erin) = (&stage.ada, &stage.cast.erin);
    erin.follows(ada);
    let word = marker("boostable");
    let status = ada.post(&word, "public");
    let there = erin.sees(&word);
    erin.on_status(&there, "reblog");
    erin.on_status(&there, "favourite");
    let counts = eventually("the favourite, which came after the boost, has come", || {
        ada.status(&id(&status)).filter(|status| status["favourites_count"] == 1)
    });
    assert_eq!(counts["reblogs_count"], 0, "the agreement has no boosts");
}

fn no_direct_posts_with_fedify(stage: &Stage) {
    let (alice, fedify, engineering) = (&stage.cast.alice, &stage.fedify, &stage.world.engineering);
    let shown = engineering.command(&["agreement", "show", &fedify.domain, "--json"], "");
    let shown: Value = serde_json::from_str(&shown).expect("the command answers in JSON");
    let current = &shown["current"];
    assert_eq!((&current["state"], &current["two_sided"]), (&json!("accepted"), &json!(false)), "{shown}");

    alice.finds(&fedify.frida());
    let word = stage.secret("whispered");
    let wish = json!({ "status": format!("{} {word}", fedify.frida()), "reach": "direct" });
    let foreseen = alice.post_json("/api/portico/v1/audience", &wish);
    assert_eq!(set_of(&foreseen["left_out"], "acct"), [fedify.frida()[1..].to_owned()].into(), "{foreseen}");
    let status = posts(alice, &wish);
    let log =
        eventually("the log says why", || Some(delivery_log(alice, &status)).filter(|log| !log.is_empty()));
    assert_eq!((&log[0]["state"], &log[0]["rule"]), (&json!("withheld"), &json!("agreement")), "{log:?}");

    let (quiet, loud) = (marker("quiet"), marker("loud"));
    for (word, quietly) in [(&quiet, true), (&loud, false)] {
        let (mention, handle) = (alice.actor(), alice.handle());
        let said = json!({ "content": word, "mention": mention, "handle": handle, "quiet": quietly });
        fedify.does("post", &said);
    }
    await_notification(alice, "mention", &loud);
    assert!(!engineering.database.contains(&quiet), "what is not agreed is not taken in");
}

/// The view of a partner shows its people, colleagues in contact with them, recent posts and the agreement.
pub fn an_organisation_is_seen(stage: &Stage) {
    let (alice, bob, erin) = (&stage.cast.alice, &stage.cast.bob, &stage.cast.erin);
    let globex = &stage.world.globex.domain;
    alice.follows(erin);
    let (openly, privately) = (stage.for_partners("openly"), marker("privately"));
    alice.post(&format!("{} {openly}", erin.handle()), "partners");
    alice.post(&format!("{} {privately}", erin.handle()), "direct");
    let answered = marker("answered");
    erin.reply(&erin.sees(&openly), &format!("{} {answered}", alice.handle()), "partners");
    await_notification(alice, "mention", &answered);

    let shown = bob.get(&format!("/api/portico/v1/organisations/{globex}"));
    assert_eq!((&shown["tier"], &shown["lapsed"]), (&json!("partner"), &Value::Null));
    let people = array(shown["people"].clone());
    assert!(people.iter().any(|person| person["account"]["acct"] == bob.acct_of(erin)), "{people:?}");
    for list in ["following", "talking"] {
        assert!(set_of(&shown[list], "acct").contains("alice"), "{list}: {shown}");
    }
    let statuses = array(shown["statuses"].clone());
    assert!(statuses.iter().any(|status| says(status, &answered)), "the newest of a thread: {statuses:?}");
    assert!(!shown.to_string().contains(&privately), "bob sees nothing that is not for him");
    let agreement = &shown["agreement"];
    assert_eq!(agreement["their_contact"], "admin@globex.example");
    assert!(agreement["gives"].to_string().contains("posts for partners"), "{agreement}");
    let other = bob.get(&format!("/api/portico/v1/organisations/{}", stage.fedify.domain));
    assert_eq!(other["agreement"]["contact"], "it@acme.example", "terms of one's own show, too");
}

/// Globex ends the agreement, it is renewed, and engineering stops it. Each takes effect at once for new
/// content; stopping also hides what was exchanged before.
pub fn it_ends(stage: &Stage) {
    let (engineering, globex) = (&stage.world.engineering, &stage.world.globex);
    globex.command(&["agreement", "end", &engineering.domain, "--note", "the contract is over"], "");
    comes_to(&stage.ada, &globex.domain, "ended");
    await_notification(&stage.ada, "mention", "has ended the agreement");
    nothing_goes_to_globex(stage);
    let shown = stage.cast.bob.get(&format!("/api/portico/v1/organisations/{}", globex.domain));
    assert_eq!((&shown["lapsed"], &shown["agreement"]), (&json!("ended"), &Value::Null));
    assert!(engineering.command(&["peer", "list"], "").contains("ended"), "the operator sees it, too");

    agreed_anew(stage);
    let (alice, erin) = (&stage.cast.alice, &stage.cast.erin);
    erin.follows(alice);
    alice.follows(erin);
    let (theirs, ours) = (marker("theirs"), marker("ours"));
    erin.post(&theirs, "partners");
    alice.post(&ours, "partners");
    let here = alice.sees(&theirs);
    erin.sees(&ours);
    stage.ada.post_json(&format!("{}/stop", path(&globex.domain)), &json!({ "note": "a breach" }));
    assert!(alice.finds_at_home(&theirs).is_none(), "what came is hidden at once");
    assert!(alice.status(&id(&here)).is_none());
    comes_to(&stage.gus, &engineering.domain, "ended");
    nothing_goes_to_globex(stage);
    assert!(!stage.world.has_panicked());
}

/// A post of alice to partners goes to all of them but globex, as the preview says; the log has the reason.
fn nothing_goes_to_globex(stage: &Stage) {
    let (alice, globex): (_, &Instance) = (&stage.cast.alice, &stage.world.globex);
    let word = stage.for_partners("afterwards");
    let status = posts(alice, &json!({ "status": word, "reach": "partners" }));
    let log = delivery_log(alice, &status);
    assert!(hosts_with(&log, "taken").contains(&stage.fedify.domain), "the other partner has it: {log:?}");
    assert!(hosts_with(&log, "withheld").contains(&globex.domain), "{log:?}");
    let rule = log.iter().find(|entry| entry["host"] == globex.domain.as_str()).map(|entry| &entry["rule"]);
    assert_eq!(rule, Some(&json!("agreement")));
    assert!(!globex.database.contains(&word), "nothing of it came to globex");
}

/// Renews the agreement: globex proposes on its command line, and engineering accepts the same text in the
/// API.
fn agreed_anew(stage: &Stage) {
    let (ada, engineering, globex) = (&stage.ada, &stage.world.engineering, &stage.world.globex);
    globex.command(&["agreement", "propose", &engineering.domain, "--contact", "admin@globex.example"], "");
    let proposed = comes_to(ada, &globex.domain, "proposed");
    let accept = format!("{}/accept", path(&globex.domain));
    let wrong = ada.tries("POST", &accept, &json!({ "digest": "0".repeat(64) }));
    assert_eq!(wrong.status, 409, "only what was read is accepted: {}", wrong.text());
    ada.post_json(&accept, &json!({ "digest": proposed["digest"] }));
    comes_to(&stage.gus, &engineering.domain, "accepted");
}
