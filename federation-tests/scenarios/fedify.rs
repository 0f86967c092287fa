//! Interoperability with a server made with Fedify: follows, posts, replies, likes and polls.

use federation_tests::api::{array, id, says, text};
use federation_tests::database::Kind;
use federation_tests::http::{self, Request, Response};
use federation_tests::server::free_port;
use federation_tests::tools::{self, Companion};
use federation_tests::wait::eventually;
use federation_tests::world::{Layout, World};
use serde_json::{Value, json};

use crate::reach::marker;

/// The Fedify server with one Actor, `frida`, driven by a small control API on a separate port.
pub struct Fedify {
    _process: Companion,
    pub domain: String,
    pub address: std::net::SocketAddr,
    control: std::net::SocketAddr,
}

impl Fedify {
    /// Starts a server that tries RFC 9421 signatures first, Fedify's default.
    pub fn start() -> Self {
        Self::knocking("rfc9421")
    }

    /// Starts a server that tries this signature scheme first.
    pub fn knocking(form: &str) -> Self {
        let (port, control) = (free_port(), free_port());
        let mut command = tools::node("peers/fedify/peer.mjs");
        let domain = format!("fedify.localhost:{port}");
        let loopback = |port: u16| ([127, 0, 0, 1], port).into();
        command.env("PEER_DOMAIN", &domain).env("PEER_PORT", port.to_string());
        command.env("PEER_CONTROL_PORT", control.to_string()).env("PEER_FIRST_KNOCK", form);
        Self {
            _process: Companion::start(command),
            domain,
            address: loopback(port),
            control: loopback(control),
        }
    }

    pub fn does(&self, what: &str, with: &Value) -> Value {
        let request = Request::new("POST", &format!("/{what}"))
            .header("Host", "control")
            .body("application/json", with.to_string());
        let answer: Response = http::send(self.control, &request).expect("the peer's control answers");
        assert_eq!(answer.status, 200, "{what}: {}", answer.text());
        answer.json()
    }

    /// Returns all activities that its inboxes received, as Fedify serializes them.
    pub fn received(&self) -> Vec<Value> {
        let request = Request::new("GET", "/received").header("Host", "control");
        array(http::send(self.control, &request).expect("the peer's control answers").json())
    }

    /// Whether any received activity contains a text.
    pub fn ever_got(&self, text: &str) -> bool {
        self.received().iter().any(|activity| activity.to_string().contains(text))
    }

    /// Waits for an activity in its inbox.
    pub fn gets(&self, kind: &str, containing: &str) -> Value {
        eventually(&format!("{} gets a {kind} with {containing:?}", self.domain), || {
            let mut received = self.received().into_iter();
            received.find(|activity| activity["type"] == kind && activity.to_string().contains(containing))
        })
    }

    /// Fetches an address signed by frida. Returns the document, or `None` if she may not see it.
    pub fn looks_at(&self, address: &str) -> Option<Value> {
        let found = self.does("look", &json!({ "object": address }))["document"].clone();
        (!found.is_null()).then_some(found)
    }

    /// Returns frida's handle.
    pub fn frida(&self) -> String {
        format!("@frida@{}", self.domain)
    }
}

#[test]
#[ignore = "needs Node and the package @fedify/fedify"]
fn a_fedify_server_talks_with_portico() {
    talks("rfc9421");
}

#[test]
#[ignore = "needs Node and the package @fedify/fedify"]
fn a_fedify_server_that_signs_in_the_older_form_talks_with_portico() {
    talks("draft-cavage-http-signatures-12");
}

fn talks(form: &str) {
    let world = World::start(Kind::Sqlite, Layout::OneProcess);
    let alice = world.engineering.person("alice");
    let fedify = Fedify::knocking(form);
    world.engineering.tier(&fedify.domain, "partner");
    let frida_handle = fedify.frida();

    // Frida follows alice.
    fedify.does("follow", &json!({ "actor": alice.actor() }));
    fedify.gets("Accept", "/users/alice");
    let followers = array(alice.get(&format!("/api/v1/accounts/{}/followers", alice.id)));
    assert_eq!(followers.len(), 1);
    assert_eq!(text(&followers[0], "acct"), frida_handle[1..]);

    // Frida gets a Create, an edit and a deletion.
    let word = marker("hello");
    let status = alice.post(&word, "public");
    let create = fedify.gets("Create", &word);
    assert!(create.to_string().contains(&text(&status, "uri")), "{create}");
    let edited = marker("edited");
    alice.edit(&status, &edited);
    fedify.gets("Update", &edited);
    let doomed = alice.post(&marker("doomed"), "public");
    fedify.gets("Create", &text(&doomed, "uri"));
    alice.delete(&doomed);
    fedify.gets("Delete", &text(&doomed, "uri"));

    // Frida likes a post, and undoes it.
    fedify.does("like", &json!({ "object": status["uri"] }));
    let count = |key: &str| alice.status(&id(&status)).expect("hers")[key].clone();
    eventually("the like is counted", || (count("favourites_count") == 1).then_some(()));
    fedify.does("unlike", &json!({ "object": status["uri"] }));
    eventually("the like is taken back", || (count("favourites_count") == 0).then_some(()));

    // Frida replies.
    let answer = marker("answer");
    let reply = json!({ "content": answer, "inReplyTo": status["uri"], "mention": alice.actor(), "handle": alice.handle() });
    fedify.does("post", &reply);
    let notice = eventually("alice is notified of the reply", || {
        alice.notifications().into_iter().find(|n| n["type"] == "mention" && says(&n["status"], &answer))
    });
    assert_eq!(notice["status"]["in_reply_to_id"], status["id"]);

    // Alice follows frida, and gets her posts; she replies, likes and boosts.
    let frida = alice.follows_handle(&frida_handle);
    fedify.gets("Follow", "/users/alice");
    let news = marker("news");
    fedify.does("post", &json!({ "content": news }));
    let seen = alice.sees(&news);
    alice.on_status(&seen, "favourite");
    fedify.gets("Like", &text(&seen, "uri"));
    alice.on_status(&seen, "unfavourite");
    fedify.gets("Undo", &text(&seen, "uri"));
    alice.on_status(&seen, "reblog");
    fedify.gets("Announce", &text(&seen, "uri"));
    let back = marker("back");
    alice.reply(&seen, &format!("{frida_handle} {back}"), "public");
    fedify.gets("Create", &back);

    // A post with reach company is not delivered to frida.
    let internal = marker("internal");
    alice.post(&internal, "company");
    let fence = marker("fence");
    alice.post(&fence, "public");
    fedify.gets("Create", &fence);
    assert!(!fedify.ever_got(&internal), "a company post reached the partner");

    // Both unfollow.
    alice.act(&format!("/api/v1/accounts/{}/unfollow", id(&frida)));
    fedify.gets("Undo", "Follow");
    fedify.does("unfollow", &json!({}));
    eventually("frida follows no more", || {
        array(alice.get(&format!("/api/v1/accounts/{}/followers", alice.id))).is_empty().then_some(())
    });
    assert!(!world.has_panicked());
}

#[test]
#[ignore = "needs Node and the package @fedify/fedify"]
fn a_fedify_server_votes_once() {
    let world = World::start(Kind::Sqlite, Layout::OneProcess);
    let alice = world.engineering.person("alice");
    let fedify = Fedify::start();
    world.engineering.tier(&fedify.domain, "partner");
    fedify.does("follow", &json!({ "actor": alice.actor() }));
    fedify.gets("Accept", "/users/alice");

    let word = marker("drink");
    let asked = alice.post_json(
        "/api/v1/statuses",
        &json!({
            "status": word, "visibility": "public",
            "poll": { "options": ["Tea", "Coffee"], "expires_in": 3600 },
        }),
    );
    let create = fedify.gets("Create", &word);
    assert!(create.to_string().contains("Question") && create.to_string().contains("Coffee"), "{create}");

    let uri = text(&asked, "uri");
    let counts = || alice.get(&format!("/api/v1/polls/{}", id(&asked)));
    fedify.does("vote", &json!({ "object": uri, "option": "Coffee" }));
    eventually("the vote has come", || (counts()["options"][1]["votes_count"] == 1).then_some(()));
    // A second vote, and a vote for an unknown option, change nothing; a later reply arrives.
    fedify.does("vote", &json!({ "object": uri, "option": "Tea" }));
    fedify.does("vote", &json!({ "object": uri, "option": "Milk" }));
    let last = marker("last");
    fedify.does(
        "post",
        &json!({
            "content": last, "inReplyTo": uri, "mention": alice.actor(), "handle": alice.handle(),
        }),
    );
    eventually("the reply has come", || {
        let thread = alice.context(&asked)["descendants"].clone();
        array(thread).iter().any(|status| status.to_string().contains(&last)).then_some(())
    });
    let poll = counts();
    assert_eq!((&poll["votes_count"], &poll["voters_count"]), (&json!(1), &json!(1)), "{poll}");

    crate::polls::closes(&world.engineering);
    let update = fedify.gets("Update", &word);
    assert!(update.to_string().contains("closed"), "{update}");
    assert!(!world.has_panicked());
}
