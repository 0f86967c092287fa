//! Fetching documents, and believing them only as far as their origin goes.
//!
//! The rules (FEP-fe34): a document counts only if it came from its own id's origin (R4), its author is of
//! that origin (R5), and nothing with an id of ours is ever taken from outside (R6). Everything fetched is
//! signed with the instance actor's key.

use super::net::{Accept, host_of, same_origin};
use super::protocol::actor;
use super::protocol::value::{self, Object};
use super::{Error, Federation, Result, json};
use crate::model::account::{Account, RemoteActor};
use crate::service;

impl Federation {
    /// Reads one document from a host that we exchange things with. Answers it with the URL it came from.
    async fn document(&self, url: &str) -> Result<(Object, String)> {
        let asked = self.net.check(url)?;
        self.admit(&host_of(&asked)).await?;
        let fetched = self.get(url, Accept::Activity).await?;
        if host_of(&fetched.url) != host_of(&asked) {
            self.admit(&host_of(&fetched.url)).await?;
        }
        let document =
            json::read(&fetched.body).map_err(|error| Error::permanent(format!("{url}: {error}")))?;
        Ok((document, fetched.url.into()))
    }

    /// Fetches an object whose id was given by its own origin: the document's id is where it came from, or
    /// is fetched in its turn, once. The id may differ from `url` when someone pasted the address of a page.
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
        Err(Error::permanent(format!("{id} does not confirm that it is itself")))
    }

    /// Fetches the object with this id: another origin's document is never taken for it.
    pub(super) async fn dereference(&self, id: &str) -> Result<Object> {
        let document = self.fetch(id).await?;
        if !value::id(&document).is_some_and(|found| same_origin(found, id)) {
            return Err(Error::permanent(format!("{id} leads to another server's object")));
        }
        Ok(document)
    }

    /// Fetches an actor document and reads it.
    pub(super) async fn fetch_actor(&self, uri: &str) -> Result<RemoteActor> {
        actor::read(&self.dereference(uri).await?)
    }

    /// The account with this actor id: known, or fetched and stored.
    pub(super) async fn account(&self, uri: &str) -> Result<Account> {
        if let Some(account) = self.known_account(uri).await? {
            return Ok(account);
        }
        if same_origin(uri, self.instance.urls.origin()) {
            return Err(Error::permanent("no such account here"));
        }
        self.refuse_fruitless(uri)?;
        let _turn = self.alone(uri).await;
        if let Some(account) = self.known_account(uri).await? {
            return Ok(account);
        }
        let fetched = self.fetch_actor(uri).await;
        let actor = self.note_failure(uri, fetched)?;
        self.receive_actor(actor).await
    }

    /// The account with this actor id, if we have it.
    pub(super) async fn known_account(&self, uri: &str) -> Result<Option<Account>> {
        let uri = uri.to_owned();
        Ok(self.instance.store.glance(move |reader| reader.find_account_by_uri(&uri)).await?)
    }

    /// Reads an actor document again, whoever asks for it at once.
    pub(super) async fn refresh_account(&self, uri: &str) -> Result<Account> {
        let actor = self.fetch_actor(uri).await?;
        if actor.uri != uri {
            return Err(Error::permanent(format!("{uri} has become {}", actor.uri)));
        }
        self.store_actor(actor).await
    }

    /// Stores an actor as its document says. A handle on another host, once both hosts agreed on it, stays
    /// until they are asked again.
    pub(super) async fn store_actor(&self, mut actor: RemoteActor) -> Result<Account> {
        if let Some(known) = self.known_account(&actor.uri).await?
            && let Some(domain) = known.domain
            && known.username.eq_ignore_ascii_case(&actor.username)
        {
            actor.domain = domain;
        }
        self.receive_actor(actor).await
    }

    /// Stores an actor. Of the keys that it had, those that it lists no more count no more from now on.
    pub(super) async fn receive_actor(&self, actor: RemoteActor) -> Result<Account> {
        let account = service::accounts::receive(&self.instance, actor).await?;
        self.forget_keys_of(account.id);
        Ok(account)
    }

    /// Refuses what was fetched in vain lately: for ten minutes if it cannot be had, for half a minute if its
    /// host did not answer, so that a host which hangs costs one wait and not one for each request.
    pub(super) fn refuse_fruitless(&self, what: &str) -> Result<()> {
        let now = self.now();
        if self.fruitless.has(what, now) {
            return Err(Error::permanent(format!("{what} could not be fetched a moment ago")));
        }
        if self.fruitless.has(&later(what), now) {
            return Err(Error::temporary(format!("{what} did not answer a moment ago")));
        }
        Ok(())
    }

    /// Remembers what could not be fetched.
    pub(super) fn note_failure<T>(&self, what: &str, outcome: Result<T>) -> Result<T> {
        self.note_failure_for(600, what, outcome)
    }

    /// Remembers for so many seconds what cannot be had.
    pub(super) fn note_failure_for<T>(&self, seconds: i64, what: &str, outcome: Result<T>) -> Result<T> {
        let now = self.now();
        match &outcome {
            Ok(_) => {}
            Err(error) if error.is_temporary() => {
                self.fruitless.keep(&later(what), now.plus_seconds(30), now)
            }
            // What we refuse ourselves was not asked for, and may be allowed a moment later.
            Err(Error::Refused(_)) => {}
            Err(_) => self.fruitless.keep(what, now.plus_seconds(seconds), now),
        }
        outcome
    }
}

fn later(what: &str) -> String {
    format!("later {what}")
}
