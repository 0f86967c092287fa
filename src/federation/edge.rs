//! `Federation`: one instance's dealings with other servers, as a value.
//!
//! It owns the way out, the keys at hand and the short memory of what could not be fetched. The routes
//! find it by the request's instance, the workers hold it, and services see it as
//! [`RemoteFetch`](crate::service::ports::RemoteFetch).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::memory::Memory;
use super::net::{Accept, Fetched, Net};
use super::remote::Port;
use super::signatures::{PublicKey, SigningKey};
use super::translator::LibreTranslate;
use super::{Error, Result};
use crate::http::limits::Limits;
use crate::instance::Instance;
use crate::model::pact::Standing;
use crate::model::{AccountId, Timestamp};
use crate::policy::reach::{host_allowed, host_heard};

/// Local keys kept parsed; an instance with more staff reads some again.
const SIGNING_KEYS: usize = 10_000;
/// How long a key is not read again, in seconds.
const KEY_LIFE: i64 = 60;
/// Remote keys kept parsed.
const PUBLIC_KEYS: usize = 4_096;
/// Hosts whose form of signatures is recalled after a restart.
const MOST_FORMS: i64 = 10_000;
/// Addresses remembered as not worth another request.
const FRUITLESS: usize = 10_000;
/// Hosts that are asked for guests at once, and for how long each, in seconds.
const EXPECTED: usize = 100;
const EXPECTED_FOR: i64 = 60;

/// One instance's dealings with other servers.
pub struct Federation {
    pub(super) instance: Arc<Instance>,
    pub(super) net: Net,
    /// Parsed keys, and when each was read: another process may have replaced it.
    signing: Mutex<HashMap<AccountId, (Arc<SigningKey>, Timestamp)>>,
    pub(super) public: Mutex<HashMap<String, Arc<KnownKey>>>,
    /// What was fetched in vain lately, or too recently to be fetched again.
    pub(super) fruitless: Memory,
    /// Hosts that are asked for somebody who is to be a guest.
    expected: Memory,
    /// How much came in lately, by host and by actor.
    pub(super) limits: Limits,
    /// One fetch of the same thing at a time.
    pub(super) flights: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// A peer's key, parsed, and whose it is.
#[derive(Debug)]
pub(super) struct KnownKey {
    pub(super) owner: AccountId,
    pub(super) actor_uri: String,
    pub(super) key: PublicKey,
    /// When it was read: another process may have learned since that it is gone.
    pub(super) read_at: Timestamp,
    /// When its owner said that it ends.
    pub(super) expires_at: Option<Timestamp>,
}

impl KnownKey {
    /// Whether it need not be read again.
    pub(super) fn is_current(&self, now: Timestamp) -> bool {
        self.read_at.plus_seconds(KEY_LIFE) > now && self.expires_at.is_none_or(|end| end > now)
    }
}

impl Federation {
    /// Makes the federation of an instance, and gives the instance its way to fetch.
    ///
    /// # Errors
    /// [`Error::Permanent`] when no HTTP client can be made.
    pub fn start(instance: Arc<Instance>) -> Result<Arc<Self>> {
        let net = Net::new(&instance.network, instance.urls.origin())?;
        let federation = Arc::new(Self {
            net,
            signing: Mutex::default(),
            public: Mutex::default(),
            fruitless: Memory::new(FRUITLESS),
            expected: Memory::new(EXPECTED),
            limits: Limits::new(),
            flights: Mutex::default(),
            instance,
        });
        let _ = federation.instance.remote.set(Arc::new(Port::new(&federation)));
        if let Some(settings) = &federation.instance.settings.translation {
            let clock = Arc::clone(&federation.instance.clock);
            let translator = LibreTranslate::new(federation.net.clone(), clock, settings);
            let _ = federation.instance.translator.set(Arc::new(translator));
        }
        Ok(federation)
    }

    /// The domain it speaks for.
    pub fn domain(&self) -> &str {
        self.instance.urls.domain()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.instance.now()
    }

    /// The key that a local account signs with.
    pub(super) async fn signing_key(&self, account: AccountId) -> Result<Arc<SigningKey>> {
        let now = self.now();
        let known = self.signing.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned();
        if let Some((key, _)) = known.filter(|(_, read)| read.plus_seconds(KEY_LIFE) > now) {
            return Ok(key);
        }
        let found = self.instance.store.read(move |reader| reader.find_key_pair(account)).await?;
        let pair = found.ok_or_else(|| Error::permanent("the account has no key"))?;
        let key = Arc::new(
            SigningKey::from_pem(pair.uri, &pair.private_pem)
                .map_err(|error| Error::permanent(error.to_string()))?,
        );
        let mut signing = self.signing.lock().unwrap_or_else(PoisonError::into_inner);
        if signing.len() >= SIGNING_KEYS {
            signing.clear();
        }
        signing.insert(account, (Arc::clone(&key), now));
        Ok(key)
    }

    /// The key that fetches are signed with: the instance actor's, so that nobody learns who reads.
    pub(super) async fn instance_key(&self) -> Result<Arc<SigningKey>> {
        self.signing_key(self.instance.actor_id).await
    }

    /// Reads a document of another server, signed by the instance actor.
    pub(super) async fn get(&self, url: &str, accept: Accept) -> Result<Fetched> {
        let key = self.instance_key().await?;
        let fetched = self.net.get(url, accept, Some(&key), self.now()).await;
        self.keep_forms().await;
        fetched
    }

    /// What a host is to us, or a refusal if nothing is exchanged with it.
    pub(super) async fn admit(&self, host: &str) -> Result<Standing> {
        if host == self.domain() {
            return Err(Error::permanent("our own host is not fetched from"));
        }
        let (domain, mode) = (host.to_owned(), self.instance.settings.federation);
        let facts = self.instance.store.glance(move |reader| {
            let standing = reader.standing_of(&domain)?;
            // Only who is shut out otherwise is asked for guests.
            let guests = host_allowed(mode, standing.tier).is_err() && reader.has_guests_at(&domain)?;
            Ok::<_, Error>((standing, guests))
        });
        let (standing, guests) = facts.await?;
        host_heard(mode, standing.tier, guests || self.expected.has(host, self.now()))?;
        Ok(standing)
    }

    /// Lets a host be asked for somebody who is to be a guest, for a minute.
    pub(super) fn expect_guest_of(&self, host: &str) {
        let now = self.now();
        self.expected.keep(&host.to_lowercase(), now.plus_seconds(EXPECTED_FOR), now);
    }

    /// Recalls which hosts want which form of signatures.
    pub(super) async fn recall_forms(&self) -> Result<()> {
        let known = self.instance.store.read(|reader| reader.list_signature_forms(MOST_FORMS)).await?;
        known.into_iter().for_each(|(host, until)| self.net.forms().recall(host, until));
        Ok(())
    }

    /// Writes down what was learned of hosts and their forms, for the time after a restart.
    pub(super) async fn keep_forms(&self) {
        let news = self.net.forms().take_news();
        if news.is_empty() {
            return;
        }
        let kept = self.instance.store.write(move |tx| {
            news.iter().try_for_each(|learned| tx.set_signature_form(&learned.host, learned.newer_until))
        });
        let kept: Result<(), crate::store::Error> = kept.await;
        if let Err(error) = kept {
            tracing::warn!(%error, "the form of a host's signatures cannot be written down");
        }
    }

    /// Keeps a parsed key at hand.
    pub(super) fn remember_key(&self, uri: &str, known: Arc<KnownKey>) {
        let mut public = self.public.lock().unwrap_or_else(PoisonError::into_inner);
        if public.len() >= PUBLIC_KEYS {
            public.clear();
        }
        public.insert(uri.to_owned(), known);
    }

    /// Forgets the keys at hand of an account that may have others now.
    pub(super) fn forget_keys_of(&self, owner: AccountId) {
        let mut public = self.public.lock().unwrap_or_else(PoisonError::into_inner);
        public.retain(|_, known| known.owner != owner);
    }

    /// Waits until nobody else fetches `what`, and holds others off.
    pub(super) async fn alone(&self, what: &str) -> tokio::sync::OwnedMutexGuard<()> {
        let turn = {
            let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
            // Whoever is alone in holding a turn is done with it.
            if flights.len() >= 256 {
                flights.retain(|_, turn| Arc::strong_count(turn) > 1);
            }
            Arc::clone(flights.entry(what.to_owned()).or_default())
        };
        turn.lock_owned().await
    }
}

impl std::fmt::Debug for Federation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Federation").field("domain", &self.domain()).finish_non_exhaustive()
    }
}
