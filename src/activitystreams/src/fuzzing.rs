//! Fuzz targets (`fuzz/`): one function per parser of hostile input in this crate and the crates that it uses.
//! Each accepts any bytes, and panics if
//! the parsed result breaks an invariant that its callers rely on. Compiled for the fuzzer and for tests
//! only.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use url::Url;

use crate::synchronization::FollowersState;
use crate::{
    activity, actor, addressing, collection, json, note, object_proofs, person, quote, value,
    webfinger as jrd,
};
use portico_domain::model::Timestamp;
use portico_html::link_preview;
use portico_http_signatures::{digest, fields, keys, parse, verify};

/// The draft-cavage check with the signing string built by hand.
#[path = "../../http-signatures/src/reference.rs"]
mod reference;

/// The name and the function of a fuzz target.
pub type FuzzTarget = (&'static str, fn(&[u8]));

/// Every target of this crate and the crates that it uses. A test checks that `fuzz/fuzz_targets` has a file for each.
pub const TARGETS: [FuzzTarget; 13] = [
    ("signature", signature),
    ("signature_input", signature_input),
    ("request", request),
    ("cavage", cavage),
    ("digest", body_digest),
    ("date", date),
    ("synchronization", synchronization),
    ("webfinger", webfinger),
    ("actor", remote_actor),
    ("activity", any_activity),
    ("key", key),
    ("html", html),
    ("page", page),
];

const NOW: Timestamp = Timestamp::from_millis(1_760_000_000_000);
const ORIGIN: &str = "https://social.acme.example";

/// The `Signature` header of draft-cavage-http-signatures.
pub fn signature(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(read) = parse::parse(text) {
        assert!(!read.headers.is_empty(), "a signature covers something");
        assert!(!read.key_id.is_empty(), "a signature names its key");
    }
}

/// `Signature-Input`, and the byte sequence dictionaries `Signature` and `Content-Digest` (RFC 9421, RFC
/// 9530).
pub fn signature_input(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(inputs) = fields::inputs(text) {
        for (at, input) in inputs.iter().enumerate() {
            let same = inputs.iter().filter(|other| other.label == input.label).count();
            assert_eq!(same, 1, "label {at} stands for one signature");
            assert!(text.contains(input.written), "what was signed is what was sent");
        }
    }
    if let Ok(entries) = fields::bytes(text) {
        for (label, _) in &entries {
            assert_eq!(entries.iter().filter(|(other, _)| other == label).count(), 1);
        }
    }
}

/// A whole request: a line with method and target, header lines, an empty line, a body.
pub fn request(bytes: &[u8]) {
    let Some((method, uri, headers, body)) = parsed_request(bytes) else { return };
    let incoming = verify::Incoming { method: &method, uri: &uri, headers: &headers, body };
    let passed = verify::check(&incoming, ORIGIN, NOW);
    assert!(passed.is_err() || verify::is_signed(&headers), "what passes was signed");
    if let Ok(checked) = passed {
        assert!(!checked.key_id.is_empty());
        if method == Method::POST {
            assert!(
                ["digest", "content-digest"].iter().any(|name| checked.covers(name)),
                "the body of a POST is signed"
            );
        }
    }
}

/// A request as for [`request`], with a draft-cavage signature: the verdict and the signing strings are those
/// of the reference. `X-Sound` stands for a host, a date and a digest that pass.
pub fn cavage(bytes: &[u8]) {
    let Some((method, uri, mut headers, body)) = parsed_request(bytes) else { return };
    headers.remove("signature-input");
    if headers.remove("x-sound").is_some() {
        let sound = [
            ("host", "social.acme.example".to_owned()),
            ("date", NOW.http_date()),
            ("digest", digest::digest_header(body)),
        ];
        for (name, value) in sound {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }
    let incoming = verify::Incoming { method: &method, uri: &uri, headers: &headers, body };
    match (verify::check(&incoming, ORIGIN, NOW), reference::check(&incoming, ORIGIN, NOW)) {
        (Ok(checked), Ok(passed)) => {
            assert_eq!(checked.key_id, passed.key_id);
            assert!(passed.covered.iter().all(|name| checked.covers(name)));
            assert!(checked.signing_strings().eq(passed.messages.iter().map(String::as_bytes)));
        }
        (checked, passed) => assert_eq!(checked.err(), passed.err()),
    }
}

fn parsed_request(bytes: &[u8]) -> Option<(Method, Uri, HeaderMap, &[u8])> {
    let (head, body) = split(bytes, b"\n\n");
    let mut lines = std::str::from_utf8(head).ok()?.lines();
    let (method, target) = lines.next()?.split_once(' ')?;
    let (method, uri) = (method.parse().ok()?, target.parse().ok()?);
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')).take(50) {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value.trim())) {
            headers.append(name, value);
        }
    }
    Some((method, uri, headers, body))
}

/// A `Digest` header, an empty line, a body.
pub fn body_digest(bytes: &[u8]) {
    let (header, body) = split(bytes, b"\n\n");
    let Ok(header) = std::str::from_utf8(header) else { return };
    if digest::matches(header, body) {
        let mut other = body.to_vec();
        other.push(b'x');
        assert!(!digest::matches(header, &other), "a digest is of one body");
    }
    assert!(digest::matches(&digest::digest_header(body), body));
}

/// An HTTP date (RFC 9110).
pub fn date(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = verify::http_date(text);
    }
}

/// `Collection-Synchronization` (FEP-8fcf).
pub fn synchronization(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(said) = FollowersState::parse(text) {
        assert_eq!(FollowersState::parse(&said.write()), Some(said), "what is written is read");
    }
}

/// A JRD document (RFC 7033).
pub fn webfinger(bytes: &[u8]) {
    let Ok(document) = json::scan(bytes) else { return };
    if let Ok(read) = jrd::read(&document) {
        assert!(!read.actor.is_empty() && !read.host.chars().any(char::is_uppercase));
    }
}

/// An actor document.
pub fn remote_actor(bytes: &[u8]) {
    let Ok(document) = json::read(bytes) else { return };
    let _ = actor::kind(&document);
    let _ = person::read(&document);
    if let Ok(read) = actor::read(&document) {
        assert_eq!(Some(read.uri.as_str()), value::id(&document));
        harmless(&read.note);
    }
}

/// An activity with embedded objects, collections and proofs.
pub fn any_activity(bytes: &[u8]) {
    let Ok(document) = json::read(bytes) else { return };
    let _ = object_proofs::read(&document, NOW);
    let mut ids = Vec::new();
    let _ = collection::read(&document, &mut ids);
    let _ = addressing::Addressing::from_object(&document);
    if let Ok(read) = activity::Activity::read(&document) {
        let _ = (read.object_id(), read.is_farewell());
        let split = activity::Activity::split(document.clone()).map(|(split, _)| split);
        assert_eq!(split.as_ref(), Ok(&read), "moving the object is like copying it");
        if let Some(object) = read.embedded() {
            let _ = (note::read_vote(object), quote::read_policy(object), quote::instrument(object));
            if let Ok(note) = note::read(object) {
                harmless(&note.content);
            }
        }
    }
}

/// A public key: PEM, or a Multikey.
pub fn key(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(key) = keys::PublicKey::from_pem(text) {
        assert!(!key.verifies(b"message", b""), "nothing is not a signature");
    }
    if let Ok(pem) = keys::pem_of_multikey(text) {
        assert!(keys::PublicKey::from_pem(&pem).is_ok(), "a Multikey is a key");
    }
}

/// Remote HTML.
pub fn html(bytes: &[u8]) {
    let Ok(written) = std::str::from_utf8(bytes) else { return };
    let clean = portico_html::sanitise_html(written);
    assert_eq!(portico_html::sanitise_html(&clean), clean, "sanitising twice changes nothing");
    harmless(&clean);
    let _ = portico_html::plain_text(written);
    let _ = portico_html::rich::extract(&clean);
}

/// A web page for link previews.
pub fn page(bytes: &[u8]) {
    let (media_type, body) = split(bytes, b"\n");
    let media_type = std::str::from_utf8(media_type).unwrap_or("text/html");
    if let Ok(url) = Url::parse("https://news.example/a/page") {
        let _ = link_preview::read(body, media_type, &url);
    }
}

/// Panics if sanitised HTML contains active content.
fn harmless(clean: &str) {
    let lower = clean.to_ascii_lowercase();
    for tag in ["<script", "<style", "<iframe", "<img", "<svg", "<form", "<object", "<embed"] {
        assert!(!lower.contains(tag), "{tag} came through: {clean}");
    }
    for open in lower.split('<').skip(1) {
        let tag = open.split('>').next().unwrap_or_default();
        for attribute in [" on", " style=", " src=", " srcdoc=", "href=\"javascript:", "href=\"data:"] {
            let outside_values = tag.split('"').step_by(2).collect::<String>();
            let found = if attribute.starts_with(' ') {
                outside_values.contains(attribute)
            } else {
                tag.contains(attribute)
            };
            assert!(!found, "{attribute} came through: {clean}");
        }
    }
}

fn split<'a>(bytes: &'a [u8], between: &[u8]) -> (&'a [u8], &'a [u8]) {
    match bytes.windows(between.len()).position(|window| window == between) {
        Some(at) => {
            (bytes.get(..at).unwrap_or_default(), bytes.get(at + between.len()..).unwrap_or_default())
        }
        None => (bytes, &[]),
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use proptest::prelude::*;

    use super::*;

    fn folder(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(name)
    }

    fn seeds(target: &str) -> Vec<Vec<u8>> {
        let files = std::fs::read_dir(folder("seeds").join(target)).unwrap();
        files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    }

    #[test]
    fn each_target_has_its_file_and_seeds() {
        for (name, _) in TARGETS {
            let file = folder("fuzz_targets").join(format!("{name}.rs"));
            assert!(file.is_file(), "fuzz/fuzz_targets/{name}.rs is missing");
        }
        // A file may also call the parser of another crate.
        for file in std::fs::read_dir(folder("fuzz_targets")).unwrap() {
            let file = file.unwrap().path();
            let name = file.file_stem().unwrap().to_str().unwrap();
            assert!(!seeds(name).is_empty(), "fuzz/seeds/{name} is empty");
            let is_here =
                std::fs::read_to_string(&file).unwrap().contains("portico_activitystreams::fuzzing");
            assert_eq!(is_here, TARGETS.iter().any(|(known, _)| *known == name), "{name}");
        }
    }

    #[test]
    fn every_seed_and_every_part_of_it_is_read_without_harm() {
        for (name, run) in TARGETS {
            for seed in seeds(name) {
                for end in 0..=seed.len() {
                    run(&seed[..end]);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn seeds_with_other_bytes_in_them_do_no_harm(
            target in 0..TARGETS.len(), which: usize, at: usize, gone in 0_usize..8, new in prop::collection::vec(any::<u8>(), 0..8),
        ) {
            let (name, run) = TARGETS[target];
            let seeds = seeds(name);
            let mut bytes = seeds[which % seeds.len()].clone();
            let start = at % (bytes.len() + 1);
            let end = (start + gone).min(bytes.len());
            bytes.splice(start..end, new);
            run(&bytes);
        }
    }
}
