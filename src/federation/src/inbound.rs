//! The inbox worker: applies stored activities.
//!
//! Signature, signer and origin were checked when the activity was received (see `inbox`). The worker decides
//! what the activity may change, and calls a service that changes it in one transaction. Every activity can
//! be applied twice, and most can arrive out of order. An embedded object is accepted only if it has the
//! actor's origin and author (R3, see docs/federation.md); otherwise only its id is used, and the object is
//! fetched from there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::copies::{boost_of, original_of};
use super::{Error, Federation, Result, runs};
use portico_activitystreams::activity::{Activity, Kind};
use portico_activitystreams::actor;
use portico_activitystreams::addressing::{self, Addressing, Sender};
use portico_activitystreams::json;
use portico_activitystreams::note::{self, Note};
use portico_activitystreams::value::{self, Object};
use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::agreement_grants::{Grant, PeerStanding};
use portico_domain::model::status::{RemoteStatus, Status};
use portico_domain::model::urls::{host_of, same_origin};
use portico_domain::model::{AccountId, JobId, Reach, StatusId};
use portico_domain::policy::reach::{check_grant, host_allowed, host_heard, may_be_guest};
use portico_service::moderation::reports;
use portico_service::people::accounts;
use portico_service::publishing::statuses::Arrival;
use portico_service::publishing::{favourites, must_reads, polls, quotes, statuses};
use portico_service::social::{groups, relationships};
use portico_store::{InboxEntry, InboxOutcome, Queue};

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
/// Maximum number of recipients taken from one note.
const MOST_ADDRESSED: usize = 200;
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Seconds until the next try, by number of attempts so far.
const BACK_OFF: [i64; 8] = [10, 60, 300, 900, 3600, 10_800, 21_600, 43_200];

/// Applies received activities until `stop`.
pub async fn run(federation: Arc<Federation>, stop: CancellationToken) {
    let store = &federation.instance.store;
    while !stop.is_cancelled() {
        match store.write(claim).await {
            Ok(entries) if !entries.is_empty() => {
                federation.work_off(entries, &stop).await;
                continue;
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "inbox.claim_failed");
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = store.waited(Queue::Inbox, LOOK_EVERY) => {}
        }
    }
}

/// Claims received entries. Any activity from a host proves that it is alive, which resets its delivery
/// back-off.
fn claim(tx: &mut portico_store::Tx<'_>) -> portico_store::Result<Vec<InboxEntry>> {
    let entries = tx.claim_inbox(BATCH, LEASE)?;
    let hosts: BTreeSet<&str> = entries.iter().map(|entry| entry.host.as_str()).collect();
    for host in hosts {
        tx.release_host(host)?;
    }
    Ok(entries)
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
        let together = if self.instance.store.is_shared() { 1 } else { runs::SIDE_BY_SIDE };
        for run in runs::of(entries, together) {
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
        let work = tokio::spawn(async move { tokio::time::timeout(LIMIT, federation.apply(&entry)).await });
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

    /// Applies an activity.
    async fn apply(self: &Arc<Self>, entry: &InboxEntry) -> Result<()> {
        let document =
            json::read(entry.body.as_bytes()).map_err(|error| Error::permanent(error.to_string()))?;
        let activity = Activity::read(&document)?;
        let Some(kind) = activity.kind else {
            tracing::debug!(uri = activity.id, "activity.unsupported");
            return Ok(());
        };
        let (host, uri) = (entry.host.clone(), activity.actor.clone());
        let facts = self.instance.store.read_inline(move |reader| {
            Ok::<_, Error>((reader.tier_of(&host)?, reader.find_account_by_uri(&uri)?))
        });
        let (tier, actor) = facts.await?;
        // The host may have been blocked since the activity was received.
        let allowed = host_allowed(self.instance.settings.federation, tier);
        let Some(actor) = actor else {
            return if activity.is_farewell() { Ok(()) } else { Err(Error::permanent("the actor is gone")) };
        };
        if actor.suspended_at.is_some() && !matches!(kind, Kind::Update | Kind::Delete | Kind::Undo) {
            return Err(portico_domain::policy::Refusal::Suspended.into());
        }
        if let Err(refusal) = allowed {
            return match groups::is_guest_anywhere(&self.instance, actor.id).await? {
                true => self.by_guest(&actor, kind, &activity, entry.recipient).await,
                false => Err(refusal.into()),
            };
        }
        let outcome = match kind {
            Kind::Create => {
                let proven = self.proven(&actor, &document, &entry.body).await;
                self.create(&actor, &activity, entry.recipient, proven).await
            }
            Kind::Update => {
                let proven = self.proven(&actor, &document, &entry.body).await;
                self.update(&actor, &activity, entry.recipient, proven).await
            }
            Kind::Delete => self.delete(&actor, &activity).await,
            Kind::Follow => self.follow(&actor, &activity).await,
            Kind::Accept | Kind::Reject => self.answered(&actor, &activity, kind, &document).await,
            Kind::Undo => match self.guest_leaves(&actor, &activity).await? {
                true => Ok(()),
                false => self.undo(&actor, &activity).await,
            },
            Kind::Like | Kind::EmojiReact => self.like(&actor, &activity).await,
            Kind::Read => self.read(&actor, &activity).await,
            Kind::Invite => self.invited(&actor, &activity, &document).await,
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

    /// Applies an activity of a room's guest whose host is not federated with: joining and leaving a room,
    /// and posting. Posts outside a room are dropped later.
    async fn by_guest(
        self: &Arc<Self>,
        actor: &Account,
        kind: Kind,
        activity: &Activity,
        recipient: Option<AccountId>,
    ) -> Result<()> {
        match kind {
            Kind::Create => self.create(actor, activity, recipient, None).await,
            Kind::Update => self.update(actor, activity, recipient, None).await,
            Kind::Delete => self.delete(actor, activity).await,
            Kind::Follow => {
                let target = self.local_account(activity.object_id()).await?;
                let uri = &activity.id;
                if !groups::receive_guest(&self.instance, actor, target.id, uri).await? {
                    groups::turn_guest_away(&self.instance, actor, target.id, uri).await?;
                }
                Ok(())
            }
            Kind::Undo => self.guest_leaves(actor, activity).await.map(drop),
            _ => Ok(()),
        }
    }

    /// Applies the Undo of a guest's Follow of a room. Returns whether the activity was one.
    pub(super) async fn guest_leaves(&self, actor: &Account, activity: &Activity) -> Result<bool> {
        let follow = activity.embedded().filter(|inner| Kind::of(inner) == Some(Kind::Follow));
        let Some(room) = follow.and_then(|follow| value::first_reference(follow, "object")) else {
            return Ok(false);
        };
        let Some(room) = self.known_account(room).await?.filter(Account::is_local) else { return Ok(false) };
        Ok(groups::receive_leave(&self.instance, actor, room.id).await?)
    }

    /// Returns the activity's original body if it carries a valid proof of its author. A local group relays
    /// it in that form.
    async fn proven(&self, actor: &Account, document: &Object, body: &str) -> Option<String> {
        document.get("proof")?;
        let signer = self.proven_author(document, &actor.uri).await.ok().flatten();
        signer.map(|_| body.to_owned())
    }

    pub(super) async fn create(
        self: &Arc<Self>,
        actor: &Account,
        activity: &Activity,
        recipient: Option<AccountId>,
        proven: Option<String>,
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
            return Err(Error::permanent("the object of the Create has another author"));
        }
        self.store_note(actor, read, Some((activity, recipient)), (Arrival::Delivered, proven), 0)
            .await
            .map(drop)
    }

    /// Returns the object of a Create or Update, which must have the actor's origin (R3): as embedded, or
    /// else fetched from its id. `None` if it is gone.
    async fn own_object(&self, actor: &Account, activity: &Activity) -> Result<Option<Object>> {
        let Some(id) = activity.object_id() else { return Err(Error::permanent("the object has no id")) };
        if same_origin(id, self.instance.urls.origin()) {
            return Err(Error::permanent("the object has an id of this server"));
        }
        if !same_origin(id, &actor.uri) {
            return Err(Error::permanent("the object and its actor have different origins"));
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

    pub(super) async fn update(
        self: &Arc<Self>,
        actor: &Account,
        activity: &Activity,
        recipient: Option<AccountId>,
        proven: Option<String>,
    ) -> Result<()> {
        if activity.object_id() == Some(&actor.uri) {
            // Fetches the whole actor document again, with keys and inbox, instead of trusting the embedded
            // one.
            return self.refresh_account(&actor.uri).await.map(drop);
        }
        let Some(object) = self.own_object(actor, activity).await? else { return Ok(()) };
        if actor::kind(&object).is_some() || !note::is_shown(&object) {
            return Ok(());
        }
        let read = note::read(&object)?;
        if read.author != actor.uri {
            return Err(Error::permanent("the object of the Update has another author"));
        }
        let edit = self.remote_status(actor, &read, Some((activity, recipient))).await?;
        let edit = RemoteStatus { proven: proven.clone(), ..edit };
        if !statuses::receive_edit(&self.instance, actor, edit).await? {
            // Interop(WordPress): an Update may be the first activity about a post.
            self.store_note(actor, read, Some((activity, recipient)), (Arrival::Delivered, proven), 0)
                .await?;
        } else if read.quote.is_some() {
            quotes::enqueue_verification(&self.instance, &read.uri, 0).await?;
        }
        Ok(())
    }

    async fn delete(&self, actor: &Account, activity: &Activity) -> Result<()> {
        let Some(id) = activity.object_id() else { return Ok(()) };
        if id == actor.uri {
            return Ok(accounts::receive_deletion(&self.instance, &actor.uri).await?);
        }
        if !same_origin(id, &actor.uri) {
            return Err(Error::permanent("the deleted object has another origin"));
        }
        if quotes::receive_revocation(&self.instance, actor, id).await? {
            return Ok(());
        }
        Ok(statuses::receive_delete(&self.instance, actor, id).await?)
    }

    async fn follow(&self, actor: &Account, activity: &Activity) -> Result<()> {
        let target = self.local_account(activity.object_id()).await?;
        if groups::receive_guest(&self.instance, actor, target.id, &activity.id).await? {
            return Ok(());
        }
        Ok(relationships::receive_follow(&self.instance, actor, target.id, &activity.id).await?)
    }

    /// Applies an Accept or Reject of a Follow, identified by its id or by its embedded copy; or of a
    /// QuoteRequest.
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
                    return Err(Error::permanent("the answered Follow is of another account"));
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

    /// Applies a Like. An emoji reaction counts as a Like too.
    async fn like(&self, actor: &Account, activity: &Activity) -> Result<()> {
        let Some(status) = self.known_status(activity.object_id()).await? else { return Ok(()) };
        Ok(favourites::receive(&self.instance, actor, status, &activity.id).await?)
    }

    /// Applies a Read: the actor has read a must-read post. Ignored for other posts.
    async fn read(&self, actor: &Account, activity: &Activity) -> Result<()> {
        let Some(status) = self.known_status(activity.object_id()).await? else { return Ok(()) };
        Ok(must_reads::receive(&self.instance, actor, status).await?)
    }

    /// Applies an Invite: a remote group enrols a local account. A group may only invite into itself.
    async fn invited(&self, actor: &Account, activity: &Activity, document: &Object) -> Result<()> {
        if activity.object_id() != Some(&actor.uri) {
            return Err(Error::permanent("the Invite is into a group other than its actor"));
        }
        let person = self.local_account(value::first_reference(document, "target")).await?;
        Ok(groups::receive_enrolment(&self.instance, actor, &person).await?)
    }

    async fn block(&self, actor: &Account, activity: &Activity) -> Result<()> {
        let target = self.local_account(activity.object_id()).await?;
        Ok(relationships::receive_block(&self.instance, actor, target.id, &activity.id).await?)
    }

    /// Applies a Flag: opens a report for the moderators, and does nothing else.
    async fn flag(&self, actor: &Account, activity: &Activity, document: &Object) -> Result<()> {
        let named = value::references(document, "object");
        let flag = reports::Flag {
            uri: activity.id.clone(),
            about: named.iter().take(reports::MOST_STATUSES + 1).map(|id| boost_of(id).to_owned()).collect(),
            comment: value::text(document, "content").unwrap_or_default().to_owned(),
        };
        Ok(reports::receive(&self.instance, actor, flag).await?)
    }

    /// Fetches a note with its author and stores both. `None` if it is gone or is not a note. `steps` is the
    /// distance in the thread from the received status.
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

    /// Stores a note that was fetched from its own origin.
    pub(super) async fn take_note(&self, object: &Object, steps: u32) -> Result<Option<StatusId>> {
        let read = note::read(object)?;
        if same_origin(&read.uri, self.instance.urls.origin()) {
            return Err(Error::permanent("the object has an id of this server"));
        }
        let author = self.account(&read.author).await?;
        self.store_note(&author, read, None, (Arrival::Fetched, None), steps).await
    }

    pub(super) async fn store_note(
        &self,
        author: &Account,
        read: Note,
        activity: Option<(&Activity, Option<AccountId>)>,
        (arrival, proven): (Arrival, Option<String>),
        steps: u32,
    ) -> Result<Option<StatusId>> {
        if self.is_copy(author, &read).await? {
            return Ok(None);
        }
        let status = RemoteStatus { proven, ..self.remote_status(author, &read, activity).await? };
        let parent = status.in_reply_to_uri.clone();
        let id = statuses::receive(&self.instance, author, status, arrival).await?;
        if let (Some(_), Some(parent)) = (id, parent) {
            self.want_parent(&parent, steps + 1).await?;
        }
        if id.is_some() && read.quote.is_some() {
            quotes::enqueue_verification(&self.instance, &read.uri, steps).await?;
        }
        Ok(id)
    }

    /// Whether a group's note is a relay copy of a post that we already have from the group, or of a post
    /// from a blocked host.
    async fn is_copy(&self, author: &Account, read: &Note) -> Result<bool> {
        let (Some(original), ActorKind::Group) = (read.copy_of.clone(), author.kind) else {
            return Ok(false);
        };
        let host = url::Url::parse(&original).ok().map(|url| host_of(&url));
        let group = Some(author.id);
        let found = self.instance.store.read_inline(move |reader| {
            if let Some(host) = host
                && may_be_guest(reader.tier_of(&host)?).is_err()
            {
                return Ok(true);
            }
            let original = reader.find_status_by_uri(&original)?;
            Ok::<_, Error>(original.is_some_and(|original| original.group == group))
        });
        found.await
    }

    /// Collects what the service needs of a note: its reach, derived from its addressing, and its mentioned
    /// accounts.
    pub(super) async fn remote_status(
        &self,
        author: &Account,
        read: &Note,
        activity: Option<(&Activity, Option<AccountId>)>,
    ) -> Result<RemoteStatus> {
        let host = author.domain.clone().ok_or_else(|| Error::permanent("the author is a local account"))?;
        let outer = activity.map(|(activity, _)| activity.addressing.clone());
        let recipient = activity.and_then(|(_, recipient)| recipient);
        let mode = self.instance.settings.federation;
        let (sender, named) = (author.clone(), read.clone());
        let (own, sender_id) = (self.instance.urls.domain().to_owned(), author.id);
        let facts = self.instance.store.read_inline(move |reader| {
            let PeerStanding { tier, grants } = reader.standing_of(&host)?;
            let shut = host_allowed(mode, tier).is_err();
            host_heard(mode, tier, shut && reader.has_guests_at(&host)?)?;
            let refused = reader.find_host(&host)?.is_some_and(|host| host.reject_media);
            let no_media = refused || !grants.takes.has(Grant::Media);
            let followers = sender.endpoints.followers.as_deref();
            let sender = Sender { uri: &sender.uri, followers, tier, own: &own };
            let (limits, listed) = addressing::audience_limits(&named.addressing, outer.as_ref(), &sender);
            let reach = limits.reach;
            let group = group_named(reader, &named.addressing)?;
            let answered = match &named.in_reply_to {
                Some(uri) => original_of(reader, uri)?.map(|original| original.uri),
                None => None,
            };
            // A note addressed to a closed group is for the group's members.
            let closed = match group.filter(|_| reach == Reach::Direct) {
                Some(group) => reader.find_group(group)?.is_some_and(|group| group.visibility.is_closed()),
                None => false,
            };
            let flows = check_grant(grants.takes, if closed { Reach::Group } else { reach }, false);
            // A guest's post to their room needs no agreement; their other posts do.
            let only_in_group = shut || (flows.is_err() && !reader.rooms_of_guest(sender_id)?.is_empty());
            if !only_in_group {
                flows?;
            }
            let (told, _) = addressing::audience_limits(&named.addressing, None, &sender);
            let believed = told.reach != Reach::Direct || statuses::may_say_direct(tier);
            let told = Some(told).filter(|_| believed && !named.addressing.is_empty());
            let parts = named_by(&named, outer.as_ref(), reach, statuses::may_say_direct(tier));
            let (mut mentions, mut addressed) = (Vec::new(), Vec::new());
            for (uris, found) in [(parts.named, &mut mentions), (parts.addressed, &mut addressed)] {
                for uri in uris {
                    found.extend(reader.find_account_by_uri(&uri)?.map(|account| account.id));
                }
            }
            if reach == Reach::Direct && mentions.is_empty() && addressed.is_empty() {
                mentions.extend(recipient);
            }
            Ok::<_, Error>((
                limits,
                told,
                listed,
                (mentions, addressed),
                no_media,
                (group, answered),
                only_in_group,
            ))
        });
        let (limits, told, listed, (mentions, addressed), no_media, (group, answered), only_in_group) =
            facts.await?;
        Ok(RemoteStatus {
            uri: read.uri.clone(),
            url: read.url.clone(),
            account_id: author.id,
            in_reply_to_uri: answered.or_else(|| read.in_reply_to.clone()),
            sources: read.sources.clone(),
            content: read.content.clone(),
            spoiler_text: read.warning.clone(),
            sensitive: read.sensitive,
            language: read.language.clone(),
            reach: limits.reach,
            partner: limits.partner,
            told,
            addressed,
            group,
            listed,
            mentions,
            units: read.units.clone(),
            tags: read.tags.clone(),
            poll: read.poll.clone(),
            published: read.published.unwrap_or_else(|| self.now()).min(self.now()),
            updated: read.updated,
            media: if no_media { Vec::new() } else { read.media.clone() },
            emojis: if no_media { Vec::new() } else { read.emojis.clone() },
            quote: read.quote.clone(),
            annotations: read.annotations.clone(),
            quote_policy: read.quotable.by(&author.uri, author.endpoints.followers.as_deref()),
            proven: None,
            only_in_group,
        })
    }

    async fn local_account(&self, uri: Option<&str>) -> Result<Account> {
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
        let Some(uri) = uri.map(str::to_owned) else { return Ok(None) };
        let found = self.instance.store.read_inline(move |reader| {
            let found = reader.find_status_by_uri(&uri)?;
            // An activity about a group's relay copy is about the original.
            if found.is_some() { Ok::<_, Error>(found) } else { original_of(reader, &uri) }
        });
        let found: Option<Status> = found.await?;
        Ok(found.filter(|status| status.boost_of.is_none()).map(|status| status.id))
    }
}

/// The recipients of a note, by actor id.
#[derive(Debug, Default, PartialEq, Eq)]
struct Recipients {
    /// The mentioned recipients.
    named: Vec<String>,
    /// The recipients that are only addressed.
    addressed: Vec<String>,
}

/// Returns the mentioned and the addressed actor ids of a note: a Mention tag counts if its actor is also
/// addressed, and in a direct note every addressed actor counts. A direct note without a known recipient is
/// for the owner of the inbox.
///
/// Among instances that support circles, an addressed actor without a Mention in a direct note with several
/// recipients is a member of a circle, and is not mentioned; a single recipient is.
fn named_by(read: &Note, outer: Option<&Addressing>, reach: Reach, knows_circles: bool) -> Recipients {
    let is_addressed = |uri: &str| read.addressing.names(uri) || outer.is_some_and(|outer| outer.names(uri));
    let mut named: Vec<String> = read.mentions.iter().filter(|uri| is_addressed(uri)).cloned().collect();
    let mut addressed = Vec::new();
    if reach == Reach::Direct {
        let also = read.addressing.to.iter().chain(&read.addressing.cc).take(MOST_ADDRESSED);
        let also = also.filter(|uri| !addressing::is_public(uri) && !named.contains(uri));
        addressed.extend(also.cloned());
    }
    addressed.sort_unstable();
    addressed.dedup();
    if !knows_circles || addressed.len() + named.len() < 2 {
        named.append(&mut addressed);
    }
    named.sort_unstable();
    named.dedup();
    Recipients { named, addressed }
}

/// Returns the group that a note is addressed to, if it is known: a local group in any addressing property, a
/// remote one only in `audience`.
fn group_named(reader: &mut portico_store::Reader<'_>, addressing: &Addressing) -> Result<Option<AccountId>> {
    const MOST: usize = 20;
    let own = addressing.to.iter().chain(&addressing.cc).map(|uri| (uri, false));
    let named = addressing.audience.iter().map(|uri| (uri, true)).chain(own);
    for (uri, is_audience) in named.filter(|(uri, _)| !addressing::is_public(uri)).take(MOST) {
        let Some(account) = reader.find_account_by_uri(uri)? else { continue };
        let counts = account.kind == ActorKind::Group && (is_audience || account.is_local());
        if counts && reader.find_group(account.id)?.is_some() {
            return Ok(Some(account.id));
        }
    }
    Ok(None)
}
