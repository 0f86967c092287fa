//! `Federation`: the federation context of one instance.
//!
//! Holds the HTTP client, cached keys and a negative cache of failed fetches. Routes find it through the
//! request's instance, workers own it, and services use it through
//! [`RemoteFetch`](portico_service::ports::RemoteFetch).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use activitypub_federation::config::FederationConfig;
use tokio::sync::OnceCell;

use super::library::{Handle, count_fetch};
use super::remote_fetch::Port;
use super::translator::LibreTranslate;
use super::{Error, Result};
use portico_domain::cache::{ExpiringCache, ExpiringSet};
use portico_domain::model::agreement_grants::PeerStanding;
use portico_domain::model::{AccountId, Timestamp};
use portico_domain::policy::reach::host_heard;
use portico_http::limits::Limits;
use portico_http_signatures::{PublicKey, SigningKey};
use portico_net::{DocumentKind, Fetched, Net};
use portico_service::instance::Instance;
use portico_service::partners::peers::HostAccess;

/// Maximum number of cached local signing keys.
const SIGNING_KEYS: usize = 10_000;
/// Lifetime of a cached key, in seconds: another process may replace or remove it.
const KEY_LIFE: i64 = 60;
/// Maximum number of cached remote keys.
const PUBLIC_KEYS: usize = 4_096;
/// Maximum number of hosts whose signature scheme is loaded after a restart.
const MOST_FORMS: i64 = 10_000;
/// Maximum number of entries in the negative cache.
const FRUITLESS: usize = 10_000;
/// Maximum number of hosts that may be contacted for a future guest, and for how long, in seconds. The number is far
/// above need, because a full part of the cache drops entries while other parts have space.
const EXPECTED: usize = 2_000;
const EXPECTED_FOR: i64 = 60;

/// The federation context of one instance.
pub struct Federation {
    pub(super) instance: Arc<Instance>,
    pub(super) net: Net,
    /// Parsed signing keys of local accounts.
    signing: ExpiringCache<AccountId, Arc<SigningKey>>,
    /// Parsed keys of remote accounts, by URI.
    pub(super) public: ExpiringCache<String, Arc<KnownKey>>,
    /// Negative cache: fetches that failed recently, or that were made too recently to repeat.
    pub(super) fruitless: ExpiringSet,
    /// Hosts that may be contacted because an account of theirs is about to become a guest.
    expected: ExpiringSet,
    /// Rate limits of incoming activities, by host and by actor.
    pub(super) limits: Limits,
    /// One lock per URI, so that it is fetched only once at a time.
    pub(super) flights: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    /// The context itself, for the data of activitypub_federation.
    pub(super) this: Weak<Self>,
    /// The configuration of activitypub_federation, created on first use.
    pub(super) config: OnceCell<FederationConfig<Handle>>,
}

/// A parsed remote key and its owner.
#[derive(Debug)]
pub(super) struct KnownKey {
    pub(super) owner: AccountId,
    pub(super) actor_uri: String,
    pub(super) key: PublicKey,
}

impl Federation {
    /// Creates an instance's federation context, and registers it as the instance's `RemoteFetch` port and
    /// translator.
    ///
    /// # Errors
    /// [`Error::Permanent`] when the HTTP client cannot be created.
    pub fn start(instance: Arc<Instance>) -> Result<Arc<Self>> {
        let net = Net::new(&instance.network, instance.urls.origin())?;
        let federation = Arc::new_cyclic(|this| Self {
            net,
            signing: ExpiringCache::new(SIGNING_KEYS),
            public: ExpiringCache::new(PUBLIC_KEYS),
            fruitless: ExpiringSet::new(FRUITLESS),
            expected: ExpiringSet::new(EXPECTED),
            limits: Limits::new(),
            flights: Mutex::default(),
            this: Weak::clone(this),
            config: OnceCell::new(),
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

    /// The instance's domain.
    pub fn domain(&self) -> &str {
        self.instance.urls.domain()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.instance.now()
    }

    /// Returns the signing key of a local account.
    pub(super) async fn signing_key(&self, account: AccountId) -> Result<Arc<SigningKey>> {
        let now = self.now();
        if let Some(key) = self.signing.get(&account, now) {
            return Ok(key);
        }
        let found = self.instance.store.read(move |reader| reader.find_key_pair(account)).await?;
        let pair = found.ok_or_else(|| Error::permanent("the account has no key"))?;
        let key = Arc::new(
            SigningKey::from_pem(pair.uri, &pair.private_pem)
                .map_err(|error| Error::permanent(error.to_string()))?,
        );
        self.signing.insert(account, Arc::clone(&key), now.plus_seconds(KEY_LIFE));
        Ok(key)
    }

    /// Returns the key that signs fetches: the instance actor's, so that peers do not learn who reads.
    pub(super) async fn instance_key(&self) -> Result<Arc<SigningKey>> {
        self.signing_key(self.instance.actor_id).await
    }

    /// Fetches a document, signed by the instance actor. Counts against the limit of the inbox row, if the
    /// fetch is for one.
    pub(super) async fn get(&self, url: &str, accept: DocumentKind) -> Result<Fetched> {
        count_fetch()?;
        let key = self.instance_key().await?;
        let fetched = self.net.get(url, accept, Some(&key), self.now()).await;
        self.keep_forms().await;
        Ok(fetched?)
    }

    /// Returns the peer standing of a host, or a refusal if it is not federated with.
    pub(super) async fn admit(&self, host: &str) -> Result<PeerStanding> {
        if host == self.domain() {
            return Err(Error::permanent("this server does not fetch from its own host"));
        }
        let (domain, mode) = (host.to_owned(), self.instance.settings.federation);
        let facts = self.instance.store.read_inline(move |reader| {
            let standing = reader.standing_of(&domain)?;
            let access = HostAccess::of(reader, mode, &domain, standing.tier)?;
            Ok::<_, Error>((standing, access))
        });
        let (standing, access) = facts.await?;
        if access == HostAccess::Nothing {
            host_heard(mode, standing.tier, self.expected.has(host, self.now()))?;
        }
        Ok(standing)
    }

    /// Allows a host to be contacted about a future guest, for one minute.
    pub(super) fn expect_guest_of(&self, host: &str) {
        let now = self.now();
        self.expected.add(&host.to_lowercase(), now.plus_seconds(EXPECTED_FOR));
    }

    /// Loads which hosts use which signature scheme.
    pub(super) async fn recall_forms(&self) -> Result<()> {
        let known = self.instance.store.read(|reader| reader.list_signature_schemes(MOST_FORMS)).await?;
        known.into_iter().for_each(|(host, until)| self.net.signature_schemes().recall(host, until));
        Ok(())
    }

    /// Stores newly learned signature schemes, so that they survive a restart.
    pub(super) async fn keep_forms(&self) {
        let news = self.net.signature_schemes().take_news();
        if news.is_empty() {
            return;
        }
        let kept = self.instance.store.write(move |tx| {
            news.iter().try_for_each(|learned| tx.set_signature_scheme(&learned.host, learned.newer_until))
        });
        let kept: Result<(), portico_store::Error> = kept.await;
        if let Err(error) = kept {
            tracing::warn!(%error, "signature_scheme.store_failed");
        }
    }

    /// Caches a parsed remote key, at most until `expires_at`.
    pub(super) fn remember_key(&self, uri: &str, known: Arc<KnownKey>, expires_at: Option<Timestamp>) {
        let life = self.now().plus_seconds(KEY_LIFE);
        self.public.insert(uri.to_owned(), known, expires_at.map_or(life, |end| end.min(life)));
    }

    /// Drops the cached keys of an account whose keys may have changed.
    pub(super) fn forget_keys_of(&self, owner: AccountId) {
        self.public.retain(|known| known.owner != owner);
    }

    /// Acquires the lock for `what`, so that only one task fetches it.
    pub(super) async fn alone(&self, what: &str) -> tokio::sync::OwnedMutexGuard<()> {
        let turn = {
            let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
            // An entry without another holder is not in use.
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
