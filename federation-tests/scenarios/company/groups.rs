//! Groups: open, members-only and hidden; joining from another instance and from other software; pinned
//! posts; and automatic members by directory attributes.

use federation_tests::api::{Person, array, id, says, text};
use federation_tests::wait::eventually;
use serde_json::{Value, json};

use super::{Stage, await_notification, delivery_log, hosts_with, posts};
use crate::reach::marker;

pub fn play(stage: &Stage) {
    an_open_group_is_for_everybody_who_sees_it(stage);
    a_group_for_its_members_keeps_what_is_said(stage);
    a_hidden_group_is_visible_only_to_invited_accounts(stage);
    a_department_is_a_group_by_itself(stage);
}

/// Creates a group. Returns its id on its own instance.
pub(super) fn makes(owner: &Person, form: &Value) -> String {
    id(&owner.post_json("/api/portico/v1/groups", form))
}

pub(super) fn about(group: &str, more: &str) -> String {
    format!("/api/portico/v1/groups/{group}{more}")
}

pub(super) fn address(of: &Person, name: &str) -> String {
    format!("@{name}@{}", of.domain)
}

pub(super) fn actor(of: &Person, name: &str) -> String {
    format!("http://{}/users/{name}", of.domain)
}

/// Waits until a person is a member of a group, given by its id on their instance.
pub(super) fn is_in(who: &Person, group: &str) {
    eventually(&format!("{} is in the group", who.handle()), || {
        // A hidden group does not exist for them before.
        let shown = who.send(&who.request("GET", &about(group, ""))).json();
        (shown["standing"] == "member").then_some(())
    });
}

/// Joins a group of another instance by following it. Returns its id on the follower's instance.
pub(super) fn joins(who: &Person, address: &str) -> String {
    let group = id(&who.follows_handle(address));
    is_in(who, &group);
    group
}

/// Waits for a group's invitation, and accepts by following it. Returns its id on the follower's instance.
pub(super) fn accepts(who: &Person, address: &str) -> String {
    let letter = eventually(&format!("{address} writes to {}", who.handle()), || {
        let notices = who.notifications().into_iter();
        notices.map(|notice| notice["account"].clone()).find(|from| from["acct"] == address[1..])
    });
    who.act(&format!("/api/v1/accounts/{}/follow", id(&letter)));
    is_in(who, &id(&letter));
    id(&letter)
}

/// Waits for a post in a group, as a member sees it.
pub(super) fn reads(who: &Person, group: &str, word: &str) -> Value {
    eventually(&format!("{} reads {word:?} in the group", who.handle()), || {
        let page = array(who.get(&about(group, "/timeline")));
        page.into_iter().find(|status| says(status, word))
    })
}

fn members(who: &Person, group: &str) -> Vec<String> {
    let all = array(who.get(&about(group, "/members")));
    all.iter().map(|member| text(&member["account"], "acct")).collect()
}

fn an_open_group_is_for_everybody_who_sees_it(stage: &Stage) {
    let (alice, carol, fedify) = (&stage.cast.alice, &stage.cast.carol, &stage.fedify);
    let pumps =
        makes(alice, &json!({ "name": "pumps", "visibility": "partners", "note": "All about pumps" }));
    let at_sales = joins(carol, &address(alice, "pumps"));
    let group = actor(alice, "pumps");
    fedify.does("follow", &json!({ "actor": group }));
    fedify.gets("Accept", "/users/pumps");
    eventually("frida is a member", || {
        members(alice, &pumps).contains(&fedify.frida()[1..].to_owned()).then_some(())
    });

    let (ours, theirs, foreign) =
        (stage.for_partners("ours"), stage.for_partners("theirs"), marker("foreign"));
    let status = posts(alice, &json!({ "status": ours, "group_id": pumps }));
    assert_eq!((&status["reach"], &status["group"]["acct"]), (&json!("partners"), &json!("pumps")));
    reads(carol, &at_sales, &ours);
    announced(stage, &group, &status);
    let wish = json!({ "status": theirs, "group_id": at_sales });
    let status = carol.post_json("/api/v1/statuses", &wish);
    assert_eq!(status["reach"], "partners", "from a sister, too, it goes as far as the group");
    reads(alice, &pumps, &theirs);
    announced(stage, &group, &status);
    // She posts by mentioning the group, as in any app.
    let naming = json!({ "content": foreign, "mention": group, "handle": address(alice, "pumps") });
    let said = fedify.does("post", &naming);
    reads(alice, &pumps, &foreign);
    reads(carol, &at_sales, &foreign);
    fedify.gets("Announce", &text(&said, "id"));

    alice.put_json(&about(&pumps, &format!("/pins/{}", id(&reads(alice, &pumps, &theirs)))), &json!({}));
    let pinned = |who: &Person, group: &str| array(who.get(&about(group, "/pins")));
    assert!(says(&pinned(alice, &pumps)[0], &theirs), "it is on top");
    eventually("carol finds it on top, too", || {
        pinned(carol, &at_sales).into_iter().find(|status| says(status, &theirs))
    });
    let listed = array(stage.cast.bob.get("/api/portico/v1/groups?q=pumps"));
    assert_eq!(
        (&listed[0]["id"], &listed[0]["standing"]),
        (&json!(pumps), &json!("none")),
        "colleagues find it"
    );
}

/// Waits until the group's Announce of a post reaches frida.
fn announced(stage: &Stage, group: &str, status: &Value) {
    let announce = stage.fedify.gets("Announce", &text(status, "uri"));
    assert_eq!(announce["actor"], group, "{announce}");
}

fn a_group_for_its_members_keeps_what_is_said(stage: &Stage) {
    let (alice, bob, carol, dave) = (&stage.cast.alice, &stage.cast.bob, &stage.cast.carol, &stage.cast.dave);
    let board = makes(alice, &json!({ "name": "board", "visibility": "members", "join_policy": "request" }));
    bob.act(&about(&board, "/join"));
    let at_sales = id(&carol.finds(&address(alice, "board")));
    carol.act(&format!("/api/v1/accounts/{at_sales}/follow"));
    let asking = eventually("both ask to come in", || {
        let asking = array(alice.get(&about(&board, "/requests")));
        (asking.len() == 2).then_some(asking)
    });
    await_notification(alice, "mention", "asks to join");
    for one in &asking {
        alice.put_json(&about(&board, &format!("/requests/{}", id(one))), &json!({}));
    }
    is_in(bob, &board);
    is_in(carol, &at_sales);

    let (ours, theirs, answer) = (stage.secret("ours"), stage.secret("theirs"), stage.secret("answer"));
    let status = posts(alice, &json!({ "status": ours, "group_id": board }));
    assert_eq!(hosts_with(&delivery_log(alice, &status), "taken"), [stage.world.sales.domain.clone()].into());
    let there = reads(carol, &at_sales, &ours);
    carol.post_json("/api/v1/statuses", &json!({ "status": theirs, "group_id": at_sales }));
    reads(bob, &board, &theirs);
    let reply = json!({ "status": answer, "in_reply_to_id": there["id"], "reach": "partners" });
    let refused = carol.tries("POST", "/api/v1/statuses", &reply);
    let kept = refused.status == 200 && refused.json()["reach"] == "group";
    assert!(kept || refused.status == 422, "an answer stays with the members: {}", refused.text());
    assert!(dave.status(&id(&there)).is_none(), "dave is of the same instance, and no member");
    assert!(stage.fedify.looks_at(&text(&status, "uri")).is_none());
    let boost = bob.tries("POST", &format!("/api/v1/statuses/{}/reblog", id(&status)), &json!({}));
    assert!(matches!(boost.status, 403 | 404 | 422), "nothing of it is boosted: {}", boost.text());

    // A removed member can no longer see the post.
    let members = array(alice.get(&about(&board, "/members")));
    let carols =
        members.iter().find(|one| one["account"]["acct"] == alice.acct_of(carol)).expect("she is in");
    alice.remove(&about(&board, &format!("/members/{}", id(&carols["account"]))));
    eventually("carol is out", || (carol.get(&about(&at_sales, ""))["standing"] == "none").then_some(()));
    assert!(carol.status(&id(&there)).is_none());
}

fn a_hidden_group_is_visible_only_to_invited_accounts(stage: &Stage) {
    let (alice, carol, dave) = (&stage.cast.alice, &stage.cast.carol, &stage.cast.dave);
    let merger = makes(alice, &json!({ "name": "merger", "visibility": "hidden", "join_policy": "invite" }));
    assert!(dave.look_for(&address(alice, "merger")).is_none(), "nobody learns that there is such a group");
    assert!(stage.fedify.looks_at(&actor(alice, "merger")).is_none());
    assert!(array(stage.cast.bob.get("/api/portico/v1/groups?q=merger")).is_empty());
    let invited = id(&alice.finds(&carol.handle()));
    alice.put_json(&about(&merger, &format!("/invitations/{invited}")), &json!({}));
    let at_sales = accepts(carol, &address(alice, "merger"));
    let word = stage.secret("merger");
    posts(alice, &json!({ "status": word, "group_id": merger }));
    reads(carol, &at_sales, &word);
    assert!(dave.look_for(&address(alice, "merger")).is_none());
    assert!(
        dave.tries("GET", &about(&at_sales, ""), &json!({})).status == 404,
        "nor others of the instance that it invites from"
    );
}

/// People of a department become members of its group automatically, also on another instance.
fn a_department_is_a_group_by_itself(stage: &Stage) {
    let (alice, bob, dave) = (&stage.cast.alice, &stage.cast.bob, &stage.cast.dave);
    let group = json!({ "name": "turbines", "visibility": "company", "rule": "department=Turbines" });
    let turbines = makes(alice, &group);
    let profile = |who: &Person, department: &str| {
        who.put_json("/api/portico/v1/profile", &json!({ "department": department }));
    };
    profile(bob, "Turbines");
    is_in(bob, &turbines);
    profile(dave, "Turbines");
    eventually("the people that the rule names at the sister follow", || {
        members(alice, &turbines).iter().any(|name| name.starts_with("dave")).then_some(())
    });
    let at_sales = id(&dave.finds(&address(alice, "turbines")));
    is_in(dave, &at_sales);
    let word = stage.secret("shift");
    let status = posts(bob, &json!({ "status": word, "group_id": turbines }));
    assert_eq!(status["reach"], "company");
    reads(dave, &at_sales, &word);
    let theirs = stage.secret("nightshift");
    let wish = json!({ "status": theirs, "group_id": at_sales });
    let said = dave.post_json("/api/v1/statuses", &wish);
    assert_eq!(said["reach"], "company", "nor does what is said at the sister leave the company");
    reads(bob, &turbines, &theirs);
    for who in [bob, dave] {
        profile(who, "");
    }
    eventually("who is of it no longer is out, and its owner stays", || {
        (members(alice, &turbines) == ["alice"]).then_some(())
    });
}
