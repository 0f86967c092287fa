//! `TestApp`: a real instance on a temporary database, with a fixed clock and seeded randomness, its router
//! called without sockets.
//!
//! `both_databases!` creates two tests from one body. The PostgreSQL test is ignored unless requested
//! (`./test` does, with `--include-ignored`), and then needs `PORTICO_TEST_POSTGRES`, the address of a server
//! on which it may create databases.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that cannot go on has failed"
)]

pub mod browser;
pub mod elsewhere;
pub mod media;
pub mod peer;
pub mod streams;
mod template;
pub mod world;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use portico::fleet::{self, Fleet};
use portico_config::{About, DatabaseUrl, InstanceSettings, MediaPlace, NetworkSettings};
use portico_domain::model::account::Account;
use portico_domain::model::moderation::{Action, Moderator};
use portico_domain::model::oauth::Scopes;
use portico_domain::model::random::Rng;
use portico_domain::model::user::{Role, User};
use portico_domain::model::{AccountId, Reach, Timestamp, time::Clock};
use portico_http_signatures::keys::{self, KeyPem};
use portico_service::instance::Instance;
use portico_service::moderation::{self, ActionInput};
use portico_service::publishing::statuses::NewStatus;
use portico_service::publishing::{PostAuthor, submit_now};
use serde_json::Value;
use tower::ServiceExt as _;

/// The domain of the instance under test.
pub const DOMAIN: &str = "engineering.acme.test";
/// The time at which every test starts.
pub const START: &str = "2026-11-02T09:00:00Z";

/// The database that a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// Creates a test for each database from one async body: `both_databases! { async fn name(app: TestApp) { … }
/// }`.
#[macro_export]
macro_rules! both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident: TestApp) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports, reason = "a body may need nothing from around it")]
            use super::*;

            $(#[$meta])*
            async fn body($app: $crate::TestApp) $body

            #[test]
            fn sqlite() {
                $crate::run($crate::Database::Sqlite, body);
            }

            #[test]
            #[ignore = "needs PORTICO_TEST_POSTGRES"]
            fn postgres() {
                $crate::run($crate::Database::Postgres, body);
            }
        }
    )+};
}

/// Runs one test body on a fresh instance.
pub fn run<F: Future<Output = ()>>(database: Database, body: impl FnOnce(TestApp) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let app = TestApp::new(database).await;
        body(app).await;
    });
}

/// A real instance, and what its clean-up needs.
#[derive(Clone)]
pub struct TestApp {
    pub instance: Arc<Instance>,
    pub fleet: Fleet,
    pub router: Router,
    _folder: Arc<tempfile::TempDir>,
    _databases: Vec<Arc<PostgresDatabase>>,
}

/// A response of the router.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Reply {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }

    /// Asserts success, and returns the JSON body.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.body);
        self.json()
    }

    /// Asserts a client API problem with this status, and returns its text.
    #[track_caller]
    pub fn problem(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        assert_eq!(self.header("content-type"), Some("application/json; charset=utf-8"), "{}", self.body);
        self.json()["error"].as_str().expect("a problem has a text").to_owned()
    }

    /// Returns a header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Returns the target of a link of the Link header, as a path with its query.
    pub fn link(&self, rel: &str) -> Option<String> {
        let end = format!("rel=\"{rel}\"");
        let found = self.header("link")?.split(", ").find(|link| link.ends_with(&end))?;
        let url = found.trim_start_matches('<').split('>').next()?;
        Some(url.strip_prefix(&format!("https://{DOMAIN}")).expect("links are absolute").to_owned())
    }
}

impl TestApp {
    /// Creates an instance with the settings of a company's division.
    pub async fn new(database: Database) -> Self {
        Self::with(database, |_| {}).await
    }

    /// Creates an instance with changed settings.
    pub async fn with(database: Database, change: impl FnOnce(&mut InstanceSettings)) -> Self {
        Self::wired(database, NetworkSettings::default(), change).await
    }

    /// Creates an instance with changed settings, and a network that it may reach.
    pub async fn wired(
        database: Database,
        network: NetworkSettings,
        change: impl FnOnce(&mut InstanceSettings),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = acme(folder.path());
        change(&mut settings);
        let from_template = settings.domain == DOMAIN;
        let mut databases = Vec::new();
        settings.database = match database {
            Database::Sqlite if from_template => template::copy_sqlite(folder.path(), &network).await,
            Database::Sqlite => sqlite_in(folder.path()),
            Database::Postgres => {
                if from_template {
                    let (copy, template) = template::copy_postgres(&network).await;
                    databases.extend([Arc::new(copy), template]);
                } else {
                    databases.push(Arc::new(PostgresDatabase::create()));
                }
                DatabaseUrl::Postgres(databases[0].url.clone())
            }
        };
        Self::opened(folder, databases, Timestamp::parse(START).unwrap(), network, settings).await
    }

    /// Opens an SQLite database that an earlier release wrote, given as the text of a dump, with a copy of its
    /// media folder, at this time.
    pub async fn restored(
        dump: &str,
        media: &Path,
        now: Timestamp,
        network: NetworkSettings,
        change: impl FnOnce(&mut InstanceSettings),
    ) -> Self {
        use diesel::connection::{Connection as _, SimpleConnection as _};
        let folder = tempfile::tempdir().unwrap();
        let url = sqlite_in(folder.path());
        let DatabaseUrl::Sqlite(file) = &url else { unreachable!("the database is SQLite") };
        let mut conn = diesel::SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        conn.batch_execute(dump).unwrap();
        drop(conn);
        copy_folder(media, &folder.path().join("media"));
        let mut settings = acme(folder.path());
        settings.database = url;
        change(&mut settings);
        Self::opened(folder, Vec::new(), now, network, settings).await
    }

    async fn opened(
        folder: tempfile::TempDir,
        databases: Vec<Arc<PostgresDatabase>>,
        now: Timestamp,
        network: NetworkSettings,
        settings: InstanceSettings,
    ) -> Self {
        let clock = Clock::fixed(now);
        let instance = fleet::open(&settings, &network, clock, Rng::seeded(1)).await.unwrap();
        let fleet = Fleet::new([Arc::clone(&instance)]).unwrap();
        let router = fleet.router();
        Self { instance, fleet, router, _folder: Arc::new(folder), _databases: databases }
    }

    /// Moves the clock.
    pub fn advance(&self, seconds: i64) {
        self.instance.clock.advance_seconds(seconds);
    }

    /// Adds a user with the password `correct horse battery`.
    pub async fn staff(&self, username: &str) -> TestUser {
        // One key for all, because generating one takes longer than the rest of a test.
        static KEY: OnceLock<KeyPem> = OnceLock::new();
        let pem = KEY.get_or_init(|| keys::generate().unwrap());
        let new = portico_service::people::users::NewUser {
            username: username.into(),
            email: format!("{username}@acme.test"),
            display_name: username.to_uppercase(),
            role: Role::Member,
            password: None,
            public_pem: pem.public.clone(),
            private_pem: pem.private.clone(),
        };
        let (user, account) = portico_service::people::users::create(&self.instance, new).await.unwrap();
        let scopes = Scopes::parse("read write follow push").unwrap();
        let (_, token) =
            portico_service::access::tokens::issue_for_user(&self.instance, user.id, scopes).await.unwrap();
        TestUser { app: self.clone(), user, account, token }
    }

    /// Adds a user with a role, whose token has the scopes of the role.
    pub async fn staff_as(&self, username: &str, role: Role) -> TestUser {
        let staff = self.staff(username).await;
        moderation::set_role(&self.instance, &Moderator::console(), staff.user.id, role).await.unwrap();
        let token = staff.token_for("read write follow push admin:read admin:write").await;
        TestUser { token, user: User { role, ..staff.user.clone() }, ..staff }
    }

    /// Takes a moderation action on an account, as an operator does on the command line.
    pub async fn act(&self, account: AccountId, action: Action) -> portico_service::Result<()> {
        let by = Moderator::console();
        moderation::act(&self.instance, &by, account, ActionInput::plain(action)).await.map(drop)
    }

    /// Sends a request to the router as a peer or browser would, without a socket.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Reply {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// Starts building a request to this instance.
    pub fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        Request::builder().method(method).uri(path).header(header::HOST, &self.instance.settings.domain)
    }

    /// Sends a GET without a token.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    /// Sends a GET with an Authorization header.
    pub async fn get_with(&self, path: &str, authorization: &str) -> Reply {
        let request = self.request(Method::GET, path).header(header::AUTHORIZATION, authorization);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Sends a POST of a form without a token.
    pub async fn submit(&self, path: &str, form: &str) -> Reply {
        self.send(with_form(self.request(Method::POST, path), form)).await
    }
}

/// The settings of a company's division, without a database.
fn acme(folder: &Path) -> InstanceSettings {
    InstanceSettings {
        domain: DOMAIN.into(),
        title: "Acme Engineering".into(),
        description: "Where engineering talks".into(),
        contact_email: "it@acme.test".into(),
        media: MediaPlace::Folder(folder.join("media")),
        company: vec!["sales.acme.test".into()],
        about: About {
            rules: ["Be kind", "Name no customers", "Ask before you quote"].map(Into::into).into(),
            ..About::default()
        },
        ..InstanceSettings::default()
    }
}

fn sqlite_in(folder: &Path) -> DatabaseUrl {
    DatabaseUrl::Sqlite(folder.join("test.db"))
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Completes a request with a form; an empty one has no content type, like those of clients.
fn with_form(request: axum::http::request::Builder, form: &str) -> Request<Body> {
    let request = match form {
        "" => request,
        _ => request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded"),
    };
    request.body(Body::from(form.to_owned())).unwrap()
}

/// A user with a token.
#[derive(Clone)]
pub struct TestUser {
    pub app: TestApp,
    pub user: User,
    pub account: Account,
    pub token: String,
}

impl TestUser {
    /// Sends a request with this user's token; `body` is sent as JSON.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let mut request = self.app.request(method, path);
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        let body = match body {
            Some(json) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(json.to_string())
            }
            None => Body::empty(),
        };
        self.app.send(request.body(body).unwrap()).await
    }

    /// Sends a GET with this user's token.
    pub async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, None).await
    }

    /// Sends a POST of JSON with this user's token.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Sends a form by any method, with this user's token.
    pub async fn form(&self, method: Method, path: &str, form: &str) -> Reply {
        let request = self.app.request(method, path);
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        self.app.send(with_form(request, form)).await
    }

    /// Sends a POST of a form with this user's token.
    pub async fn submit(&self, path: &str, form: &str) -> Reply {
        self.form(Method::POST, path, form).await
    }

    /// Issues another token of this user, with other scopes.
    pub async fn token_for(&self, scopes: &str) -> String {
        let scopes = Scopes::parse(scopes).unwrap();
        let issued =
            portico_service::access::tokens::issue_for_user(&self.app.instance, self.user.id, scopes).await;
        issued.unwrap().1
    }

    /// Posts a status through the API, and advances the clock, so that later posts are newer.
    pub async fn posts(&self, text: &str) -> Value {
        let posted = self.post("/api/v1/statuses", serde_json::json!({ "status": text })).await.ok();
        self.app.advance(1);
        posted
    }

    /// The account's id as a string, as in the API.
    pub fn id(&self) -> String {
        self.account.id.to_string()
    }

    /// Posts a status through the service, with an exact reach.
    pub async fn says(&self, text: &str, reach: Reach) -> portico_domain::model::view::StatusView {
        let asked = Some(portico_domain::policy::reach::RequestedReach::Reach(reach));
        let new = NewStatus { text: text.into(), asked, ..NewStatus::default() };
        submit_now(&self.app.instance, PostAuthor::own(&self.account), new).await.unwrap()
    }
}

/// A separate database on the test server; dropped with the test.
pub struct PostgresDatabase {
    server: String,
    name: String,
    pub url: String,
}

impl PostgresDatabase {
    /// Creates an empty database.
    pub fn create() -> Self {
        let server = std::env::var("PORTICO_TEST_POSTGRES").expect(
            "PORTICO_TEST_POSTGRES names a PostgreSQL server, such as postgres://postgres@127.0.0.1:5432/",
        );
        Self::create_from(server.trim_end_matches('/').to_owned(), "template1")
    }

    /// Copies a database, which nobody may have open.
    fn copy_of(template: &Self) -> Self {
        Self::create_from(template.server.clone(), &template.name)
    }

    fn create_from(server: String, template: &str) -> Self {
        use diesel::prelude::*;
        use std::sync::atomic::{AtomicU64, Ordering};
        static NEXT: AtomicU64 = AtomicU64::new(0);

        let name = format!("portico_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let mut conn = diesel::PgConnection::establish(&format!("{server}/postgres")).unwrap();
        diesel::sql_query(format!("CREATE DATABASE {name} TEMPLATE {template}")).execute(&mut conn).unwrap();
        let url = format!("{server}/{name}");
        Self { server, name, url }
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        use diesel::prelude::*;
        if let Ok(mut conn) = diesel::PgConnection::establish(&format!("{}/postgres", self.server)) {
            let _ = diesel::sql_query(format!("DROP DATABASE {} WITH (FORCE)", self.name)).execute(&mut conn);
        }
    }
}
