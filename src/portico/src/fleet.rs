//! The fleet: all instances of one process, selected by the Host header.
//!
//! [`open`] prepares one instance, for the server and for every command. [`Fleet`] holds the instances that
//! are served: a router that finds the instance of each request, and the workers of each. Instances share
//! nothing but the process.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::telemetry::requests::Requests;
use crate::workers;
use portico_config::{InstanceSettings, NetworkSettings, Settings};
use portico_domain::model::random::Rng;
use portico_domain::model::time::Clock;
use portico_domain::model::urls::Urls;
use portico_federation::{Federation, Federations};
use portico_http::serve::Patience;
use portico_http_signatures::keys;
use portico_service::instance::Instance;
use portico_store::Store;

/// The interval of housekeeping.
const HOUSEKEEPING: Duration = Duration::from_secs(3600);
/// The time limit of a request.
const REQUEST_TIME: Duration = Duration::from_secs(30);
/// The time limit of an upload.
const UPLOAD_TIME: Duration = Duration::from_secs(600);

/// The reason why an instance cannot be opened or served: one line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database cannot be opened or migrated.
    #[error("instance {domain}: {cause}")]
    Store {
        /// The domain of the instance.
        domain: String,
        /// The database error.
        cause: portico_store::Error,
    },
    /// The instance cannot be prepared.
    #[error("instance {domain}: {cause}")]
    Setup {
        /// The domain of the instance.
        domain: String,
        /// The cause.
        cause: String,
    },
    /// The address cannot be bound.
    #[error("cannot listen on {address}: {cause}; is another server running there?")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system error.
        cause: std::io::Error,
    },
}

/// Opens one instance: connects to its database, migrates it, and creates the instance actor and its key at
/// the first start. Does not start any workers.
pub async fn open(
    settings: &InstanceSettings,
    network: &NetworkSettings,
    clock: Clock,
    rng: Rng,
) -> Result<Arc<Instance>, Error> {
    let domain = settings.domain.clone();
    let store_error = |cause| Error::Store { domain: domain.clone(), cause };
    let clock = Arc::new(clock);
    let (url, noise, shared_clock) = (settings.database.clone(), rng.noise(), Arc::clone(&clock));
    let store = tokio::task::spawn_blocking(move || {
        let store = Store::connect(&url, shared_clock, noise)?;
        store.migrate()?;
        Ok(store)
    })
    .await
    .map_err(|error| Error::Setup { domain: domain.clone(), cause: error.to_string() })?
    .map_err(store_error)?;
    let urls = Urls::new(&settings.domain, network.insecure_http);
    let setup = |cause: String| Error::Setup { domain: domain.clone(), cause };
    let actor_id = ensure_actor(&store, &urls).await.map_err(setup)?;
    let media = portico_media::MediaStore::open(&settings.media);
    let media = media.map_err(|error| setup(format!("cannot open the media store: {error}")))?;
    portico_service::setup::company_hosts(&store, settings)
        .await
        .map_err(|error| setup(error.to_string()))?;
    let push = portico_service::reading::push::PushKeys::load(&store, rng.bytes()).await;
    let push = push.map_err(|error| setup(error.to_string()))?;
    let instance = Instance {
        settings: settings.clone(),
        network: network.clone(),
        ids: store.ids(),
        store,
        clock,
        rng,
        urls,
        actor_id,
        bench: Default::default(),
        shut_out: Default::default(),
        push,
        make_keys: || match keys::generate() {
            Ok(pem) => Ok((pem.public, pem.private)),
            Err(error) => Err(error.to_string()),
        },
        stopping: CancellationToken::new(),
        media: Arc::new(media),
        remote: OnceLock::new(),
        mailer: OnceLock::new(),
        translator: OnceLock::new(),
    };
    Ok(Arc::new(instance))
}

async fn ensure_actor(store: &Store, urls: &Urls) -> Result<portico_domain::model::AccountId, String> {
    let found =
        portico_service::setup::instance_actor(store, urls, None).await.map_err(|error| error.to_string())?;
    if let Some(id) = found {
        return same_domain(store, urls, id).await.map(|()| id);
    }
    let pem = tokio::task::spawn_blocking(keys::generate)
        .await
        .map_err(|error| error.to_string())?
        .map_err(|error| error.to_string())?;
    let key = pem.named(format!("{}#main-key", urls.instance_actor()));
    let made = portico_service::setup::instance_actor(store, urls, Some(key))
        .await
        .map_err(|error| error.to_string())?;
    made.ok_or_else(|| "the instance actor could not be created".into())
}

/// Rejects a database that was created for another domain: every id in it contains the old domain, and
/// peers would take its accounts for others.
async fn same_domain(
    store: &Store,
    urls: &Urls,
    actor: portico_domain::model::AccountId,
) -> Result<(), String> {
    let account = store.read(move |reader| reader.find_account(actor)).await;
    let account = account.map_err(|error: portico_store::Error| error.to_string())?;
    let uri = account.map(|account| account.uri).unwrap_or_default();
    if uri == urls.instance_actor() {
        return Ok(());
    }
    let origin = uri.trim_end_matches("/actor");
    Err(format!(
        "the database belongs to {origin}, not to {}; a domain can never be changed: restore `domain`, or \
         configure another database",
        urls.origin()
    ))
}

/// The instances of one process.
#[derive(Clone)]
pub struct Fleet {
    members: Arc<HashMap<String, Arc<Instance>>>,
    federations: Arc<Vec<Arc<Federation>>>,
    requests: Arc<Requests>,
}

impl Fleet {
    /// Creates a fleet of opened instances.
    pub fn new(members: impl IntoIterator<Item = Arc<Instance>>) -> Result<Self, Error> {
        let members: HashMap<String, Arc<Instance>> =
            members.into_iter().map(|member| (member.settings.domain.clone(), member)).collect();
        let mut federations = Vec::with_capacity(members.len());
        for member in members.values() {
            let federation = Federation::start(Arc::clone(member));
            let domain = member.settings.domain.clone();
            federations.push(federation.map_err(|error| Error::Setup { domain, cause: error.to_string() })?);
        }
        let requests = Arc::new(Requests::new(members.keys().map(String::as_str)));
        Ok(Self { members: Arc::new(members), federations: Arc::new(federations), requests })
    }

    /// Opens every instance of the configuration. Stops at the first error.
    pub async fn open(settings: &Settings) -> Result<Self, Error> {
        let mut members = Vec::new();
        for instance in &settings.instances {
            members.push(open(instance, &settings.network, Clock::System, Rng::System).await?);
        }
        Self::new(members)
    }

    /// Returns the instance of a domain.
    pub fn find(&self, domain: &str) -> Option<&Arc<Instance>> {
        self.members.get(domain)
    }

    /// Returns every instance, in no particular order.
    pub fn members(&self) -> impl Iterator<Item = &Arc<Instance>> {
        self.members.values()
    }

    /// Returns the request counters.
    pub fn requests(&self) -> &Requests {
        &self.requests
    }

    /// Builds the router, which passes each request to the instance in its Host header.
    pub fn router(&self) -> Router {
        let federations = Federations::new(self.federations.iter().cloned());
        let edges = portico_api::router()
            .merge(portico_web::router())
            .merge(portico_federation::router(federations))
            .fallback(portico_web::not_found)
            .layer(from_fn(refuse_shut_out))
            .layer(from_fn_with_state(self.clone(), find_instance))
            .layer(from_fn(limit_time));
        portico_http::shell(edges)
    }

    /// Starts the workers of every instance. They stop soon after `stop`; unfinished work stays in the
    /// tables.
    pub fn start_workers(&self, stop: &CancellationToken) -> TaskTracker {
        let tracker = TaskTracker::new();
        for member in self.members.values() {
            post_by_smtp(member);
            tracker.spawn(housekeeping(Arc::clone(member), stop.clone()));
            workers::start(member, &tracker, stop);
        }
        for federation in self.federations.iter() {
            federation.start_workers(&tracker, stop);
        }
        tracker.close();
        tracker
    }
}

/// Connects an instance to its configured mail server. Only the server process sends mail.
fn post_by_smtp(instance: &Instance) {
    let Some(mail) = &instance.settings.mail else { return };
    match portico_service::reading::digests::smtp::SmtpMailer::open(mail, &instance.network) {
        // A mailer that is already set belongs to a test.
        Ok(smtp) => drop(instance.mailer.set(Arc::new(smtp))),
        Err(error) => tracing::error!(domain = instance.settings.domain, error, "mail.setup_failed"),
    }
}

/// Runs housekeeping, first at once: a process that is restarted often must do it, too.
async fn housekeeping(instance: Arc<Instance>, stop: CancellationToken) {
    loop {
        if let Err(error) = portico_service::maintenance::run(&instance).await {
            tracing::warn!(domain = instance.settings.domain, %error, "housekeeping.failed");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(HOUSEKEEPING) => {}
        }
    }
}

/// Stops a request that takes too long. Uploads get more time, because they are limited by size and number.
async fn limit_time(request: Request, next: Next) -> Response {
    let limit = if portico_http::params::is_upload(request.method(), request.uri().path()) {
        UPLOAD_TIME
    } else {
        REQUEST_TIME
    };
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// Adds the instance of the request to the request; answers 421 for a host that is not served.
async fn find_instance(
    axum::extract::State(fleet): axum::extract::State<Fleet>,
    mut request: Request,
    next: Next,
) -> Response {
    let host = request
        .uri()
        .authority()
        .map(|authority| authority.as_str().to_owned())
        .or_else(|| Some(request.headers().get(header::HOST)?.to_str().ok()?.to_owned()))
        .map(|host| host.to_ascii_lowercase());
    let member = host.as_deref().and_then(|host| {
        fleet.find(host).or_else(|| fleet.find(host.strip_suffix(":443").or(host.strip_suffix(":80"))?))
    });
    match member {
        Some(member) => {
            request.extensions_mut().insert(Arc::clone(member));
            let response = next.run(request).await;
            fleet.requests.count(&member.settings.domain, response.status().as_u16());
            response
        }
        None => portico_web::ErrorPage::misdirected().into_response(),
    }
}

/// Rejects requests from addresses that moderators have blocked.
async fn refuse_shut_out(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if let Some(instance) = parts.extensions.get::<Arc<Instance>>() {
        let address = portico_http::address::client_address(&parts, &instance.network);
        if portico_service::moderation::is_address_blocked(instance, address).await {
            return portico_http::Problem::forbidden("Requests from this address are blocked")
                .into_response();
        }
    }
    next.run(Request::from_parts(parts, body)).await
}

/// Serves the fleet until `stop`. Then it accepts no new connections, finishes running requests within the
/// configured limit, and leaves the rest in the tables. Calls `ready` once requests are accepted.
pub async fn serve(
    fleet: &Fleet,
    settings: &Settings,
    stop: CancellationToken,
    ready: impl FnOnce(),
) -> Result<(), Error> {
    let listener = listen(settings.listen).await?;
    if let Some(address) = settings.admin_listen {
        let admin = listen(address).await?;
        let app = crate::telemetry::admin::router(fleet.clone());
        let ended = stop.clone();
        tokio::spawn(portico_http::serve::serve(admin, app, Patience::default(), ended));
    }
    let workers = fleet.start_workers(&stop);
    ready();
    let served = portico_http::serve::serve(listener, fleet.router(), Patience::default(), stop.clone());
    let mut server = tokio::spawn(served);
    tokio::select! {
        _ = &mut server => {}
        () = stop.cancelled() => {
            tracing::info!("server.stopping");
            for member in fleet.members() {
                member.stopping.cancel();
            }
            if tokio::time::timeout(settings.shutdown_limit, &mut server).await.is_err() {
                tracing::warn!("server.requests_aborted");
                server.abort();
            }
        }
    }
    stop.cancel();
    if tokio::time::timeout(settings.shutdown_limit, workers.wait()).await.is_err() {
        tracing::warn!("server.workers_timed_out");
    }
    Ok(())
}

async fn listen(address: SocketAddr) -> Result<tokio::net::TcpListener, Error> {
    tokio::net::TcpListener::bind(address).await.map_err(|cause| Error::Listen { address, cause })
}
