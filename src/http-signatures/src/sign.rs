//! Signs outgoing requests.
//!
//! Draft-cavage signatures cover `(request-target) host date` and, with a body, `digest`: the set that every
//! peer accepts. They omit `(created)`, which the Pleroma family rejects, and name `rsa-sha256`, which the
//! oldest peers need. RFC 9421 signatures cover `@method @target-uri @authority` and, with a body,
//! `content-digest`.

use http::{HeaderMap, HeaderValue, header};
use url::Url;

use super::keys::{BadKey, SigningKey};
use super::{cavage, digest};
use portico_domain::model::Timestamp;
use portico_domain::model::urls::host_of;

/// The signature scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureScheme {
    /// draft-cavage-http-signatures.
    Cavage,
    /// RFC 9421.
    Message,
}

impl SignatureScheme {
    /// Returns the other scheme.
    pub const fn other(self) -> Self {
        match self {
            Self::Cavage => Self::Message,
            Self::Message => Self::Cavage,
        }
    }
}

/// The signed parts of a request.
#[derive(Debug, Clone, Copy)]
pub struct RequestToSign<'a> {
    /// The signature scheme.
    pub scheme: SignatureScheme,
    /// `get` or `post`.
    pub method: &'a str,
    /// The request's URL.
    pub url: &'a Url,
    /// Whether the signed target of draft-cavage includes the query. Peers disagree; the client tries both.
    pub with_query: bool,
    /// The `Digest` header of the body.
    pub digest: Option<&'a str>,
    /// The `Collection-Synchronization` header, if one is sent.
    pub synchronization: Option<&'a str>,
    /// The current time.
    pub now: Timestamp,
}

/// Returns the headers of a signed request: Host, Date, a digest if there is a body, and the signature.
pub fn headers(key: &SigningKey, request: &RequestToSign<'_>) -> Result<HeaderMap, BadKey> {
    let mut headers = HeaderMap::with_capacity(6);
    headers.insert(header::HOST, value(&host_of(request.url))?);
    headers.insert(header::DATE, value(&request.now.http_date())?);
    if let Some(synchronization) = request.synchronization {
        headers.insert("collection-synchronization", value(synchronization)?);
    }
    match request.scheme {
        SignatureScheme::Cavage => cavage::sign(key, request, &mut headers)?,
        SignatureScheme::Message => message(key, request, &mut headers)?,
    }
    Ok(headers)
}

fn message(key: &SigningKey, request: &RequestToSign<'_>, headers: &mut HeaderMap) -> Result<(), BadKey> {
    let (method, host) = (request.method.to_ascii_uppercase(), host_of(request.url));
    let mut url = request.url.clone();
    url.set_fragment(None);
    let mut text = format!("\"@method\": {method}\n\"@target-uri\": {url}\n\"@authority\": {host}\n");
    let mut names = r#""@method" "@target-uri" "@authority""#.to_owned();
    let mut cover = |name: &str, value: &str| {
        text.push_str(&format!("\"{name}\": {value}\n"));
        names.push_str(&format!(" \"{name}\""));
    };
    if let Some(digest) = request.digest.map(digest::content_from) {
        cover("content-digest", &digest);
        headers.insert("content-digest", value(&digest)?);
    }
    if let Some(synchronization) = request.synchronization {
        cover("collection-synchronization", synchronization);
    }
    let (created, algorithm) = (request.now.seconds(), key.kind().algorithm());
    let parameters = format!(r#"({names});created={created};keyid="{}";alg="{algorithm}""#, key.id());
    text.push_str(&format!("\"@signature-params\": {parameters}"));
    let signature = key.sign(text.as_bytes())?;
    headers.insert("signature-input", value(&format!("sig1={parameters}"))?);
    headers.insert("signature", value(&format!("sig1=:{signature}:"))?);
    Ok(())
}

pub(super) fn value(text: &str) -> Result<HeaderValue, BadKey> {
    HeaderValue::from_str(text).map_err(|_| BadKey)
}
