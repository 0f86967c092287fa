//! Everyday features: department mentions, accepted answers, praise, long posts, drafts and scheduled posts,
//! feeds, bots, and the first day.

use federation_tests::api::{Person, array, id, says, text};
use federation_tests::http::{self, Request};
use federation_tests::wait::eventually;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Stage, await_notification, fetched, has_notification_about, on_profile, posts, set_of};

pub fn play(stage: &Stage) {
    a_department_is_called(stage);
    an_answer_is_accepted(stage);
    a_colleague_is_praised(stage);
    a_long_post_keeps_its_form(stage);
    a_draft_and_a_post_for_later_are_posted_once(stage);
    a_feed_has_what_its_owner_may_read(stage);
    a_bot_posts_build_results(stage);
    somebody_new_finds_the_way(stage);
}

/// A department mention notifies everybody of sales on every instance, and nobody else.
fn a_department_is_called(stage: &Stage) {
    let (alice, carol, dave) = (&stage.cast.alice, &stage.cast.carol, &stage.cast.dave);
    let word = stage.secret("called");
    let wish = json!({ "status": format!("@sales, who takes the call? {word}"), "reach": "company" });
    let foreseen = alice.post_json("/api/portico/v1/audience", &wish);
    assert_eq!(foreseen["departments"][0]["name"], "Sales", "{foreseen}");
    posts(alice, &wish);
    await_notification(carol, "mention", &word);
    on_profile(dave, alice, &word);
    assert!(
        !has_notification_about(dave, &word) && !has_notification_about(&stage.cast.bob, &word),
        "only sales is called"
    );
}

fn an_answer_is_accepted(stage: &Stage) {
    let (alice, carol) = (&stage.cast.alice, &stage.cast.carol);
    let (question, answer) = (stage.secret("keyhole"), stage.secret("key"));
    let asked =
        posts(alice, &json!({ "status": format!("Who has the key? {question}"), "reach": "company" }));
    let there = carol.sees(&question);
    let said = carol.reply(&there, &format!("{} I have. {answer}", alice.handle()), "company");
    let here = await_notification(alice, "mention", &answer)["status"].clone();
    let accepted = alice.act(&format!("/api/portico/v1/statuses/{}/accept_answer", id(&here)));
    assert_eq!((&accepted["id"], &accepted["accepted_answer_id"]), (&asked["id"], &here["id"]));
    eventually("the sister shows which answer it was", || {
        carol.status(&id(&there)).filter(|status| status["accepted_answer_id"] == said["id"])
    });
    await_notification(carol, "update", &question);
}

fn a_colleague_is_praised(stage: &Stage) {
    let (alice, carol) = (&stage.cast.alice, &stage.cast.carol);
    let word = stage.secret("thanks");
    let praised = alice.finds(&carol.handle());
    posts(alice, &json!({ "status": word, "reach": "company", "praise": [praised["id"]] }));
    let there = await_notification(carol, "mention", &word)["status"].clone();
    let shows = |who: &Person, account: &str| {
        let page = array(who.get(&format!("/api/portico/v1/accounts/{account}/praise")));
        page.iter().any(|status| says(status, &word))
    };
    let (on_hers, on_ours) = (carol.id.clone(), id(&praised));
    assert!(shows(carol, &on_hers) && shows(alice, &on_ours), "it shows on her profile, here and there");
    carol.act(&format!("/api/portico/v1/statuses/{}/praise/hide", id(&there)));
    assert!(!shows(&stage.cast.dave, &on_hers), "she keeps it off");
    eventually("on every instance", || (!shows(alice, &on_ours)).then_some(()));
}

fn a_long_post_keeps_its_form(stage: &Stage) {
    let word = stage.secret("minutes");
    let rows = "| Pump | Bar |\n|---|---|\n| Kaplan | 7 |\n";
    let text = format!(
        "# Minutes {word}\n\n{}\n\n{rows}\n```rust\nfn main() {{}}\n```\n\n- **bold**",
        "Long. ".repeat(300)
    );
    posts(&stage.cast.alice, &json!({ "status": text, "content_type": "text/markdown", "reach": "company" }));
    let seen = stage.cast.carol.sees(&word)["content"].to_string();
    for form in ["<table", "<code", "<li>", "<strong>bold</strong>", "Kaplan"] {
        assert!(seen.contains(form), "the sister shows {form}: {seen}");
    }
}

fn a_draft_and_a_post_for_later_are_posted_once(stage: &Stage) {
    let (alice, carol) = (&stage.cast.alice, &stage.cast.carol);
    let (begun, done, later) = (stage.secret("begun"), stage.secret("done"), stage.secret("later"));
    let drafts = "/api/portico/v1/drafts";
    let draft = alice.post_json(drafts, &json!({ "status": begun, "reach": "company" }));
    let path = format!("{drafts}/{}", id(&draft));
    alice.put_json(&path, &json!({ "status": done, "reach": "company" }));
    assert!(array(stage.cast.bob.get(drafts)).is_empty(), "drafts are their author's alone");
    alice.act(&format!("{path}/post"));
    carol.sees(&done);
    assert_eq!(alice.tries("POST", &format!("{path}/post"), &json!({})).status, 404, "it is posted once");

    let at = (Timestamp::now() + SignedDuration::from_hours(1)).to_string();
    alice.post_json("/api/v1/statuses", &json!({ "status": later, "reach": "company", "scheduled_at": at }));
    assert_eq!(array(alice.get("/api/v1/scheduled_statuses"))[0]["params"]["text"], later);
    assert!(carol.finds_at_home(&later).is_none() && !stage.world.sales.database.contains(&begun));
    // Moves the time of the scheduled post into the past, to the first millisecond of 2026.
    stage.world.engineering.database.execute(&[
        "UPDATE scheduled_statuses SET scheduled_at = 1767225600000".to_owned(),
        "UPDATE jobs SET run_at = 1767225600000 WHERE queue = 'scheduled'".to_owned(),
    ]);
    carol.sees(&later);
    assert!(array(alice.get("/api/v1/scheduled_statuses")).is_empty());
}

fn a_feed_has_what_its_owner_may_read(stage: &Stage) {
    let (alice, bob, engineering) = (&stage.cast.alice, &stage.cast.bob, &stage.world.engineering);
    let (word, private) = (stage.secret("feed"), stage.secret("private"));
    let made = ["home", "notifications"]
        .map(|kind| bob.post_json("/api/portico/v1/feeds", &json!({ "kind": kind })));
    alice.post(&word, "company");
    alice.post(&format!("@bob {private}"), "direct");
    await_notification(bob, "mention", &private);
    let reads = |feed: &Value, form: &str| fetched(engineering, &text(feed, form), "*/*");
    for (form, kind) in [("atom_url", "application/atom+xml"), ("rss_url", "application/rss+xml")] {
        let found = reads(&made[0], form);
        let said = found.header("content-type").unwrap_or_default().to_owned();
        assert!(found.status == 200 && said.starts_with(kind), "{} {said}", found.status);
        assert!(found.text().contains(&word) && !found.text().contains(&private), "{form}: {}", found.text());
        let notices = reads(&made[1], form);
        assert!(notices.status == 200 && !notices.text().contains(&private), "it says who wrote, not what");
    }
    bob.remove(&format!("/api/portico/v1/feeds/{}", id(&made[0])));
    assert_eq!(reads(&made[0], "atom_url").status, 404, "ended, its address is empty");
}

/// A program posts through a webhook, with the bot's reach at most; the bot's token cannot exceed it either.
fn a_bot_posts_build_results(stage: &Stage) {
    let (bob, carol, engineering) = (&stage.cast.bob, &stage.cast.carol, &stage.world.engineering);
    let bot = bob.post_json("/api/portico/v1/bots", &json!({ "username": "ci", "reach": "company" }));
    let path = format!("/api/portico/v1/bots/{}", id(&bot));
    let hook = json!({ "title": "Main branch", "reach": "company", "mentions": [carol.handle()] });
    let hook = bob.post_json(&format!("{path}/hooks"), &hook);
    let word = stage.secret("build");
    let sent = json!({ "text": format!("*Build* {word} <https://ci.example/7|#7> failed, @dave") });
    let address = text(&hook, "url");
    let (_, place) = address.split_once(engineering.domain.as_str()).expect("an address of ours");
    let request = Request::new("POST", place).header("Host", &engineering.domain);
    let request = request.body("application/json", sent.to_string());
    let answer = http::send(engineering.address(), &request).expect("it answers");
    assert_eq!((answer.status, answer.text().trim()), (200, "ok"));
    let notification = await_notification(carol, "mention", &word);
    assert_eq!(
        (&notification["account"]["bot"], &notification["status"]["reach"]),
        (&json!(true), &json!("company"))
    );
    assert!(!has_notification_about(&stage.cast.dave, &word), "what a program hands on calls nobody");

    let token =
        bob.post_json(&format!("{path}/tokens"), &json!({ "scopes": "read:accounts write:statuses" }));
    let program =
        Person::signed_in(engineering.address(), &engineering.domain, &text(&token, "access_token"));
    assert_eq!(program.tries("GET", "/api/v1/timelines/home", &json!({})).status, 403, "it may not read");
    let far = stage.secret("toofar");
    assert_eq!(program.post(&far, "partners")["reach"], "company", "nor post further than its bot");
    bob.remove(&format!("{path}/hooks/{}", id(&hook)));
    let ended = http::send(engineering.address(), &request).expect("it answers");
    assert_eq!(ended.status, 404, "ended, the address posts nothing");
}

/// Suggestions are based on the org chart and on skills, across the company; on the first day one step fills
/// the home timeline.
fn somebody_new_finds_the_way(stage: &Stage) {
    let (alice, carol, dave) = (&stage.cast.alice, &stage.cast.carol, &stage.cast.dave);
    let profile = "/api/portico/v1/profile";
    dave.put_json(profile, &json!({ "manager": "carol", "skills": ["Hydraulic pumps"] }));
    let suggested = array(dave.get("/api/v2/suggestions"));
    for (person, reason) in [(carol, "manager"), (alice, "skill")] {
        let found = suggested.iter().find(|one| one["account"]["acct"] == dave.acct_of(person));
        let reasons = found.map(|one| one["reasons"].clone()).unwrap_or_default();
        assert!(reasons.to_string().contains(reason), "{} is suggested: {suggested:?}", person.handle());
    }

    let (near, far) = (stage.secret("near"), stage.secret("far"));
    carol.post(&near, "company");
    alice.post(&far, "company");
    let nina = stage.world.sales.person("nina");
    on_profile(&nina, alice, &far);
    let first_day = "/api/portico/v1/first_day";
    assert_eq!(nina.get(first_day)["done"], false);
    let attributes = json!({
        "job_title": "New", "department": "Sales", "division": "Energy",
        "manager": "carol", "skills": ["Selling"],
    });
    nina.put_json(profile, &attributes);
    let day = nina.get(first_day);
    assert_eq!((&day["missing"], &day["manager"]["acct"]), (&json!([]), &json!("carol")), "{day}");
    assert!(set_of(&day["division"]["people"], "acct").contains(&nina.acct_of(alice)), "{day}");
    nina.post_json(
        &format!("{first_day}/follow"),
        &json!({ "manager": true, "department": true, "division": true }),
    );
    nina.sees(&near);
    nina.sees(&far);
    assert_eq!(nina.act(&format!("{first_day}/done"))["done"], true);
}
