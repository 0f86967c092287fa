//! Invalid inbox requests, one fault at a time: each gets the documented status, and causes no 500, no panic
//! and no stored data.

use federation_tests::api::Person;
use federation_tests::database::Kind;
use federation_tests::fakepeer::{FakePeer, Key, Signed, digest_of, http_date};
use federation_tests::http::{self, Connection, Response};
use federation_tests::wait::eventually;
use federation_tests::world::{Instance, Layout, World};
use serde_json::json;

use crate::reach::marker;

struct Stage {
    world: World,
    alice: Person,
    peer: FakePeer,
}

impl Stage {
    fn set() -> Self {
        let world = World::start(Kind::Sqlite, Layout::OneProcess);
        let alice = world.engineering.person("alice");
        let peer = FakePeer::start("peer");
        world.engineering.tier(&peer.domain, "partner");
        Self { world, alice, peer }
    }

    fn instance(&self) -> &Instance {
        &self.world.engineering
    }

    fn inbox(&self) -> String {
        format!("{}/inbox", self.alice.actor())
    }

    /// Creates a valid, signed Create that mentions alice, with this word.
    fn good(&self, word: &str) -> Signed {
        let actor = self.peer.actor("mallory");
        let mut create = self.peer.note(&actor, word, word);
        create["object"]["tag"] =
            json!([{ "type": "Mention", "href": self.alice.actor(), "name": self.alice.handle() }]);
        create["object"]["to"] = json!([self.alice.actor()]);
        create["object"]["cc"] = json!([]);
        create["to"] = json!([self.alice.actor()]);
        create["cc"] = json!([]);
        Signed::post(&actor, &self.inbox(), &create)
    }

    fn send(&self, signed: &Signed) -> Response {
        http::send(self.instance().address(), &signed.request(self.peer.key())).expect("an answer")
    }

    fn mentions(&self, word: &str) -> usize {
        self.alice.notifications().iter().filter(|n| n.to_string().contains(word)).count()
    }

    fn is_well(&self) {
        let word = marker("well");
        let answer = self.send(&self.good(&word));
        assert_eq!(answer.status, 202, "{}", answer.text());
        eventually("a good activity is processed", || (self.mentions(&word) == 1).then_some(()));
        assert!(!self.world.has_panicked());
    }
}

#[test]
fn a_signature_that_is_wrong_in_any_way_is_refused() {
    let stage = Stage::set();
    stage.is_well();
    let word = marker("forged");
    let other_key = Key::generate();
    type Spoil = fn(&mut Signed);
    let wrong: [(&str, Spoil); 29] = [
        ("no signature", |s| s.copies = 0),
        ("two signatures", |s| s.copies = 2),
        ("signature is not base64", |s| s.signature = Some("!!!".into())),
        ("signature is empty", |s| s.signature = Some(String::new())),
        ("signature of something else", |s| s.signature = Some("AAAA".repeat(85) + "AA==")),
        ("(request-target) not signed", |s| s.covered.retain(|c| c != "(request-target)")),
        ("host not signed", |s| s.covered.retain(|c| c != "host")),
        ("date not signed", |s| s.covered.retain(|c| c != "date")),
        ("digest not signed", |s| s.covered.retain(|c| c != "digest")),
        ("nothing signed", |s| s.covered.clear()),
        ("only the digest signed", |s| s.covered = vec!["digest".into()]),
        ("a header signed twice", |s| s.covered.push("date".into())),
        ("a missing header signed", |s| s.covered.push("x-absent".into())),
        ("no digest", |s| s.digest = None),
        ("digest of another body", |s| s.digest = Some(digest_of(b"something else"))),
        ("digest by a broken algorithm", |s| s.digest = Some("MD5=1B2M2Y8AsgTpgAmY7PhCfg==".into())),
        ("digest is nonsense", |s| s.digest = Some("SHA-256=".into())),
        ("date long past", |s| s.date = Some(http_date(-13 * 3600))),
        ("date to come", |s| s.date = Some(http_date(2 * 3600))),
        ("date is nonsense", |s| s.date = Some("yesterday".into())),
        ("no date", |s| s.date = None),
        ("signed for another path", |s| s.signed_path = "/inbox?other".into()),
        ("signed for another host", |s| s.signed_host = "elsewhere.localhost".into()),
        ("no keyId", |s| s.key_id = None),
        ("keyId is no URL", |s| s.key_id = Some("mallory".into())),
        ("unknown algorithm", |s| s.algorithm = Some("none".into())),
        ("created at the end of time", |s| {
            s.algorithm = Some("hs2019".into());
            s.created = Some("18446744073709551615".into());
            s.covered.push("(created)".into());
        }),
        ("created below zero", |s| {
            s.algorithm = Some("hs2019".into());
            s.created = Some("-9223372036854775808".into());
            s.covered.push("(created)".into());
        }),
        ("expired", |s| {
            s.algorithm = Some("hs2019".into());
            s.expires = Some("1000".into());
            s.covered.push("(expires)".into());
        }),
    ];
    for (what, spoil) in wrong {
        let mut signed = stage.good(&word);
        spoil(&mut signed);
        let answer = stage.send(&signed);
        assert!(matches!(answer.status, 400 | 401), "{what}: {} {}", answer.status, answer.text());
    }
    let stolen = stage.good(&word).request(&other_key);
    let answer = http::send(stage.instance().address(), &stolen).expect("an answer");
    assert_eq!(answer.status, 401, "another's key: {}", answer.text());

    assert!(!stage.instance().database.contains(&word), "something forged was stored");
    stage.is_well();
}

#[test]
fn nobody_speaks_for_another() {
    let stage = Stage::set();
    let word = marker("spoofed");
    let mallory = stage.peer.actor("mallory");
    // Mallory signs with her own key an activity whose actor is somebody else.
    for victim in [stage.peer.actor("victim"), stage.alice.actor()] {
        let create = stage.peer.note(&victim, &word, &word);
        let mut signed = Signed::post(&mallory, &stage.inbox(), &create);
        signed.key_id = Some(format!("{mallory}#main-key"));
        let answer = stage.send(&signed);
        assert!(matches!(answer.status, 400..=403), "{} {}", answer.status, answer.text());
    }
    assert!(!stage.instance().database.contains(&word));
    stage.is_well();
}

#[test]
fn a_body_that_is_wrong_in_any_way_is_refused() {
    let stage = Stage::set();
    let actor = stage.peer.actor("mallory");
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let bodies: [(&str, Vec<u8>, u16); 8] = [
        ("nothing", Vec::new(), 400),
        ("not JSON", b"{ \"type\": ".to_vec(), 400),
        ("not UTF-8", vec![b'{', b'"', 0xff, 0xfe, b'"', b'}'], 400),
        ("a text", b"\"Create\"".to_vec(), 400),
        ("an array", b"[]".to_vec(), 400),
        ("an object without type", format!("{{\"actor\":\"{actor}\"}}").into_bytes(), 400),
        ("deep", deep.into_bytes(), 400),
        ("too long", vec![b' '; 2 * 1024 * 1024], 413),
    ];
    for (what, body, expected) in bodies {
        let signed = Signed::post_bytes(&actor, &stage.inbox(), body);
        let answer = stage.send(&signed);
        assert_eq!(answer.status, expected, "{what}: {}", answer.text());
    }
    for content_type in ["text/html", "application/json", "application/x-www-form-urlencoded", ""] {
        let mut signed = stage.good(&marker("typed"));
        signed.content_type = content_type.into();
        let answer = stage.send(&signed);
        assert_eq!(answer.status, 415, "{content_type}: {}", answer.text());
    }
    for ours in [
        "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
        "application/activity+json; charset=utf-8",
    ] {
        let mut signed = stage.good(&marker("typed"));
        signed.content_type = ours.into();
        let answer = stage.send(&signed);
        assert_eq!(answer.status, 202, "{ours}: {}", answer.text());
    }
    stage.is_well();
}

#[test]
fn the_same_activity_counts_once() {
    let stage = Stage::set();
    let word = marker("again");
    let signed = stage.good(&word);
    for _ in 0..3 {
        assert_eq!(stage.send(&signed).status, 202);
    }
    let mut shared = signed.clone();
    shared.path = "/inbox".into();
    shared.signed_path = "/inbox".into();
    assert_eq!(stage.send(&shared).status, 202);
    stage.is_well();
    assert_eq!(stage.mentions(&word), 1);
}

#[test]
fn a_blocked_host_is_refused() {
    let stage = Stage::set();
    stage.is_well();
    stage.instance().tier(&stage.peer.domain, "blocked");
    let word = marker("blocked");
    let answer = stage.send(&stage.good(&word));
    assert!(matches!(answer.status, 401 | 403), "{} {}", answer.status, answer.text());
    assert!(!stage.instance().database.contains(&word));
    stage.instance().tier(&stage.peer.domain, "partner");
    stage.is_well();
}

#[test]
fn broken_http_harms_nobody() {
    let stage = Stage::set();
    let address = stage.instance().address();
    let raw: [&[u8]; 6] = [
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: unknown.example\r\n\r\n",
        b"POST /inbox HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"GET /%ff%fe/../..//users/%00 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    ];
    for bytes in raw {
        let mut connection = Connection::open(address).expect("it listens");
        // Closing the connection without a response is acceptable, too.
        if let Ok(answer) = connection.send_bytes(bytes) {
            assert!((300..500).contains(&answer.status), "{} to {bytes:?}", answer.status);
        }
    }
    stage.is_well();
}
