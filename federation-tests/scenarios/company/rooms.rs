//! A room with a customer: a guest from any server sees only the room, until they are removed or their stay
//! expires.

use std::collections::BTreeSet;

use federation_tests::api::{array, id, text};
use federation_tests::wait::eventually;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::groups::{about, accepts, actor, address, makes, reads};
use super::{Stage, delivery_log, has_notification_about, hosts_with, posts, set_of};
use crate::reach::marker;

/// The room, by its id on each instance, and a post from the time of the customer's stay.
struct Room {
    id: String,
    at_sales: String,
    said: Value,
}

pub fn play(stage: &Stage) {
    let room = a_customer_is_invited(stage);
    they_see_that_room_alone(stage, &room);
    they_are_put_out(stage, &room);
    their_day_comes(stage, &room);
}

fn until(seconds: i64) -> String {
    (Timestamp::now() + SignedDuration::from_secs(seconds)).to_string()
}

fn invites(stage: &Stage, room: &str, until: &str) -> Value {
    let form = json!({ "acct": stage.customer.frida(), "until": until });
    stage.cast.alice.post_json(&about(room, "/guests"), &form)
}

/// The customer accepts the invitation by following the room.
fn comes_in(stage: &Stage, room: &str) {
    stage.customer.does("follow", &json!({ "actor": actor(&stage.cast.alice, "deal") }));
    eventually("the customer is in", || {
        let guests = array(stage.cast.alice.get(&about(room, "/guests")));
        guests.into_iter().find(|guest| guest["state"] == "present")
    });
}

fn a_customer_is_invited(stage: &Stage) -> Room {
    let (alice, carol, customer) = (&stage.cast.alice, &stage.cast.carol, &stage.customer);
    let room = makes(alice, &json!({ "name": "deal", "room": true }));
    let colleague = id(&alice.finds(&carol.handle()));
    alice.put_json(&about(&room, &format!("/invitations/{colleague}")), &json!({}));
    let at_sales = accepts(carol, &address(alice, "deal"));

    assert!(customer.looks_at(&actor(alice, "deal")).is_none(), "before, there is no such room for them");
    let guest = invites(stage, &room, &until(30 * 24 * 3600));
    assert_eq!((&guest["state"], &guest["sponsor"]["acct"]), (&json!("invited"), &json!("alice")));
    let letter = customer.gets("Create", "invites you to the room");
    assert_eq!(letter["actor"], actor(alice, "deal"), "{letter}");
    let early = stage.in_room("early");
    alice.post_json("/api/v1/statuses", &json!({ "status": early, "group_id": room }));
    reads(carol, &at_sales, &early);
    comes_in(stage, &room);

    let word = stage.in_room("offer");
    let wish = json!({ "status": word, "group_id": room });
    let foreseen = set_of(&alice.post_json("/api/portico/v1/audience", &wish)["hosts"], "domain");
    let said = alice.post_json("/api/v1/statuses", &wish);
    customer.gets("Create", &word);
    reads(carol, &at_sales, &word);
    let sent = [stage.world.sales.domain.clone(), customer.domain.clone()];
    let sent: BTreeSet<String> = sent.into();
    eventually("the log names the customer's server and the sister", || {
        (hosts_with(&delivery_log(alice, &said), "taken") == sent).then_some(())
    });
    assert_eq!(foreseen, sent, "as it was foreseen");
    assert!(!customer.ever_got(&early), "what was said before is not theirs");
    Room { id: room, at_sales, said }
}

fn they_see_that_room_alone(stage: &Stage, room: &Room) {
    let (alice, carol, customer) = (&stage.cast.alice, &stage.cast.carol, &stage.customer);
    let (from_sales, answer) = (stage.in_room("fromsales"), stage.in_room("toodear"));
    carol.post_json("/api/v1/statuses", &json!({ "status": from_sales, "group_id": room.at_sales }));
    let copy = customer.gets("Create", &from_sales);
    assert_eq!(copy["actor"], actor(alice, "deal"), "what carol says comes by the room: {copy}");
    let reply = json!({
        "content": answer, "inReplyTo": room.said["uri"], "mention": alice.actor(), "handle": alice.handle(),
        "quiet": true,
    });
    customer.does("post", &reply);
    reads(alice, &room.id, &answer);
    reads(carol, &room.at_sales, &answer);

    let (company, public) = (stage.secret("company"), marker("world"));
    let hidden = [alice.post(&company, "company"), stage.ada.post(&public, "public")];
    for status in &hidden {
        assert!(customer.looks_at(&text(status, "uri")).is_none(), "they find nothing else: {status}");
    }
    assert!(customer.looks_at(&text(&room.said, "uri")).is_some(), "what is said in the room they find");
    for list in ["followers", "outbox?page=true"] {
        let found = customer.looks_at(&format!("{}/{list}", actor(alice, "deal"))).unwrap_or_default();
        assert!(!found.to_string().contains("/users/alice"), "{list}: {found}");
    }
    // A guest's messages to people outside the room are not accepted.
    let loud = marker("loud");
    let outside = json!({ "content": loud, "mention": stage.ada.actor(), "handle": stage.ada.handle() });
    let said = customer.does("post", &outside);
    customer.does("follow", &json!({ "actor": alice.actor() }));
    customer.gets("Reject", "/users/alice");
    let fence = stage.in_room("fence");
    let inside = json!({ "content": fence, "mention": alice.actor(), "handle": alice.handle(), "quiet": true,
        "inReplyTo": room.said["uri"] });
    customer.does("post", &inside);
    reads(alice, &room.id, &fence);
    assert!(!has_notification_about(&stage.ada, &loud), "outside the room they say nothing");
    assert!(stage.ada.look_for_status(&text(&said, "id")).is_none(), "nor is it looked for");
    for activity in customer.received().iter().map(Value::to_string) {
        assert!(!activity.contains("#Public") && !activity.contains("as:Public"), "{activity}");
        assert!(!activity.contains(&public), "{activity}");
    }
}

/// After their removal, the customer gets no new posts and cannot fetch earlier ones.
fn they_are_out(stage: &Stage, room: &Room) {
    let word = stage.secret("amongus");
    let status = posts(&stage.cast.alice, &json!({ "status": word, "group_id": room.id }));
    reads(&stage.cast.carol, &room.at_sales, &word);
    let hosts = hosts_with(&delivery_log(&stage.cast.alice, &status), "taken");
    assert_eq!(hosts, [stage.world.sales.domain.clone()].into());
    assert!(stage.customer.looks_at(&text(&room.said, "uri")).is_none());
}

fn they_are_put_out(stage: &Stage, room: &Room) {
    let alice = &stage.cast.alice;
    let guests = array(alice.get(&about(&room.id, "/guests")));
    alice.remove(&about(&room.id, &format!("/guests/{}", id(&guests[0]["account"]))));
    they_are_out(stage, room);
}

/// After a second invitation until a set day, the guest is removed automatically when that day has come.
fn their_day_comes(stage: &Stage, room: &Room) {
    let alice = &stage.cast.alice;
    invites(stage, &room.id, &until(3600));
    comes_in(stage, &room.id);
    let word = stage.in_room("back");
    alice.post_json("/api/v1/statuses", &json!({ "status": word, "group_id": room.id }));
    stage.customer.gets("Create", &word);
    // The test does not wait an hour: the day becomes the first of 2026.
    let over = "UPDATE group_guests SET until = 1767225600000".to_owned();
    stage.world.engineering.database.execute(&[over]);
    eventually("the day has come", || {
        let guests = array(alice.get(&about(&room.id, "/guests")));
        guests.into_iter().find(|guest| guest["state"] == "over")
    });
    they_are_out(stage, room);
}
