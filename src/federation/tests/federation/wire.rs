//! Snapshots of each kind of outgoing activity, as it arrives at a peer.
//!
//! Ids, hosts and keys change from run to run, so they are replaced by fixed words; peers depend on
//! everything else.

use portico_domain::model::Reach;
use portico_domain::model::account::Account;
use portico_domain::model::moderation::{Action, Moderator};
use portico_domain::model::peer::Tier;
use portico_domain::model::quote::QuoteAudience;
use portico_domain::policy::reach::RequestedReach;
use portico_service::moderation::reports::{self, NewReport};
use portico_service::moderation::{self, ActionInput};
use portico_service::people::accounts;
use portico_service::publishing::statuses::NewStatus;
use portico_service::publishing::{PostAuthor, boosts, favourites, pins, statuses, submit_now};
use portico_service::social::{account_moves, relationships};
use serde_json::{Value, json};

use portico_testing::peer::{
    PUBLIC, Peer, Workers, get_anonymously, on_sqlite, sent_off, status_of, worked_off,
};
use portico_testing::{TestApp, TestUser};

/// Replaces everything that changes from run to run.
fn plain(app: &TestApp, peer: &Peer, value: &Value) -> Value {
    match value {
        Value::String(text) if text.starts_with("-----BEGIN") || text.starts_with("z6Mk") => json!("(key)"),
        Value::String(text) => {
            let text = text
                .replace(&app.instance.settings.domain, "here.example")
                .replace(&peer.domain, "partner.example");
            json!(without_ids(&text))
        }
        Value::Array(items) => items.iter().map(|item| plain(app, peer, item)).collect(),
        Value::Object(object) => {
            let members = object.iter().map(|(name, value)| match name.as_str() {
                "proofValue" => (name.clone(), json!("(proof)")),
                _ => (name.clone(), plain(app, peer, value)),
            });
            Value::Object(members.collect())
        }
        other => other.clone(),
    }
}

/// Replaces long numbers, which are ids.
fn without_ids(text: &str) -> String {
    let mut plain = String::new();
    let mut digits = String::new();
    for letter in text.chars().chain(['\n']) {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        plain.push_str(if digits.len() > 15 { "(id)" } else { &digits });
        digits.clear();
        plain.push(letter);
    }
    plain.trim_end_matches('\n').to_owned()
}

struct Scene {
    app: TestApp,
    alice: TestUser,
    partner: Peer,
    ann: Account,
    _workers: Workers,
}

impl Scene {
    async fn new(app: TestApp) -> Self {
        let alice = app.staff("alice").await;
        let partner = Peer::start("partner").await;
        partner.is(&app, Tier::Partner).await;
        let workers = Workers::start(&app);
        partner.follows(&app, "ann", &alice.account).await;
        let ann = partner.known(&app, "ann").await.unwrap();
        Self { app, alice, partner, ann, _workers: workers }
    }

    /// The last activity of a type that the partner received, normalised.
    async fn sent(&self, kind: &str) -> Value {
        sent_off(&self.app).await;
        let last = self.partner.received_of(kind).pop().unwrap_or_else(|| panic!("no {kind} was sent"));
        plain(&self.app, &self.partner, &last)
    }

    /// A stored public note by ann.
    async fn anns_note(&self) -> portico_domain::model::status::Status {
        let note = self.partner.note("ann", "1", "hello", &[PUBLIC], &[&self.partner.followers("ann")]);
        self.partner.post(&self.app, "ann", &self.partner.create("ann", &note)).await;
        worked_off(&self.app).await;
        status_of(&self.app, note["id"].as_str().unwrap()).await.unwrap()
    }
}

#[test]
fn notes() {
    on_sqlite(async |app| {
        let scene = Scene::new(app).await;
        for reach in [Reach::Public, Reach::Partners, Reach::Followers] {
            scene.alice.says("Good morning, #Portico", reach).await;
            assert_json_snapshot!(format!("create_{reach}"), scene.sent("Create").await);
        }
        let text = format!("@ann@{} look at this", scene.partner.domain);
        scene.alice.says(&text, Reach::Direct).await;
        let direct = scene.sent("Create").await;
        assert_eq!(
            (&direct["to"], &direct["cc"]),
            (&json!(["http://partner.example/users/ann"]), &json!([]))
        );
        assert_json_snapshot!("create_direct", direct);
    });
}

#[test]
fn emoji_go_out_and_come_in_with_what_carries_them() {
    on_sqlite(async |app| {
        let scene = Scene::new(app).await;
        let picture = portico_testing::media::picture(image::ImageFormat::Png);
        portico_service::publishing::emojis::add(&scene.app.instance, "party", None, true, picture)
            .await
            .unwrap();
        scene.alice.says("It is done :party:", Reach::Partners).await;
        let tag = scene.sent("Create").await["object"]["tag"][0].clone();
        assert_eq!((&tag["type"], &tag["name"]), (&json!("Emoji"), &json!(":party:")));
        assert!(tag["icon"]["url"].as_str().unwrap().starts_with("http://here.example/media/"), "{tag}");

        let mut note = scene.partner.note("ann", "2", "thanks :wave:", &[PUBLIC], &[]);
        let picture = "https://partner.example/wave.png";
        note["tag"] = json!([{"type": "Emoji", "name": ":wave:", "icon": {"type": "Image", "url": picture}}]);
        scene.partner.post(&scene.app, "ann", &scene.partner.create("ann", &note)).await;
        worked_off(&scene.app).await;
        let status = status_of(&scene.app, note["id"].as_str().unwrap()).await.unwrap();
        let shown = scene.alice.get(&format!("/api/v1/statuses/{}", status.id)).await.ok();
        assert_eq!(
            (&shown["emojis"][0]["shortcode"], &shown["emojis"][0]["url"]),
            (&json!("wave"), &json!(picture))
        );
    });
}

#[test]
fn edits_and_deletions() {
    on_sqlite(async |app| {
        let scene = Scene::new(app).await;
        let status = scene.alice.says("Good morning", Reach::Partners).await.status;
        scene.app.advance(60);
        let edit = statuses::StatusEditInput {
            text: "Good evening".into(),
            spoiler_text: "late".into(),
            ..Default::default()
        };
        statuses::edit(&scene.app.instance, &scene.alice.account, status.id, edit).await.unwrap();
        assert_json_snapshot!("update_note", scene.sent("Update").await);
        statuses::delete(&scene.app.instance, &scene.alice.account, status.id).await.unwrap();
        assert_json_snapshot!("delete_note", scene.sent("Delete").await);
    });
}

#[test]
fn favourites_and_boosts() {
    on_sqlite(async |app| {
        let scene = Scene::new(app).await;
        let note = scene.anns_note().await;
        let (instance, alice) = (&scene.app.instance, &scene.alice.account);
        favourites::add(instance, alice.id, note.id).await.unwrap();
        assert_json_snapshot!("like", scene.sent("Like").await);
        favourites::remove(instance, alice.id, note.id).await.unwrap();
        assert_json_snapshot!("undo_like", scene.sent("Undo").await);
        boosts::add(instance, alice, note.id).await.unwrap();
        assert_json_snapshot!("announce", scene.sent("Announce").await);
        boosts::remove(instance, alice, note.id).await.unwrap();
        assert_json_snapshot!("undo_announce", scene.sent("Undo").await);
    });
}

#[test]
fn quotes() {
    on_sqlite(async |app| {
        let scene = Scene::new(app).await;
        let (app, partner, alice) = (&scene.app, &scene.partner, &scene.alice);
        // Ours of theirs.
        let mut note = partner.note("ann", "1", "hello", &[PUBLIC], &[&partner.followers("ann")]);
        note["interactionPolicy"] = json!({ "canQuote": { "automaticApproval": PUBLIC } });
        partner.post(app, "ann", &partner.create("ann", &note)).await;
        worked_off(app).await;
        let quoted = status_of(app, note["id"].as_str().unwrap()).await.unwrap();
        let asked = Some(RequestedReach::Reach(Reach::Public));
        let new = NewStatus { text: "Look".into(), quoted: Some(quoted.id), asked, ..NewStatus::default() };
        submit_now(&app.instance, PostAuthor::own(&alice.account), new).await.unwrap();
        assert_json_snapshot!("create_quote", scene.sent("Create").await);
        assert_json_snapshot!("quote_request", scene.sent("QuoteRequest").await);
        let question = partner.received_of("QuoteRequest").pop().unwrap();
        let mut accept = partner.activity("Accept", "ann", "accept", question["id"].clone());
        accept["result"] = json!(partner.at("/stamps/1"));
        partner.post(app, "ann", &accept).await;
        worked_off(app).await;
        assert_json_snapshot!("update_quote", scene.sent("Update").await["object"]);
        // Theirs of ours.
        let ours = alice.says("Good morning", Reach::Public).await.status;
        let ask = async |id: &str| {
            let mut note = partner.note("ann", id, "look", &[PUBLIC], &[]);
            note["quote"] = json!(ours.uri);
            let mut question = partner.activity("QuoteRequest", "ann", &format!("q{id}"), json!(ours.uri));
            question["instrument"] = note.clone();
            partner.post(app, "ann", &question).await;
            worked_off(app).await;
            status_of(app, note["id"].as_str().unwrap()).await.unwrap()
        };
        let quote = ask("2").await;
        let accept = scene.sent("Accept").await;
        assert_json_snapshot!("accept_quote", accept);
        let path = app.instance.urls.quote_stamp("alice", quote.id);
        let path = path.strip_prefix(app.instance.urls.origin()).unwrap();
        assert_json_snapshot!("quote_stamp", plain(app, partner, &partner.get(app, "ann", path).await.ok()));
        portico_service::publishing::quotes::revoke(&app.instance, &alice.account, ours.id, quote.id)
            .await
            .unwrap();
        assert_json_snapshot!("delete_quote_stamp", scene.sent("Delete").await);
        let chosen = QuoteAudience::Followers;
        portico_service::publishing::quotes::set_policy(&app.instance, alice.account.id, ours.id, chosen)
            .await
            .unwrap();
        assert_json_snapshot!(
            "update_quote_policy",
            scene.sent("Update").await["object"]["interactionPolicy"]
        );
        portico_service::social::relationships::remove_follower(&app.instance, &alice.account, scene.ann.id)
            .await
            .unwrap();
        ask("3").await;
        assert_json_snapshot!("reject_quote", scene.sent("Reject").await);
    });
}

#[test]
fn follows_and_blocks() {
    on_sqlite(async |app| {
        let scene = Scene::new(app).await;
        let (instance, alice, ann) = (&scene.app.instance, &scene.alice.account, scene.ann.id);
        assert_json_snapshot!("accept", scene.sent("Accept").await);
        relationships::remove_follower(instance, alice, ann).await.unwrap();
        assert_json_snapshot!("reject", scene.sent("Reject").await);
        relationships::follow(instance, alice, ann, Default::default()).await.unwrap();
        assert_json_snapshot!("follow", scene.sent("Follow").await);
        relationships::unfollow(instance, alice, ann).await.unwrap();
        assert_json_snapshot!("undo_follow", scene.sent("Undo").await);
        relationships::block(instance, alice, ann).await.unwrap();
        assert_json_snapshot!("block", scene.sent("Block").await);
        relationships::unblock(instance, alice, ann).await.unwrap();
        assert_json_snapshot!("undo_block", scene.sent("Undo").await);
    });
}

#[test]
fn s43_reports_name_nobody_here() {
    on_sqlite(async |app| {
        let scene = Scene::new(app).await;
        let note = scene.anns_note().await;
        let new = NewReport {
            target: scene.ann.id,
            statuses: vec![note.id],
            comment: "Not about turbines".into(),
            category: None,
            rule_ids: Vec::new(),
            forward: true,
        };
        let (instance, alice) = (&scene.app.instance, &scene.alice.account);
        assert!(reports::create(instance, alice, new.clone()).await.unwrap().report.forwarded);
        let flag = scene.sent("Flag").await;
        assert!(!flag.to_string().contains("alice"), "S43: nobody is named");
        assert_json_snapshot!("flag", flag);
        // Not requested, or not allowed: nothing is sent.
        reports::create(instance, alice, NewReport { forward: false, ..new.clone() }).await.unwrap();
        scene.partner.is(&scene.app, Tier::Blocked).await;
        assert!(reports::create(instance, alice, new).await.is_err(), "of a blocked host, nobody is known");
        sent_off(&scene.app).await;
        assert_eq!(scene.partner.received_of("Flag").len(), 1);
    });
}

#[test]
fn suspensions() {
    on_sqlite(async |app| {
        let scene = Scene::new(app).await;
        let (instance, alice) = (&scene.app.instance, scene.alice.account.id);
        scene.alice.says("Good morning", Reach::Public).await;
        let console = Moderator::console();
        let act = async |action| {
            moderation::act(instance, &console, alice, ActionInput::plain(action)).await.unwrap()
        };
        act(Action::Suspend).await;
        assert_json_snapshot!("update_suspended", scene.sent("Update").await);
        let document = scene.partner.get(&scene.app, "ann", "/users/alice").await.ok();
        assert_eq!((&document["suspended"], document.get("summary")), (&json!(true), None));
        act(Action::Unsuspend).await;
        let update = scene.sent("Update").await;
        assert_eq!(update["object"].get("suspended"), None);
        act(Action::Suspend).await;
        moderation::erase(instance, &console, alice).await.unwrap();
        assert_json_snapshot!("delete_actor", scene.sent("Delete").await);
        assert_eq!(scene.partner.get(&scene.app, "ann", "/users/alice").await.status, 410);
    });
}

#[test]
fn profiles() {
    on_sqlite(async |app| {
        let scene = Scene::new(app).await;
        let change = accounts::ProfileChange {
            display_name: Some("Alice".into()),
            note: Some("Builds things".into()),
            fields: Some(vec![("Desk".into(), "4.12".into())]),
            ..Default::default()
        };
        accounts::update_profile(&scene.app.instance, scene.alice.account.id, change).await.unwrap();
        assert_json_snapshot!("update_actor", scene.sent("Update").await);
    });
}

#[test]
fn pins_and_moves() {
    on_sqlite(async |app| {
        let scene = Scene::new(app).await;
        let (instance, alice) = (&scene.app.instance, &scene.alice.account);
        let status = scene.alice.says("hello", Reach::Partners).await.status;
        pins::add(instance, alice, status.id).await.unwrap();
        assert_json_snapshot!("add", scene.sent("Add").await);
        pins::remove(instance, alice, status.id).await.unwrap();
        assert_json_snapshot!("remove", scene.sent("Remove").await);
        let mut ann = scene.partner.person("ann");
        ann["alsoKnownAs"] = json!([alice.uri]);
        scene.partner.serve("/users/ann", ann);
        account_moves::start(instance, alice.id, &scene.partner.actor("ann")).await.unwrap();
        assert_json_snapshot!("move", scene.sent("Move").await);
    });
}

#[test]
fn groups() {
    on_sqlite(async |app| {
        let scene = Scene::new(app).await;
        let (app, partner, other) = (&scene.app, &scene.partner, Peer::start("other").await);
        other.is(app, Tier::Partner).await;
        let board = json!({ "name": "board", "visibility": "members", "note": "What we decide" });
        let made = scene.alice.post("/api/portico/v1/groups", board).await.ok();
        let (id, uri) = (made["id"].as_str().unwrap(), app.instance.urls.actor("board"));
        for peer in [partner, &other] {
            peer.post(app, "ann", &peer.activity("Follow", "ann", "join", json!(uri))).await;
        }
        worked_off(app).await;
        let document = partner.get(app, "ann", "/users/board").await.ok();
        assert_json_snapshot!("group", plain(app, partner, &document));
        let form = json!({ "status": "We buy it", "group_id": id });
        let said = scene.alice.post("/api/v1/statuses", form).await.ok();
        assert_json_snapshot!("group_create", scene.sent("Create").await);
        let announced = partner.received_of("Announce");
        let handed_on = announced.iter().find(|announce| announce["object"].is_object()).unwrap();
        assert_json_snapshot!("group_announce_create", plain(app, partner, handed_on));
        let pin = format!("/api/portico/v1/groups/{id}/pins/{}", said["id"].as_str().unwrap());
        scene.alice.call(axum::http::Method::PUT, &pin, Some(json!({}))).await.ok();
        assert_json_snapshot!("group_add", scene.sent("Add").await);
        let mut note = other.note("ann", "1", "agreed", &[&uri], &[]);
        note["tag"] = json!([{ "type": "Mention", "href": uri, "name": "@board" }]);
        other.post(app, "ann", &other.create("ann", &note)).await;
        worked_off(app).await;
        let copy = scene.sent("Create").await.to_string().replace(&other.domain, "other.example");
        assert_json_snapshot!("group_create_copy", serde_json::from_str::<Value>(&copy).unwrap());
        // A membership rule enrols accounts of the company.
        let sister = Peer::start("sister").await;
        sister.is(app, Tier::Company).await;
        let mut ben = sister.person("ben");
        ben["worksFor"] =
            json!({ "type": "schema:Organization", "name": "Energy", "department": { "name": "Turbines" } });
        sister.serve("/users/ben", ben);
        sister.follows(app, "ben", &scene.alice.account).await;
        let turbines = json!({ "name": "turbines", "visibility": "company", "rule": "department=Turbines" });
        scene.alice.post("/api/portico/v1/groups", turbines).await.ok();
        sent_off(app).await;
        let invite = sister.received_of("Invite").pop().expect("an Invite");
        assert_json_snapshot!("group_invite", plain(app, &sister, &invite));
    });
}

#[test]
fn documents() {
    on_sqlite(async |app| {
        let scene = Scene::new(app).await;
        let (app, partner) = (&scene.app, &scene.partner);
        scene.alice.says("Good morning", Reach::Public).await;
        for (name, path) in [
            ("actor", "/users/alice"),
            ("outbox", "/users/alice/outbox"),
            ("outbox_page", "/users/alice/outbox?page=true"),
            ("featured", "/users/alice/collections/featured"),
            ("followers_for_partners", "/users/alice/followers"),
        ] {
            let document = partner.get(app, "ann", path).await.ok();
            assert_json_snapshot!(name, plain(app, partner, &document));
        }
        for (name, path) in [("instance_actor", "/actor"), ("actor_stub", "/users/alice")] {
            let document = get_anonymously(app, path).await.ok();
            assert_json_snapshot!(name, plain(app, partner, &document));
        }
    });
}
