//! Forwarding (ActivityPub 7.1.2): an answer to a post of ours, which names the author's followers, is handed
//! on to them, because its own server does not know who they are. Only what is public, unchanged, once, and
//! never back to where it came from.
//!
//! What others hand on to us is a hint and no more: what counts is what the object's own server says now.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::net::{host_of, same_origin};
use super::outbound::{self, Speaker};
use super::protocol::activity::{Activity, Kind};
use super::protocol::addressing::Addressing;
use super::protocol::note;
use super::protocol::value;
use super::{Error, Federation, Result};
use crate::model::Reach;
use crate::model::account::Account;
use crate::service::statuses;
use crate::store::{InboxEntry, Job, Queue, Reader};

/// The queue of objects that somebody says were made, changed or taken back.
const QUEUE: &str = "hints";
/// How many may wait.
const MOST_WAITING: i64 = 1000;
/// How far up from an answer we look for a post of ours.
const HIGHEST: usize = 4;
const LEASE: i64 = 60_000;
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Seconds until the next try, by how many there were.
const BACK_OFF: [i64; 2] = [60, 600];

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Hint {
    uri: String,
}

impl Federation {
    /// Hands on an activity that was just worked off, if it is to be.
    pub(super) async fn hand_on(&self, kind: Kind, activity: &Activity, entry: &InboxEntry) -> Result<()> {
        let Some(object) = activity.object_id().map(str::to_owned) else { return Ok(()) };
        // What is new is handed on only if it names the followers of somebody here.
        let ours = self.instance.urls.origin();
        let Addressing { to, cc, audience } = &activity.addressing;
        let names_ours = to.iter().chain(cc).chain(audience).any(|uri| uri.starts_with(ours));
        if kind == Kind::Create && !names_ours {
            return Ok(());
        }
        // Handed on are the bytes as they came; with hidden recipients in them they go no further.
        if ["\"bto\"", "\"bcc\""].iter().any(|hidden| entry.body.contains(hidden)) {
            return Ok(());
        }
        let (uri, named) = (object.clone(), activity.addressing.clone());
        // Most is of no concern, which costs no more than a look.
        let wanted = self.instance.store.read(move |reader| {
            let handed_on = !reader.list_delivered(&uri)?.is_empty();
            if kind != Kind::Create {
                return Ok::<_, Error>(handed_on.then_some(None));
            }
            let owner = owner_of_thread(reader, &uri, |followers| named.names(followers))?;
            Ok(owner.filter(|_| !handed_on).map(Some))
        });
        let Some(owner) = wanted.await? else { return Ok(()) };
        let (speaker, entry) = (Speaker::of(&self.instance), entry.clone());
        self.instance
            .store
            .write(move |tx| outbound::forward(tx, &speaker, &entry, &object, owner.as_ref()))
            .await
    }

    /// Takes an activity that somebody else than its actor brings, as a hint. Answers whether it is of any
    /// concern: an answer to something that is here, or about something that is.
    pub(super) async fn take_hint(&self, activity: &Activity) -> Result<bool> {
        let about = matches!(activity.kind, Some(Kind::Create | Kind::Update | Kind::Delete));
        let Some(uri) = activity.object_id().filter(|_| about).map(str::to_owned) else { return Ok(false) };
        let ours = self.instance.urls.origin();
        if !same_origin(&uri, &activity.actor) || same_origin(&uri, ours) || !value::is_web(&uri) {
            return Ok(false);
        }
        self.admit(&host_of(&self.net.check(&uri)?)).await?;
        let parent = activity.embedded().and_then(|object| value::first_reference(object, "inReplyTo"));
        let (parent, payload) =
            (parent.map(str::to_owned), serde_json::to_string(&Hint { uri: uri.clone() })?);
        self.instance
            .store
            .write(move |tx| {
                let answers = match &parent {
                    Some(parent) => tx.find_status_by_uri(parent)?.is_some(),
                    None => false,
                };
                let known = tx.find_status_by_uri(&uri)?.is_some();
                if !known && (!answers || tx.is_deleted(&uri)?) {
                    return Ok(false);
                }
                if tx.count_jobs(QUEUE)?.0 >= MOST_WAITING {
                    return Err(Error::temporary("too many hints wait"));
                }
                tx.enqueue(QUEUE, payload.clone())?;
                Ok::<_, Error>(true)
            })
            .await
    }

    /// Asks an object's own server, and takes over what it says.
    async fn look_into(&self, uri: &str) -> Result<()> {
        let named = uri.to_owned();
        let known = self.instance.store.read(move |reader| {
            let Some(status) = reader.find_status_by_uri(&named)? else { return Ok::<_, Error>(None) };
            reader.find_account(status.account_id).map_err(Error::from)
        });
        let author = known.await?;
        match (self.dereference(uri).await, author) {
            (Ok(object), None) => self.take_note(&object, 0).await.map(drop),
            (Ok(object), Some(author)) => {
                let read = note::read(&object)?;
                if read.author != author.uri {
                    return Err(Error::permanent("an object that changed its author"));
                }
                let edit = self.remote_status(&author, &read, None).await?;
                statuses::receive_edit(&self.instance, &author, edit).await?;
                Ok(())
            }
            (Err(error), Some(author)) if error.is_nothing() => {
                Ok(statuses::receive_delete(&self.instance, &author, uri).await?)
            }
            (Err(error), None) if error.is_nothing() => Ok(()),
            (Err(error), _) => Err(error),
        }
    }

    async fn try_hint(&self, job: Job) {
        let outcome = match serde_json::from_str::<Hint>(&job.payload) {
            Ok(hint) => self.look_into(&hint.uri).await,
            Err(_) => Ok(()),
        };
        let tries = usize::try_from(job.attempts).unwrap_or(usize::MAX);
        let again = match &outcome {
            Err(error) if error.is_temporary() => {
                BACK_OFF.get(tries).map(|seconds| self.now().plus_seconds(*seconds))
            }
            _ => None,
        };
        let error = outcome.err().map(|error| error.to_string()).unwrap_or_default();
        if !error.is_empty() {
            tracing::info!(error, "what was handed on could not be confirmed");
        }
        let settled = self.instance.store.write(move |tx| match again {
            Some(at) => tx.put_off_job(job.id, Some(at), &error),
            None => tx.finish_job(job.id).map(drop),
        });
        if let Err(error) = settled.await {
            tracing::warn!(%error, "a hint cannot be settled");
        }
    }
}

/// Of an answer from elsewhere: the author of a post here that it belongs below, whose followers it names.
/// None unless all the way up is public.
fn owner_of_thread(
    reader: &mut Reader<'_>,
    uri: &str,
    names: impl Fn(&str) -> bool,
) -> Result<Option<Account>> {
    let Some(mut status) = reader.find_status_by_uri(uri)? else { return Ok(None) };
    for _ in 0..HIGHEST {
        if status.reach != Reach::Public {
            return Ok(None);
        }
        let Some(parent) = status.in_reply_to_id else { return Ok(None) };
        let Some(above) = reader.find_status(parent)? else { return Ok(None) };
        status = above;
        if status.local && status.reach == Reach::Public {
            let owner = reader.find_account(status.account_id)?;
            let owner = owner.filter(|owner| {
                owner.suspended_at.is_none() && owner.endpoints.followers.as_deref().is_some_and(&names)
            });
            if owner.is_some() {
                return Ok(owner);
            }
        }
    }
    Ok(None)
}

/// Looks into what was handed on until `stop`, one at a time.
pub(super) async fn run(federation: Arc<Federation>, stop: CancellationToken) {
    let store = &federation.instance.store;
    while !stop.is_cancelled() {
        let jobs = store.write(|tx| tx.claim_jobs(QUEUE, 1, LEASE)).await.unwrap_or_default();
        if jobs.is_empty() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = store.waited(Queue::Jobs, LOOK_EVERY) => {}
            }
        }
        for job in jobs {
            federation.try_hint(job).await;
        }
    }
}
