//! `Instance`: everything one domain needs, as a value.
//!
//! Edges and services receive it; policy and store never do.

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

/// One running instance. Nothing is shared between two instances but the process.
pub struct Instance {
    /// What the operator set.
    pub settings: InstanceSettings,
    /// What federation may reach.
    pub network: NetworkSettings,
    /// Its database.
    pub store: Store,
    /// The time.
    pub clock: Arc<Clock>,
    /// New ids.
    pub ids: Arc<IdMaker>,
    /// Randomness.
    pub rng: Rng,
    /// Its addresses.
    pub urls: Urls,
    /// The account of the instance actor; made at the first start.
    pub actor_id: AccountId,
    /// Where passwords are hashed, a few at a time.
    pub bench: Bench,
    /// The networks that nothing is answered to.
    pub shut_out: ShutOut,
    /// Its keys for web push.
    pub push: PushKeys,
    /// Makes a key pair for a new account, public and private (PEM). Takes tens of milliseconds: not for an async
    /// worker.
    pub make_keys: fn() -> Result<(String, String), String>,
    /// Cancelled when the process is about to end: what would stay open for ever ends then.
    pub stopping: tokio_util::sync::CancellationToken,
    /// Where its media is.
    pub media: Arc<Depot>,
    /// How to fetch from other servers; set once at start.
    pub remote: OnceLock<Arc<dyn RemoteFetch>>,
    /// What sends mail, if the operator names a mail server; set once at start.
    pub mailer: OnceLock<Arc<dyn Mailer>>,
    /// What translates posts, if the operator names it; set once at start.
    pub translator: OnceLock<Arc<dyn Translator>>,
}

impl Instance {
    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").field("domain", &self.settings.domain).finish_non_exhaustive()
    }
}

/// Random bytes for secrets and noise: the system's, or seeded by a test.
#[derive(Debug)]
pub enum Rng {
    /// The operating system's generator.
    System,
    /// A repeatable one, for tests.
    Seeded(Box<std::sync::Mutex<rand::rngs::StdRng>>),
}

impl Rng {
    /// A repeatable generator.
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Box::new(std::sync::Mutex::new(rand::rngs::StdRng::seed_from_u64(seed))))
    }

    /// `N` random bytes.
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

    /// 32 random bits.
    pub fn noise(&self) -> u32 {
        u32::from_le_bytes(self.bytes())
    }

    /// A fresh secret of 256 bits, base64url without padding (43 letters).
    pub fn secret(&self) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }
}
