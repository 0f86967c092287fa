//! Resolves a key id to its account, fetching the actor if necessary.
//!
//! Keys are stored with their actors. An unknown key is fetched once, and a failed fetch is not repeated for
//! ten minutes. A known key that does not verify a signature is fetched again at most every ten minutes,
//! because peers change keys without notice; without that limit each bad signature would cost a request.

use std::sync::Arc;

use url::Url;

use super::context::KnownKey;
use super::{Error, Federation, Result};
use portico_activitystreams::actor;
use portico_activitystreams::value;
use portico_domain::model::AccountId;
use portico_domain::model::account::RemoteKey;
use portico_domain::model::urls::{host_of, same_origin};
use portico_http_signatures::{Checked, PublicKey};

/// Minimum interval between two fetches of a key after a mismatch, in seconds.
const REFETCH_SECONDS: i64 = 600;
/// A key fetched within so many seconds is not fetched again for a mismatch.
const FRESH_SECONDS: i64 = 300;

/// The signer of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The account that owns the key.
    pub account: AccountId,
    /// Its actor id.
    pub actor_uri: String,
    /// Its host.
    pub host: String,
}

impl Federation {
    /// Returns the host of a key id, which must be a URL that may be fetched.
    pub(super) fn key_host(&self, key_id: &str) -> Result<String> {
        Ok(host_of(&self.net.check(key_id)?))
    }

    /// Finds the signer of a checked request. [`Error::Temporary`] if the key cannot be fetched now.
    pub(super) async fn signer(&self, checked: &Checked) -> Result<Signer> {
        let key_id = checked.key_id.as_str();
        if let Some(known) = self.known_key(key_id).await? {
            if checked.is_signed_by(&known.key) {
                return self.signed_by(&known);
            }
            let fetched = self.fetch_changed_key(checked, &known).await?;
            return if checked.is_signed_by(&fetched.key) {
                self.signed_by(&fetched)
            } else {
                Err(mismatch())
            };
        }
        self.refuse_fruitless(key_id)?;
        let _turn = self.alone(key_id).await;
        let known = match self.known_key(key_id).await? {
            Some(known) => known,
            None => {
                self.refuse_fruitless(key_id)?;
                let fetched = self.fetch_key(key_id).await;
                self.note_failure(key_id, fetched)?
            }
        };
        if checked.is_signed_by(&known.key) { self.signed_by(&known) } else { Err(mismatch()) }
    }

    fn signed_by(&self, known: &KnownKey) -> Result<Signer> {
        let host = Url::parse(&known.actor_uri).map(|url| host_of(&url));
        let host = host.map_err(|_| Error::permanent("the actor's id is not a URL"))?;
        Ok(Signer { account: known.owner, actor_uri: known.actor_uri.clone(), host })
    }

    async fn known_key(&self, key_id: &str) -> Result<Option<Arc<KnownKey>>> {
        let now = self.now();
        if let Some(known) = self.public.get(key_id, now) {
            return Ok(Some(known));
        }
        let uri = key_id.to_owned();
        let found = self
            .instance
            .store
            .read_inline(move |reader| {
                let Some((owner, key)) = reader.find_key(&uri)? else { return Ok::<_, Error>(None) };
                let account = reader.find_account(owner)?;
                Ok(account.filter(|account| !account.is_local()).map(|account| (account.uri, owner, key)))
            })
            .await?;
        let Some((actor_uri, owner, key)) = found else { return Ok(None) };
        self.parsed(&key, owner, actor_uri).map(Some)
    }

    /// Parses a key and caches it.
    fn parsed(&self, key: &RemoteKey, owner: AccountId, actor_uri: String) -> Result<Arc<KnownKey>> {
        let public =
            PublicKey::from_pem(&key.public_pem).map_err(|error| Error::permanent(error.to_string()))?;
        let known = Arc::new(KnownKey { owner, actor_uri, key: public });
        self.remember_key(&key.uri, Arc::clone(&known), key.expires_at);
        Ok(known)
    }

    /// Fetches a key again that does not verify a signature, unless another request has done so meanwhile.
    async fn fetch_changed_key(&self, checked: &Checked, known: &KnownKey) -> Result<Arc<KnownKey>> {
        let key_id = checked.key_id.as_str();
        let mark = format!("changed {key_id}");
        let _turn = self.alone(key_id).await;
        // Another process may have stored the new key, so the cache does not count.
        self.public.remove(key_id);
        if let Some(stored) = self.known_key(key_id).await?
            && checked.is_signed_by(&stored.key)
        {
            return Ok(stored);
        }
        let now = self.now();
        let account = self.known_account(&known.actor_uri).await?;
        let fresh = account
            .and_then(|account| account.fetched_at)
            .is_some_and(|fetched| fetched.plus_seconds(FRESH_SECONDS) > now);
        if fresh || self.fruitless.has(&mark, now) {
            return Err(mismatch());
        }
        self.fruitless.add(&mark, now.plus_seconds(REFETCH_SECONDS));
        self.fetch_key(key_id).await
    }

    /// Fetches a key's owner and stores it. The owner must list the key as its own, and both must have one
    /// origin.
    async fn fetch_key(&self, key_id: &str) -> Result<Arc<KnownKey>> {
        let url = key_id.split('#').next().unwrap_or(key_id);
        let document = self.fetch_key_document(url).await?;
        let actor = actor::read(&document)?;
        let now = self.now();
        let listed = actor.keys.iter().find(|key| key.uri == key_id && key.holds_at(now));
        let listed = listed.cloned().ok_or_else(|| Error::permanent("the actor does not list this key"))?;
        if !same_origin(&actor.uri, key_id) {
            return Err(Error::permanent("the key is of another origin than its owner"));
        }
        PublicKey::from_pem(&listed.public_pem).map_err(|error| Error::permanent(error.to_string()))?;
        let account = self.store_actor(actor).await?;
        self.parsed(&listed, account.id, account.uri)
    }

    /// Returns the actor document for a key's URL: the fetched document, or the owner that it names.
    // Interop(GoToSocial): `/main-key` returns a stub of the actor with another URL as its id; `fetch`
    // follows it. Other servers return the key alone, which names its owner.
    async fn fetch_key_document(&self, url: &str) -> Result<value::Object> {
        let document = self.fetch(url).await?;
        if actor::kind(&document).is_some() {
            return Ok(document);
        }
        let owner = ["owner", "controller"].iter().find_map(|name| value::first_reference(&document, name));
        let owner = owner.filter(|owner| same_origin(owner, url));
        let owner = owner.ok_or_else(|| Error::permanent("the key has no owner of its own origin"))?;
        self.dereference(owner).await
    }
}

fn mismatch() -> Error {
    Error::permanent("the signature does not verify")
}
