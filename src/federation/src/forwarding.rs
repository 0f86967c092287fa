//! Inbox forwarding (ActivityPub 7.1.2): forwards a reply to a local post, addressed to the author's
//! followers, to those followers, because the reply's own server does not know them. Only public activities
//! are forwarded, unchanged, once, and never back to their origin.
//!
//! An activity that another server forwards to us is only a hint: its object is fetched from its own server.

use std::sync::Arc;

use super::outbound::{self, ActivityContext};
use super::{Error, Federation, Result};
use portico_activitystreams::activity::{Activity, Kind};
use portico_activitystreams::addressing::Addressing;
use portico_activitystreams::note;
use portico_activitystreams::value;
use portico_domain::model::Reach;
use portico_domain::model::account::Account;
use portico_domain::model::urls::{host_of, same_origin};
use portico_jobs::{AfterFailure, Attempt, Done, Job, JobError};
use portico_service::publishing::receive;
use portico_store::{InboxEntry, Payload, Reader};

/// Maximum number of queued hints.
const MOST_WAITING: i64 = 1000;
/// How many levels above a reply a local post is looked for.
const HIGHEST: usize = 4;
/// Seconds until the next try, by number of attempts so far.
const BACK_OFF: [i64; 2] = [60, 600];

/// An object that a third party reports as created, changed or deleted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Hint {
    uri: String,
}

impl Payload for Hint {
    const QUEUE: &'static str = "hints";
}

impl Federation {
    /// Forwards an activity that was just applied, if it qualifies: a Create, Update or Delete of this object.
    pub(super) async fn hand_on(
        &self,
        kind: Kind,
        object: String,
        named: Addressing,
        entry: &InboxEntry,
    ) -> Result<()> {
        // A Create is forwarded only if it addresses the followers of a local account.
        let ours = self.instance.urls.origin();
        let Addressing { to, cc, audience } = &named;
        let names_ours = to.iter().chain(cc).chain(audience).any(|uri| uri.starts_with(ours));
        if kind == Kind::Create && !names_ours {
            return Ok(());
        }
        // The original bytes are forwarded, so an activity with hidden recipients is not.
        if ["\"bto\"", "\"bcc\""].iter().any(|hidden| entry.body.contains(hidden)) {
            return Ok(());
        }
        let uri = object.clone();
        // Most activities need no forwarding; a read decides that without a write transaction.
        let wanted = self.instance.store.read(move |reader| {
            let handed_on = !reader.list_delivered(&uri)?.is_empty();
            if kind != Kind::Create {
                return Ok::<_, Error>(handed_on.then_some(None));
            }
            let owner = owner_of_thread(reader, &uri, |followers| named.names(followers))?;
            Ok(owner.filter(|_| !handed_on).map(Some))
        });
        let Some(owner) = wanted.await? else { return Ok(()) };
        let (speaker, entry) = (ActivityContext::of(&self.instance), entry.clone());
        self.instance
            .store
            .write(move |tx| outbound::forward(tx, &speaker, &entry, &object, owner.as_ref()))
            .await
    }

    /// Enqueues a hint for an activity that was delivered by another actor. Returns whether it is relevant:
    /// its object is known here or replies to a known status.
    pub(super) async fn take_hint(&self, activity: &Activity) -> Result<bool> {
        let about = matches!(activity.kind, Some(Kind::Create | Kind::Update | Kind::Delete));
        let Some(uri) = activity.object_id().filter(|_| about).map(str::to_owned) else { return Ok(false) };
        let ours = self.instance.urls.origin();
        if !same_origin(&uri, &activity.actor) || same_origin(&uri, ours) || !value::is_web(&uri) {
            return Ok(false);
        }
        self.admit(&host_of(&self.net.check(&uri)?)).await?;
        let parent = activity.embedded().and_then(|object| value::first_reference(object, "inReplyTo"));
        let (parent, hint) = (parent.map(str::to_owned), Hint { uri: uri.clone() });
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
                if tx.count_jobs(Hint::QUEUE)?.0 >= MOST_WAITING {
                    return Err(Error::temporary("too many hints are queued"));
                }
                tx.enqueue(&hint)?;
                Ok::<_, Error>(true)
            })
            .await
    }

    /// Fetches an object from its own server, and applies its current state.
    async fn look_into(&self, uri: &str) -> Result<()> {
        let author = receive::find_remote(&self.instance, uri).await?.map(|(_, author)| author);
        match (self.dereference(uri).await, author) {
            (Ok(object), None) => self.take_note(&object, 0).await.map(drop),
            (Ok(object), Some(author)) => {
                let read = note::read(&object)?;
                if read.author != author.uri {
                    return Err(Error::permanent("the author of the object has changed"));
                }
                let post = self.remote_post(read, &author);
                receive::receive_edit(&self.instance, &author, post).await?;
                Ok(())
            }
            (Err(error), Some(author)) if error.is_nothing() => {
                Ok(receive::receive_delete(&self.instance, &author, uri).await?)
            }
            (Err(error), None) if error.is_nothing() => Ok(()),
            (Err(error), _) => Err(error),
        }
    }
}

/// Returns the author of the local post above a remote reply whose followers the reply addresses. `None`
/// unless every status up to there is public.
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

impl Job<Federation> for Hint {
    const BATCH: i64 = 1;
    // No operator has to act on a third party's hint.
    const AFTER_FAILURE: AfterFailure = AfterFailure::Drop;

    fn back_off(&self) -> &'static [i64] {
        &BACK_OFF
    }

    async fn run(&self, federation: &Arc<Federation>, _: Attempt) -> Result<Done, JobError> {
        federation.look_into(&self.uri).await?;
        Ok(Done::Finished)
    }
}
