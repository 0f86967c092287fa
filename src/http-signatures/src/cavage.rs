//! draft-cavage-http-signatures: the signing string of both directions is built by
//! `http-signature-normalization`.
//!
//! ```text
//! Signature: … ─► parse (strict, ours) ─► coverage, host, time, digest (ours)
//!                      │ written anew: one keyId, one list of names, no times           Checked
//!                      ▼                                                                   ▲
//!       http_signature_normalization::Config::begin_verify ─► signing string ─────────────┘ aws-lc-rs
//! ```
//!
//! The library never reads the header of a peer: it splits at commas inside quotes, lets the last of two equal
//! parameters win, and panics on a large `created` or `expires`. It gets a header that is written anew from the
//! parsed one. `(created)` and `(expires)` are passed as ordinary values, so the library computes no times.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use http::{HeaderMap, HeaderName, Method, header};
use http_signature_normalization::Config;
use url::Url;

use super::digest;
use super::keys::{BadKey, KeyKind, SigningKey};
use super::parse::{self, Algorithm, Cavage};
use super::sign::{RequestToSign, value};
use super::verify::{
    Checked, Incoming, SignatureFault, authorization, header_value, http_date, is_fresh, only,
};
use portico_domain::model::Timestamp;
use portico_domain::model::urls::host_of;

/// The library's time limit. Freshness is checked before, with the clock of the instance; this limit never
/// applies.
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The required names, as a second check behind [`SignatureFault::Coverage`].
static OF_GET: LazyLock<Config> = LazyLock::new(|| {
    Config::new().set_expiration(NEVER).require_header("(request-target)").require_header("host")
});
static OF_POST: LazyLock<Config> = LazyLock::new(|| OF_GET.clone().require_digest());

/// Checks everything about a request with a draft-cavage signature that does not need the key.
pub(super) fn check(request: &Incoming<'_>, origin: &str, now: Timestamp) -> Result<Checked, SignatureFault> {
    let domain = origin.split_once("://").map_or(origin, |(_, domain)| domain);
    let signature = parse::parse(signature_header(request.headers)?)?;
    let digest_header = only(request.headers, "digest")?;
    let date = only(request.headers, "date")?;
    let host = host(request)?;
    let is_post = request.method == Method::POST;

    let covers = |name: &str| signature.headers.iter().any(|signed| signed == name);
    let timed = covers("date") || covers("(created)");
    if !(covers("(request-target)") && covers("host") && timed && (!is_post || covers("digest"))) {
        return Err(SignatureFault::Coverage);
    }
    if !host.eq_ignore_ascii_case(domain) {
        return Err(SignatureFault::Host);
    }
    check_time(&signature, date.filter(|_| covers("date")), covers("(created)"), is_post, now)?;
    if is_post && !digest_header.is_some_and(|header| digest::matches(header, request.body)) {
        return Err(SignatureFault::Digest);
    }
    let messages = signing_strings(&signature, request, host)?;
    let Cavage { key_id, algorithm, signature, headers: covered, .. } = signature;
    let kind = (algorithm == Algorithm::RsaSha256).then_some(KeyKind::Rsa);
    Ok(Checked { key_id, signature, messages, covered, kind })
}

/// Returns the possible signed texts: peers sign the target with its query, or without it.
fn signing_strings(
    signature: &Cavage,
    request: &Incoming<'_>,
    host: &str,
) -> Result<Vec<Vec<u8>>, SignatureFault> {
    let mut values = BTreeMap::new();
    for name in &signature.headers {
        if let Some(value) = value_of(name, signature, request.headers, host)? {
            values.insert(name.clone(), value);
        }
    }
    let (method, path, names) = (request.method.as_str(), request.uri.path(), &signature.headers);
    let mut messages = Vec::with_capacity(2);
    if let Some(query) = request.uri.query() {
        let target = format!("{path}?{query}");
        messages.push(signing_string(method, &target, names, values.clone())?.into_bytes());
    }
    messages.push(signing_string(method, path, names, values)?.into_bytes());
    Ok(messages)
}

/// Builds the signed text over these names, in their order (draft-cavage-http-signatures-12 section 2.3).
/// Signing and checking both use it.
#[expect(clippy::disallowed_methods, reason = "the header it reads is written here")]
fn signing_string(
    method: &str,
    target: &str,
    names: &[String],
    mut values: BTreeMap<String, String>,
) -> Result<String, SignatureFault> {
    // Each name is a header name or a pseudo-header: without commas, quotes or spaces.
    let header = format!(r#"keyId="-",headers="{}",signature="-""#, names.join(" "));
    values.insert("signature".to_owned(), header);
    let config = if method.eq_ignore_ascii_case("post") { &*OF_POST } else { &*OF_GET };
    let unverified =
        config.begin_verify(method, target, values).map_err(|_| SignatureFault::MissingHeader)?;
    Ok(unverified.signing_string().to_owned())
}

/// Returns the value of a signed name. `None` for the request target, which the library computes.
fn value_of(
    name: &str,
    signature: &Cavage,
    headers: &HeaderMap,
    host: &str,
) -> Result<Option<String>, SignatureFault> {
    let moment = |seconds: Option<i64>| match (signature.algorithm, seconds) {
        (Algorithm::Hs2019, Some(seconds)) => Ok(Some(seconds.to_string())),
        _ => Err(SignatureFault::MissingHeader),
    };
    match name {
        "(request-target)" => Ok(None),
        "(created)" => moment(signature.created),
        "(expires)" => moment(signature.expires),
        "host" => Ok(Some(host.to_owned())),
        // The library reads the signature from these two, so they cannot be signed values.
        "signature" | "authorization" => Err(SignatureFault::MissingHeader),
        _ if HeaderName::from_bytes(name.as_bytes()).is_err() => Err(SignatureFault::MissingHeader),
        _ => header_value(headers, name).map(Some),
    }
}

/// Returns the `Signature` header, or else the credentials of `Authorization: Signature …`.
fn signature_header(headers: &HeaderMap) -> Result<&str, SignatureFault> {
    match only(headers, "signature")? {
        Some(text) => Ok(text),
        None => {
            only(headers, header::AUTHORIZATION.as_str())?;
            authorization(headers).ok_or(SignatureFault::Unsigned)
        }
    }
}

/// Returns the Host header or, with HTTP/2, the request's authority.
fn host<'a>(request: &Incoming<'a>) -> Result<&'a str, SignatureFault> {
    match only(request.headers, "host")? {
        Some(host) => Ok(host),
        None => request.uri.authority().map(|a| a.as_str()).ok_or(SignatureFault::Host),
    }
}

fn check_time(
    signature: &Cavage,
    date: Option<&str>,
    created_is_signed: bool,
    is_post: bool,
    now: Timestamp,
) -> Result<(), SignatureFault> {
    if created_is_signed && (signature.algorithm != Algorithm::Hs2019 || signature.created.is_none()) {
        return Err(SignatureFault::MissingHeader);
    }
    let dated = match date {
        Some(date) => Some(http_date(date).ok_or(SignatureFault::Time)?),
        None => None,
    };
    let fresh = |moment: i64| is_fresh(moment, signature.expires, is_post, now);
    if dated.is_some_and(|moment| !fresh(moment)) || signature.created.is_some_and(|moment| !fresh(moment)) {
        return Err(SignatureFault::Time);
    }
    Ok(())
}

/// Signs a request over `(request-target) host date`, `digest` if there is a body, and
/// `collection-synchronization` if it is sent. Adds the `Digest` and `Signature` headers.
pub(super) fn sign(
    key: &SigningKey,
    request: &RequestToSign<'_>,
    headers: &mut HeaderMap,
) -> Result<(), BadKey> {
    let mut signed = vec![("host", host_of(request.url)), ("date", request.now.http_date())];
    if let Some(digest) = request.digest {
        headers.insert("digest", value(digest)?);
        signed.push(("digest", digest.to_owned()));
    }
    if let Some(synchronization) = request.synchronization {
        signed.push(("collection-synchronization", synchronization.to_owned()));
    }
    let target = std::iter::once("(request-target)");
    let names: Vec<String> = target.chain(signed.iter().map(|(name, _)| *name)).map(str::to_owned).collect();
    let values = signed.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let text = signing_string(request.method, &target_of(request.url, request.with_query), &names, values)
        .map_err(|_| BadKey)?;
    let signature = format!(
        r#"keyId="{}",algorithm="rsa-sha256",headers="{}",signature="{}""#,
        key.id(),
        names.join(" "),
        key.sign(text.as_bytes())?
    );
    headers.insert("signature", value(&signature)?);
    Ok(())
}

fn target_of(url: &Url, with_query: bool) -> String {
    match url.query() {
        Some(query) if with_query => format!("{}?{query}", url.path()),
        _ => url.path().to_owned(),
    }
}

#[cfg(test)]
mod tests;
