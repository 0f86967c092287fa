//! Fetches remote documents and checks their origin.
//!
//! The rules (FEP-fe34; see docs/federation.md): a document counts only if it came from its own id's origin
//! (R4), its author has the same origin (R5), and no object with an id of this instance is accepted from
//! outside (R6). Every fetch is signed with the instance actor's key.

use super::objects::{self, Person};
use super::{Error, Federation, Result};
use portico_activitystreams::json;
use portico_activitystreams::value::{self, Object};
use portico_domain::model::account::{Account, RemoteActor};
use portico_domain::model::urls::{host_of, same_origin};
use portico_net::DocumentKind;

impl Federation {
    /// Fetches one document from a federated host. Returns it with the final URL.
    async fn document(&self, url: &str) -> Result<(Object, String)> {
        let asked = self.net.check(url)?;
        self.admit(&host_of(&asked)).await?;
        let fetched = self.get(url, DocumentKind::Activity).await?;
        if host_of(&fetched.url) != host_of(&asked) {
            self.admit(&host_of(&fetched.url)).await?;
        }
        let document =
            json::read(&fetched.body).map_err(|error| Error::permanent(format!("{url}: {error}")))?;
        Ok((document, fetched.url.into()))
    }

    /// Fetches an object that its own origin confirms: the document's id is the URL it came from, or else
    /// that id is fetched once (R4). The id may differ from `url`, for example when a user pasted the address
    /// of a page.
    pub(super) async fn fetch(&self, url: &str) -> Result<Object> {
        let (document, from) = self.document(url).await?;
        let id = value::id(&document).ok_or_else(|| Error::permanent(format!("{url} has no id")))?.to_owned();
        if id == from || (id == url && same_origin(&id, &from)) {
            return Ok(document);
        }
        let (document, from) = self.document(&id).await?;
        if value::id(&document) == Some(&id) && same_origin(&id, &from) {
            return Ok(document);
        }
        Err(Error::permanent(format!("{id}: the document there has another id")))
    }

    /// Fetches the object with this id. A document whose id has another origin is rejected (R4).
    pub(super) async fn dereference(&self, id: &str) -> Result<Object> {
        let document = self.fetch(id).await?;
        if !value::id(&document).is_some_and(|found| same_origin(found, id)) {
            return Err(Error::permanent(format!("{id}: the document has an id of another origin")));
        }
        Ok(document)
    }

    /// Fetches and parses an actor document.
    pub(super) async fn fetch_actor(&self, uri: &str) -> Result<RemoteActor> {
        objects::fetch::<Person>(uri, &self.data().await?).await?.into_parsed()
    }

    /// Returns the account with this actor id; fetches and stores it if it is unknown.
    pub(super) async fn account(&self, uri: &str) -> Result<Account> {
        if let Some(account) = self.known_account(uri).await? {
            return Ok(account);
        }
        objects::find::<Person>(uri, &self.data().await?).await.map(Person::into_account)
    }

    /// Returns the account with this actor id, if it is known.
    pub(super) async fn known_account(&self, uri: &str) -> Result<Option<Account>> {
        let uri = uri.to_owned();
        Ok(self.instance.store.read_inline(move |reader| reader.find_account_by_uri(&uri)).await?)
    }

    /// Fetches an actor document again and stores it, without the per-URI lock.
    pub(super) async fn refresh_account(&self, uri: &str) -> Result<Account> {
        let actor = self.fetch_actor(uri).await?;
        if actor.uri != uri {
            return Err(Error::permanent(format!("{uri}: the actor now has the id {}", actor.uri)));
        }
        self.store_actor(actor).await
    }

    /// Stores an actor. A handle on another host that WebFinger has confirmed is kept until it is checked
    /// again.
    pub(super) async fn store_actor(&self, mut actor: RemoteActor) -> Result<Account> {
        if let Some(known) = self.known_account(&actor.uri).await?
            && let Some(domain) = known.domain
            && known.username.eq_ignore_ascii_case(&actor.username)
        {
            actor.domain = domain;
        }
        self.receive_actor(actor).await
    }

    /// Stores an actor. Its former keys that the document no longer lists become invalid.
    pub(super) async fn receive_actor(&self, actor: RemoteActor) -> Result<Account> {
        let account = portico_service::people::accounts::receive(&self.instance, actor).await?;
        self.forget_keys_of(account.id);
        Ok(account)
    }

    /// Returns an error if this URI failed recently: for ten minutes if the failure was permanent, for thirty
    /// seconds if the host did not respond. A host that hangs then costs one wait instead of one per request.
    pub(super) fn refuse_fruitless(&self, what: &str) -> Result<()> {
        let now = self.now();
        if self.fruitless.has(what, now) {
            return Err(Error::permanent(format!("{what} could not be fetched recently")));
        }
        if self.fruitless.has(&later(what), now) {
            return Err(Error::temporary(format!("{what} did not respond recently")));
        }
        Ok(())
    }

    /// Records a failed fetch in the negative cache, for ten minutes if it is permanent.
    pub(super) fn note_failure<T>(&self, what: &str, outcome: Result<T>) -> Result<T> {
        self.note_failure_for(600, what, outcome)
    }

    /// Records a failed fetch; a permanent failure for `seconds`.
    pub(super) fn note_failure_for<T>(&self, seconds: i64, what: &str, outcome: Result<T>) -> Result<T> {
        let now = self.now();
        match &outcome {
            Ok(_) => {}
            Err(error) if error.is_temporary() => self.fruitless.add(&later(what), now.plus_seconds(30)),
            // A refusal by our own policy caused no request and may be lifted at any time.
            Err(Error::Refused(_)) => {}
            Err(_) => self.fruitless.add(what, now.plus_seconds(seconds)),
        }
        outcome
    }
}

fn later(what: &str) -> String {
    format!("later {what}")
}
