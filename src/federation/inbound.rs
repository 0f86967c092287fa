//! Working off the inbox: what each activity does here.
//!
//! Signature, signer and origin were judged when the activity came in; here is judged what it may do, and
//! a service is called that does it in one transaction. Everything can be run again, and most things can
//! come in the wrong order. What is embedded is believed only of the actor's own origin and authorship (R3);
//! everything else is fetched from where its id says.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::net::same_origin;
use super::protocol::activity::{Activity, Kind};
use super::protocol::actor;
use super::protocol::addressing::{self, Addressing, Sender};
use super::protocol::note::{self, Note};
use super::protocol::value::{self, Object};
use super::{Error, Federation, Result, json};
use crate::model::account::Account;
use crate::model::peer::Tier;
use crate::model::status::{RemoteStatus, Status};
use crate::model::{AccountId, JobId, Reach, StatusId};
use crate::policy::reach::host_allowed;
use crate::service::statuses::Arrival;
use crate::service::{accounts, favourites, polls, quotes, relationships, reports, statuses};
use crate::store::{InboxEntry, Queue, Settled};

/// Entries claimed at once.
const BATCH: i64 = 256;
/// Actors whose entries are worked off at once.
const AT_ONCE: usize = 16;
/// How long a claim holds, in milliseconds.
const LEASE: i64 = 90_000;
/// How long a batch may begin new entries; the rest is given back before the claim ends.
const BATCH_LIMIT: Duration = Duration::from_secs(45);
/// How long one activity may take, with all it fetches.
const LIMIT: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Seconds until the next try, by how many there were.
const BACK_OFF: [i64; 8] = [10, 60, 300, 900, 3600, 10_800, 21_600, 43_200];

/// Works off the inbox until `stop`.
pub async fn run(federation: Arc<Federation>, stop: CancellationToken) {
    let store = &federation.instance.store;
    while !stop.is_cancelled() {
        match store.write(|tx| tx.claim_inbox(BATCH, LEASE)).await {
            Ok(entries) if !entries.is_empty() => {
                federation.work_off(entries, &stop).await;
                continue;
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "the inbox cannot be read");
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = store.waited(Queue::Inbox, LOOK_EVERY) => {}
        }
    }
}

impl Federation {
    /// Works off claimed entries: each actor's in order, several actors' at once.
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
            let write = move |tx: &mut crate::store::Tx<'_>| {
                tx.settle_inbox(&settled)?;
                tx.free_inbox(&untouched)
            };
            if let Err(error) = self.instance.store.write(write).await {
                // The claims end by themselves; what was done is safe to do again.
                tracing::warn!(%error, "the inbox cannot be settled");
            }
        }
    }

    async fn work_off_actor(
        self: &Arc<Self>,
        entries: Vec<InboxEntry>,
        deadline: Instant,
        stop: &CancellationToken,
    ) -> (Vec<(JobId, Settled)>, Vec<JobId>) {
        let mut settled = Vec::with_capacity(entries.len());
        let mut untouched = Vec::new();
        for entry in entries {
            if stop.is_cancelled() || Instant::now() >= deadline {
                untouched.push(entry.id);
            } else {
                settled.push((entry.id, self.settle(&entry).await));
            }
        }
        (settled, untouched)
    }

    async fn settle(self: &Arc<Self>, entry: &InboxEntry) -> Settled {
        let work = {
            let (federation, entry) = (Arc::clone(self), entry.clone());
            // In a task of its own: a panic is one activity's failure, not the worker's.
            tokio::spawn(async move { tokio::time::timeout(LIMIT, federation.apply(&entry)).await })
        };
        let outcome = match work.await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(Error::temporary("it took too long")),
            Err(_) => Err(Error::permanent("it made the worker panic")),
        };
        let uri = entry.activity_uri.as_str();
        match outcome {
            Ok(()) => Settled::Done,
            Err(error) if error.is_temporary() => {
                let tries = usize::try_from(entry.attempts).unwrap_or(usize::MAX);
                match BACK_OFF.get(tries) {
                    Some(seconds) => {
                        tracing::info!(uri, %error, "an activity has to wait");
                        Settled::Again { at: self.now().plus_seconds(*seconds), error: error.to_string() }
                    }
                    None => Settled::Dead { error: error.to_string() },
                }
            }
            Err(Error::Refused(why)) => {
                tracing::info!(uri, %why, "an activity was refused");
                Settled::Done
            }
            Err(error) => {
                tracing::info!(uri, %error, "an activity was dropped");
                Settled::Dead { error: error.to_string() }
            }
        }
    }

    /// Does what an activity says.
    async fn apply(self: &Arc<Self>, entry: &InboxEntry) -> Result<()> {
        let document =
            json::read(entry.body.as_bytes()).map_err(|error| Error::permanent(error.to_string()))?;
        let activity = Activity::read(&document)?;
        let Some(kind) = activity.kind else {
            tracing::debug!(uri = activity.id, "an activity of a kind that we do not act on");
            return Ok(());
        };
        let (host, uri) = (entry.host.clone(), activity.actor.clone());
        let facts = self
            .instance
            .store
            .read(move |reader| Ok::<_, Error>((reader.tier_of(&host)?, reader.find_account_by_uri(&uri)?)));
        let (tier, actor) = facts.await?;
        // A host may have been blocked since the activity came in.
        host_allowed(self.instance.settings.federation, tier)?;
        let Some(actor) = actor else {
            return if activity.is_farewell() { Ok(()) } else { Err(Error::permanent("the actor is gone")) };
        };
        if actor.suspended_at.is_some() && !matches!(kind, Kind::Update | Kind::Delete | Kind::Undo) {
            return Err(crate::policy::Refusal::Suspended.into());
        }
        let outcome = match kind {
            Kind::Create => self.create(&actor, &activity, entry.recipient).await,
            Kind::Update => self.update(&actor, &activity, entry.recipient).await,
            Kind::Delete => self.delete(&actor, &activity).await,
            Kind::Follow => self.follow(&actor, &activity).await,
            Kind::Accept | Kind::Reject => self.answered(&actor, &activity, kind, &document).await,
            Kind::Undo => self.undo(&actor, &activity).await,
            Kind::Like | Kind::EmojiReact => self.like(&actor, &activity).await,
            Kind::Add => self.pin(&actor, &activity, &document, true).await,
            Kind::Remove => self.pin(&actor, &activity, &document, false).await,
            Kind::Move => self.moved(&actor, &activity, &document).await,
            Kind::Announce => self.announce(&actor, &activity, &document).await,
            Kind::Block => self.block(&actor, &activity).await,
            Kind::Flag => self.flag(&actor, &activity, &document).await,
            Kind::QuoteRequest => self.quote_requested(&actor, &activity, &document).await,
        };
        outcome?;
        match kind {
            Kind::Create | Kind::Update | Kind::Delete => self.hand_on(kind, &activity, entry).await,
            _ => Ok(()),
        }
    }

    async fn create(
        self: &Arc<Self>,
        actor: &Account,
        activity: &Activity,
        recipient: Option<AccountId>,
    ) -> Result<()> {
        let Some(object) = self.own_object(actor, activity).await? else { return Ok(()) };
        if !note::is_shown(&object) {
            return Ok(());
        }
        if let Some((asked, title)) = note::read_vote(&object)
            && value::first_reference(&object, "attributedTo") == Some(actor.uri.as_str())
            && polls::receive_vote(&self.instance, actor, asked, title).await?
        {
            return Ok(());
        }
        let read = note::read(&object)?;
        if read.author != actor.uri {
            return Err(Error::permanent("a Create of somebody else's object"));
        }
        self.store_note(actor, read, Some((activity, recipient)), Arrival::Delivered, 0).await.map(drop)
    }

    /// The object of a Create or Update: as embedded, if it is of the actor's own origin; otherwise from
    /// where its id says.
    async fn own_object(&self, actor: &Account, activity: &Activity) -> Result<Option<Object>> {
        let Some(id) = activity.object_id() else { return Err(Error::permanent("an object without id")) };
        if same_origin(id, self.instance.urls.origin()) {
            return Err(Error::permanent("an object that claims to be ours"));
        }
        if !same_origin(id, &actor.uri) {
            return Err(Error::permanent("an object of another origin than its actor"));
        }
        match activity.embedded() {
            Some(object) if !value::types(object).is_empty() => Ok(Some(object.clone())),
            _ => match self.dereference(id).await {
                Ok(object) => Ok(Some(object)),
                Err(error) if error.is_nothing() => Ok(None),
                Err(error) => Err(error),
            },
        }
    }

    async fn update(
        self: &Arc<Self>,
        actor: &Account,
        activity: &Activity,
        recipient: Option<AccountId>,
    ) -> Result<()> {
        if activity.object_id() == Some(&actor.uri) {
            // Keys, inbox and all: what counts is what the actor's own server says now.
            return self.refresh_account(&actor.uri).await.map(drop);
        }
        let Some(object) = self.own_object(actor, activity).await? else { return Ok(()) };
        if actor::kind(&object).is_some() || !note::is_shown(&object) {
            return Ok(());
        }
        let read = note::read(&object)?;
        if read.author != actor.uri {
            return Err(Error::permanent("an Update of somebody else's object"));
        }
        let edit = self.remote_status(actor, &read, Some((activity, recipient))).await?;
        if !statuses::receive_edit(&self.instance, actor, edit).await? {
            // Interop(WordPress): an Update may be the first we see of a post.
            self.store_note(actor, read, Some((activity, recipient)), Arrival::Delivered, 0).await?;
        } else if read.quote.is_some() {
            quotes::want(&self.instance, &read.uri, 0).await?;
        }
        Ok(())
    }

    async fn delete(&self, actor: &Account, activity: &Activity) -> Result<()> {
        let Some(id) = activity.object_id() else { return Ok(()) };
        if id == actor.uri {
            return Ok(accounts::receive_deletion(&self.instance, &actor.uri).await?);
        }
        if !same_origin(id, &actor.uri) {
            return Err(Error::permanent("a Delete of another origin's object"));
        }
        if quotes::receive_revocation(&self.instance, actor, id).await? {
            return Ok(());
        }
        Ok(statuses::receive_delete(&self.instance, actor, id).await?)
    }

    async fn follow(&self, actor: &Account, activity: &Activity) -> Result<()> {
        let target = self.local_account(activity.object_id()).await?;
        Ok(relationships::receive_follow(&self.instance, actor, target.id, &activity.id).await?)
    }

    /// An Accept or Reject of a Follow: by the Follow's id, or embedded, or by who asked.
    async fn answered(
        &self,
        actor: &Account,
        activity: &Activity,
        kind: Kind,
        document: &Object,
    ) -> Result<()> {
        if let Some(quoting) = self.asked_to_quote(activity).await? {
            return self.quote_answered(actor, quoting, kind, document).await;
        }
        let uri = activity.object_id().map(str::to_owned);
        let follower = match activity.embedded() {
            Some(follow) if Kind::of(follow) == Some(Kind::Follow) => {
                if value::first_reference(follow, "object").is_some_and(|target| target != actor.uri) {
                    return Err(Error::permanent("an answer to a Follow of somebody else"));
                }
                match value::first_reference(follow, "actor") {
                    Some(follower) => {
                        self.known_account(follower).await?.filter(Account::is_local).map(|a| a.id)
                    }
                    None => None,
                }
            }
            Some(_) => return Ok(()),
            None => None,
        };
        let (instance, uri) = (&self.instance, uri.as_deref());
        match kind {
            Kind::Accept => relationships::receive_accept(instance, actor, uri, follower).await?,
            _ => relationships::receive_reject(instance, actor, uri, follower).await?,
        }
        Ok(())
    }

    /// A favourite. One that carries an emoji counts as one without.
    async fn like(&self, actor: &Account, activity: &Activity) -> Result<()> {
        let Some(status) = self.known_status(activity.object_id()).await? else { return Ok(()) };
        Ok(favourites::receive(&self.instance, actor, status, &activity.id).await?)
    }

    async fn block(&self, actor: &Account, activity: &Activity) -> Result<()> {
        let target = self.local_account(activity.object_id()).await?;
        Ok(relationships::receive_block(&self.instance, actor, target.id, &activity.id).await?)
    }

    /// A report. It opens one here for people to judge, and does nothing else.
    async fn flag(&self, actor: &Account, activity: &Activity, document: &Object) -> Result<()> {
        let named = value::references(document, "object");
        let flag = reports::Flag {
            uri: activity.id.clone(),
            about: named.into_iter().take(reports::MOST_STATUSES + 1).collect(),
            comment: value::text(document, "content").unwrap_or_default().to_owned(),
        };
        Ok(reports::receive(&self.instance, actor, flag).await?)
    }

    /// Fetches a note with its author and stores both. None if it is gone, or no note. `steps` says how far up
    /// a thread we are already.
    pub(super) async fn fetch_note(&self, id: &str, steps: u32) -> Result<Option<StatusId>> {
        self.refuse_fruitless(id)?;
        let fetched = self.dereference(id).await;
        match self.note_failure(id, fetched) {
            Ok(object) if note::is_shown(&object) => self.take_note(&object, steps).await,
            Ok(_) => Ok(None),
            Err(error) if error.is_nothing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Stores a note that came from its own origin.
    pub(super) async fn take_note(&self, object: &Object, steps: u32) -> Result<Option<StatusId>> {
        let read = note::read(object)?;
        if same_origin(&read.uri, self.instance.urls.origin()) {
            return Err(Error::permanent("an object that claims to be ours"));
        }
        let author = self.account(&read.author).await?;
        self.store_note(&author, read, None, Arrival::Fetched, steps).await
    }

    pub(super) async fn store_note(
        &self,
        author: &Account,
        read: Note,
        activity: Option<(&Activity, Option<AccountId>)>,
        arrival: Arrival,
        steps: u32,
    ) -> Result<Option<StatusId>> {
        let status = self.remote_status(author, &read, activity).await?;
        let parent = status.in_reply_to_uri.clone();
        let id = statuses::receive(&self.instance, author, status, arrival).await?;
        if let (Some(_), Some(parent)) = (id, parent) {
            self.want_parent(&parent, steps + 1).await?;
        }
        if id.is_some() && read.quote.is_some() {
            quotes::want(&self.instance, &read.uri, steps).await?;
        }
        Ok(id)
    }

    /// What of a note its service needs: its reach by its addressing, and the people it names as accounts.
    pub(super) async fn remote_status(
        &self,
        author: &Account,
        read: &Note,
        activity: Option<(&Activity, Option<AccountId>)>,
    ) -> Result<RemoteStatus> {
        let host = author.domain.clone().ok_or_else(|| Error::permanent("a note by one of ours"))?;
        let outer = activity.map(|(activity, _)| activity.addressing.clone());
        let recipient = activity.and_then(|(_, recipient)| recipient);
        let mode = self.instance.settings.federation;
        let (sender, named) = (author.clone(), read.clone());
        let facts = self.instance.store.read(move |reader| {
            let known = reader.find_host(&host)?;
            let tier = known.as_ref().map_or(Tier::Open, |host| host.tier);
            let no_media = known.is_some_and(|host| host.reject_media);
            host_allowed(mode, tier)?;
            let followers = sender.endpoints.followers.as_deref();
            let sender = Sender { uri: &sender.uri, followers, tier };
            let (reach, listed) = addressing::reach(&named.addressing, outer.as_ref(), &sender);
            let mut mentions = Vec::new();
            for uri in named_by(&named, outer.as_ref(), reach) {
                mentions.extend(reader.find_account_by_uri(&uri)?.map(|account| account.id));
            }
            if reach == Reach::Direct && mentions.is_empty() {
                mentions.extend(recipient);
            }
            Ok::<_, Error>((reach, listed, mentions, no_media))
        });
        let (reach, listed, mentions, no_media) = facts.await?;
        Ok(RemoteStatus {
            uri: read.uri.clone(),
            url: read.url.clone(),
            account_id: author.id,
            in_reply_to_uri: read.in_reply_to.clone(),
            sources: read.sources.clone(),
            content: read.content.clone(),
            spoiler_text: read.warning.clone(),
            sensitive: read.sensitive,
            language: read.language.clone(),
            reach,
            listed,
            mentions,
            tags: read.tags.clone(),
            poll: read.poll.clone(),
            published: read.published.unwrap_or_else(|| self.now()).min(self.now()),
            updated: read.updated,
            media: if no_media { Vec::new() } else { read.media.clone() },
            emojis: if no_media { Vec::new() } else { read.emojis.clone() },
            quote: read.quote.clone(),
            quote_policy: read.quotable.by(&author.uri, author.endpoints.followers.as_deref()),
        })
    }

    async fn local_account(&self, uri: Option<&str>) -> Result<Account> {
        let found = match uri {
            Some(uri) => self.known_account(uri).await?,
            None => None,
        };
        found.filter(Account::is_local).ok_or_else(|| Error::permanent("it concerns nobody here"))
    }

    pub(super) async fn known_id(&self, uri: Option<&str>) -> Result<Option<AccountId>> {
        match uri {
            Some(uri) => Ok(self.known_account(uri).await?.map(|account| account.id)),
            None => Ok(None),
        }
    }

    pub(super) async fn known_status(&self, uri: Option<&str>) -> Result<Option<StatusId>> {
        let Some(uri) = uri.map(str::to_owned) else { return Ok(None) };
        let found: Option<Status> =
            self.instance.store.read(move |reader| reader.find_status_by_uri(&uri)).await?;
        Ok(found.filter(|status| status.reblog_of.is_none()).map(|status| status.id))
    }
}

/// The actor ids that a note names: by Mention tags if they are addressed too, and, in a direct note, by
/// being addressed. One that names nobody we know is for whoever's inbox it came to.
fn named_by(read: &Note, outer: Option<&Addressing>, reach: Reach) -> Vec<String> {
    let addressed = |uri: &str| read.addressing.names(uri) || outer.is_some_and(|outer| outer.names(uri));
    let mut uris: Vec<String> = read.mentions.iter().filter(|uri| addressed(uri)).cloned().collect();
    if reach == Reach::Direct {
        let also = read.addressing.to.iter().chain(&read.addressing.cc).take(100);
        uris.extend(also.filter(|uri| !addressing::is_public(uri)).cloned());
    }
    uris.sort_unstable();
    uris.dedup();
    uris
}
