//! A scripted peer: serves documents set by a test, records what it receives, and signs a test's requests,
//! with control over every header.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use portico_config::{InstanceSettings, NetworkSettings};
use portico_domain::model::account::Account;
use portico_domain::model::peer::Tier;
use portico_http_signatures::sign::{self, RequestToSign};
use portico_http_signatures::{KeyPem, SignatureScheme, SigningKey, digest, keys};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{Database, Reply, TestApp};

pub const ACTIVITY: &str = "application/activity+json";
pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// The network settings of the demo and of tests: loopback only.
pub fn loopback() -> NetworkSettings {
    NetworkSettings {
        allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
        insecure_http: true,
        ..NetworkSettings::default()
    }
}

/// An instance that may reach peers on loopback.
pub async fn app(database: Database) -> TestApp {
    app_with(database, |_| {}).await
}

/// An instance that may reach peers on loopback, with changed settings.
pub async fn app_with(database: Database, change: impl FnOnce(&mut InstanceSettings)) -> TestApp {
    TestApp::wired(database, loopback(), |settings| {
        settings.company = Vec::new();
        change(settings);
    })
    .await
}

/// Runs a test on an instance that may reach peers on loopback.
pub fn on<F: Future<Output = ()>>(database: Database, body: impl FnOnce(TestApp) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async { body(app(database).await).await });
}

/// Runs a test on SQLite only, because it does not depend on the database.
pub fn on_sqlite<F: Future<Output = ()>>(body: impl FnOnce(TestApp) -> F) {
    on(Database::Sqlite, body);
}

/// Defines tests that run on each database, on an instance that may reach peers on loopback.
#[macro_export]
macro_rules! federated {
    ($(async fn $name:ident($app:ident: TestApp) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn body($app: $crate::TestApp) $body

            #[test]
            fn sqlite() {
                $crate::peer::on($crate::Database::Sqlite, body);
            }

            #[test]
            #[ignore = "needs PORTICO_TEST_POSTGRES"]
            fn postgres() {
                $crate::peer::on($crate::Database::Postgres, body);
            }
        }
    )+};
}
pub use federated;

/// Runs the workers of an instance until it is dropped.
pub struct Workers {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Workers {
    pub fn start(app: &TestApp) -> Self {
        let stop = CancellationToken::new();
        let tasks = app.fleet.start_workers(&stop);
        Self { stop, tasks }
    }

    /// Ends them, and waits until their work in hand is done and written down. A test calls this before it moves the
    /// clock or changes the answers of a peer, so that no delivery falls between the two.
    pub async fn end(self) {
        self.stop.cancel();
        let ended = tokio::time::timeout(PATIENCE, self.tasks.wait()).await;
        assert!(ended.is_ok(), "after {PATIENCE:?} {} workers have not ended", self.tasks.len());
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Deadline of a condition. It only ends a broken run; it is long because machines may be busy.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(20);

/// Polls until a value is present.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "after {PATIENCE:?} still not: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits until a look gives this value. After the deadline it fails and names the value of the last look.
pub async fn eventually_is<T: PartialEq + Debug, F: Future<Output = T>>(
    what: &str,
    wanted: T,
    mut look: impl FnMut() -> F,
) {
    let begun = Instant::now();
    loop {
        let seen = look().await;
        if seen == wanted {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "after {PATIENCE:?} still not {wanted:?} but {seen:?}: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits until the inbox of an instance is empty.
pub async fn worked_off(app: &TestApp) {
    eventually_is("the number of activities that wait in the inbox", 0, || async {
        let waiting = app.instance.store.read(|reader| reader.count_waiting_inbox()).await;
        let waiting: Result<i64, portico_store::Error> = waiting;
        waiting.unwrap()
    })
    .await;
}

/// Waits until every event is processed and every delivery is sent.
pub async fn sent_off(app: &TestApp) {
    eventually_is("the numbers of events and of deliveries that wait", (0, 0), || async {
        let left = app.instance.store.read(|reader| {
            Ok::<_, portico_store::Error>((reader.count_jobs("federate")?.0, reader.count_deliveries()?.0))
        });
        left.await.unwrap()
    })
    .await;
}

/// Waits until a queue of jobs is empty.
pub async fn jobs_done(app: &TestApp, queue: &'static str) {
    eventually_is(&format!("the number of jobs in the queue {queue}"), 0, || async {
        let left = app.instance.store.read(move |reader| reader.count_jobs(queue)).await;
        let left: Result<(i64, i64), portico_store::Error> = left;
        left.unwrap().0
    })
    .await;
}

struct Inner {
    documents: HashMap<String, (StatusCode, HeaderMap, Bytes)>,
    asked: Vec<String>,
    signatures: Vec<String>,
    received: Vec<(Uri, HeaderMap, Bytes, Value)>,
    inbox_status: StatusCode,
    inbox_headers: HeaderMap,
    scheme: SignatureScheme,
    takes_only: Option<(SignatureScheme, StatusCode)>,
    posts_answered: HashMap<String, (StatusCode, HeaderMap)>,
}

/// Returns the key pair of the peers with this name. Generating one takes longer than the rest of most tests.
fn key_pair(name: &str) -> KeyPem {
    static MADE: Mutex<BTreeMap<String, KeyPem>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap();
    let pem = made.entry(name.to_owned()).or_insert_with(|| keys::generate().unwrap());
    KeyPem { private: pem.private.clone(), public: pem.public.clone() }
}

/// A scripted server.
#[derive(Clone)]
pub struct Peer {
    pub domain: String,
    pem: Arc<KeyPem>,
    inner: Arc<Mutex<Inner>>,
}

impl Peer {
    /// Starts the peer `name`.localhost on a free port, with the accounts `ann` and `ben`, which share a key
    /// pair under different key ids.
    pub async fn start(name: &str) -> Self {
        Self::start_with(name, key_pair(name)).await
    }

    /// Starts a peer with this key pair.
    pub async fn start_with(name: &str, pem: KeyPem) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let domain = format!("{name}.localhost:{}", listener.local_addr().unwrap().port());
        let inner = Arc::new(Mutex::new(Inner {
            documents: HashMap::new(),
            asked: Vec::new(),
            signatures: Vec::new(),
            received: Vec::new(),
            inbox_status: StatusCode::ACCEPTED,
            inbox_headers: HeaderMap::new(),
            scheme: SignatureScheme::Cavage,
            takes_only: None,
            posts_answered: HashMap::new(),
        }));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let peer = Self { domain, pem: Arc::new(pem), inner };
        for person in ["ann", "ben"] {
            peer.serve(&format!("/users/{person}"), peer.person(person));
        }
        let mut server = peer.person("server");
        server["type"] = json!("Application");
        peer.serve("/users/server", server);
        peer
    }

    pub fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.domain)
    }

    pub fn actor(&self, name: &str) -> String {
        self.at(&format!("/users/{name}"))
    }

    pub fn key_id(&self, name: &str) -> String {
        format!("{}#main-key", self.actor(name))
    }

    pub fn followers(&self, name: &str) -> String {
        self.at(&format!("/users/{name}/followers"))
    }

    pub fn public_pem(&self) -> &str {
        &self.pem.public
    }

    /// The actor document of an account.
    pub fn person(&self, name: &str) -> Value {
        let id = self.actor(name);
        json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": id, "type": "Person", "preferredUsername": name, "name": name.to_uppercase(),
            "inbox": format!("{id}/inbox"), "outbox": format!("{id}/outbox"),
            "followers": format!("{id}/followers"), "following": format!("{id}/following"),
            "endpoints": { "sharedInbox": self.at("/inbox") },
            "publicKey": { "id": format!("{id}#main-key"), "owner": id, "publicKeyPem": self.pem.public },
        })
    }

    /// A note by one of the peer's accounts.
    pub fn note(&self, by: &str, id: &str, content: &str, to: &[&str], cc: &[&str]) -> Value {
        json!({
            "id": self.at(&format!("/notes/{id}")), "type": "Note", "attributedTo": self.actor(by),
            "content": format!("<p>{content}</p>"), "published": "2026-11-02T08:59:00Z", "to": to, "cc": cc,
        })
    }

    /// An activity by one of the peer's accounts.
    pub fn activity(&self, kind: &str, by: &str, id: &str, object: Value) -> Value {
        json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": self.at(&format!("/activities/{id}")), "type": kind, "actor": self.actor(by), "object": object,
        })
    }

    /// The Create of a note, addressed like the note.
    pub fn create(&self, by: &str, note: &Value) -> Value {
        let id = note["id"].as_str().unwrap().rsplit('/').next().unwrap();
        let mut create = self.activity("Create", by, &format!("create-{id}"), note.clone());
        for name in ["to", "cc", "audience"] {
            if let Some(value) = note.get(name) {
                create[name] = value.clone();
            }
        }
        create
    }

    /// Serves a document at a path.
    pub fn serve(&self, path: &str, document: Value) {
        self.serve_as(path, StatusCode::OK, ACTIVITY, &document.to_string());
    }

    /// Serves a response at a path.
    pub fn serve_as(&self, path: &str, status: StatusCode, media_type: &str, body: &str) {
        self.serve_bytes(path, status, media_type, body.to_owned());
    }

    /// Serves bytes at a path.
    pub fn serve_bytes(&self, path: &str, status: StatusCode, media_type: &str, body: impl Into<Bytes>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(media_type).unwrap());
        self.inner.lock().unwrap().documents.insert(path.into(), (status, headers, body.into()));
    }

    /// Redirects requests for a path.
    pub fn redirect(&self, path: &str, to: &str) {
        let mut headers = HeaderMap::new();
        headers.insert(header::LOCATION, HeaderValue::from_str(to).unwrap());
        self.inner.lock().unwrap().documents.insert(path.into(), (StatusCode::FOUND, headers, Bytes::new()));
    }

    /// Sets the response of its inboxes.
    pub fn answer_with(&self, status: u16, headers: &[(&'static str, &str)]) {
        let mut inner = self.inner.lock().unwrap();
        inner.inbox_status = StatusCode::from_u16(status).unwrap();
        inner.inbox_headers = headers.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect();
    }

    /// Sets the response of one inbox, which then records nothing; optionally a redirect.
    pub fn answer_at(&self, path: &str, status: u16, location: Option<&str>) {
        let mut headers = HeaderMap::new();
        if let Some(location) = location {
            headers.insert(header::LOCATION, HeaderValue::from_str(location).unwrap());
        }
        let answer = (StatusCode::from_u16(status).unwrap(), headers);
        self.inner.lock().unwrap().posts_answered.insert(path.into(), answer);
    }

    /// Sets the signature scheme that it uses.
    pub fn signs_with(&self, scheme: SignatureScheme) {
        self.inner.lock().unwrap().scheme = scheme;
    }

    /// Sets the only signature scheme that it accepts, and the status for the other one.
    pub fn takes_only(&self, scheme: SignatureScheme, status: u16) {
        self.inner.lock().unwrap().takes_only = Some((scheme, StatusCode::from_u16(status).unwrap()));
    }

    /// The requested paths.
    pub fn asked(&self) -> Vec<String> {
        self.inner.lock().unwrap().asked.clone()
    }

    /// The signatures of received GET requests.
    pub fn asked_signatures(&self) -> Vec<String> {
        self.inner.lock().unwrap().signatures.clone()
    }

    /// The activities received by its inboxes, with their paths.
    pub fn received(&self) -> Vec<(String, Value)> {
        let inner = self.inner.lock().unwrap();
        inner.received.iter().map(|(uri, _, _, activity)| (uri.path().to_owned(), activity.clone())).collect()
    }

    /// The received POST requests: target, headers and body.
    pub fn received_requests(&self) -> Vec<(Uri, HeaderMap, Bytes)> {
        let inner = self.inner.lock().unwrap();
        let parts =
            inner.received.iter().map(|(uri, headers, body, _)| (uri.clone(), headers.clone(), body.clone()));
        parts.collect()
    }

    /// The Digest headers of received activities.
    pub fn digests(&self) -> Vec<String> {
        let inner = self.inner.lock().unwrap();
        let digest = |headers: &HeaderMap| Some(headers.get("digest")?.to_str().unwrap().to_owned());
        inner.received.iter().filter_map(|(_, headers, ..)| digest(headers)).collect()
    }

    /// The received activities of a type.
    pub fn received_of(&self, kind: &str) -> Vec<Value> {
        self.received().into_iter().map(|(_, activity)| activity).filter(|a| a["type"] == kind).collect()
    }

    /// A header of each received activity of a type.
    pub fn received_headers_of(&self, kind: &str, name: &str) -> Vec<Option<String>> {
        let inner = self.inner.lock().unwrap();
        let of_kind = inner.received.iter().filter(|(.., activity)| activity["type"] == kind);
        of_kind.map(|(_, headers, ..)| Some(headers.get(name)?.to_str().unwrap().to_owned())).collect()
    }

    /// The signing key of one of the peer's accounts.
    pub fn key(&self, name: &str) -> SigningKey {
        SigningKey::from_pem(self.key_id(name), &self.pem.private).unwrap()
    }

    /// The headers of a signed request to an instance.
    pub fn signed(
        &self,
        app: &TestApp,
        by: &str,
        method: &Method,
        path: &str,
        body: Option<&[u8]>,
    ) -> HeaderMap {
        let url = url::Url::parse(&app.instance.urls.at(path)).unwrap();
        let digest = body.map(digest::digest_header);
        let method = method.as_str().to_lowercase();
        let request = RequestToSign {
            scheme: self.inner.lock().unwrap().scheme,
            method: &method,
            url: &url,
            with_query: true,
            digest: digest.as_deref(),
            synchronization: None,
            now: app.instance.now(),
        };
        sign::headers(&self.key(by), &request).unwrap()
    }

    /// Posts an activity, signed, to a path of an instance.
    pub async fn post_to(&self, app: &TestApp, path: &str, by: &str, activity: &Value) -> Reply {
        let body = activity.to_string();
        let headers = self.signed(app, by, &Method::POST, path, Some(body.as_bytes()));
        self.post_raw(app, path, headers, body).await
    }

    /// Posts an activity, signed by its own actor, to the shared inbox.
    pub async fn post(&self, app: &TestApp, by: &str, activity: &Value) -> Reply {
        self.post_to(app, "/inbox", by, activity).await
    }

    /// Posts exactly these headers and bytes.
    pub async fn post_raw(
        &self,
        app: &TestApp,
        path: &str,
        headers: HeaderMap,
        body: impl Into<Body>,
    ) -> Reply {
        let mut request = Request::post(path).body(body.into()).unwrap();
        *request.headers_mut() = headers;
        request.headers_mut().entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static(ACTIVITY));
        request.headers_mut().entry(header::HOST).or_insert(app.instance.settings.domain.parse().unwrap());
        app.send(request).await
    }

    /// Requests a document, signed.
    pub async fn get(&self, app: &TestApp, by: &str, path: &str) -> Reply {
        let mut headers = self.signed(app, by, &Method::GET, path, None);
        headers.insert(header::ACCEPT, HeaderValue::from_static(ACTIVITY));
        let mut request = Request::get(path).body(Body::empty()).unwrap();
        *request.headers_mut() = headers;
        app.send(request).await
    }

    /// Makes one of the peer's accounts follow a local account, and waits for the Accept.
    pub async fn follows(&self, app: &TestApp, by: &str, target: &Account) {
        let follow =
            self.activity("Follow", by, &format!("follow-{by}-{}", target.username), json!(target.uri));
        assert_eq!(self.post(app, by, &follow).await.status, 202);
        eventually("the follow is accepted", || async {
            let answers = self.received_of("Accept");
            answers.iter().any(|accept| accept["object"]["id"] == follow["id"]).then_some(())
        })
        .await;
    }

    /// Sets the tier of the peer's host.
    pub async fn is(&self, app: &TestApp, tier: Tier) {
        let domain = self.domain.clone();
        let set = app.instance.store.write(move |tx| tx.set_tier(&domain, tier, "test"));
        let set: Result<(), portico_store::Error> = set.await;
        set.unwrap();
    }

    /// The stored account of one of the peer's accounts.
    pub async fn known(&self, app: &TestApp, name: &str) -> Option<Account> {
        let uri = self.actor(name);
        let found = app.instance.store.read(move |reader| reader.find_account_by_uri(&uri)).await;
        let found: Result<Option<Account>, portico_store::Error> = found;
        found.unwrap()
    }
}

/// Two instances of one company, each served on loopback.
pub async fn sisters() -> (TestApp, TestApp) {
    let mut listeners = Vec::new();
    for name in ["engineering", "sales"] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let domain = format!("{name}.localhost:{}", listener.local_addr().unwrap().port());
        listeners.push((listener, domain));
    }
    let domains: Vec<String> = listeners.iter().map(|(_, domain)| domain.clone()).collect();
    let mut apps = Vec::new();
    for (listener, domain) in listeners {
        let company = domains.iter().filter(|other| **other != domain).cloned().collect();
        let app = app_with(Database::Sqlite, |settings| {
            settings.domain = domain;
            settings.company = company;
        })
        .await;
        let router = app.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        apps.push(app);
    }
    let sales = apps.pop().unwrap();
    (apps.pop().unwrap(), sales)
}

/// Requests a document without a signature.
pub async fn get_anonymously(app: &TestApp, path: &str) -> Reply {
    let request = app.request(Method::GET, path).header(header::ACCEPT, ACTIVITY);
    app.send(request.body(Body::empty()).unwrap()).await
}

/// The stored status with an object id.
pub async fn status_of(app: &TestApp, uri: &str) -> Option<portico_domain::model::status::Status> {
    let uri = uri.to_owned();
    let found = app.instance.store.read(move |reader| reader.find_status_by_uri(&uri)).await;
    let found: Result<_, portico_store::Error> = found;
    found.unwrap()
}

async fn answer(
    State(inner): State<Arc<Mutex<Inner>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut inner = inner.lock().unwrap();
    let path = uri.path().to_owned();
    let scheme = if headers.contains_key("signature-input") {
        SignatureScheme::Message
    } else {
        SignatureScheme::Cavage
    };
    if let Some((only, status)) = inner.takes_only
        && only != scheme
    {
        inner.asked.push(format!("refused {path}"));
        return status.into_response();
    }
    if method == Method::POST {
        if let Some(answer) = inner.posts_answered.get(&path).cloned() {
            inner.asked.push(format!("posted {path}"));
            return answer.into_response();
        }
        let activity = serde_json::from_slice(&body).unwrap_or(Value::Null);
        inner.received.push((uri, headers, body, activity));
        return (inner.inbox_status, inner.inbox_headers.clone()).into_response();
    }
    inner.asked.push(path.clone());
    if let Some(signature) = headers.get("signature") {
        inner.signatures.push(signature.to_str().unwrap().to_owned());
    }
    match inner.documents.get(&path) {
        Some((status, headers, body)) => (*status, headers.clone(), body.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
