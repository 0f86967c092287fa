//! The guarded HTTP client: signed GETs of documents, unsigned GETs of web pages, POSTs to inboxes.
//!
//! Every URL and every redirect passes the guard, and every name the checking resolver. A request is limited
//! to ten seconds and to a body size that depends on the document (at most 8 MiB). The client ignores proxy
//! settings of the environment, and keeps no cookies and sends no referrer.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use url::Url;

use super::guard::Guard;
use super::resolver::Resolver;
use super::signature_schemes::{SignatureSchemes, is_refusal};
use crate::error::{Error, Result};
use portico_config::NetworkSettings;
use portico_domain::model::Timestamp;
use portico_domain::model::content_type::{essence, is_activity_json};
use portico_domain::model::urls::host_of;
use portico_http_signatures::sign::{self, RequestToSign};
use portico_http_signatures::{SignatureScheme, SigningKey};

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const TOTAL_LIMIT: Duration = Duration::from_secs(10);
/// Maximum number of redirects that a GET follows.
const MOST_HOPS: usize = 2;
/// Size limit of a document, in bytes after decompression.
const LARGEST_DOCUMENT: usize = 1024 * 1024;
/// Size limit of a WebFinger response.
const LARGEST_JRD: usize = 100 * 1024;
/// Size limit of a web page; the rest is not read.
const LARGEST_PAGE: usize = 1024 * 1024;
/// Size limit of a web page's picture.
const LARGEST_PICTURE: usize = 8 * 1024 * 1024;
/// Size limit of an inbox's response body, which is discarded.
const LARGEST_ANSWER: usize = 64 * 1024;

const ACTIVITY_JSON: &str =
    r#"application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams""#;

/// The kind of document that a GET requests and accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// An ActivityStreams document.
    Activity,
    /// A JSON resource descriptor (WebFinger, the NodeInfo index).
    Jrd,
    /// A web page; a long one is truncated.
    Page,
    /// A picture.
    Picture,
}

impl DocumentKind {
    const fn header(self) -> &'static str {
        match self {
            Self::Activity => ACTIVITY_JSON,
            Self::Jrd => "application/jrd+json, application/json",
            Self::Page => "text/html",
            Self::Picture => "image/webp, image/png, image/jpeg, image/gif",
        }
    }

    const fn largest(self) -> usize {
        match self {
            Self::Activity => LARGEST_DOCUMENT,
            Self::Jrd => LARGEST_JRD,
            Self::Page => LARGEST_PAGE,
            Self::Picture => LARGEST_PICTURE,
        }
    }

    /// The handling of a response over the size limit.
    const fn beyond(self) -> Beyond {
        match self {
            Self::Page => Beyond::Left,
            Self::Activity | Self::Jrd | Self::Picture => Beyond::Refused,
        }
    }

    fn takes(self, content_type: &str) -> bool {
        match self {
            Self::Activity => is_activity_json(content_type),
            Self::Jrd => {
                matches!(essence(content_type).as_str(), "application/jrd+json" | "application/json")
            }
            Self::Page => essence(content_type) == "text/html",
            Self::Picture => essence(content_type).starts_with("image/"),
        }
    }
}

/// The handling of a response over the size limit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beyond {
    /// Reject it.
    Refused,
    /// Use its beginning.
    Left,
}

/// A fetched document and its final URL.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The URL after all redirects.
    pub url: Url,
    /// Its Content-Type header.
    pub content_type: String,
    /// The raw bytes.
    pub body: Bytes,
}

/// A POST to an inbox, without its URL.
struct Posted<'a> {
    body: Bytes,
    digest: &'a str,
    synchronization: Option<&'a str>,
    key: &'a SigningKey,
    now: Timestamp,
}

/// An inbox's response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpReply {
    /// The status code.
    pub status: StatusCode,
    /// The peer's Retry-After, in seconds.
    pub retry_after: Option<u64>,
}

/// The HTTP client of one instance.
#[derive(Debug, Clone)]
pub struct Net {
    client: reqwest::Client,
    guard: Arc<Guard>,
    signature_schemes: Arc<SignatureSchemes>,
}

impl Net {
    /// Creates a client whose User-Agent names `origin`.
    #[expect(clippy::disallowed_methods, reason = "the one HTTP client, built around the guard")]
    pub fn new(network: &NetworkSettings, origin: &str) -> Result<Self> {
        let guard = Arc::new(Guard::new(network));
        let client = reqwest::Client::builder()
            .user_agent(format!("Portico/{} (+{origin}/)", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_LIMIT)
            .timeout(TOTAL_LIMIT)
            .pool_idle_timeout(Duration::from_secs(60))
            .pool_max_idle_per_host(8)
            .dns_resolver(Arc::new(Resolver::new(Arc::clone(&guard))))
            .tls_certs_merge(network.certificates.clone())
            .build()
            .map_err(|error| Error::permanent(format!("cannot create the HTTP client: {error}")))?;
        Ok(Self { client, guard, signature_schemes: Arc::default() })
    }

    /// The cache of hosts' signature schemes.
    pub fn signature_schemes(&self) -> &SignatureSchemes {
        &self.signature_schemes
    }

    /// Checks a URL against the guard and parses it.
    pub fn check(&self, url: &str) -> Result<Url> {
        self.guard.check(url).map_err(|why| Error::permanent(format!("{url}: {why}")))
    }

    /// Fetches a document, signed with `key` if there is one. Every redirect is checked and signed again.
    pub async fn get(
        &self,
        url: &str,
        accept: DocumentKind,
        key: Option<&SigningKey>,
        now: Timestamp,
    ) -> Result<Fetched> {
        let work = self.follow(url, accept, key, now);
        tokio::time::timeout(TOTAL_LIMIT, work)
            .await
            .unwrap_or_else(|_| Err(Error::temporary(format!("{url}: timed out"))))
    }

    async fn follow(
        &self,
        url: &str,
        accept: DocumentKind,
        key: Option<&SigningKey>,
        now: Timestamp,
    ) -> Result<Fetched> {
        let mut url = self.check(url)?;
        for _ in 0..=MOST_HOPS {
            let response = self.knock(&url, accept, key, now).await?;
            let status = response.status();
            if status.is_redirection() {
                url = self.next_hop(&url, response.headers())?;
                continue;
            }
            if !status.is_success() {
                return Err(refusal(&url, status, response.headers(), now));
            }
            let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
            let content_type = content_type.unwrap_or("no type").to_owned();
            if !accept.takes(&content_type) {
                return Err(Error::permanent(format!("{url}: unexpected content type {content_type}")));
            }
            let body = read(response, accept.largest(), accept.beyond()).await?;
            return Ok(Fetched { url, content_type, body });
        }
        Err(Error::permanent(format!("{url}: too many redirects")))
    }

    /// Sends one signed GET with the host's usual signature scheme, and again with the other one if it is
    /// refused. With draft-cavage, peers disagree whether the signed target includes the query: first with
    /// it, then without.
    async fn knock(
        &self,
        url: &Url,
        accept: DocumentKind,
        key: Option<&SigningKey>,
        now: Timestamp,
    ) -> Result<reqwest::Response> {
        let Some(key) = key else { return self.get_once(url, accept, HeaderMap::new()).await };
        let host = host_of(url);
        let usual = RequestToSign {
            scheme: self.signature_schemes.first(&host, now),
            method: "get",
            url,
            with_query: true,
            digest: None,
            synchronization: None,
            now,
        };
        let first = self.get_once(url, accept, signed(key, &usual)?).await?;
        if !is_refusal(first.status()) {
            return Ok(first);
        }
        if usual.scheme == SignatureScheme::Cavage
            && first.status() == StatusCode::UNAUTHORIZED
            && url.query().is_some()
        {
            let bare = RequestToSign { with_query: false, ..usual };
            let second = self.get_once(url, accept, signed(key, &bare)?).await?;
            if !is_refusal(second.status()) {
                return Ok(second);
            }
        }
        let other = RequestToSign { scheme: usual.scheme.other(), ..usual };
        let last = self.get_once(url, accept, signed(key, &other)?).await?;
        if is_refusal(last.status()) {
            return Ok(first);
        }
        if last.status().is_success() {
            self.signature_schemes.learn(&host, other.scheme, now);
        }
        Ok(last)
    }

    async fn get_once(
        &self,
        url: &Url,
        accept: DocumentKind,
        mut headers: HeaderMap,
    ) -> Result<reqwest::Response> {
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept.header()));
        let request = self.client.get(url.clone()).headers(headers);
        request.send().await.map_err(|error| unreachable_peer(url, &error))
    }

    fn next_hop(&self, from: &Url, headers: &HeaderMap) -> Result<Url> {
        let location = headers
            .get(header::LOCATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| from.join(value).ok())
            .ok_or_else(|| Error::permanent(format!("{from}: redirect without a valid Location")))?;
        self.check(location.as_str())
    }

    /// Posts an activity to an inbox with the host's usual signature scheme, and again with the other one if
    /// it is refused. `digest` is computed once per body and reused for all inboxes; `synchronization` is the
    /// followers digest (FEP-8fcf). One redirect is followed if it keeps the method (307, 308) and the
    /// origin. The response body is discarded.
    pub async fn post(
        &self,
        inbox: &str,
        body: Bytes,
        digest: &str,
        synchronization: Option<&str>,
        key: &SigningKey,
        now: Timestamp,
    ) -> Result<HttpReply> {
        let url = self.check(inbox)?;
        let parcel = Posted { body, digest, synchronization, key, now };
        let (answer, elsewhere) = self.post_at(&url, &parcel).await?;
        match elsewhere.filter(|next| next.origin() == url.origin()) {
            Some(next) => Ok(self.post_at(&self.check(next.as_str())?, &parcel).await?.0),
            None => Ok(answer),
        }
    }

    /// Posts to one URL. Returns the response and the redirect target, if any.
    async fn post_at(&self, url: &Url, parcel: &Posted<'_>) -> Result<(HttpReply, Option<Url>)> {
        let host = host_of(url);
        let scheme = self.signature_schemes.first(&host, parcel.now);
        let usual = RequestToSign {
            scheme,
            method: "post",
            url,
            with_query: true,
            digest: Some(parcel.digest),
            synchronization: parcel.synchronization,
            now: parcel.now,
        };
        let first = self.post_once(url, parcel, signed(parcel.key, &usual)?).await?;
        if !is_refusal(first.0.status) {
            return Ok(first);
        }
        let other = RequestToSign { scheme: scheme.other(), ..usual };
        match self.post_once(url, parcel, signed(parcel.key, &other)?).await {
            Ok(second) if second.0.status.is_success() => {
                self.signature_schemes.learn(&host, other.scheme, parcel.now);
                Ok(second)
            }
            _ => Ok(first),
        }
    }

    async fn post_once(
        &self,
        url: &Url,
        parcel: &Posted<'_>,
        mut headers: HeaderMap,
    ) -> Result<(HttpReply, Option<Url>)> {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/activity+json"));
        let request = self.client.post(url.clone()).headers(headers).body(parcel.body.clone());
        let response = request.send().await.map_err(|error| unreachable_peer(url, &error))?;
        let (status, headers) = (response.status(), response.headers());
        let answer = HttpReply { status, retry_after: retry_after(headers, parcel.now) };
        let keeps_method = matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
        let location = headers.get(header::LOCATION).filter(|_| keeps_method);
        let elsewhere = location.and_then(|value| url.join(value.to_str().ok()?).ok());
        // Reads to the end so that the connection can be reused; the content is irrelevant.
        let _ = read(response, LARGEST_ANSWER, Beyond::Refused).await;
        Ok((answer, elsewhere))
    }

    /// Posts JSON to a service that the operator configured, and reads the response, up to one mebibyte. Does
    /// not follow redirects.
    pub async fn post_json(&self, url: &str, question: &serde_json::Value, now: Timestamp) -> Result<Bytes> {
        let url = self.check(url)?;
        let request = self
            .client
            .post(url.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .body(question.to_string());
        let response = request.send().await.map_err(|error| unreachable_peer(&url, &error))?;
        if !response.status().is_success() {
            return Err(refusal(&url, response.status(), response.headers(), now));
        }
        read(response, LARGEST_DOCUMENT, Beyond::Refused).await
    }

    /// Posts an encrypted message to a push service; `url` has passed [`check`](Self::check). Does not follow
    /// redirects; the response body is discarded.
    pub async fn push(
        &self,
        url: &Url,
        headers: &[(&'static str, String)],
        body: Bytes,
        now: Timestamp,
    ) -> Result<HttpReply> {
        let request =
            headers.iter().fold(self.client.post(url.clone()), |r, (name, value)| r.header(*name, value));
        // The path of an endpoint is a secret of the device, and errors are logged: name only the host.
        let unreachable = |_| Error::temporary(format!("{} cannot be reached", url.host_str().unwrap_or("")));
        let response = request.body(body).send().await.map_err(unreachable)?;
        let answer =
            HttpReply { status: response.status(), retry_after: retry_after(response.headers(), now) };
        let _ = read(response, LARGEST_ANSWER, Beyond::Refused).await;
        Ok(answer)
    }
}

/// Returns the headers of a signed request, without Host, which the client sets to the same value.
fn signed(key: &SigningKey, request: &RequestToSign<'_>) -> Result<HeaderMap> {
    let mut headers = sign::headers(key, request).map_err(|error| Error::permanent(error.to_string()))?;
    headers.remove(header::HOST);
    Ok(headers)
}

fn unreachable_peer(url: &Url, error: &reqwest::Error) -> Error {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    Error::temporary(format!("{url}: {cause}"))
}

/// Converts an unsuccessful status of a GET into an error.
fn refusal(url: &Url, status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Error {
    match status {
        StatusCode::GONE => Error::Gone,
        StatusCode::NOT_FOUND => Error::Absent,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            Error::Temporary {
                why: format!("{url} answers {status}"),
                retry_after: retry_after(headers, now),
            }
        }
        status if status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED => Error::Temporary {
            why: format!("{url} answers {status}"),
            retry_after: retry_after(headers, now),
        },
        status => Error::permanent(format!("{url} answers {status}")),
    }
}

/// Reads a body up to a limit, after decompression.
async fn read(mut response: reqwest::Response, largest: usize, beyond: Beyond) -> Result<Bytes> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Error::temporary(error.to_string()))? {
        if body.len() + chunk.len() > largest {
            if beyond == Beyond::Refused {
                return Err(Error::permanent("the response is too large"));
            }
            body.extend_from_slice(chunk.get(..largest - body.len()).unwrap_or_default());
            break;
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Parses Retry-After in either format, as seconds between 1 and one day.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<u64> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let moment = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
            u64::try_from(moment.as_second().saturating_sub(now.seconds())).unwrap_or(1)
        }
    };
    Some(seconds.clamp(1, 24 * 60 * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date_and_clamped() {
        let now = Timestamp::parse("2026-07-02T12:00:00Z").unwrap();
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_str(text).unwrap());
            retry_after(&headers, now)
        };
        for (text, seconds) in [
            ("120", Some(120)),
            ("0", Some(1)),
            ("99999999", Some(86_400)),
            ("Thu, 02 Jul 2026 12:10:00 GMT", Some(600)),
            ("Thu, 02 Jul 2026 11:00:00 GMT", Some(1)),
            ("soon", None),
            ("-5", None),
        ] {
            assert_eq!(read(text), seconds, "{text}");
        }
    }
}
