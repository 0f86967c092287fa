//! The many shapes in which peers write the same object: each gets a response, none causes a server error,
//! and each is shown correctly.

use portico_domain::model::Reach;
use portico_domain::model::peer::Tier;
use portico_domain::model::status::Status;
use serde_json::{Value, json};

use portico_testing::TestApp;
use portico_testing::peer::{PUBLIC, Peer, Workers, on_sqlite, status_of, worked_off};

/// The example objects of the Fediverse Pasture.
const PASTURE: &str = include_str!("data/pasture.jsonl");

async fn partner(app: &TestApp) -> Peer {
    let peer = Peer::start("partner").await;
    peer.is(app, Tier::Partner).await;
    peer
}

/// Replaces the server named in an example by the peer.
fn placed(value: &Value, peer: &Peer) -> Value {
    let text = value.to_string();
    let text = text.replace("http://pasture-one-actor/actor", &peer.actor("ann"));
    serde_json::from_str(&text.replace("http://pasture-one-actor", &peer.at(""))).unwrap()
}

/// Completes an example with the properties that it omits.
fn whole(peer: &Peer, id: &str, example: &Value) -> Value {
    let mut object = json!({
        "@context": "https://www.w3.org/ns/activitystreams", "type": "Note", "id": peer.at(id),
        "attributedTo": peer.actor("ann"), "published": "2026-11-02T08:59:00Z", "to": [PUBLIC], "cc": [],
    });
    for (name, value) in example.as_object().unwrap() {
        match value {
            Value::Null => drop(object.as_object_mut().unwrap().remove(name)),
            value => object[name] = value.clone(),
        }
    }
    object
}

fn seen(status: Option<&Status>, peer: &Peer) -> String {
    let Some(status) = status else { return "not shown".to_owned() };
    let language = status.language.as_deref().unwrap_or("–");
    let warning = match (status.spoiler_text.as_str(), status.sensitive) {
        ("", false) => String::new(),
        (text, _) => format!(" [{text}]"),
    };
    let (reach, content) = (status.reach, &status.content);
    let shown = format!("{reach} {language}{warning} {content}").replace(&peer.domain, "partner.example");
    shown.replace(['\n', '\r'], "⏎")
}

#[test]
fn the_examples_of_the_pasture_come_out_as_they_should() {
    on_sqlite(async |app| {
        let peer = partner(&app).await;
        let _workers = Workers::start(&app);
        let mut table = Vec::new();
        let examples: Vec<Value> =
            PASTURE.lines().map(|line| placed(&serde_json::from_str(line).unwrap(), &peer)).collect();
        assert_eq!(examples.len(), 262);
        for (batch, some) in examples.chunks(16).enumerate() {
            let mut taken = Vec::new();
            for (n, example) in some.iter().enumerate() {
                let id = format!("/objects/{batch}-{n}");
                let object = whole(&peer, &id, &example["object"]);
                let mut create = peer.activity("Create", "ann", &format!("{batch}-{n}"), object.clone());
                create["to"] = object["to"].clone();
                create["@context"] = object["@context"].clone();
                let answer = peer.post(&app, "ann", &create).await.status;
                taken.push((example["name"].as_str().unwrap(), peer.at(&id), answer));
            }
            worked_off(&app).await;
            for (name, uri, answer) in taken {
                let seen = seen(status_of(&app, &uri).await.as_ref(), &peer);
                table.push(if answer == 202 {
                    format!("{name}: {seen}")
                } else {
                    format!("{name}: {answer}")
                });
            }
        }
        insta::assert_snapshot!("pasture", table.join("\n"));
    });
}

/// A Create with an object as a peer writes it, and the expected result.
struct Shape {
    peer: &'static str,
    /// The unusual properties of the object; `PEER` stands for the peer's origin, `HERE` for ours.
    object: Value,
    /// The addressing, if the object is not public.
    addressing: Option<Value>,
    reach: Reach,
    /// Expected parts of the content.
    shown: &'static [&'static str],
}

fn shape(peer: &'static str, object: Value, shown: &'static [&'static str]) -> Shape {
    Shape { peer, object, addressing: None, reach: Reach::Public, shown }
}

fn shapes() -> Vec<Shape> {
    let addressed = |shape: Shape, addressing: Value, reach: Reach| Shape {
        addressing: Some(addressing),
        reach,
        ..shape
    };
    vec![
        shape(
            "Mastodon",
            json!({"content": "<p>toot</p>", "contentMap": {"en": "<p>toot</p>"}, "sensitive": false, "summary": null,
                "atomUri": "PEER/x", "conversation": "tag:partner,2026:objectId=1:objectType=Conversation", "inReplyTo": null,
                "replies": {"id": "PEER/x/replies", "type": "Collection", "first": {"type": "CollectionPage", "items": []}},
                "interactionPolicy": {"canQuote": {"automaticApproval": [PUBLIC]}}, "tag": [], "attachment": []}),
            &["<p>toot</p>"],
        ),
        addressed(
            shape(
                "Mastodon, a poll for followers",
                json!({"type": "Question", "content": "<p>which?</p>", "endTime": "2026-11-03T09:00:00Z", "votersCount": 2,
                    "oneOf": [{"type": "Note", "name": "a", "replies": {"type": "Collection", "totalItems": 1}},
                        {"type": "Note", "name": "b", "replies": {"type": "Collection", "totalItems": 1}}]}),
                &["which?"],
            ),
            json!({"to": "PEER/users/ann/followers"}),
            Reach::Followers,
        ),
        shape(
            "GoToSocial: one tag is no array",
            json!({"content": "<p>hi #tag</p>", "tag": {"type": "Hashtag", "name": "#tag", "href": "PEER/tags/tag"},
                "attachment": {"type": "Image", "url": "PEER/1.png", "summary": "alt", "name": "alt"}}),
            &["hi #tag"],
        ),
        shape(
            "Misskey",
            json!({"content": "<p>mfm</p>", "_misskey_content": "$[spin mfm]", "source": {"content": "$[spin mfm]",
                "mediaType": "text/x.misskeymarkdown"}, "_misskey_summary": null, "sensitive": false,
                "tag": [{"id": "PEER/emojis/x", "type": "Emoji", "name": ":x:", "updated": "2024-01-01T00:00:00Z",
                    "icon": {"type": "Image", "mediaType": "image/png", "url": "PEER/x.png"}, "_misskey_license": {"freeText": null}}]}),
            &["<p>mfm</p>"],
        ),
        shape(
            "Pleroma and Akkoma",
            json!({"content": "text<br>more", "source": "text\nmore", "actor": "PEER/users/ann", "context": "PEER/contexts/1",
                "conversation": "PEER/contexts/1", "emoji": {"firefox": "PEER/f.png"}, "summary": "", "formerRepresentations": {
                "orderedItems": [], "totalItems": 0, "type": "OrderedCollection"}, "contentMap": {"und": "other"}}),
            &["text<br>more"],
        ),
        shape(
            "Lemmy and PieFed",
            json!({"type": "Page", "name": "A title", "cc": [], "content": "<p>body</p>", "mediaType": "text/html",
                "source": {"content": "body", "mediaType": "text/markdown"}, "attachment": [{"href": "https://news.example/", "type": "Link"}],
                "image": {"type": "Image", "url": "PEER/t.png"}, "sensitive": false, "commentsEnabled": true, "language": {"identifier": "de", "name": "Deutsch"},
                "audience": "PEER/c/main", "updated": null}),
            &["A title", "body", "https://news.example/"],
        ),
        shape(
            "PeerTube",
            json!({"type": "Video", "name": "A film", "duration": "PT5M", "uuid": "1", "category": {"identifier": "1", "name": "Music"},
                "content": "**words**", "mediaType": "text/markdown", "support": null, "views": 3, "waitTranscoding": true, "commentsPolicy": 1,
                "attributedTo": [{"type": "Person", "id": "PEER/users/ann"}, {"type": "Group", "id": "PEER/c/films"}],
                "icon": [{"type": "Image", "url": "PEER/s.jpg", "width": 280}], "subtitleLanguage": [], "likes": "PEER/x/likes",
                "url": [{"type": "Link", "mediaType": "text/html", "href": "PEER/w/1"},
                    {"type": "Link", "mediaType": "application/x-mpegURL", "href": "PEER/m.m3u8", "tag": [{"type": "Infohash", "name": "a"}]},
                    {"type": "Link", "mediaType": "application/x-bittorrent;x-scheme-handler/magnet", "href": "magnet:?xt=1", "height": 720}]}),
            &["A film", "**words**", "/w/1"],
        ),
        shape(
            "WordPress",
            json!({"type": "Article", "id": "PEER/?p=1", "name": "A post", "summary": "an excerpt", "content": "<h2>part</h2><p>long</p>",
                "contentMap": {"en": "<h2>part</h2><p>long</p>"}, "url": "PEER/?p=1", "preview": {"type": "Note", "content": "short"},
                "attachment": [{"type": "Image", "url": "PEER/i.jpg", "mediaType": "image/jpeg"}]}),
            &["A post", "long"],
        ),
        shape(
            "Ghost",
            json!({"type": "Article", "name": "Letter", "content": "<p>letter</p>", "image": "PEER/i.png", "preview": {"type": "Note",
                "id": "PEER/x#preview", "content": "<p>short</p>"}, "url": "PEER/letter/"}),
            &["Letter", "letter"],
        ),
        shape(
            "Threads",
            json!({"content": "<p>thread</p>", "url": "https://www.partner.example/@ann/post/1", "quoteUri": null, "tag": [], "to": PUBLIC}),
            &["thread"],
        ),
        shape(
            "Friendica",
            json!({"content": "<p>b</p>", "source": {"content": "[b]b[/b]", "mediaType": "text/bbcode"}, "diaspora:guid": "1", "name": "",
                "summary": null, "directMessage": false, "generator": {"name": "Friendica", "type": "Application"}, "instrument": {"type": "Service"}}),
            &["<p>b</p>"],
        ),
        shape(
            "Pixelfed",
            json!({"content": "", "attachment": [{"type": "Document", "mediaType": "image/jpeg", "url": "PEER/1.jpg", "name": null,
                "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj", "width": 1, "height": 1}], "capabilities": {"announce": PUBLIC, "like": PUBLIC, "reply": null},
                "commentsEnabled": true, "location": null}),
            &[""],
        ),
        shape(
            "Bridgy Fed",
            json!({"id": "PEER/r/https://site.example/1?a=b", "url": "https://site.example/1", "content": "<p>bridged</p>",
                "proxyOf": [{"protocol": "https://atproto.com/", "proxied": "at://did:plc:1/a/1", "authoritative": true}]}),
            &["bridged"],
        ),
        shape(
            "BookWyrm",
            json!({"type": ["Review", "Article"], "name": "On a book", "content": "<p>good</p>", "inReplyToBook": "PEER/book/1", "rating": 4}),
            &["On a book", "good"],
        ),
        shape(
            "Mobilizon and Gancio",
            json!({"type": "Event", "name": "Party", "content": "<p>come</p>", "startTime": "2026-12-01T18:00:00+01:00", "joinMode": "free",
                "location": {"type": "Place", "name": "Hall", "address": {"type": "PostalAddress", "streetAddress": "1"}}, "timezone": "Europe/Paris",
                "attachment": [{"type": "Link", "href": "PEER/e/1", "name": "Website", "mediaType": "text/html"}], "uuid": "1", "draft": false}),
            &["Party", "2026-12-01 17:00 UTC · Hall", "come"],
        ),
        shape(
            "Funkwhale",
            json!({"type": "Audio", "name": "Song", "duration": 10, "bitrate": 1, "library": "PEER/l", "url": [{"type": "Link",
                "mimeType": "audio/ogg", "href": "PEER/a.ogg"}, {"type": "Link", "mediaType": "text/html", "href": "PEER/a"}]}),
            &["Song", "/a"],
        ),
        shape(
            "NodeBB and Discourse",
            json!({"content": "<p>topic</p>", "name": "Topic", "preview": {"type": "Note", "content": "<p>t</p>"}, "context": "PEER/topic/1",
                "audience": ["PEER/category/1"], "inReplyTo": [], "tag": null, "attachment": null, "published": "2026-11-02T08:59:00.123456789+00:00"}),
            &["topic"],
        ),
        shape(
            "Hubzilla and Streams",
            json!({"content": "<p>nomad</p>", "contextHistory": "PEER/conversation/1", "to": ["as:Public"], "proof": {"type": "DataIntegrityProof",
                "cryptosuite": "eddsa-jcs-2022", "proofValue": "z1"}, "canReply": "", "expires": "2020-01-01T00:00:00Z", "replyTo": []}),
            &["nomad"],
        ),
        addressed(
            shape(
                "micro.blog: a single recipient",
                json!({"content": "<p>for one</p>", "tag": {"type": "Mention", "href": "HERE/users/alice"}}),
                &["for one"],
            ),
            json!({"to": "HERE/users/alice"}),
            Reach::Direct,
        ),
        addressed(
            shape("somebody: unlisted, cc as text", json!({"content": "<p>quiet</p>"}), &["quiet"]),
            json!({"to": ["PEER/users/ann/followers"], "cc": "as:Public"}),
            Reach::Public,
        ),
        addressed(
            shape("somebody: addressed to nobody at all", json!({"content": "<p>lost</p>"}), &["lost"]),
            json!({"to": null, "cc": null}),
            Reach::Direct,
        ),
        addressed(
            shape(
                "Smithereen: a private collection that nobody knows",
                json!({"content": "<p>friends</p>"}),
                &["friends"],
            ),
            json!({"to": ["PEER/users/ann/friends"]}),
            Reach::Direct,
        ),
    ]
}

#[test]
fn each_peer_is_understood_in_its_own_way_of_writing() {
    on_sqlite(async |app| {
        app.staff("alice").await;
        let peer = partner(&app).await;
        let _workers = Workers::start(&app);
        for (n, shape) in shapes().into_iter().enumerate() {
            let text = shape.object.to_string().replace("PEER", &peer.at(""));
            let text = text.replace("HERE", app.instance.urls.origin());
            let object: Value = serde_json::from_str(&text).unwrap();
            let mut object = whole(&peer, &format!("/shapes/{n}"), &object);
            let mut create = peer.activity("Create", "ann", &format!("shape-{n}"), json!(null));
            if let Some(addressing) = &shape.addressing {
                let text = addressing.to_string().replace("PEER", &peer.at(""));
                let text = text.replace("HERE", app.instance.urls.origin());
                let addressing: Value = serde_json::from_str(&text).unwrap();
                for name in ["to", "cc"] {
                    object[name] = addressing[name].clone();
                }
            }
            for name in ["to", "cc"] {
                create[name] = object[name].clone();
            }
            create["object"] = object.clone();
            // Interop(Discourse, Bridgy Fed): the actor is embedded.
            create["actor"] = peer.person("ann");
            assert_eq!(peer.post(&app, "ann", &create).await.status, 202, "{}", shape.peer);
            worked_off(&app).await;
            let status = status_of(&app, object["id"].as_str().unwrap()).await;
            let status = status.unwrap_or_else(|| panic!("{} is not shown", shape.peer));
            assert_eq!(status.reach, shape.reach, "{}", shape.peer);
            for words in shape.shown {
                assert!(status.content.contains(words), "{}: {}", shape.peer, status.content);
            }
        }
        let dead: Result<i64, portico_store::Error> =
            app.instance.store.read(|reader| reader.count_dead_inbox()).await;
        assert_eq!(dead.unwrap(), 0);
    });
}

#[test]
fn odd_objects_are_dropped_and_nothing_breaks() {
    on_sqlite(async |app| {
        let peer = partner(&app).await;
        let _workers = Workers::start(&app);
        let mut n = 0;
        for kind in [
            "Create",
            "Update",
            "Delete",
            "Follow",
            "Accept",
            "Reject",
            "Undo",
            "Like",
            "EmojiReact",
            "Dislike",
            "Announce",
            "Add",
            "Remove",
            "Block",
            "Flag",
            "Move",
            "QuoteRequest",
            "View",
            "Read",
            "Listen",
            "Arrive",
            "Join",
            "Leave",
            "Offer",
            "Invite",
            "TentativeAccept",
            "Ignore",
            "Lock",
            "Question",
        ] {
            for object in [
                json!(null),
                json!([]),
                json!({}),
                json!(7),
                json!("not a url"),
                json!([null, [], {}, "x"]),
                json!({"type": "Tombstone", "id": peer.at("/gone")}),
                json!({"type": [], "id": [], "object": {"type": kind, "object": {"type": kind}}}),
                json!({"type": "Note", "id": peer.at("/n"), "attributedTo": {"type": "Person"}, "content": {"a": 1}, "tag": "x",
                    "attachment": 1, "to": {"a": "b"}, "url": 5, "published": "never", "oneOf": [null, "x", {"name": 1}]}),
            ] {
                n += 1;
                let activity = peer.activity(kind, "ann", &format!("odd-{n}"), object.clone());
                let status = peer.post(&app, "ann", &activity).await.status;
                assert!(status == 202 || status == 400, "{kind} {object}: {status}");
            }
            worked_off(&app).await;
        }
        // After all that, a valid note is still accepted.
        let note = peer.note("ann", "sound", "sound", &[PUBLIC], &[]);
        assert_eq!(peer.post(&app, "ann", &peer.create("ann", &note)).await.status, 202);
        worked_off(&app).await;
        assert_eq!(status_of(&app, note["id"].as_str().unwrap()).await.unwrap().content, "<p>sound</p>");
    });
}
