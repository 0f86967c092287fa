//! Uploads: accepted, described, attached, served and cleaned up.

use axum::body::Body;
use axum::http::Method;
use image::ImageFormat;
use portico_config::MediaPlace;
use portico_domain::model::MediaId;
use portico_service::maintenance;
use portico_service::publishing::media;
use serde_json::{Value, json};

use portico_testing::media::{film, form, part, picture, send, upload};
use portico_testing::{TestApp, both_databases};

const PLACE: &[u8] = b"52.5200N 13.4050E";

/// A JPEG as a phone writes it: rotated by a quarter turn, and with a location in its metadata.
fn with_place() -> Vec<u8> {
    let plain = picture(ImageFormat::Jpeg);
    // One directory: orientation 6, and the location as an ImageDescription after it.
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    exif.extend_from_slice(b"\x01\x0e\0\x02\0\0\0\x12\0\0\0\x26");
    exif.extend_from_slice(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0");
    exif.extend_from_slice(PLACE);
    exif.push(0);
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&plain[..2], b"\xff\xe1", &length, &exif, &plain[2..]].concat()
}

fn path(url: &Value) -> String {
    let url = url.as_str().expect("an address");
    url.strip_prefix("https://engineering.acme.test").expect("an address of ours").to_owned()
}

async fn fetch(app: &TestApp, path: &str) -> (u16, Vec<u8>) {
    use tower::ServiceExt as _;
    let request = app.request(Method::GET, path).body(Body::empty()).unwrap();
    let response = app.router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    (status, axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec())
}

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

both_databases! {
    async fn a_picture_is_ready_at_once_and_stripped(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let bytes = with_place();
        assert!(bytes.windows(PLACE.len()).any(|window| window == PLACE));
        let parts: [(&str, &[u8]); 3] = [("description", b" A sunset "), ("focus", b"0.5,-2"), ("file", &bytes)];
        let made = send(&alice, Method::POST, "/api/v2/media", &parts).await;
        assert_eq!(made.status, 200);
        let made = made.json();
        assert_eq!((&made["type"], &made["description"]), (&json!("image"), &json!("A sunset")));
        assert_eq!(made["meta"]["focus"], json!({"x": 0.5, "y": -1.0}));
        // Orientation 6 is a quarter turn.
        assert_eq!((&made["meta"]["original"]["width"], &made["meta"]["original"]["height"]), (&json!(40), &json!(60)));
        assert!(made["blurhash"].is_string() && made["meta"]["small"]["aspect"].is_number());
        for address in [&made["url"], &made["preview_url"]] {
            let (status, served) = fetch(&app, &path(address)).await;
            assert_eq!(status, 200);
            assert!(!served.windows(4).any(|window| window == b"Exif" || window == &PLACE[..4]));
            assert_eq!(image::guess_format(&served).unwrap(), ImageFormat::Jpeg);
        }
        let own = format!("/api/v1/media/{}", id(&made));
        assert_eq!(alice.get(&own).await.ok()["id"], made["id"]);
        bob.get(&own).await.problem(404);
        app.get(&own).await.problem(401);
        let changed = alice.call(Method::PUT, &own, Some(json!({"description": "Evening", "focus": "0,0"}))).await.ok();
        assert_eq!(changed["description"], "Evening");
        alice.call(Method::PUT, &own, Some(json!({"description": "x".repeat(1501)}))).await.problem(422);
        bob.call(Method::DELETE, &own, None).await.problem(404);
        assert_eq!(alice.call(Method::DELETE, &own, None).await.ok(), json!({}));
        alice.get(&own).await.problem(404);
        maintenance::run(&app.instance).await.unwrap();
        assert_eq!(fetch(&app, &path(&made["url"])).await.0, 404);
    }

    async fn s05_files_are_served_as_nothing_but_media(app: TestApp) {
        let alice = app.staff("alice").await;
        let made = upload(&alice, &picture(ImageFormat::Png)).await;
        let address = path(&made["url"]);
        let served = app.get(&address).await;
        for (name, value) in [
            ("content-type", "image/png"), ("x-content-type-options", "nosniff"), ("access-control-allow-origin", "*"),
            ("content-security-policy", "default-src 'none'; sandbox"), ("accept-ranges", "bytes"),
            ("cache-control", "public, max-age=31536000, immutable"),
        ] {
            assert_eq!(served.header(name), Some(value));
        }
        let request = app.request(Method::GET, &address).header("range", "bytes=1-3");
        let some = app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!((some.status.as_u16(), some.body.as_str()), (206, "PNG"));
        assert!(some.header("content-range").unwrap().starts_with("bytes 1-3/"));
        let request = app.request(Method::GET, &address).header("range", "bytes=99999999-");
        assert_eq!(app.send(request.body(Body::empty()).unwrap()).await.status, 416);
        let request = app.request(Method::GET, &address).header("if-none-match", served.header("etag").unwrap());
        assert_eq!(app.send(request.body(Body::empty()).unwrap()).await.status, 304);
        for wrong in ["/media/x", "/media/..%2ftest.db", "/media/00112233445566778899aabbccddeeff.html", "/media/00112233445566778899aabbccddeeff.png"] {
            assert_eq!(app.get(wrong).await.status, 404, "{wrong}");
        }
    }

    async fn invalid_uploads_are_refused(app: TestApp) {
        let alice = app.staff("alice").await;
        let png = picture(ImageFormat::Png);
        for bad in [
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>".as_slice(), b"<html>", b"", b"\x89PNG\r\n\x1a\n<html>",
            &png[..60], b"%PDF-1.4", b"\0\0\0\x10ftypisom",
        ] {
            for version in ["v1", "v2"] {
                let reply = send(&alice, Method::POST, &format!("/api/{version}/media"), &[("file", bad)]).await;
                if reply.status != 202 {
                    reply.problem(422);
                }
            }
        }
        send(&alice, Method::POST, "/api/v2/media", &[("description", b"x")]).await.problem(422);
        alice.post("/api/v2/media", json!({"file": "x"})).await.problem(422);
        app.submit("/api/v2/media", "file=x").await.problem(401);
        let reading = alice.token_for("read").await;
        let request = app.request(Method::POST, "/api/v2/media").header("authorization", format!("Bearer {reading}"));
        app.send(request.body(Body::from(form(&[("file", &png)]))).unwrap()).await.problem(403);
        let long = "x".repeat(1501);
        send(&alice, Method::POST, "/api/v2/media", &[("file", &png), ("description", long.as_bytes())]).await.problem(422);
    }

    async fn large_files_stream_and_larger_ones_are_refused(app: TestApp) {
        let alice = app.staff("alice").await;
        let large = [film(), part(b"mdat", &vec![1; 12 * 1024 * 1024])].concat();
        let made = send(&alice, Method::POST, "/api/v1/media", &[("file", &large)]).await.ok();
        let served = fetch(&app, &path(&made["url"])).await;
        assert_eq!((served.0, served.1.len()), (200, large.len()));
        let picture = [picture(ImageFormat::Jpeg), vec![0; 16 * 1024 * 1024]].concat();
        let error = send(&alice, Method::POST, "/api/v2/media", &[("file", &picture)]).await.problem(422);
        assert!(error.contains("maximum is 16 MB"), "{error}");
        let films = [film(), vec![0; 99 * 1024 * 1024]].concat();
        send(&alice, Method::POST, "/api/v2/media", &[("file", &films)]).await.problem(413);
        let MediaPlace::Folder(folder) = &app.instance.settings.media else { unreachable!("a folder") };
        let left = std::fs::read_dir(folder.join("incoming")).unwrap().count();
        assert_eq!(left, 0, "a rejected upload leaves no file");
    }

    async fn a_film_is_looked_at_later(app: TestApp) {
        let alice = app.staff("alice").await;
        let thumbnail = picture(ImageFormat::Jpeg);
        let made = send(&alice, Method::POST, "/api/v2/media", &[("file", &film()), ("thumbnail", &thumbnail)]).await;
        assert_eq!(made.status, 202);
        let made = made.json();
        assert!(made["url"].is_null());
        let own = format!("/api/v1/media/{}", id(&made));
        assert_eq!(alice.get(&own).await.status, 206);
        let error = alice.post("/api/v1/statuses", json!({"status": "x", "media_ids": [id(&made)]})).await.problem(422);
        assert!(error.contains("Cannot attach files that have not finished processing. Try again in a moment!"), "{error}");
        let media_id: MediaId = id(&made).parse().unwrap();
        media::process(&app.instance, media_id, None).await.unwrap();
        let ready = alice.get(&own).await;
        assert_eq!(ready.status, 200);
        let ready = ready.json();
        assert_eq!((&ready["type"], &ready["meta"]["original"]["duration"]), (&json!("video"), &json!(2.5)));
        assert!(ready["preview_url"].is_string());
        assert_eq!(app.get(&path(&ready["url"])).await.header("content-type"), Some("video/mp4"));
        let first = send(&alice, Method::POST, "/api/v1/media", &[("file", &film())]).await;
        assert_eq!(first.status, 200);
        assert!(first.json()["url"].is_string());
        let broken = send(&alice, Method::POST, "/api/v2/media", &[("file", b"\0\0\0\x10ftypisom\0\0\0\0")]).await.ok();
        media::process(&app.instance, id(&broken).parse().unwrap(), None).await.unwrap();
        alice.get(&format!("/api/v1/media/{}", id(&broken))).await.problem(422);
        let picture = upload(&alice, &thumbnail).await;
        alice.post("/api/v1/statuses", json!({"status": "x", "media_ids": [id(&ready), id(&picture)]})).await.problem(422);
    }

    async fn a_sound_has_its_length_and_no_notes(app: TestApp) {
        let alice = app.staff("alice").await;
        let seeds = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/recording");
        for (name, codec, mime) in
            [("mp3", "mp3", "audio/mpeg"), ("opus", "opus", "audio/ogg"), ("flac", "flac", "audio/flac"), ("aac", "aac", "audio/aac")]
        {
            let bytes = std::fs::read(seeds.join(name)).unwrap();
            let made = send(&alice, Method::POST, "/api/v2/media", &[("file", &bytes)]).await;
            assert_eq!(made.status, 202, "{name}");
            let made = made.json();
            // The stored file has no notes even before it is inspected.
            let media_id: MediaId = id(&made).parse().unwrap();
            let waiting = media::show(&app.instance, alice.account.id, media_id).await.unwrap();
            let (_, stored) = fetch(&app, &format!("/media/{}", waiting.file_key.unwrap())).await;
            assert!(!stored.windows(6).any(|window| window == b"secret"), "{name}");
            media::process(&app.instance, media_id, None).await.unwrap();
            let shown = alice.get(&format!("/api/v1/media/{}", id(&made))).await.ok();
            assert_eq!(shown["type"], "audio", "{name}");
            let meta = &shown["meta"];
            assert_eq!((&meta["audio_encode"], &meta["audio_channels"]), (&json!(codec), &json!("mono")), "{name}");
            assert!(meta["length"].as_str().unwrap().starts_with("0:00:00."), "{name}: {meta}");
            assert!(meta["duration"].as_f64().unwrap() > 0.2 && meta["original"]["bitrate"].is_u64(), "{name}: {meta}");
            let address = path(&shown["url"]);
            assert_eq!(app.get(&address).await.header("content-type"), Some(mime));
            assert_eq!(fetch(&app, &address).await.1, stored, "{name}");
        }
        // A tag and no sound.
        send(&alice, Method::POST, "/api/v1/media", &[("file", b"ID3\x04\0\0\0\0\0\x05notes")]).await.problem(422);
    }

    async fn a_sound_of_an_earlier_version_is_blanked_when_it_is_inspected(app: TestApp) {
        let alice = app.staff("alice").await;
        let seeds = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/recording");
        let bytes = std::fs::read(seeds.join("vorbis")).unwrap();
        let made = send(&alice, Method::POST, "/api/v2/media", &[("file", &bytes)]).await.json();
        let media_id: MediaId = id(&made).parse().unwrap();
        let key = media::show(&app.instance, alice.account.id, media_id).await.unwrap().file_key.unwrap();
        // As the earlier version stored it.
        app.instance.media.put(bytes, &key).await.unwrap();
        media::process(&app.instance, media_id, None).await.unwrap();
        let (_, served) = fetch(&app, &format!("/media/{key}")).await;
        assert!(!served.windows(6).any(|window| window == b"secret"));
    }

    async fn statuses_carry_media_in_its_order(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let bytes = picture(ImageFormat::Jpeg);
        let (one, two) = (upload(&alice, &bytes).await, upload(&alice, &bytes).await);
        let posted = alice.post("/api/v1/statuses", json!({"media_ids": [id(&two), id(&one)]})).await.ok();
        let ids: Vec<&Value> = posted["media_attachments"].as_array().unwrap().iter().map(|media| &media["id"]).collect();
        assert_eq!(ids, [&two["id"], &one["id"]]);
        let plain = alice.posts("no picture #tag").await;
        let shown = bob.get(&format!("/api/v1/statuses/{}", id(&posted))).await.ok();
        assert_eq!(shown["media_attachments"], posted["media_attachments"]);
        for path in ["/api/v1/timelines/public?only_media=true".to_owned(), format!("/api/v1/accounts/{}/statuses?only_media=1", alice.id())] {
            let page = bob.get(&path).await.ok();
            assert_eq!((page.as_array().unwrap().len(), &page[0]["id"]), (1, &posted["id"]), "{path}");
        }
        assert_eq!(bob.get("/api/v1/timelines/tag/tag?only_media=true").await.ok(), json!([]));
        // Attached media cannot be attached again, and changes only with its status.
        alice.post("/api/v1/statuses", json!({"status": "x", "media_ids": [id(&one)]})).await.problem(422);
        alice.call(Method::PUT, &format!("/api/v1/media/{}", id(&one)), Some(json!({"description": "x"}))).await.problem(404);
        alice.call(Method::DELETE, &format!("/api/v1/media/{}", id(&one)), None).await.problem(422);
        let theirs = upload(&bob, &bytes).await;
        alice.post("/api/v1/statuses", json!({"status": "x", "media_ids": [id(&theirs)]})).await.problem(422);
        alice.post("/api/v1/statuses", json!({"status": "x", "media_ids": ["1", "2", "3", "4", "5"]})).await.problem(422);
        assert!(plain["media_attachments"].as_array().unwrap().is_empty());
    }

    async fn an_edit_replaces_media_and_history_remembers_words(app: TestApp) {
        let alice = app.staff("alice").await;
        let bytes = picture(ImageFormat::Jpeg);
        let (one, two) = (upload(&alice, &bytes).await, upload(&alice, &bytes).await);
        let posted = alice.post("/api/v1/statuses", json!({"status": "x", "media_ids": [id(&one), id(&two)]})).await.ok();
        let own = format!("/api/v1/statuses/{}", id(&posted));
        app.advance(5);
        let form = format!("status=x&media_ids[]={0}&media_attributes[][id]={0}&media_attributes[][description]=Words&media_attributes[][focus]=1,1", id(&one));
        let edited = alice.form(Method::PUT, &own, &form).await.ok();
        assert_eq!(edited["media_attachments"].as_array().unwrap().len(), 1);
        assert_eq!(edited["media_attachments"][0]["description"], "Words");
        assert!(edited["edited_at"].is_string());
        let history = alice.get(&format!("{own}/history")).await.ok();
        assert_eq!(history[0]["media_attachments"][0]["description"], Value::Null);
        assert_eq!(history[1]["media_attachments"][0]["description"], "Words");
        // A detached upload can be used again.
        alice.post("/api/v1/statuses", json!({"media_ids": [id(&two)]})).await.ok();
        // Sending the same attributes again changes nothing.
        let at = edited["edited_at"].clone();
        app.advance(5);
        assert_eq!(alice.form(Method::PUT, &own, &form).await.ok()["edited_at"], at);
    }

    async fn redrafting_keeps_media_for_a_day(app: TestApp) {
        let alice = app.staff("alice").await;
        let bytes = picture(ImageFormat::Jpeg);
        let (one, two) = (upload(&alice, &bytes).await, upload(&alice, &bytes).await);
        app.advance(3 * 24 * 3600);
        let first = alice.post("/api/v1/statuses", json!({"status": "x", "media_ids": [id(&one)]})).await.ok();
        let gone = alice.call(Method::DELETE, &format!("/api/v1/statuses/{}", id(&first)), None).await.ok();
        assert_eq!(gone["media_attachments"][0]["id"], one["id"]);
        maintenance::run(&app.instance).await.unwrap();
        alice.get(&format!("/api/v1/media/{}", id(&two))).await.problem(404);
        assert_eq!(fetch(&app, &path(&two["url"])).await.0, 404);
        let again = alice.post("/api/v1/statuses", json!({"status": "y", "media_ids": [id(&one)]})).await.ok();
        alice.call(Method::DELETE, &format!("/api/v1/statuses/{}?delete_media=true", id(&again)), None).await.ok();
        alice.get(&format!("/api/v1/media/{}", id(&one))).await.problem(404);
        maintenance::run(&app.instance).await.unwrap();
        assert_eq!(fetch(&app, &path(&one["url"])).await.0, 404);
        assert_eq!(fetch(&app, &path(&one["preview_url"])).await.0, 404);
    }

    async fn faces_and_banners_are_uploaded_and_taken_away(app: TestApp) {
        use base64::Engine as _;
        let alice = app.staff("alice").await;
        let bytes = picture(ImageFormat::Png);
        let update = "/api/v1/accounts/update_credentials";
        let shown = send(&alice, Method::PATCH, update, &[("avatar", &bytes), ("display_name", b"Al")]).await.ok();
        assert_eq!(shown["display_name"], "Al");
        let first = path(&shown["avatar"]);
        assert_eq!(fetch(&app, &first).await.0, 200);
        let coded = base64::engine::general_purpose::STANDARD.encode(&bytes);
        let shown = alice.call(Method::PATCH, update, Some(json!({"avatar": format!("data:image/png;base64,{coded}"), "header": format!("data:image/png;base64,{coded}")}))).await.ok();
        assert_ne!(path(&shown["avatar"]), first);
        assert!(path(&shown["header"]).starts_with("/media/"));
        maintenance::run(&app.instance).await.unwrap();
        assert_eq!(fetch(&app, &first).await.0, 404);
        assert_eq!(fetch(&app, &path(&shown["avatar"])).await.0, 200);
        let kept = alice.call(Method::PATCH, update, Some(json!({"avatar": "", "display_name": "B"}))).await.ok();
        assert_eq!(kept["avatar"], shown["avatar"]);
        send(&alice, Method::PATCH, update, &[("avatar", b"<svg/>")]).await.problem(422);
        alice.call(Method::PATCH, update, Some(json!({"avatar": "https://example.com/x.png"}))).await.problem(422);
        let bare = alice.call(Method::DELETE, "/api/v1/profile/avatar", None).await.ok();
        assert!(path(&bare["avatar"]).starts_with("/assets/"));
        let bare = alice.call(Method::DELETE, "/api/v1/profile/header", None).await.ok();
        assert!(path(&bare["header"]).starts_with("/assets/"));
    }
}
