//! The inbox worker: applies stored activities.
//!
//! Signature, signer and origin were checked when the activity was received (see `inbox`). The worker checks
//! again that the host and the actor may send, and has the activity verified and received (see `activities`),
//! which calls a service that changes what the activity may change in one transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use activitypub_federation::traits::Activity as _;
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::activities::{Delivered, InboxActivity, Received};
use super::library::with_fetch_limit;
use super::{Error, Federation, Result, batching};
use portico_activitystreams::activity::{Activity as Envelope, Kind};
use portico_activitystreams::json;
use portico_activitystreams::value::Object;
use portico_domain::model::account::Account;
use portico_domain::model::{AccountId, JobId, StatusId};
use portico_domain::policy::Refusal;
use portico_service::partners::peers::{self, HostAccess, KnownSender};
use portico_service::publishing::receive;
use portico_store::{InboxEntry, InboxOutcome, Queue, Store};

/// Maximum number of entries claimed at once.
const BATCH: i64 = 256;
/// Number of actors whose entries are applied concurrently.
const AT_ONCE: usize = 16;
/// Lease of a claimed entry, in milliseconds.
const LEASE: i64 = 90_000;
/// How long a batch may start new entries; the others are released before the lease expires.
const BATCH_LIMIT: Duration = Duration::from_secs(45);
/// Time limit for one activity, including its fetches.
const LIMIT: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Seconds until the next try, by number of attempts so far.
const BACK_OFF: [i64; 8] = [10, 60, 300, 900, 3600, 10_800, 21_600, 43_200];

/// Applies received activities until `stop`.
pub async fn run(federation: Arc<Federation>, stop: CancellationToken) {
    let store = &federation.instance.store;
    while !stop.is_cancelled() {
        match claim(store).await {
            Ok(entries) if !entries.is_empty() => {
                federation.work_off(entries, &stop).await;
                continue;
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "inbox.claim_failed");
                portico_jobs::rest(&stop).await;
                continue;
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = store.waited(Queue::Inbox, LOOK_EVERY) => {}
        }
    }
}

/// Claims received entries; writes nothing while none is due. Any activity from a host proves that it is alive,
/// which resets its delivery back-off.
async fn claim(store: &Store) -> portico_store::Result<Vec<InboxEntry>> {
    if !store.read_inline(|reader| reader.has_due_inbox()).await? {
        return Ok(Vec::new());
    }
    let claimed = store.write(|tx| {
        let entries = tx.claim_inbox(BATCH, LEASE)?;
        let hosts: BTreeSet<&str> = entries.iter().map(|entry| entry.host.as_str()).collect();
        for host in hosts {
            tx.release_host(host)?;
        }
        Ok(entries)
    });
    claimed.await
}

impl Federation {
    /// Applies claimed entries: sequentially for each actor, concurrently across actors.
    async fn work_off(self: &Arc<Self>, entries: Vec<InboxEntry>, stop: &CancellationToken) {
        let mut by_actor: BTreeMap<String, Vec<InboxEntry>> = BTreeMap::new();
        for entry in entries {
            by_actor.entry(entry.actor_uri.clone()).or_default().push(entry);
        }
        let deadline = Instant::now() + BATCH_LIMIT;
        let mut work = futures_util::stream::iter(by_actor.into_values())
            .map(|entries| self.work_off_actor(entries, deadline, stop))
            .buffer_unordered(AT_ONCE);
        while let Some((settled, untouched)) = work.next().await {
            let write = move |tx: &mut portico_store::Tx<'_>| {
                tx.settle_inbox(&settled)?;
                tx.free_inbox(&untouched)
            };
            if let Err(error) = self.instance.store.write(write).await {
                // The leases expire, and applying an activity again is safe.
                tracing::warn!(%error, "inbox.settle_failed");
            }
        }
    }

    async fn work_off_actor(
        self: &Arc<Self>,
        entries: Vec<InboxEntry>,
        deadline: Instant,
        stop: &CancellationToken,
    ) -> (Vec<(JobId, InboxOutcome)>, Vec<JobId>) {
        let mut settled = Vec::with_capacity(entries.len());
        let mut untouched = Vec::new();
        // Only SQLite puts concurrent writes into one transaction; on PostgreSQL they would block each other.
        let together = if self.instance.store.is_shared() { 1 } else { batching::SIDE_BY_SIDE };
        for run in batching::of(entries, together) {
            if stop.is_cancelled() || Instant::now() >= deadline {
                untouched.extend(run.iter().map(|entry| entry.id));
            } else {
                settled.extend(join_all(run.into_iter().map(|entry| self.settle(entry))).await);
            }
        }
        (settled, untouched)
    }

    async fn settle(self: &Arc<Self>, entry: InboxEntry) -> (JobId, InboxOutcome) {
        let (id, attempts, uri) = (entry.id, entry.attempts, entry.activity_uri.clone());
        let federation = Arc::clone(self);
        // A separate task, so that a panic fails this activity and not the worker.
        let work = tokio::spawn(with_fetch_limit(async move {
            tokio::time::timeout(LIMIT, federation.apply(&entry)).await
        }));
        let outcome = match work.await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(Error::temporary("the activity timed out")),
            Err(_) => Err(Error::permanent("the worker panicked")),
        };
        let how = match outcome {
            Ok(()) => InboxOutcome::Done,
            Err(error) if error.is_temporary() => {
                let tries = usize::try_from(attempts).unwrap_or(usize::MAX);
                match BACK_OFF.get(tries) {
                    Some(seconds) => {
                        tracing::info!(uri, %error, "activity.retried");
                        InboxOutcome::Again {
                            at: self.now().plus_seconds(*seconds),
                            error: error.to_string(),
                        }
                    }
                    None => InboxOutcome::Dead { error: error.to_string() },
                }
            }
            Err(Error::Refused(why)) => {
                tracing::info!(uri, %why, "activity.refused");
                InboxOutcome::Done
            }
            Err(error) => {
                tracing::info!(uri, %error, "activity.dropped");
                InboxOutcome::Dead { error: error.to_string() }
            }
        };
        (id, how)
    }

    /// Applies an activity: reads it, checks its host and actor, then verifies and receives it.
    async fn apply(&self, entry: &InboxEntry) -> Result<()> {
        let document =
            json::read(entry.body.as_bytes()).map_err(|error| Error::permanent(error.to_string()))?;
        let kind = Kind::of(&document);
        let whole = document.contains_key("proof").then(|| document.clone());
        let (activity, rest) = Envelope::split(document)?;
        let sender = peers::find_sender(&self.instance, &entry.host, &activity.actor).await?;
        let Some(KnownSender { account: actor, access }) = sender else {
            let harmless = kind.is_none() || activity.is_farewell();
            return if harmless { Ok(()) } else { Err(Error::permanent("the actor is gone")) };
        };
        if actor.suspended_at.is_some()
            && !matches!(kind, None | Some(Kind::Update | Kind::Delete | Kind::Undo))
        {
            return Err(Refusal::Suspended.into());
        }
        if access == HostAccess::Nothing && kind.is_some() {
            return Err(Refusal::Host.into());
        }
        let as_guest = access != HostAccess::Federated;
        let proven = match (kind, &whole) {
            (Some(Kind::Create | Kind::Update), Some(whole)) if !as_guest => {
                self.proven(&actor, whole, &entry.body).await
            }
            _ => None,
        };
        let forwarded = match kind {
            Some(kind @ (Kind::Create | Kind::Update | Kind::Delete)) if !as_guest => {
                activity.object_id().map(|object| (kind, object.to_owned(), activity.addressing.clone()))
            }
            _ => None,
        };
        let delivered = Delivered { actor, recipient: entry.recipient, proven, as_guest };
        let activity = InboxActivity::new(Received::new(activity, rest, delivered)?);
        if as_guest && !activity.is_for_guests() {
            return Ok(());
        }
        let data = self.data().await?;
        activity.verify(&data).await?;
        activity.receive(&data).await?;
        match forwarded {
            Some((kind, object, named)) => self.hand_on(kind, object, named, entry).await,
            None => Ok(()),
        }
    }

    /// Returns the activity's original body if it carries a valid proof of its author. A local group relays
    /// it in that form.
    async fn proven(&self, actor: &Account, document: &Object, body: &str) -> Option<String> {
        document.get("proof")?;
        let signer = self.proven_author(document, &actor.uri).await.ok().flatten();
        signer.map(|_| body.to_owned())
    }

    pub(super) async fn local_account(&self, uri: Option<&str>) -> Result<Account> {
        let found = match uri {
            Some(uri) => self.known_account(uri).await?,
            None => None,
        };
        found.filter(Account::is_local).ok_or_else(|| Error::permanent("it is not about a local account"))
    }

    pub(super) async fn known_id(&self, uri: Option<&str>) -> Result<Option<AccountId>> {
        match uri {
            Some(uri) => Ok(self.known_account(uri).await?.map(|account| account.id)),
            None => Ok(None),
        }
    }

    pub(super) async fn known_status(&self, uri: Option<&str>) -> Result<Option<StatusId>> {
        match uri {
            Some(uri) => Ok(receive::find_known(&self.instance, uri).await?),
            None => Ok(None),
        }
    }
}
