//! Attachments and avatars, incoming and outgoing.

use std::io::{Cursor, Write as _};

use image::{DynamicImage, ImageFormat};
use portico_domain::model::Reach;
use portico_domain::model::peer::Tier;
use portico_service::RequestedReach;
use portico_service::people::accounts;
use portico_service::publishing::media::{self, NewMedia};
use portico_service::publishing::statuses::NewStatus;
use portico_service::publishing::{PostAuthor, submit_now};
use serde_json::{Value, json};

use portico_testing::peer::{PUBLIC, Peer, Workers, on_sqlite, sent_off, status_of, worked_off};
use portico_testing::{TestApp, TestUser};

fn picture() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(30, 20).write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

async fn scene(app: &TestApp) -> (TestUser, Peer, Workers) {
    let alice = app.staff("alice").await;
    let partner = Peer::start("partner").await;
    partner.is(app, Tier::Partner).await;
    let workers = Workers::start(app);
    partner.follows(app, "ann", &alice.account).await;
    (alice, partner, workers)
}

#[test]
fn a_note_goes_out_with_its_attachments() {
    on_sqlite(async |app| {
        let (alice, partner, _workers) = scene(&app).await;
        let mut file = app.instance.media.spool().unwrap();
        file.write_all(&picture()).unwrap();
        let new = NewMedia {
            file,
            thumbnail: None,
            description: Some("Dusk".into()),
            focus: Some((5000, -10_000)),
        };
        let made = media::upload(&app.instance, alice.account.id, new, true).await.unwrap();
        let asked = Some(RequestedReach::Reach(Reach::Partners));
        let new = NewStatus { media: vec![made.id], asked, ..NewStatus::default() };
        submit_now(&app.instance, PostAuthor::own(&alice.account), new).await.unwrap();
        sent_off(&app).await;
        let sent = partner.received_of("Create").pop().unwrap();
        let attached = &sent["object"]["attachment"];
        assert_eq!(attached.as_array().unwrap().len(), 1);
        let url = app.instance.urls.media(&made.file_key.unwrap());
        for (name, value) in [
            ("type", json!("Document")),
            ("mediaType", json!("image/jpeg")),
            ("url", json!(url)),
            ("name", json!("Dusk")),
            ("width", json!(30)),
            ("height", json!(20)),
            ("focalPoint", json!([0.5, -1.0])),
        ] {
            assert_eq!(attached[0][name], value, "{name}");
        }
        assert!(attached[0]["blurhash"].is_string());
        assert!(sent["@context"][1]["focalPoint"].is_object());
    });
}

#[test]
fn a_new_avatar_is_sent_to_followers() {
    on_sqlite(async |app| {
        let (alice, partner, _workers) = scene(&app).await;
        let change = accounts::ProfileChange { avatar: Some(picture()), ..Default::default() };
        let account = accounts::update_profile(&app.instance, alice.account.id, change).await.unwrap();
        sent_off(&app).await;
        let sent = partner.received_of("Update").pop().unwrap();
        assert_eq!(sent["object"]["icon"]["url"], json!(account.avatar_url.unwrap()));
    });
}

#[test]
fn attachments_from_elsewhere_are_shown_where_they_are() {
    on_sqlite(async |app| {
        let (alice, partner, _workers) = scene(&app).await;
        let mut note = partner.note("ann", "1", "look", &[PUBLIC], &[&partner.followers("ann")]);
        note["attachment"] = json!([
            {"type": "Document", "mediaType": "image/png", "url": "https://files.example/1.png", "name": "One", "width": 4, "height": 3},
            {"type": "Document", "mediaType": "image/png", "url": "javascript:alert(1)"},
            {"type": "Document", "mediaType": "video/mp4", "url": "https://files.example/2.mp4"},
        ]);
        partner.post(&app, "ann", &partner.create("ann", &note)).await;
        worked_off(&app).await;
        let status = status_of(&app, note["id"].as_str().unwrap()).await.unwrap();
        let path = format!("/api/v1/statuses/{}", status.id);
        let shown = alice.get(&path).await.ok();
        let media = &shown["media_attachments"];
        assert_eq!(media.as_array().unwrap().len(), 2);
        assert_eq!(
            (&media[0]["url"], &media[0]["remote_url"]),
            (&json!("https://files.example/1.png"), &json!("https://files.example/1.png"))
        );
        assert_eq!(
            (&media[0]["description"], &media[0]["meta"]["original"]["width"]),
            (&json!("One"), &json!(4))
        );
        assert_eq!((&media[1]["type"], &media[1]["preview_url"]), (&json!("video"), &Value::Null));

        // A changed description alone is an edit too.
        app.advance(60);
        note["attachment"] = json!([{"type": "Document", "mediaType": "image/png", "url": "https://files.example/1.png", "name": "Two"}]);
        note["updated"] = json!(app.instance.now().rfc3339());
        partner.post(&app, "ann", &partner.activity("Update", "ann", "u1", note.clone())).await;
        worked_off(&app).await;
        let shown = alice.get(&path).await.ok();
        assert_eq!(shown["media_attachments"].as_array().unwrap().len(), 1);
        assert_eq!(shown["media_attachments"][0]["description"], "Two");
        assert!(shown["edited_at"].is_string());
    });
}
