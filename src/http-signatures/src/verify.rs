//! Checks everything about a signed request that does not need the key.
//!
//! The signature must cover `(request-target)`, `host`, a time and (for POST) the digest of the body; the
//! host must be ours by the configuration, whatever a proxy forwards; and the request must be fresh: at most
//! five minutes ahead of our clock and, for a GET, five minutes behind. A POST may be up to twelve hours old,
//! because peers retry what they signed once; a replay within that time is caught by the inbox, which
//! remembers activity ids for far longer.

use http::{HeaderMap, Method, Uri, header};

use super::keys::{KeyKind, PublicKey};
use super::parse::MalformedHeader;
use super::{cavage, rfc9421};
use portico_domain::model::Timestamp;

/// Maximum clock skew of a peer.
const SKEW_SECONDS: i64 = 5 * 60;
/// Maximum age of a signed POST.
const OLDEST_POST_SECONDS: i64 = 12 * 60 * 60;

/// Why a signature is rejected. The text is sent to the peer for its administrator, and reveals nothing that
/// the peer did not send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// There is no signature.
    #[error("the request is not signed")]
    Unsigned,
    /// The header is malformed.
    #[error(transparent)]
    Malformed(#[from] MalformedHeader),
    /// A header that must be unique occurs twice, or is not text.
    #[error(
        "Signature, Signature-Input, Date, Host, Digest and Content-Digest must each appear at most once"
    )]
    RepeatedHeader,
    /// The signature does not cover everything that must be signed.
    #[error("(request-target), host, date or (created) and, for POST, digest must be signed")]
    Coverage,
    /// A message signature does not cover everything that must be signed.
    #[error("@method, @target-uri, created and, for POST, content-digest must be signed")]
    Components,
    /// No message signature has a URL as its key id.
    #[error("no signature has a URL as its keyid")]
    NoKey,
    /// It covers a header that is missing, or a pseudo-header that its algorithm does not allow.
    #[error("the signature names a header that the request does not have")]
    MissingHeader,
    /// It was made for another host.
    #[error("the Host header does not name this server")]
    Host,
    /// It is too old or from the future.
    #[error("the signature is too old or from the future")]
    Time,
    /// The digest does not match the body.
    #[error("the Digest or Content-Digest header does not match the body")]
    Digest,
    /// The key does not match.
    #[error("the signature does not verify")]
    Signature,
}

/// A received request, before its body is parsed.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// The method: GET or POST.
    pub method: &'a Method,
    /// The request target as received.
    pub uri: &'a Uri,
    /// The headers as received.
    pub headers: &'a HeaderMap,
    /// The raw body of a POST; empty for a GET.
    pub body: &'a [u8],
}

/// A request whose signature passed all checks except that of the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The id of the claimed key.
    pub key_id: String,
    pub(super) signature: Vec<u8>,
    /// The possible signed texts; the signature must match one of them.
    pub(super) messages: Vec<Vec<u8>>,
    pub(super) covered: Vec<String>,
    /// The kind of key that the signature names, if any.
    pub(super) kind: Option<KeyKind>,
}

impl Checked {
    /// Creates a check of plain bytes that a key of this kind is said to have signed, for object proofs.
    pub fn of_bytes(key_id: String, message: Vec<u8>, signature: Vec<u8>, kind: KeyKind) -> Self {
        Self { key_id, signature, messages: vec![message], covered: Vec::new(), kind: Some(kind) }
    }

    /// Whether the signature covers a header, given in lower case.
    pub fn covers(&self, name: &str) -> bool {
        self.covered.iter().any(|covered| covered == name)
    }

    /// The possible signed texts.
    pub fn signing_strings(&self) -> impl Iterator<Item = &[u8]> {
        self.messages.iter().map(Vec::as_slice)
    }

    /// Whether this key made the signature.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.kind.is_none_or(|kind| kind == key.kind())
            && self.messages.iter().any(|message| key.verifies(message, &self.signature))
    }
}

/// Whether a request carries any signature, valid or not.
pub fn is_signed(headers: &HeaderMap) -> bool {
    ["signature", "signature-input"].iter().any(|name| headers.contains_key(*name))
        || authorization(headers).is_some()
}

/// Checks a request to the server at `origin`, such as `https://social.acme.example`.
pub fn check(request: &Incoming<'_>, origin: &str, now: Timestamp) -> Result<Checked, SignatureFault> {
    if request.headers.contains_key("signature-input") {
        return rfc9421::check(request, origin, now);
    }
    cavage::check(request, origin, now)
}

/// Returns the credentials of `Authorization: Signature …`.
pub(super) fn authorization(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("signature").then_some(rest)
}

/// Returns the single value of a header; two values are an error.
pub(super) fn only<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, SignatureFault> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| SignatureFault::RepeatedHeader),
        (Some(_), Some(_)) => Err(SignatureFault::RepeatedHeader),
    }
}

/// Whether a signature made at a time (seconds since 1970) is still valid.
pub(super) fn is_fresh(signed: i64, expires: Option<i64>, is_post: bool, now: Timestamp) -> bool {
    let oldest = if is_post { OLDEST_POST_SECONDS } else { SKEW_SECONDS };
    let now = now.seconds();
    signed <= now + SKEW_SECONDS
        && signed >= now - oldest
        && expires.is_none_or(|expires| expires >= now - SKEW_SECONDS)
}

/// Parses an HTTP date (RFC 9110 section 5.6.7) as seconds since 1970.
pub fn http_date(text: &str) -> Option<i64> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok().map(jiff::Timestamp::as_second)
}

/// Returns all values of a header, joined as the draft specifies.
pub(super) fn header_value(headers: &HeaderMap, name: &str) -> Result<String, SignatureFault> {
    let mut values = Vec::new();
    for value in headers.get_all(name) {
        values.push(value.to_str().map_err(|_| SignatureFault::MissingHeader)?.trim());
    }
    if values.is_empty() { Err(SignatureFault::MissingHeader) } else { Ok(values.join(", ")) }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;
    use crate::keys::{self, SigningKey};
    use crate::{digest, parse, reference, sign};

    const DOMAIN: &str = "here.example";
    const BODY: &[u8] = br#"{"type":"Follow"}"#;

    struct Signed {
        method: Method,
        uri: Uri,
        headers: HeaderMap,
        body: Vec<u8>,
        key: PublicKey,
    }

    impl Signed {
        fn check_at(&self, now: Timestamp) -> Result<bool, SignatureFault> {
            let request =
                Incoming { method: &self.method, uri: &self.uri, headers: &self.headers, body: &self.body };
            check(&request, &format!("https://{DOMAIN}"), now).map(|checked| checked.is_signed_by(&self.key))
        }

        fn check(&self) -> Result<bool, SignatureFault> {
            self.check_at(noon())
        }

        fn set(mut self, name: &'static str, value: &str) -> Self {
            self.headers.insert(name, HeaderValue::from_str(value).unwrap());
            self
        }
    }

    fn noon() -> Timestamp {
        Timestamp::parse("2026-07-02T12:00:00Z").unwrap()
    }

    fn key() -> (SigningKey, PublicKey) {
        static PEM: std::sync::OnceLock<keys::KeyPem> = std::sync::OnceLock::new();
        let pem = PEM.get_or_init(|| keys::generate().unwrap());
        let id = "https://there.example/actor#main-key";
        (SigningKey::from_pem(id, &pem.private).unwrap(), PublicKey::from_pem(&pem.public).unwrap())
    }

    fn signed(method: Method, path: &str) -> Signed {
        let (signing, public) = key();
        let url = url::Url::parse(&format!("https://{DOMAIN}{path}")).unwrap();
        let body = if method == Method::POST { BODY.to_vec() } else { Vec::new() };
        let digest = (method == Method::POST).then(|| digest::digest_header(&body));
        let name = method.as_str().to_lowercase();
        let request = sign::RequestToSign {
            scheme: sign::SignatureScheme::Cavage,
            method: &name,
            url: &url,
            with_query: true,
            digest: digest.as_deref(),
            synchronization: None,
            now: noon(),
        };
        let headers = sign::headers(&signing, &request).unwrap();
        Signed { method, uri: path.parse().unwrap(), headers, body, key: public }
    }

    /// Signs a request over exactly these names, whatever their values.
    fn by_hand(method: Method, names: &str, extra: &str) -> Signed {
        let (signing, public) = key();
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static(DOMAIN));
        headers.insert("date", HeaderValue::from_str(&noon().http_date()).unwrap());
        headers.insert("digest", HeaderValue::from_str(&digest::digest_header(BODY)).unwrap());
        let header = |signature: &str| {
            format!(r#"keyId="{}",headers="{names}",signature="{signature}"{extra}"#, signing.id())
        };
        let uri: Uri = "/inbox".parse().unwrap();
        let parsed = parse::parse(&header("AAAA")).unwrap();
        let request = Incoming { method: &method, uri: &uri, headers: &headers, body: BODY };
        let text = reference::signing_string(&parsed, &request, DOMAIN, "/inbox").unwrap_or_default();
        let value = header(&signing.sign(text.as_bytes()).unwrap());
        headers.insert("signature", HeaderValue::from_str(&value).unwrap());
        Signed { method, uri, headers, body: BODY.to_vec(), key: public }
    }

    #[test]
    fn own_cavage_signatures_verify() {
        assert_eq!(signed(Method::POST, "/inbox").check(), Ok(true));
        assert_eq!(signed(Method::GET, "/users/alice").check(), Ok(true));
        assert_eq!(signed(Method::GET, "/users/alice/outbox?page=1&max_id=7").check(), Ok(true));
        assert_eq!(
            by_hand(Method::POST, "host date digest (request-target) (created)", ",created=1782993600")
                .check(),
            Ok(true)
        );
    }

    #[test]
    fn a_query_may_be_left_out_of_the_signature() {
        let mut request = signed(Method::GET, "/users/alice/outbox");
        request.uri = "/users/alice/outbox?page=1".parse().unwrap();
        assert_eq!(request.check(), Ok(true));
        request.uri = "/users/bob/outbox?page=1".parse().unwrap();
        assert_eq!(request.check(), Ok(false));
    }

    #[test]
    fn s08_s09_each_missing_component_is_refused() {
        for names in [
            "host date digest",
            "(request-target) date digest",
            "(request-target) host digest",
            "(request-target) host date",
            "digest",
            "(request-target)",
            "date",
        ] {
            assert_eq!(by_hand(Method::POST, names, "").check(), Err(SignatureFault::Coverage), "{names}");
        }
        for names in ["host date", "(request-target) date", "(request-target) host"] {
            assert_eq!(by_hand(Method::GET, names, "").check(), Err(SignatureFault::Coverage), "{names}");
        }
        assert_eq!(by_hand(Method::GET, "(request-target) host date", "").check(), Ok(true));
        assert_eq!(
            by_hand(Method::POST, "(request-target) host date digest x-none", "").check(),
            Err(SignatureFault::MissingHeader)
        );
        assert_eq!(
            by_hand(Method::POST, "(request-target) host date digest (created)", "").check(),
            Err(SignatureFault::MissingHeader)
        );
        let named = by_hand(
            Method::POST,
            "(request-target) host (created) digest",
            r#",created=1782993600,algorithm="rsa-sha256""#,
        );
        assert_eq!(named.check(), Err(SignatureFault::MissingHeader));
    }

    #[test]
    fn s08_repeated_or_missing_headers_are_refused() {
        for name in ["signature", "date", "host", "digest"] {
            let mut request = signed(Method::POST, "/inbox");
            let again = request.headers.get(name).unwrap().clone();
            request.headers.append(name, again);
            assert_eq!(request.check(), Err(SignatureFault::RepeatedHeader), "{name}");
        }
        let mut request = signed(Method::POST, "/inbox");
        request.headers.remove("signature");
        assert_eq!(request.check(), Err(SignatureFault::Unsigned));
        let mut request = signed(Method::POST, "/inbox");
        request.headers.remove("date");
        assert_eq!(request.check(), Err(SignatureFault::MissingHeader));
    }

    #[test]
    fn the_authorization_form_counts_only_without_a_signature_header() {
        let mut request = signed(Method::POST, "/inbox");
        let value = request.headers.remove("signature").unwrap();
        let value = format!("Signature {}", value.to_str().unwrap());
        let request = request.set("authorization", &value);
        assert_eq!(request.check(), Ok(true));
        let both = signed(Method::POST, "/inbox").set("authorization", "Signature garbage");
        assert_eq!(both.check(), Ok(true));
    }

    #[test]
    fn s09_a_signature_does_not_serve_another_path_host_body_or_method() {
        let mut request = signed(Method::POST, "/inbox");
        request.uri = "/users/alice/inbox".parse().unwrap();
        assert_eq!(request.check(), Ok(false));
        let mut request = signed(Method::POST, "/inbox");
        request.body = b"{}".to_vec();
        assert_eq!(request.check(), Err(SignatureFault::Digest));
        let request = signed(Method::POST, "/inbox").set("digest", &digest::digest_header(b"{}"));
        assert_eq!(request.check(), Err(SignatureFault::Digest));
        let request = signed(Method::POST, "/inbox").set("host", "other.example");
        assert_eq!(request.check(), Err(SignatureFault::Host));
        let mut request = signed(Method::GET, "/inbox");
        request.method = Method::DELETE;
        assert_eq!(request.check(), Ok(false));
    }

    #[test]
    fn s09_time_is_bounded_both_ways() {
        let post = signed(Method::POST, "/inbox");
        let get = signed(Method::GET, "/users/alice");
        for (seconds, post_is, get_is) in [
            (0, Ok(true), Ok(true)),
            (-290, Ok(true), Ok(true)),
            (-310, Err(SignatureFault::Time), Err(SignatureFault::Time)),
            (290, Ok(true), Ok(true)),
            (310, Ok(true), Err(SignatureFault::Time)),
            (12 * 3600 - 10, Ok(true), Err(SignatureFault::Time)),
            (12 * 3600 + 10, Err(SignatureFault::Time), Err(SignatureFault::Time)),
        ] {
            let now = noon().plus_seconds(seconds);
            assert_eq!(post.check_at(now), post_is, "post {seconds}");
            assert_eq!(get.check_at(now), get_is, "get {seconds}");
        }
        for date in ["yesterday", "", "2026-07-02T12:00:00Z"] {
            assert_eq!(
                signed(Method::POST, "/inbox").set("date", date).check(),
                Err(SignatureFault::Time),
                "{date}"
            );
        }
        let expired = by_hand(Method::POST, "(request-target) host date digest", ",expires=1700000000");
        assert_eq!(expired.check(), Err(SignatureFault::Time));
    }

    #[test]
    fn s57_a_created_beyond_all_time_is_a_fault_not_a_panic() {
        for created in ["18446744073709551615", "9223372036854775807", "253402300799"] {
            let request = signed(Method::POST, "/inbox");
            let value = request.headers.get("signature").unwrap().to_str().unwrap();
            let value = format!(r#"{value},created="{created}""#).replace("rsa-sha256", "hs2019");
            assert!(request.set("signature", &value).check().is_err(), "{created}");
        }
    }

    proptest! {
        #[test]
        fn s57_no_header_makes_it_panic(signature in "[ -~]{0,300}", date in "[ -~]{0,60}", digest in "[ -~]{0,80}") {
            let request = signed(Method::POST, "/inbox");
            prop_assert_ne!(request.set("signature", &signature).set("date", &date).set("digest", &digest).check(), Ok(true));
        }
    }
}
