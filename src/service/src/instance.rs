//! [`Instance`]: the context of one domain, with everything it needs.
//!
//! Edges and services receive it; policy and store do not.

use std::sync::{Arc, OnceLock};

use crate::access::passwords::PasswordHasher;
use crate::moderation::IpBlockCache;
use crate::ports::{Mailer, RemoteFetch, Translator};
use crate::reading::push::PushKeys;
use portico_config::{InstanceSettings, NetworkSettings};
use portico_domain::model::random::Rng;
use portico_domain::model::urls::Urls;
use portico_domain::model::{AccountId, IdMaker, Timestamp, time::Clock};
use portico_media::MediaStore;
use portico_store::Store;

/// A running instance. Instances share nothing but the process.
pub struct Instance {
    /// The settings of the operator.
    pub settings: InstanceSettings,
    /// The network settings of outgoing connections.
    pub network: NetworkSettings,
    /// The database.
    pub store: Store,
    /// The clock.
    pub clock: Arc<Clock>,
    /// The generator of ids.
    pub ids: Arc<IdMaker>,
    /// The generator of random bytes.
    pub rng: Rng,
    /// The URLs.
    pub urls: Urls,
    /// The account of the instance actor, created at the first start.
    pub actor_id: AccountId,
    /// The password hasher, which limits concurrent hashing.
    pub bench: PasswordHasher,
    /// The blocked networks.
    pub shut_out: IpBlockCache,
    /// The key pair for web push.
    pub push: PushKeys,
    /// Generates the key pair of a new account: public and private, in PEM. Takes tens of milliseconds, so
    /// it must not run on an async worker.
    pub make_keys: fn() -> Result<(String, String), String>,
    /// Cancelled at shutdown, to end streams that would otherwise stay open.
    pub stopping: tokio_util::sync::CancellationToken,
    /// The storage of media files.
    pub media: Arc<MediaStore>,
    /// The client for fetching from other servers; set once at start.
    pub remote: OnceLock<Arc<dyn RemoteFetch>>,
    /// The mailer, if a mail server is configured; set once at start.
    pub mailer: OnceLock<Arc<dyn Mailer>>,
    /// The translation service, if one is configured; set once at start.
    pub translator: OnceLock<Arc<dyn Translator>>,
}

impl Instance {
    /// Returns the current time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").field("domain", &self.settings.domain).finish_non_exhaustive()
    }
}
