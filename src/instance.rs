//! [`Instance`]: the context of one domain, with everything it needs.
//!
//! Edges and services receive it; policy and store do not.

use std::sync::{Arc, OnceLock};

use rand::{RngCore, SeedableRng};

use crate::config::{InstanceSettings, NetworkSettings};
use crate::model::urls::Urls;
use crate::model::{AccountId, IdMaker, Timestamp, time::Clock};
use crate::service::media::Depot;
use crate::service::moderation::ShutOut;
use crate::service::passwords::Bench;
use crate::service::ports::{Mailer, RemoteFetch, Translator};
use crate::service::push::PushKeys;
use crate::store::Store;

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
    pub bench: Bench,
    /// The blocked networks.
    pub shut_out: ShutOut,
    /// The key pair for web push.
    pub push: PushKeys,
    /// Generates the key pair of a new account: public and private, in PEM. Takes tens of milliseconds, so
    /// it must not run on an async worker.
    pub make_keys: fn() -> Result<(String, String), String>,
    /// Cancelled at shutdown, to end streams that would otherwise stay open.
    pub stopping: tokio_util::sync::CancellationToken,
    /// The storage of media files.
    pub media: Arc<Depot>,
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

/// Random bytes for secrets and noise: from the system, or seeded by a test.
#[derive(Debug)]
pub enum Rng {
    /// The operating system's generator.
    System,
    /// A repeatable generator, for tests.
    Seeded(Box<std::sync::Mutex<rand::rngs::StdRng>>),
}

impl Rng {
    /// Creates a repeatable generator.
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Box::new(std::sync::Mutex::new(rand::rngs::StdRng::seed_from_u64(seed))))
    }

    /// Returns `N` random bytes.
    #[expect(clippy::disallowed_methods, reason = "the one place that draws from the system's generator")]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match self {
            Self::System => rand::rng().fill_bytes(&mut bytes),
            Self::Seeded(rng) => {
                rng.lock().unwrap_or_else(std::sync::PoisonError::into_inner).fill_bytes(&mut bytes);
            }
        }
        bytes
    }

    /// Returns 32 random bits.
    pub fn noise(&self) -> u32 {
        u32::from_le_bytes(self.bytes())
    }

    /// Returns a new secret of 256 bits, in base64url without padding (43 characters).
    pub fn secret(&self) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }
}
