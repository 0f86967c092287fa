//! HTTP message signatures (RFC 9421): checks everything about a request that does not need the key.
//!
//! If a request has `Signature-Input`, a draft-cavage signature beside it is ignored: stripping or adding a
//! header must not change the rules. Of several signatures, the first one whose `keyid` is a URL counts, with
//! its own parameters only. It must cover `@method`, the whole target (`@target-uri`, or `@authority` with
//! `@path` and `@query`) and, for a POST, `content-digest`; and it must have `created`.

use http::{HeaderMap, Method, Uri};

use super::digest;
use super::fields::{self, Input};
use super::keys::KeyKind;
use super::parse::MalformedHeader;
use super::verify::{Checked, Incoming, SignatureFault, header_value, is_fresh, only};
use portico_domain::model::Timestamp;

/// Checks a request to the server at `origin`.
pub(super) fn check(request: &Incoming<'_>, origin: &str, now: Timestamp) -> Result<Checked, SignatureFault> {
    let text = only(request.headers, "signature-input")?.ok_or(SignatureFault::Unsigned)?;
    let inputs = fields::inputs(text)?;
    let by_url = |input: &&Input<'_>| {
        input.key_id.is_some_and(|id| id.starts_with("https://") || id.starts_with("http://"))
    };
    let input = inputs.iter().find(by_url).ok_or(SignatureFault::NoKey)?;
    let signatures = fields::bytes(only(request.headers, "signature")?.ok_or(SignatureFault::Unsigned)?)?;
    let signature =
        signatures.into_iter().find(|(label, _)| *label == input.label).ok_or(SignatureFault::NoKey)?.1;
    let kind = kind(input.algorithm)?;
    let is_post = request.method == Method::POST;
    if !covers_enough(input, request.uri, is_post) {
        return Err(SignatureFault::Components);
    }
    let created = input.created.ok_or(SignatureFault::Components)?;
    if !is_fresh(created, input.expires, is_post, now) {
        return Err(SignatureFault::Time);
    }
    if is_post && !has_right_digest(request.headers, request.body)? {
        return Err(SignatureFault::Digest);
    }
    let message = base(input, request, origin)?;
    Ok(Checked {
        key_id: input.key_id.unwrap_or_default().to_owned(),
        signature,
        messages: vec![message.into_bytes()],
        covered: input.components.iter().map(|&name| name.to_owned()).collect(),
        kind,
    })
}

/// Returns the key kind of a supported algorithm (section 3.3); other algorithms are rejected. Without an
/// algorithm, the key's kind decides.
fn kind(algorithm: Option<&str>) -> Result<Option<KeyKind>, SignatureFault> {
    match algorithm {
        None => Ok(None),
        Some("rsa-v1_5-sha256") => Ok(Some(KeyKind::Rsa)),
        Some("ed25519") => Ok(Some(KeyKind::Ed25519)),
        Some(_) => Err(MalformedHeader::Algorithm.into()),
    }
}

fn covers_enough(input: &Input<'_>, uri: &Uri, is_post: bool) -> bool {
    let covers = |name: &str| input.components.contains(&name);
    let in_parts = covers("@authority")
        && (covers("@request-target") || (covers("@path") && (uri.query().is_none() || covers("@query"))));
    covers("@method") && (covers("@target-uri") || in_parts) && (!is_post || covers("content-digest"))
}

fn has_right_digest(headers: &HeaderMap, body: &[u8]) -> Result<bool, SignatureFault> {
    let Some(text) = only(headers, "content-digest")? else { return Ok(false) };
    Ok(digest::content_matches(&fields::bytes(text)?, body))
}

/// Builds the signature base (section 2.5).
fn base(input: &Input<'_>, request: &Incoming<'_>, origin: &str) -> Result<String, SignatureFault> {
    let mut text = String::new();
    for &name in &input.components {
        let value = match name.strip_prefix('@') {
            Some(derived) => derive(derived, request.method, request.uri, origin)?,
            None => header_value(request.headers, name)?,
        };
        text.push_str(&format!("\"{name}\": {value}\n"));
    }
    text.push_str(&format!("\"@signature-params\": {}", input.written));
    Ok(text)
}

/// Returns a derived component (section 2.2). Scheme and authority come from the configuration, not from
/// headers that a proxy forwards.
fn derive(name: &str, method: &Method, uri: &Uri, origin: &str) -> Result<String, SignatureFault> {
    let (scheme, authority) = origin.split_once("://").ok_or(SignatureFault::Host)?;
    let path = if uri.path().is_empty() { "/" } else { uri.path() };
    let query = uri.query().map(|query| format!("?{query}"));
    Ok(match name {
        "method" => method.as_str().to_owned(),
        "target-uri" => format!("{origin}{path}{}", query.unwrap_or_default()),
        "authority" => authority.to_owned(),
        "scheme" => scheme.to_owned(),
        "request-target" => format!("{path}{}", query.unwrap_or_default()),
        "path" => path.to_owned(),
        "query" => query.unwrap_or_else(|| "?".to_owned()),
        _ => return Err(SignatureFault::MissingHeader),
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;
    use crate::keys::{self, KeyPem, PublicKey, SigningKey};
    use crate::sign::{self, RequestToSign, SignatureScheme};
    use crate::verify;

    const ORIGIN: &str = "https://here.example";
    const BODY: &[u8] = br#"{"type":"Follow"}"#;
    const KEY: &str = "https://there.example/actor#main-key";

    #[derive(Clone)]
    struct Signed {
        method: Method,
        uri: Uri,
        headers: HeaderMap,
        body: Vec<u8>,
    }

    impl Signed {
        fn check_at(&self, now: Timestamp, key: &PublicKey) -> Result<bool, SignatureFault> {
            let Self { method, uri, headers, body } = self;
            let request = Incoming { method, uri, headers, body };
            verify::check(&request, ORIGIN, now).map(|checked| checked.is_signed_by(key))
        }

        fn check(&self) -> Result<bool, SignatureFault> {
            self.check_at(noon(), &rsa().1)
        }

        fn set(mut self, name: &'static str, value: &str) -> Self {
            self.headers.insert(name, HeaderValue::from_str(value).unwrap());
            self
        }

        fn header(&self, name: &str) -> String {
            self.headers.get(name).unwrap().to_str().unwrap().to_owned()
        }
    }

    fn noon() -> Timestamp {
        Timestamp::parse("2026-07-02T12:00:00Z").unwrap()
    }

    fn pair(pem: &KeyPem) -> (SigningKey, PublicKey) {
        (SigningKey::from_pem(KEY, &pem.private).unwrap(), PublicKey::from_pem(&pem.public).unwrap())
    }

    fn rsa() -> (SigningKey, PublicKey) {
        static PEM: std::sync::OnceLock<KeyPem> = std::sync::OnceLock::new();
        pair(PEM.get_or_init(|| keys::generate().unwrap()))
    }

    fn sent(method: Method, path: &str, key: &SigningKey) -> Signed {
        let url = url::Url::parse(&format!("{ORIGIN}{path}")).unwrap();
        let body = if method == Method::POST { BODY.to_vec() } else { Vec::new() };
        let digest = (method == Method::POST).then(|| digest::digest_header(&body));
        let name = method.as_str().to_lowercase();
        let request = RequestToSign {
            scheme: SignatureScheme::Message,
            method: &name,
            url: &url,
            with_query: true,
            digest: digest.as_deref(),
            synchronization: None,
            now: noon(),
        };
        let headers = sign::headers(key, &request).unwrap();
        Signed { method, uri: path.parse().unwrap(), headers, body }
    }

    /// Signs a POST over these components with these parameters.
    fn by_hand(path: &str, components: &str, parameters: &str, key: &SigningKey) -> Signed {
        let written = format!("({components}){parameters}");
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("here.example"));
        headers.insert("date", HeaderValue::from_str(&noon().http_date()).unwrap());
        headers.insert(
            "content-digest",
            HeaderValue::from_str(&digest::content_from(&digest::digest_header(BODY))).unwrap(),
        );
        let text = format!("sig={written}");
        let uri: Uri = path.parse().unwrap();
        let request = Incoming { method: &Method::POST, uri: &uri, headers: &headers, body: BODY };
        let signed = fields::inputs(&text).ok().and_then(|read| base(&read[0], &request, ORIGIN).ok());
        let signature = key.sign(signed.unwrap_or_default().as_bytes()).unwrap();
        headers.insert("signature-input", HeaderValue::from_str(&text).unwrap());
        headers.insert("signature", HeaderValue::from_str(&format!("sig=:{signature}:")).unwrap());
        Signed { method: Method::POST, uri, headers, body: BODY.to_vec() }
    }

    const WHOLE: &str = r#""@method" "@target-uri" "content-digest""#;

    fn usual() -> String {
        format!(";created={};keyid=\"{KEY}\"", noon().seconds())
    }

    #[test]
    fn own_message_signatures_verify() {
        let (key, _) = rsa();
        assert_eq!(sent(Method::POST, "/inbox", &key).check(), Ok(true));
        assert_eq!(sent(Method::GET, "/users/alice/outbox?page=1&max_id=7", &key).check(), Ok(true));
        let (key, public) = pair(&keys::generate_ed25519().unwrap());
        assert_eq!(sent(Method::POST, "/inbox", &key).check_at(noon(), &public), Ok(true));
        assert_eq!(sent(Method::POST, "/inbox", &key).check(), Ok(false), "another kind of key");
    }

    #[test]
    fn the_targets_parts_do_as_well_as_the_whole() {
        let (key, _) = rsa();
        for (path, components) in [
            ("/inbox", r#""@method" "@authority" "@path" "content-digest""#),
            ("/inbox?x=1", r#""@method" "@authority" "@path" "@query" "content-digest" "date" "@scheme""#),
            ("/inbox?x=1", r#""@method" "@authority" "@request-target" "content-digest""#),
        ] {
            assert_eq!(by_hand(path, components, &usual(), &key).check(), Ok(true), "{components}");
        }
    }

    #[test]
    fn s09_required_components_must_be_signed() {
        let (key, _) = rsa();
        for components in [
            r#""@target-uri" "content-digest""#,
            r#""@method" "content-digest""#,
            r#""@method" "@path" "content-digest""#,
            r#""@method" "@authority" "content-digest""#,
            r#""@method" "@authority" "@path" "content-digest""#,
            r#""@method" "@target-uri""#,
            r#""@method" "@target-uri" "digest""#,
        ] {
            let request = by_hand("/inbox?x=1", components, &usual(), &key);
            assert_eq!(request.check(), Err(SignatureFault::Components), "{components}");
        }
        let timeless = by_hand("/inbox", WHOLE, &format!(";keyid=\"{KEY}\""), &key);
        assert_eq!(timeless.check(), Err(SignatureFault::Components));
        for parameters in [";created=1782993600", ";created=1782993600;keyid=\"main\""] {
            assert_eq!(
                by_hand("/inbox", WHOLE, parameters, &key).check(),
                Err(SignatureFault::NoKey),
                "{parameters}"
            );
        }
        for name in ["@status", "@query-params", "x-none"] {
            let request = by_hand("/inbox", &format!("{WHOLE} \"{name}\""), &usual(), &key);
            assert_eq!(request.check(), Err(SignatureFault::MissingHeader), "{name}");
        }
        for alg in ["hmac-sha256", "rsa-pss-sha512", "none"] {
            let request = by_hand("/inbox", WHOLE, &format!("{};alg=\"{alg}\"", usual()), &key);
            assert_eq!(request.check(), Err(MalformedHeader::Algorithm.into()), "{alg}");
        }
        let other = by_hand("/inbox", WHOLE, &format!("{};alg=\"ed25519\"", usual()), &key);
        assert_eq!(other.check(), Ok(false), "the algorithm must fit the key");
    }

    #[test]
    fn s09_a_signature_does_not_serve_another_path_host_body_or_method() {
        let (key, _) = rsa();
        let request = sent(Method::POST, "/inbox", &key);
        let elsewhere = Signed { uri: "/users/alice/inbox".parse().unwrap(), ..request.clone() };
        assert_eq!(elsewhere.check(), Ok(false));
        let with_query = Signed { uri: "/inbox?x".parse().unwrap(), ..request.clone() };
        assert_eq!(with_query.check(), Ok(false));
        let other = Signed { body: b"{}".to_vec(), ..request.clone() };
        assert_eq!(other.check(), Err(SignatureFault::Digest));
        let both =
            request.clone().set("content-digest", &digest::content_from(&digest::digest_header(b"{}")));
        assert_eq!(both.check(), Err(SignatureFault::Digest));
        let both = Signed { body: b"{}".to_vec(), ..both };
        assert_eq!(both.check(), Ok(false));
        let deletes = Signed { method: Method::DELETE, ..sent(Method::GET, "/inbox", &key) };
        assert_eq!(deletes.check(), Ok(false));
        let Signed { method, uri, headers, body } = &request;
        let elsewhere =
            verify::check(&Incoming { method, uri, headers, body }, "https://other.example", noon());
        assert!(!elsewhere.unwrap().is_signed_by(&rsa().1));
    }

    #[test]
    fn s10_only_a_right_content_digest_will_do() {
        let (key, _) = rsa();
        let request = sent(Method::POST, "/inbox", &key);
        for digest in [
            "",
            "sha-256=:AAAA:",
            "md5=:XUFAKrxLKna5cZ2REBfFkg==:",
            "sha-256=x",
            &digest::digest_header(BODY),
        ] {
            assert!(request.clone().set("content-digest", digest).check().is_err(), "{digest}");
        }
        let mut without = request;
        without.headers.remove("content-digest");
        assert_eq!(without.check(), Err(SignatureFault::Digest));
    }

    #[test]
    fn s09_time_is_bounded_both_ways() {
        let (key, public) = rsa();
        let (post, get) = (sent(Method::POST, "/inbox", &key), sent(Method::GET, "/users/alice", &key));
        for (seconds, post_is, get_is) in [
            (-290, Ok(true), Ok(true)),
            (-310, Err(SignatureFault::Time), Err(SignatureFault::Time)),
            (310, Ok(true), Err(SignatureFault::Time)),
            (12 * 3600 - 10, Ok(true), Err(SignatureFault::Time)),
            (12 * 3600 + 10, Err(SignatureFault::Time), Err(SignatureFault::Time)),
        ] {
            let now = noon().plus_seconds(seconds);
            assert_eq!(post.check_at(now, &public), post_is, "post {seconds}");
            assert_eq!(get.check_at(now, &public), get_is, "get {seconds}");
        }
        let expired = by_hand("/inbox", WHOLE, &format!("{};expires=1700000000", usual()), &key);
        assert_eq!(expired.check(), Err(SignatureFault::Time));
    }

    #[test]
    fn s08_neither_form_saves_the_other() {
        let (key, _) = rsa();
        let good = sent(Method::POST, "/inbox", &key);
        // A valid draft-cavage signature beside an invalid RFC 9421 one, as a proxy or an attacker might
        // send.
        let url = url::Url::parse(&format!("{ORIGIN}/inbox")).unwrap();
        let digest = digest::digest_header(BODY);
        let older = RequestToSign {
            scheme: SignatureScheme::Cavage,
            method: "post",
            url: &url,
            with_query: true,
            digest: Some(&digest),
            synchronization: None,
            now: noon(),
        };
        let headers = sign::headers(&key, &older).unwrap();
        let both = Signed { headers, ..good.clone() };
        assert_eq!(both.check(), Ok(true));
        assert!(both.set("signature-input", &good.header("signature-input")).check().is_err());
        for name in ["signature-input", "signature", "content-digest"] {
            let mut request = good.clone();
            let again = request.headers.get(name).unwrap().clone();
            request.headers.append(name, again);
            assert_eq!(request.check(), Err(SignatureFault::RepeatedHeader), "{name}");
        }
        let mut without = good.clone();
        without.headers.remove("signature");
        assert_eq!(without.check(), Err(SignatureFault::Unsigned));
        let value = good.header("signature").replacen("sig1=", "other=", 1);
        assert_eq!(good.set("signature", &value).check(), Err(SignatureFault::NoKey));
    }

    #[test]
    fn another_signature_beside_it_changes_nothing() {
        let (key, _) = rsa();
        let good = sent(Method::POST, "/inbox", &key);
        let input = format!("proxy=(\"@authority\");created=1, {}", good.header("signature-input"));
        let value = format!("proxy=:AAAA:, {}", good.header("signature"));
        assert_eq!(good.set("signature-input", &input).set("signature", &value).check(), Ok(true));
    }

    proptest! {
        #[test]
        fn s57_no_header_makes_it_panic(input in "[ -~]{0,300}", signature in "[ -~]{0,300}", digest in "[ -~]{0,80}") {
            let (key, _) = rsa();
            let request = sent(Method::POST, "/inbox", &key);
            let request = request.set("signature-input", &input).set("signature", &signature);
            prop_assert_ne!(request.set("content-digest", &digest).check(), Ok(true));
        }
    }
}
