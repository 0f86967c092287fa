//! A fake remote server. It records every request to its inboxes, signs what it sends, and can send malformed
//! values in every field, which no library would do.
//!
//! One listener serves any number of hosts (`a.localhost:PORT`, `b.localhost:PORT` …) and any number of
//! Actors on each (`/users/NAME`). All of them share one key pair, each under its own key id.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::api::Person;
use crate::http::{self, Connection, Request, Response};
use crate::wait::eventually;

const ACTIVITY_JSON: &str = "application/activity+json";
/// Address of the public collection.
pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// An RSA-2048 key pair.
pub struct Key(KeyPair);

impl Key {
    /// Generates a key pair.
    pub fn generate() -> Self {
        Self(KeyPair::generate(KeySize::Rsa2048).expect("a key"))
    }

    /// Parses a private key in PEM (PKCS #8).
    pub fn from_pem(pem: &str) -> Self {
        let lines: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(lines).expect("a PEM text");
        Self(KeyPair::from_pkcs8(&der).expect("an RSA key"))
    }

    /// Signs with RSASSA-PKCS1-v1_5 and SHA-256.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).expect("a signature");
        signature
    }

    fn public_pem(&self) -> String {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der().expect("a public key");
        let text = STANDARD.encode(der.as_ref());
        let lines: Vec<&str> =
            (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }
}

/// The peer's response to requests to its inboxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Responds with 202 at once.
    Healthy,
    /// Responds with this status.
    Failing(u16),
    /// Reads the request, and responds only after the manner changes or the peer is dropped.
    Hanging,
}

/// A POST request to an inbox.
#[derive(Debug, Clone)]
pub struct Received {
    /// Time of arrival.
    pub at: Instant,
    /// The `Host` header: which of the peer's hosts it was sent to.
    pub host: String,
    /// The request, unchanged.
    pub request: Request,
    /// The parsed body; `null` if it is not JSON.
    pub activity: Value,
}

struct Inner {
    key: Key,
    public_pem: String,
    manner: Mutex<Manner>,
    changed: Condvar,
    received: Mutex<Vec<Received>>,
    posts: AtomicUsize,
    keeps: AtomicBool,
    hanging: AtomicUsize,
    objects: Mutex<HashMap<String, Value>>,
    stopped: AtomicBool,
}

/// A running peer; stops when dropped.
pub struct FakePeer {
    /// Its first host, with port.
    pub domain: String,
    address: SocketAddr,
    inner: Arc<Inner>,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FakePeer {
    /// Starts a peer as `NAME.localhost` on a free port.
    pub fn start(name: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("bound");
        let key = Key::generate();
        let inner = Arc::new(Inner {
            public_pem: key.public_pem(),
            key,
            manner: Mutex::new(Manner::Healthy),
            changed: Condvar::new(),
            received: Mutex::default(),
            posts: AtomicUsize::new(0),
            keeps: AtomicBool::new(true),
            hanging: AtomicUsize::new(0),
            objects: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let shared = Arc::clone(&inner);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.stopped.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&shared);
                thread::spawn(move || shared.serve(stream));
            }
        });
        Self { domain: format!("{name}.localhost:{}", address.port()), address, inner }
    }

    /// Returns the name of another host on the same listener.
    pub fn host(&self, name: &str) -> String {
        format!("{name}.localhost:{}", self.address.port())
    }

    /// Returns the id of the Actor `name` on the first host.
    pub fn actor(&self, name: &str) -> String {
        format!("http://{}/users/{name}", self.domain)
    }

    /// Returns the key pair.
    pub fn key(&self) -> &Key {
        &self.inner.key
    }

    /// Changes the manner. Requests that hang get the new response.
    pub fn behaves(&self, manner: Manner) {
        *locked(&self.inner.manner) = manner;
        self.inner.changed.notify_all();
    }

    /// Returns the number of requests that hang now.
    pub fn hanging(&self) -> usize {
        self.inner.hanging.load(Ordering::Relaxed)
    }

    /// From now on counts requests without recording them.
    pub fn only_counts(&self) {
        self.inner.keeps.store(false, Ordering::Relaxed);
    }

    /// Returns the number of POST requests accepted with 202.
    pub fn posts(&self) -> usize {
        self.inner.posts.load(Ordering::Relaxed)
    }

    /// Returns all recorded requests.
    pub fn received(&self) -> Vec<Received> {
        locked(&self.inner.received).clone()
    }

    /// Waits for a matching activity.
    pub fn gets(&self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        eventually(&format!("{} gets {what}", self.domain), || {
            locked(&self.inner.received).iter().map(|r| &r.activity).find(|a| is_it(a)).cloned()
        })
    }

    /// Whether the body of any recorded request contains a text.
    pub fn ever_got(&self, text: &str) -> bool {
        locked(&self.inner.received)
            .iter()
            .any(|received| received.request.body.windows(text.len()).any(|window| window == text.as_bytes()))
    }

    /// Serves an object under its id.
    pub fn publishes(&self, object: &Value) {
        let id = object["id"].as_str().expect("an id");
        locked(&self.inner.objects).insert(path_of(id).to_owned(), object.clone());
    }

    /// Sends an activity of `actor` to an inbox with a valid signature. `None` if the server is down.
    pub fn send(&self, actor: &str, inbox: &str, address: SocketAddr, activity: &Value) -> Option<Response> {
        let request = Signed::post(actor, inbox, activity).request(self.key());
        http::send(address, &request).ok()
    }

    /// Follows a person as `actor`, and waits for the Accept.
    pub fn follows(&self, actor: &str, person: &Person, address: SocketAddr) {
        let follow = json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": format!("{actor}#follows/{}", person.name),
            "type": "Follow",
            "actor": actor,
            "object": person.actor(),
        });
        let inbox = format!("{}/inbox", person.actor());
        let answer = self.send(actor, &inbox, address, &follow).expect("the server is there");
        assert_eq!(answer.status, 202, "{}", answer.text());
        self.gets(&format!("the acceptance of {actor}"), |activity| {
            activity["type"] == "Accept" && activity.to_string().contains(&format!("\"{actor}"))
        });
    }

    /// Builds a Create activity with a public Note of `actor`.
    pub fn note(&self, actor: &str, name: &str, content: &str) -> Value {
        let id = format!("{actor}/notes/{name}");
        let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let (to, cc) = (json!([PUBLIC]), json!([format!("{actor}/followers")]));
        json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": format!("{id}/activity"),
            "type": "Create",
            "actor": actor,
            "published": now,
            "to": to,
            "cc": cc,
            "object": {
                "id": id,
                "type": "Note",
                "attributedTo": actor,
                "content": format!("<p>{content}</p>"),
                "published": now,
                "to": to,
                "cc": cc,
            },
        })
    }
}

impl Drop for FakePeer {
    fn drop(&mut self) {
        self.inner.stopped.store(true, Ordering::Relaxed);
        self.behaves(Manner::Failing(503));
        let _ = TcpStream::connect(self.address);
    }
}

impl Inner {
    fn serve(&self, stream: TcpStream) {
        let mut connection = Connection::accepted(stream);
        while let Ok(Some(request)) = connection.read_request() {
            if self.stopped.load(Ordering::Relaxed) {
                return;
            }
            let answer = if request.method == "POST" { self.take(request) } else { self.show(&request) };
            if connection.answer(&answer).is_err() {
                return;
            }
        }
    }

    fn take(&self, request: Request) -> Response {
        let manner = self.manner();
        if manner == Manner::Healthy {
            if self.keeps.load(Ordering::Relaxed) {
                locked(&self.received).push(Received {
                    at: Instant::now(),
                    host: request.get("host").unwrap_or_default().to_owned(),
                    activity: serde_json::from_slice(&request.body).unwrap_or(Value::Null),
                    request,
                });
            }
            self.posts.fetch_add(1, Ordering::Relaxed);
        }
        let status = match manner {
            Manner::Healthy => 202,
            Manner::Failing(status) => status,
            Manner::Hanging => 503,
        };
        Response { status, ..Response::default() }
    }

    /// Returns the manner. Blocks while it is `Hanging`.
    fn manner(&self) -> Manner {
        let mut manner = locked(&self.manner);
        if *manner == Manner::Hanging {
            self.hanging.fetch_add(1, Ordering::Relaxed);
            while *manner == Manner::Hanging {
                manner = self.changed.wait(manner).unwrap_or_else(PoisonError::into_inner);
            }
            self.hanging.fetch_sub(1, Ordering::Relaxed);
        }
        *manner
    }

    fn show(&self, request: &Request) -> Response {
        let host = request.get("host").unwrap_or_default();
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let found = if path == "/.well-known/webfinger" {
            webfinger(host, query)
        } else if let Some(object) = locked(&self.objects).get(path) {
            Some(object.clone())
        } else {
            path.strip_prefix("/users/").and_then(|rest| match rest.split_once('/') {
                None => Some(self.actor(host, rest)),
                Some((_, "followers" | "following" | "outbox")) => Some(collection(host, path)),
                Some(_) => None,
            })
        };
        match found {
            Some(document) => {
                let content_type =
                    if path.starts_with("/.well-known") { "application/jrd+json" } else { ACTIVITY_JSON };
                let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
                Response { status: 200, headers, body: document.to_string().into_bytes() }
            }
            None => Response { status: 404, ..Response::default() },
        }
    }

    fn actor(&self, host: &str, name: &str) -> Value {
        let id = format!("http://{host}/users/{name}");
        json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": id,
            "type": "Person",
            "preferredUsername": name,
            "name": name,
            "url": id,
            "inbox": format!("{id}/inbox"),
            "outbox": format!("{id}/outbox"),
            "followers": format!("{id}/followers"),
            "following": format!("{id}/following"),
            "publicKey": {
                "id": format!("{id}#main-key"),
                "owner": id,
                "publicKeyPem": self.public_pem,
            },
        })
    }
}

fn webfinger(host: &str, query: &str) -> Option<Value> {
    let resource = query.split('&').find_map(|pair| pair.strip_prefix("resource="))?;
    let resource = resource.replace("%3A", ":").replace("%40", "@");
    let name = resource.strip_prefix("acct:")?.split('@').next()?;
    Some(json!({
        "subject": format!("acct:{name}@{host}"),
        "links": [{
            "rel": "self",
            "type": ACTIVITY_JSON,
            "href": format!("http://{host}/users/{name}"),
        }],
    }))
}

fn collection(host: &str, path: &str) -> Value {
    json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": format!("http://{host}{path}"),
        "type": "OrderedCollection",
        "totalItems": 0,
        "orderedItems": [],
    })
}

fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("/", |at| &rest[at..])
}

fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// Formats a time, this many seconds from now, as an HTTP date.
pub fn http_date(seconds_from_now: i64) -> String {
    let at = Timestamp::now() + SignedDuration::from_secs(seconds_from_now);
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Returns the `Digest` header of a body: `SHA-256=…`.
pub fn digest_of(body: &[u8]) -> String {
    format!("SHA-256={}", STANDARD.encode(digest(&SHA256, body)))
}

/// A signed POST. Created with valid values; tests then change the fields that should be wrong.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The path that the request is sent to.
    pub path: String,
    /// The path in the signed text.
    pub signed_path: String,
    /// The `Host` header; omitted if empty.
    pub host: String,
    /// The host in the signed text.
    pub signed_host: String,
    /// The `Date` header.
    pub date: Option<String>,
    /// The `Digest` header.
    pub digest: Option<String>,
    /// The `Content-Type` header.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
    /// The parameter `keyId`.
    pub key_id: Option<String>,
    /// The parameter `algorithm`.
    pub algorithm: Option<String>,
    /// The parameter `headers`.
    pub covered: Vec<String>,
    /// The parameter `created`, written without quotes.
    pub created: Option<String>,
    /// The parameter `expires`, written without quotes.
    pub expires: Option<String>,
    /// Replaces the base64 signature.
    pub signature: Option<String>,
    /// Number of `Signature` headers to send.
    pub copies: usize,
}

impl Signed {
    /// Creates a valid POST of an activity by `actor`, signed with that Actor's key.
    pub fn post(actor: &str, inbox: &str, activity: &Value) -> Self {
        Self::post_bytes(actor, inbox, activity.to_string().into_bytes())
    }

    /// Creates a valid POST of any body.
    pub fn post_bytes(actor: &str, inbox: &str, body: Vec<u8>) -> Self {
        let (path, host) = (path_of(inbox).to_owned(), host_of(inbox).to_owned());
        Self {
            signed_path: path.clone(),
            path,
            signed_host: host.clone(),
            host,
            date: Some(http_date(0)),
            digest: Some(digest_of(&body)),
            content_type: ACTIVITY_JSON.into(),
            body,
            key_id: Some(format!("{actor}#main-key")),
            algorithm: Some("rsa-sha256".into()),
            covered: ["(request-target)", "host", "date", "digest"].map(str::to_owned).to_vec(),
            created: None,
            expires: None,
            signature: None,
            copies: 1,
        }
    }

    /// Removes a header from the signed text.
    pub fn without(mut self, name: &str) -> Self {
        self.covered.retain(|covered| covered != name);
        self
    }

    /// Builds the request, signed with `key`.
    pub fn request(&self, key: &Key) -> Request {
        let mut request = Request::new("POST", &self.path);
        if !self.host.is_empty() {
            request = request.header("Host", &self.host);
        }
        for (name, value) in [("Date", &self.date), ("Digest", &self.digest)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        for _ in 0..self.copies {
            request = request.header("Signature", &self.header(key));
        }
        if self.content_type.is_empty() {
            request.body = self.body.clone();
            return request;
        }
        request.body(&self.content_type, self.body.clone())
    }

    fn header(&self, key: &Key) -> String {
        let signature =
            self.signature.clone().unwrap_or_else(|| STANDARD.encode(key.sign(self.message().as_bytes())));
        let mut parts = Vec::new();
        let mut quoted = |name: &str, value: &Option<String>| {
            if let Some(value) = value {
                parts.push(format!("{name}=\"{value}\""));
            }
        };
        quoted("keyId", &self.key_id);
        quoted("algorithm", &self.algorithm);
        quoted("headers", &Some(self.covered.join(" ")));
        for (name, value) in [("created", &self.created), ("expires", &self.expires)] {
            if let Some(value) = value {
                parts.push(format!("{name}={value}"));
            }
        }
        parts.push(format!("signature=\"{signature}\""));
        parts.join(",")
    }

    fn message(&self) -> String {
        let nothing = String::new();
        let lines: Vec<String> = self
            .covered
            .iter()
            .map(|name| match name.as_str() {
                "(request-target)" => format!("(request-target): post {}", self.signed_path),
                "host" => format!("host: {}", self.signed_host),
                "date" => format!("date: {}", self.date.as_ref().unwrap_or(&nothing)),
                "digest" => format!("digest: {}", self.digest.as_ref().unwrap_or(&nothing)),
                "content-type" => format!("content-type: {}", self.content_type),
                "(created)" => format!("(created): {}", self.created.as_ref().unwrap_or(&nothing)),
                "(expires)" => format!("(expires): {}", self.expires.as_ref().unwrap_or(&nothing)),
                other => format!("{other}: "),
            })
            .collect();
        lines.join("\n")
    }
}
