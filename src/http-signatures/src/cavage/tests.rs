//! Compares with [`reference`], and checks the faults of the library that the strict parser keeps from it.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

use crate::keys::{self, SigningKey};
use crate::parse::MalformedHeader;
use crate::sign::{self, RequestToSign, SignatureScheme};
use crate::verify::{self, Incoming, SignatureFault};
use crate::{digest, reference};
use portico_domain::model::Timestamp;

const ORIGIN: &str = "https://here.example";
const BODY: &[u8] = br#"{"type":"Follow"}"#;
const NUMBERS: &[&str] = &[
    "1782993600",
    "1782993599.5",
    "1782993900",
    "1782993901",
    "1782950400",
    "0",
    "-1",
    "1e9",
    "",
    " 1782993600 ",
    "18446744073709551615",
    "18446744073709551616",
    "9223372036854775807",
    "9223372036854775808",
    "9223372036854775797",
    "9223372036854772207",
    "253402300799",
    "253402300800",
    "99999999999999999999999999",
    "+5",
    "0x10",
    "1782993600,",
    "\u{0661}",
];
const NAMES: &[&str] = &[
    "(request-target)",
    "host",
    "date",
    "digest",
    "(created)",
    "(expires)",
    "x-extra",
    "x-twice",
    "Host",
    "DATE",
    "content-type",
    "signature",
    "authorization",
    "(none)",
    "x,y",
    "x\"y",
    "é",
    "x-none",
    "a=b",
    "@method",
    "",
];
const KEYS: &[&str] = &[
    "keyId",
    "signature",
    "headers",
    "algorithm",
    "created",
    "expires",
    "KEYID",
    "keyid",
    " headers",
    "headers ",
    "x",
    "",
    "opaque",
    "Signature keyId",
];
const ALGORITHMS: &[&str] =
    &["rsa-sha256", "hs2019", "RSA-SHA256", "rsa-sha1", "hmac-sha256", "ed25519", "", "\"", "none"];
const IDS: &[&str] = &[
    "https://there.example/actor#main-key",
    "https://there.example/a,b#k",
    "",
    "k",
    "\\",
    "x\"y",
    "a=b,c=d",
    "Signature",
    "https://there.example/?a=1,2&keyId=\"z\"",
];
const LETTERS: &[u8] = b"=\"',\\ ()09az.-\t;:/#Ss@%{}\x7f";

fn noon() -> Timestamp {
    Timestamp::parse("2026-07-02T12:00:00Z").unwrap()
}

fn pick<'a>(rng: &mut StdRng, from: &[&'a str]) -> &'a str {
    from.choose(rng).unwrap()
}

fn shuffle<T>(rng: &mut StdRng, items: &mut [T]) {
    for i in (1..items.len()).rev() {
        items.swap(i, rng.random_range(0..=i));
    }
}

fn number(rng: &mut StdRng) -> &'static str {
    if rng.random_bool(0.8) { NUMBERS[rng.random_range(0..4)] } else { pick(rng, NUMBERS) }
}

/// A header that a peer could send.
fn sound(rng: &mut StdRng) -> String {
    let mut names = vec!["(request-target)", "host", "digest"];
    match rng.random_range(0..3) {
        0 => names.push("date"),
        1 => names.push("(created)"),
        _ => names.extend(["date", "(created)"]),
    }
    for extra in ["(expires)", "x-extra", "x-twice", "content-type"] {
        if rng.random_bool(0.25) {
            names.push(extra);
        }
    }
    shuffle(rng, &mut names);
    if rng.random_bool(0.05) {
        names.pop();
    }
    let quote = if rng.random_bool(0.5) { "\"" } else { "" };
    let mut parts = vec![
        format!("keyId=\"{}\"", IDS[rng.random_range(0..2)]),
        format!("headers=\"{}\"", names.join(if rng.random_bool(0.9) { " " } else { "  " })),
        "signature=\"aGVsbG8=\"".to_owned(),
    ];
    if rng.random_bool(0.7) {
        parts.push(format!("algorithm=\"{}\"", ALGORITHMS[rng.random_range(0..3)]));
    }
    if rng.random_bool(0.7) {
        parts.push(format!("created={quote}{}{quote}", number(rng)));
    }
    if rng.random_bool(0.4) {
        parts.push(format!("expires={quote}{}{quote}", number(rng)));
    }
    shuffle(rng, &mut parts);
    parts.join(pick(rng, &[",", ",", ", ", " , "]))
}

/// Parameters in any order, with any values.
fn wild(rng: &mut StdRng) -> String {
    let parts: Vec<String> = (0..rng.random_range(0..9))
        .map(|_| {
            let key = pick(rng, KEYS);
            let value = match rng.random_range(0..5) {
                0 => pick(rng, NUMBERS).to_owned(),
                1 => pick(rng, ALGORITHMS).to_owned(),
                2 => pick(rng, IDS).to_owned(),
                3 => (0..rng.random_range(0..9)).map(|_| pick(rng, NAMES)).collect::<Vec<_>>().join(" "),
                _ => "aGVsbG8=".to_owned(),
            };
            let quote = pick(rng, &["\"", "\"", "\"", "", "'", "\"\""]);
            format!("{key}{}{quote}{value}{quote}", pick(rng, &["=", "=", "=", " = ", "==", ""]))
        })
        .collect();
    parts.join(pick(rng, &[",", ",", ", ", ",,", ";", " "]))
}

fn spoiled(rng: &mut StdRng) -> String {
    let mut bytes = sound(rng).into_bytes();
    for _ in 0..rng.random_range(1..6) {
        let at = rng.random_range(0..=bytes.len());
        let letter = *LETTERS.choose(rng).unwrap();
        match rng.random_range(0..3) {
            0 => bytes.insert(at, letter),
            1 if at < bytes.len() => bytes[at] = letter,
            _ if at < bytes.len() => drop(bytes.remove(at)),
            _ => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn noise(rng: &mut StdRng) -> String {
    (0..rng.random_range(0..300)).map(|_| rng.random_range(b' '..=b'~') as char).collect()
}

/// A request with a random signature header; `None` if the text cannot be a header.
fn random_request(rng: &mut StdRng) -> Option<(Method, Uri, HeaderMap)> {
    let text = match rng.random_range(0..10) {
        0..=3 => sound(rng),
        4..=6 => spoiled(rng),
        7..=8 => wild(rng),
        _ => noise(rng),
    };
    let mut headers = HeaderMap::new();
    if rng.random_bool(0.03) {
        headers.insert("authorization", HeaderValue::from_str(&format!("Signature {text}")).ok()?);
    } else {
        headers.insert("signature", HeaderValue::from_bytes(text.as_bytes()).ok()?);
    }
    if rng.random_bool(0.97) {
        let host =
            pick(rng, &["here.example", "here.example", "here.example", "HERE.example", "evil.example"]);
        headers.insert("host", HeaderValue::from_static(host));
    }
    if rng.random_bool(0.95) {
        let date = match rng.random_range(0..20) {
            0 => "yesterday".to_owned(),
            1 => noon().plus_seconds(400).http_date(),
            2 => "Fri, 31 Dec 9999 23:59:59 GMT".to_owned(),
            3 => noise(rng),
            _ => noon().http_date(),
        };
        headers.insert("date", HeaderValue::from_str(&date).ok()?);
    }
    if rng.random_bool(0.98) {
        headers.insert("digest", HeaderValue::from_str(&digest::digest_header(BODY)).unwrap());
    }
    headers.insert("content-type", HeaderValue::from_static("application/activity+json"));
    headers.insert("x-extra", HeaderValue::from_static("  spaced  "));
    headers.append("x-twice", HeaderValue::from_static("one"));
    headers.append("x-twice", HeaderValue::from_static("two, three"));
    if rng.random_bool(0.02) {
        let name = pick(rng, &["signature", "date", "host", "digest", "authorization"]);
        headers.append(HeaderName::from_static(name), HeaderValue::from_static("again"));
    }
    let method = if rng.random_bool(0.8) { Method::POST } else { Method::GET };
    let uri = pick(rng, &["/inbox", "/inbox", "/users/alice/inbox", "/x?a=1&b", "/?"]).parse().unwrap();
    Some((method, uri, headers))
}

#[test]
fn s57_random_requests_get_the_verdict_and_the_signing_string_of_the_reference() {
    let mut rng = StdRng::seed_from_u64(1);
    let (mut passed, mut refused) = (0, 0);
    for _ in 0..40_000 {
        let Some((method, uri, headers)) = random_request(&mut rng) else { continue };
        let request = Incoming { method: &method, uri: &uri, headers: &headers, body: BODY };
        let checked = verify::check(&request, ORIGIN, noon()).map(|checked| reference::Passed {
            messages: checked.messages.into_iter().map(|text| String::from_utf8(text).unwrap()).collect(),
            covered: checked.covered,
            key_id: checked.key_id,
        });
        match &checked {
            Ok(_) => passed += 1,
            Err(_) => refused += 1,
        }
        assert_eq!(checked, reference::check(&request, ORIGIN, noon()), "{headers:?}");
    }
    assert!(passed > 2_000 && refused > 20_000, "{passed} passed, {refused} refused");
}

/// A POST that is signed as `signature` says, which has no valid signature.
fn check(signature: &str) -> Result<String, SignatureFault> {
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("here.example"));
    headers.insert("date", HeaderValue::from_str(&noon().http_date()).unwrap());
    headers.insert("digest", HeaderValue::from_str(&digest::digest_header(BODY)).unwrap());
    headers.insert("signature", HeaderValue::from_str(signature).unwrap());
    let uri = Uri::from_static("/inbox");
    let request = Incoming { method: &Method::POST, uri: &uri, headers: &headers, body: BODY };
    let checked = verify::check(&request, ORIGIN, noon())?;
    assert_eq!(checked.messages.len(), 1);
    Ok(String::from_utf8(checked.messages[0].clone()).unwrap())
}

const NAMED: &str = r#"headers="(request-target) host date digest (created)",signature="aGVsbG8=""#;

#[test]
fn s57_times_beyond_the_library_are_faults_and_no_panic() {
    for seconds in
        ["18446744073709551615", "18446744073709551616", "9223372036854775807", "9223372036854772207"]
    {
        for name in ["created", "expires"] {
            let fault = check(&format!(r#"keyId="k",{name}="{seconds}",{NAMED}"#));
            assert_eq!(fault, Err(SignatureFault::Malformed(MalformedHeader::Value)), "{name}={seconds}");
        }
    }
    let last = check(&format!(r#"keyId="k",created=1782993600,expires=253402300799,{NAMED}"#));
    assert!(last.unwrap().ends_with("\n(created): 1782993600"));
}

#[test]
fn s08_spaces_after_commas_change_nothing() {
    let written = format!(r#"keyId="k",created=1782993600,{NAMED}"#);
    assert_eq!(check(&written.replace(",", " , ")), check(&written));
    assert!(
        check(&written).unwrap().starts_with("(request-target): post /inbox\nhost: here.example\ndate: ")
    );
}

#[test]
fn s08_a_parameter_or_a_name_twice_is_refused() {
    let twice = format!(r#"keyId="k",created=1782993600,{NAMED},headers="(request-target)""#);
    assert_eq!(check(&twice), Err(SignatureFault::Malformed(MalformedHeader::Repeated)));
    let name = format!(r#"keyId="k",created=1782993600,{NAMED}"#).replace("host", "host host");
    assert_eq!(check(&name), Err(SignatureFault::Malformed(MalformedHeader::Repeated)));
}

#[test]
fn s08_a_comma_in_quotes_separates_nothing() {
    let comma = format!(r#"keyId="https://a.example/x,headers=y",created=1782993600,{NAMED}"#);
    assert!(check(&comma).unwrap().contains("\ndigest: "));
}

#[test]
fn s08_the_signature_itself_is_no_signed_header() {
    for name in ["signature", "authorization"] {
        let named =
            format!(r#"keyId="k",created=1782993600,{NAMED}"#).replace("host", &format!("host {name}"));
        assert_eq!(check(&named), Err(SignatureFault::MissingHeader), "{name}");
    }
}

/// The Signature header as it was written before.
fn signed_by_hand(key: &SigningKey, request: &RequestToSign<'_>, headers: &HeaderMap) -> String {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
    let mut target = request.url.path().to_owned();
    if let (true, Some(query)) = (request.with_query, request.url.query()) {
        target = format!("{target}?{query}");
    }
    let mut message = format!("(request-target): {} {target}", request.method);
    let mut names = "(request-target)".to_owned();
    for name in ["host", "date", "digest", "collection-synchronization"] {
        if let Some(value) = header(name) {
            message.push_str(&format!("\n{name}: {value}"));
            names.push_str(&format!(" {name}"));
        }
    }
    let signature = key.sign(message.as_bytes()).unwrap();
    format!(r#"keyId="{}",algorithm="rsa-sha256",headers="{names}",signature="{signature}""#, key.id())
}

#[test]
fn signatures_are_written_as_before() {
    let pem = keys::generate().unwrap();
    let key = SigningKey::from_pem("https://here.example/actor#main-key", &pem.private).unwrap();
    for url in [
        "https://a.example/inbox",
        "https://a.example:8443/x?a=1&b=%20",
        "http://10.0.0.7/",
        "https://a_b.example/?",
    ] {
        for (method, digest) in [("get", None), ("post", Some(digest::digest_header(BODY)))] {
            for (with_query, synchronization) in
                [(true, None), (false, None), (true, Some(r#"url="x", digest="y""#))]
            {
                let request = RequestToSign {
                    scheme: SignatureScheme::Cavage,
                    method,
                    url: &url.parse().unwrap(),
                    with_query,
                    digest: digest.as_deref(),
                    synchronization,
                    now: noon(),
                };
                let headers = sign::headers(&key, &request).unwrap();
                let signature = headers.get("signature").unwrap().to_str().unwrap();
                assert_eq!(signature, signed_by_hand(&key, &request, &headers), "{method} {url}");
            }
        }
    }
}
