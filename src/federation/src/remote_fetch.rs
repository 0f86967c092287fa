//! Implements the [`RemoteFetch`] port: lets services look up and refresh remote accounts and posts.
//!
//! A handle is accepted only if both sides confirm it: its host names the actor, and the actor's own host
//! answers with the same handle. Otherwise anyone could claim to be `ceo@corp.example`.

use std::sync::{Arc, Weak};

use async_trait::async_trait;

use super::{Error, Federation, Result};
use portico_activitystreams::json;
use portico_activitystreams::webfinger::{self, Jrd};
use portico_activitystreams::{actor, note};
use portico_domain::model::AccountId;
use portico_domain::model::account::Account;
use portico_domain::model::urls::host_of;
use portico_http_signatures::keys;
use portico_net::DocumentKind;
use portico_service::ports::{RemoteFetch, RemoteObject};

/// Age in seconds after which an actor document is fetched again on demand.
const STALE_SECONDS: i64 = 24 * 60 * 60;

/// The port for services. Weak, because the federation owns the instance, which owns the port.
pub(super) struct Port(Weak<Federation>);

impl Port {
    pub(super) fn new(federation: &Arc<Federation>) -> Self {
        Self(Arc::downgrade(federation))
    }

    fn federation(&self) -> portico_service::Result<Arc<Federation>> {
        self.0.upgrade().ok_or(portico_service::Error::Unavailable("federation"))
    }
}

#[async_trait]
impl RemoteFetch for Port {
    async fn account_by_handle(&self, username: &str, host: &str) -> portico_service::Result<AccountId> {
        let federation = self.federation()?;
        let account = federation.account_by_handle(username, host).await;
        account.map(|account| account.id).map_err(|error| into_service_error("account", host, error))
    }

    async fn by_url(&self, url: &str) -> portico_service::Result<Option<RemoteObject>> {
        let federation = self.federation()?;
        match federation.by_url(url).await {
            Ok(found) => Ok(found),
            Err(error) if error.is_temporary() => Err(into_service_error("status", url, error)),
            Err(error) => {
                tracing::debug!(url, %error, "url.not_found");
                Ok(None)
            }
        }
    }

    async fn guest_by_handle(&self, username: &str, host: &str) -> portico_service::Result<AccountId> {
        let federation = self.federation()?;
        federation.expect_guest_of(host);
        let account = federation.account_by_handle(username, host).await;
        account.map(|account| account.id).map_err(|error| into_service_error("account", host, error))
    }

    async fn new_key_pair(&self) -> portico_service::Result<(String, String)> {
        let made = tokio::task::spawn_blocking(keys::generate).await;
        match made {
            Ok(Ok(pair)) => Ok((pair.public, pair.private)),
            _ => Err(portico_service::Error::Unavailable("the key generator")),
        }
    }

    async fn refresh(&self, account: AccountId) -> portico_service::Result<()> {
        let federation = self.federation()?;
        federation
            .refresh(account)
            .await
            .map_err(|error| into_service_error("account", "the account's host", error))
    }

    async fn refresh_now(&self, account: AccountId) -> portico_service::Result<()> {
        let federation = self.federation()?;
        let refreshed = federation.refresh_now(account).await;
        refreshed.map_err(|error| into_service_error("account", "the account's host", error))
    }
}

/// Converts a federation error into a service error.
fn into_service_error(what: &'static str, host: &str, error: Error) -> portico_service::Error {
    match error {
        Error::Refused(why) => portico_service::Error::Refused(why),
        Error::Temporary { .. } => portico_service::Error::Upstream(host.to_owned()),
        Error::Gone | Error::Absent => portico_service::Error::NotFound(what),
        Error::Permanent(why) => {
            tracing::debug!(why, "fetch.failed");
            portico_service::Error::NotFound(what)
        }
    }
}

impl Federation {
    /// Looks up an account by its handle: WebFinger in both directions and the actor document.
    pub(super) async fn account_by_handle(&self, username: &str, host: &str) -> Result<Account> {
        let handle = format!("{}@{}", username.to_lowercase(), host.to_lowercase());
        let mark = format!("acct:{handle}");
        self.refuse_fruitless(&mark)?;
        let found = self.look_up(username, host).await;
        // Only thirty seconds: users try again while their administrators are still allowing the two servers.
        let actor = self.note_failure_for(30, &mark, found)?;
        self.receive_actor(actor).await
    }

    async fn look_up(
        &self,
        username: &str,
        host: &str,
    ) -> Result<portico_domain::model::account::RemoteActor> {
        let mut finger = self.finger(username, host).await?;
        if !finger.host.eq_ignore_ascii_case(host) {
            // The host delegates the handle to another host: ask there, once.
            let (username, host) = (finger.username.clone(), finger.host.clone());
            finger = self.finger(&username, &host).await?;
            if !finger.host.eq_ignore_ascii_case(&host) {
                return Err(Error::permanent("the handle is delegated more than once"));
            }
        }
        let mut actor = self.fetch_actor(&finger.actor).await?;
        if actor.domain != finger.host {
            let back = self.finger(&actor.username, &actor.domain).await?;
            if back.actor != actor.uri || back.host != finger.host {
                return Err(Error::permanent("the actor's host does not know this handle"));
            }
            actor.domain = finger.host;
        } else if !actor.username.eq_ignore_ascii_case(&finger.username) {
            return Err(Error::permanent("the actor's username differs from the handle"));
        }
        Ok(actor)
    }

    /// Sends a WebFinger request (RFC 7033) to one host, signed: some hosts answer only signed requests.
    async fn finger(&self, username: &str, host: &str) -> Result<Jrd> {
        // A typed host must not change another part of the URL (S52).
        if host.contains(|letter: char| {
            "/?#@\\%".contains(letter) || letter.is_whitespace() || letter.is_control()
        }) {
            return Err(Error::permanent("the host of the handle is not a valid host"));
        }
        let scheme = if self.instance.network.insecure_http { "http" } else { "https" };
        let resource = format!("acct:{username}@{host}");
        let url = url::Url::parse_with_params(
            &format!("{scheme}://{host}/.well-known/webfinger"),
            &[("resource", resource.as_str())],
        )
        .map_err(|_| Error::permanent("the host of the handle is not a valid host"))?;
        self.admit(&host_of(&url)).await?;
        let fetched = self.get(url.as_str(), DocumentKind::Jrd).await?;
        let document = json::scan(&fetched.body).map_err(|error| Error::permanent(error.to_string()))?;
        Ok(webfinger::read(&document)?)
    }

    /// Returns the account or status behind a URL.
    pub(super) async fn by_url(&self, url: &str) -> Result<Option<RemoteObject>> {
        let known = url.to_owned();
        let known = self
            .instance
            .store
            .read(move |reader| {
                if let Some(status) = reader.find_status_by_url(&known)? {
                    return Ok::<_, Error>(Some(RemoteObject::Status(status.id)));
                }
                Ok(reader.find_account_by_url(&known)?.map(|account| RemoteObject::Account(account.id)))
            })
            .await?;
        if known.is_some() {
            return Ok(known);
        }
        self.refuse_fruitless(url)?;
        let fetched = self.fetch(url).await;
        let document = self.note_failure(url, fetched)?;
        if actor::kind(&document).is_some() {
            let account = self.store_actor(actor::read(&document)?).await?;
            return Ok(Some(RemoteObject::Account(account.id)));
        }
        if note::is_shown(&document) {
            let id = self.take_note(&document, 0).await?;
            return Ok(id.map(RemoteObject::Status));
        }
        Ok(None)
    }

    async fn refresh(&self, id: AccountId) -> Result<()> {
        let found = self.instance.store.read(move |reader| reader.find_account(id)).await?;
        let Some(account) = found.filter(|account| !account.is_local()) else { return Ok(()) };
        let stale = self.now().plus_seconds(-STALE_SECONDS);
        if account.fetched_at.is_some_and(|fetched| fetched > stale) {
            return Ok(());
        }
        self.refuse_fruitless(&account.uri)?;
        let refreshed = self.refresh_account(&account.uri).await;
        self.note_failure(&account.uri, refreshed).map(drop)
    }

    async fn refresh_now(&self, id: AccountId) -> Result<()> {
        let found = self.instance.store.read(move |reader| reader.find_account(id)).await?;
        match found.filter(|account| !account.is_local()) {
            Some(account) => self.refresh_account(&account.uri).await.map(drop),
            None => Ok(()),
        }
    }

    /// Handles an inbox that answered 410: if its owner is gone too, the account is deleted. A 404 for the
    /// owner is not enough: a server that is being restored or is misconfigured also answers that.
    pub(super) fn inbox_is_gone(self: &Arc<Self>, inbox: &str) {
        let (federation, inbox) = (Arc::clone(self), inbox.to_owned());
        tokio::spawn(async move {
            let owner =
                federation.instance.store.read(move |reader| reader.find_account_by_inbox(&inbox)).await;
            let Ok(Some(account)) = owner else { return };
            let mark = format!("gone {}", account.uri);
            let now = federation.now();
            if federation.fruitless.has(&mark, now) {
                return;
            }
            federation.fruitless.add(&mark, now.plus_seconds(600));
            if matches!(federation.refresh_account(&account.uri).await, Err(Error::Gone)) {
                let gone =
                    portico_service::people::accounts::receive_deletion(&federation.instance, &account.uri)
                        .await;
                tracing::info!(actor = account.uri, ok = gone.is_ok(), "account.gone");
            }
        });
    }
}
