//! Activities announced by remote groups (FEP-1b12), and emoji reactions.

use std::collections::BTreeSet;

use portico_domain::model::Reach;
use portico_domain::model::peer::Tier;
use serde_json::{Value, json};

use portico_testing::peer::{
    PUBLIC, Peer, Workers, eventually, federated, on_sqlite, sent_off, status_of, worked_off,
};
use portico_testing::{TestApp, TestUser};

/// A partner whose ben is a group, and an author elsewhere.
async fn scene(app: &TestApp) -> (Peer, Peer) {
    let (groups, authors) = (Peer::start("groups").await, Peer::start("authors").await);
    for peer in [&groups, &authors] {
        peer.is(app, Tier::Partner).await;
    }
    let mut group = groups.person("ben");
    group["type"] = json!("Group");
    groups.serve("/users/ben", group);
    (groups, authors)
}

fn page(authors: &Peer, groups: &Peer, id: &str) -> Value {
    json!({
        "id": authors.at(&format!("/notes/{id}")), "type": "Page", "attributedTo": authors.actor("ann"),
        "name": "What a day", "content": "<p>words</p>", "mediaType": "text/html",
        "attachment": [{ "type": "Link", "href": "https://news.example/story" }],
        "to": [groups.actor("ben"), PUBLIC], "audience": groups.actor("ben"), "published": "2026-11-02T08:00:00Z",
    })
}

fn passes_on(groups: &Peer, id: &str, inner: Value) -> Value {
    let mut announce = groups.activity("Announce", "ben", id, inner);
    announce["to"] = json!([PUBLIC]);
    announce["cc"] = json!([groups.followers("ben")]);
    announce
}

async fn boosts(who: &TestUser) -> Vec<String> {
    let shown = who.get("/api/v1/timelines/public").await.ok();
    shown.as_array().unwrap().iter().map(|status| status["uri"].as_str().unwrap().to_owned()).collect()
}

federated! {
    async fn objects_announced_by_a_group_come_from_their_author(app: TestApp) {
        let alice = app.staff("alice").await;
        let (groups, authors) = scene(&app).await;
        let _workers = Workers::start(&app);
        let truth = page(&authors, &groups, "1");
        let uri = truth["id"].as_str().unwrap().to_owned();
        authors.serve("/notes/1", truth.clone());
        let mut forged = truth.clone();
        forged["content"] = json!("<p>forged</p>");
        let create = authors.activity("Create", "ann", "c", forged);
        let announce = passes_on(&groups, "1", create);
        assert_eq!(groups.post(&app, "ben", &announce).await.status, 202);
        // Lemmy also announces the page itself.
        groups.post(&app, "ben", &passes_on(&groups, "2", json!(uri))).await;
        worked_off(&app).await;
        let status = status_of(&app, &uri).await.unwrap();
        assert!(status.content.contains("What a day") && status.content.contains("words"), "S18 {}", status.content);
        assert!(status.content.contains("https://news.example/story"), "{}", status.content);
        assert_eq!((status.reach, status.boosts_count), (Reach::Public, 1));
        let boost = status_of(&app, announce["id"].as_str().unwrap()).await.unwrap();
        assert_eq!(boost.boost_of, Some(status.id));
        assert_eq!(status_of(&app, &groups.at("/activities/2")).await, None, "once");

        // An edit is fetched from the post's own server.
        let mut edit = truth.clone();
        edit["content"] = json!("<p>better words</p>");
        edit["updated"] = json!("2026-11-02T08:59:00Z");
        authors.serve("/notes/1", edit);
        let update = authors.activity("Update", "ann", "u", json!({ "id": uri, "type": "Page", "content": "forged" }));
        groups.post(&app, "ben", &passes_on(&groups, "3", update)).await;
        worked_off(&app).await;
        assert!(status_of(&app, &uri).await.unwrap().content.contains("better words"));

        // If the author's host does not confirm a Delete, only the group's boost is undone.
        let delete = authors.activity("Delete", "ann", "d", json!(uri));
        groups.post(&app, "ben", &passes_on(&groups, "4", delete.clone())).await;
        worked_off(&app).await;
        assert!(status_of(&app, &uri).await.is_some());
        assert_eq!(status_of(&app, &uri).await.unwrap().boosts_count, 0);
        authors.serve_as("/notes/1", axum::http::StatusCode::GONE, "text/plain", "");
        groups.post(&app, "ben", &passes_on(&groups, "5", delete)).await;
        worked_off(&app).await;
        assert_eq!(status_of(&app, &uri).await, None);
        assert_eq!(boosts(&alice).await, Vec::<String>::new());
    }

    async fn a_group_elsewhere_keeps_posts_on_top(app: TestApp) {
        app.staff("alice").await;
        let (groups, authors) = scene(&app).await;
        let mut group = groups.person("ben");
        (group["type"], group["featured"]) = (json!("Group"), json!(groups.at("/users/ben/featured")));
        groups.serve("/users/ben", group);
        let _workers = Workers::start(&app);
        for id in ["1", "2"] {
            let page = page(&authors, &groups, id);
            authors.serve(&format!("/notes/{id}"), page.clone());
            groups.post(&app, "ben", &passes_on(&groups, id, page["id"].clone())).await;
        }
        let elsewhere = authors.note("ann", "3", "not for the group", &[PUBLIC], &[]);
        authors.post(&app, "ann", &authors.create("ann", &elsewhere)).await;
        worked_off(&app).await;
        let first = status_of(&app, &authors.at("/notes/1")).await.unwrap();
        let ben = first.group.expect("it was posted to the group");
        let pins = async || app.instance.store.read(move |reader| reader.list_group_pins(ben)).await.unwrap();
        let pin = |by: &str, kind: &str, id: &str, note: &str| {
            let mut pin = groups.activity(kind, by, id, json!(authors.at(note)));
            pin["target"] = json!(groups.at("/users/ben/featured"));
            pin
        };
        for (by, id, note) in [("ben", "p1", "/notes/1"), ("ben", "p2", "/notes/3"), ("ann", "p3", "/notes/2")] {
            groups.post(&app, by, &pin(by, "Add", id, note)).await;
        }
        worked_off(&app).await;
        assert_eq!(pins().await, [first.id], "what was posted to it, and by its own word");
        groups.post(&app, "ben", &pin("ben", "Remove", "p4", "/notes/1")).await;
        worked_off(&app).await;
        assert_eq!(pins().await, []);
    }

    async fn posts_to_a_partners_group_go_only_to_that_partner(app: TestApp) {
        let alice = app.staff("alice").await;
        let (groups, authors) = scene(&app).await;
        let mut group = groups.person("ben");
        (group["type"], group["audience"]) = (json!("Group"), json!(groups.at("/collections/partners")));
        groups.serve("/users/ben", group);
        let _workers = Workers::start(&app);
        // Another partner that would get posts for partners.
        authors.follows(&app, "ann", &alice.account).await;
        let found = app.instance.remote.get().unwrap().by_url(&groups.actor("ben")).await.unwrap();
        assert!(found.is_some());
        let ben = groups.known(&app, "ben").await.unwrap().id;
        alice.post(&format!("/api/v1/accounts/{ben}/follow"), json!({})).await.ok();
        sent_off(&app).await;
        let follow = groups.received_of("Follow").pop().unwrap();
        groups.post(&app, "ben", &groups.activity("Accept", "ben", "yes", follow)).await;
        worked_off(&app).await;

        let said = alice.post("/api/v1/statuses", json!({ "status": "to the group", "group_id": ben.to_string() })).await.ok();
        assert_eq!((&said["reach"], &said["partner"]), (&json!("partners"), &json!(groups.domain)), "{said}");
        let by_name = format!("@ben@{} by name", groups.domain);
        let named = alice.post("/api/v1/statuses", json!({ "status": by_name, "reach": "partners" })).await.ok();
        assert_eq!((&named["reach"], &named["partner"]), (&json!("partners"), &json!(groups.domain)), "{named}");
        // A reply keeps the reach of its parent, whatever reach is requested.
        let mut asked = groups.note("ann", "q", "who knows?", &[&groups.followers("ann"), &groups.actor("ben")], &[]);
        asked["audience"] = json!([groups.actor("ben"), groups.at("/collections/partners")]);
        groups.post(&app, "ann", &groups.create("ann", &asked)).await;
        worked_off(&app).await;
        let asked = status_of(&app, &groups.at("/notes/q")).await.unwrap();
        assert_eq!((asked.reach, asked.group), (Reach::Partners, Some(ben)));
        let wish = json!({ "status": "I do", "in_reply_to_id": asked.id.to_string(), "reach": "partners" });
        let answer = alice.post("/api/v1/statuses", wish).await.ok();
        assert_eq!((&answer["reach"], &answer["partner"]), (&json!("partners"), &json!(groups.domain)), "{answer}");
        // An explicitly chosen partner is kept.
        let chosen = json!({ "status": by_name, "reach": "partners", "partner": authors.domain });
        let chosen = alice.post("/api/v1/statuses", chosen).await.ok();
        assert_eq!((&chosen["partner"], &chosen["group"]), (&json!(authors.domain), &json!(null)), "{chosen}");

        sent_off(&app).await;
        let got = |peer: &Peer| {
            let creates = peer.received_of("Create");
            creates.iter().map(|create| create["id"].to_string()).collect::<BTreeSet<_>>().len()
        };
        assert_eq!((got(&groups), got(&authors)), (3, 1));
        groups.is(&app, Tier::Limited).await;
        let late = alice.post("/api/v1/statuses", json!({ "status": "late", "group_id": ben.to_string() })).await;
        assert_eq!(late.status, 422);
    }

    async fn a_reaction_is_a_favourite(app: TestApp) {
        let alice = app.staff("alice").await;
        let peer = Peer::start("partner").await;
        peer.is(&app, Tier::Partner).await;
        let _workers = Workers::start(&app);
        let status = alice.says("hello", Reach::Public).await.status;
        let count = async || status_of(&app, &status.uri).await.unwrap().favourites_count;
        let react = |by: &str, kind: &str, id: &str, emoji: &str| {
            let mut react = peer.activity(kind, by, id, json!(status.uri));
            react["content"] = json!(emoji);
            react["_misskey_reaction"] = json!(emoji);
            react
        };
        let (first, second) = (react("ann", "EmojiReact", "1", "🎉"), react("ann", "EmojiReact", "2", ":blob:"));
        let like = react("ben", "Like", "3", "❤");
        for (by, activity) in [("ann", &first), ("ann", &second), ("ben", &like)] {
            assert_eq!(peer.post(&app, by, activity).await.status, 202);
        }
        peer.post(&app, "ann", &peer.activity("Dislike", "ann", "4", json!(status.uri))).await;
        worked_off(&app).await;
        assert_eq!(count().await, 2, "one of each, however many emoji");
        assert_eq!(alice.get("/api/v1/notifications").await.ok()[0]["type"], "favourite");
        peer.post(&app, "ann", &peer.activity("Undo", "ann", "5", second)).await;
        worked_off(&app).await;
        assert_eq!(count().await, 2, "the first is still there");
        peer.post(&app, "ann", &peer.activity("Undo", "ann", "6", first)).await;
        // Misskey sends an Undo with a new id and embeds the reaction.
        let mut rebuilt = like.clone();
        rebuilt["id"] = json!(peer.at("/activities/3b"));
        peer.post(&app, "ben", &peer.activity("Undo", "ben", "7", rebuilt)).await;
        worked_off(&app).await;
        assert_eq!(count().await, 0);
        // A reaction undone before it arrived stays undone.
        let late = react("ann", "EmojiReact", "8", "🎉");
        peer.post(&app, "ann", &peer.activity("Undo", "ann", "9", late.clone())).await;
        peer.post(&app, "ann", &late).await;
        worked_off(&app).await;
        assert_eq!(count().await, 0);
    }
}

#[test]
fn s19_a_group_speaks_for_nobody() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let (groups, authors) = scene(&app).await;
        let _workers = Workers::start(&app);
        let status = alice.says("hello", Reach::Public).await.status;
        let note = authors.note("ann", "1", "hello", &[PUBLIC], &[]);
        authors.serve("/notes/1", note.clone());
        authors.post(&app, "ann", &authors.create("ann", &note)).await;
        worked_off(&app).await;
        let theirs = note["id"].as_str().unwrap();
        for (n, kind) in
            ["Like", "Delete", "Undo", "Block", "Follow", "Flag", "Add", "Move"].iter().enumerate()
        {
            let target = if *kind == "Delete" { theirs } else { &status.uri };
            let forged = authors.activity(kind, "ann", &format!("forged-{n}"), json!(target));
            groups.post(&app, "ben", &passes_on(&groups, &n.to_string(), forged)).await;
        }
        // An Announce in an Announce, and an activity announced by an account that is not a group.
        let nested = groups.activity("Announce", "ben", "n", json!(theirs));
        groups.post(&app, "ben", &passes_on(&groups, "10", nested)).await;
        let create = authors.activity("Create", "ann", "c2", json!(authors.at("/notes/2")));
        authors.serve("/notes/2", authors.note("ann", "2", "unseen", &[PUBLIC], &[]));
        let mut by_person = groups.activity("Announce", "ann", "11", create);
        by_person["to"] = json!([PUBLIC]);
        groups.post(&app, "ann", &by_person).await;
        worked_off(&app).await;
        let ours = status_of(&app, &status.uri).await.unwrap();
        assert_eq!((ours.favourites_count, ours.boosts_count), (0, 0));
        assert!(status_of(&app, theirs).await.is_some(), "its author has not deleted it");
        assert_eq!(status_of(&app, theirs).await.unwrap().boosts_count, 0);
        assert_eq!(status_of(&app, &authors.at("/notes/2")).await, None);
        assert_eq!(alice.get("/api/v1/notifications").await.ok(), json!([]));
    });
}

#[test]
fn a_local_post_in_a_remote_group_returns_as_its_boost() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let (groups, _) = scene(&app).await;
        let _workers = Workers::start(&app);
        let status = alice.says("to the group", Reach::Public).await.status;
        let create = json!({ "id": format!("{}/activity", status.uri), "type": "Create",
            "actor": alice.account.uri, "object": { "id": status.uri, "type": "Note", "content": "forged" } });
        groups.post(&app, "ben", &passes_on(&groups, "1", create)).await;
        let boost = groups.at("/activities/1");
        eventually("the boost is there", || status_of(&app, &boost)).await;
        let ours = status_of(&app, &status.uri).await.unwrap();
        assert_eq!((ours.content.as_str(), ours.boosts_count), ("<p>to the group</p>", 1));
    });
}
