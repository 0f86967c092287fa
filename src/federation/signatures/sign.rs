//! Signs what we send.
//!
//! `(request-target) host date` and, with a body, `digest`: the set that every peer takes. No `(created)`,
//! which the Pleroma family rejects; `rsa-sha256` by name, which the oldest peers need.

use http::{HeaderMap, HeaderValue, header};
use url::Url;

use super::keys::{BadKey, SigningKey};
use crate::federation::net::host_of;
use crate::model::Timestamp;

/// What a signature is made over, beyond the key.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// `get` or `post`.
    pub method: &'a str,
    /// Where to.
    pub url: &'a Url,
    /// Whether the query is part of the signed target. Peers disagree; with it first, then without.
    pub with_query: bool,
    /// The `Digest` header of the body.
    pub digest: Option<&'a str>,
    /// The `Collection-Synchronization` header, if one is sent.
    pub synchronization: Option<&'a str>,
    /// Now.
    pub now: Timestamp,
}

/// The headers that a signed request needs: Host, Date, Digest if there is a body, Signature.
pub fn headers(key: &SigningKey, request: &Outgoing<'_>) -> Result<HeaderMap, BadKey> {
    let host = host_of(request.url);
    let date = request.now.http_date();
    let mut target = request.url.path().to_owned();
    if let (true, Some(query)) = (request.with_query, request.url.query()) {
        target = format!("{target}?{query}");
    }
    let mut message = format!("(request-target): {} {target}\nhost: {host}\ndate: {date}", request.method);
    let mut names = "(request-target) host date".to_owned();
    if let Some(digest) = request.digest {
        message.push_str(&format!("\ndigest: {digest}"));
        names.push_str(" digest");
    }
    if let Some(synchronization) = request.synchronization {
        message.push_str(&format!("\ncollection-synchronization: {synchronization}"));
        names.push_str(" collection-synchronization");
    }
    let signature = format!(
        r#"keyId="{}",algorithm="rsa-sha256",headers="{names}",signature="{}""#,
        key.id(),
        key.sign(message.as_bytes())?
    );
    let mut headers = HeaderMap::with_capacity(4);
    headers.insert(header::HOST, value(&host)?);
    headers.insert(header::DATE, value(&date)?);
    if let Some(digest) = request.digest {
        headers.insert("digest", value(digest)?);
    }
    if let Some(synchronization) = request.synchronization {
        headers.insert("collection-synchronization", value(synchronization)?);
    }
    headers.insert("signature", value(&signature)?);
    Ok(headers)
}

fn value(text: &str) -> Result<HeaderValue, BadKey> {
    HeaderValue::from_str(text).map_err(|_| BadKey)
}
