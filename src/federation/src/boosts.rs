//! Boosts, and activities announced by groups (FEP-1b12).
//!
//! A group announces every activity that happens in it to its followers. Only the ids in such an Announce are
//! trusted: the object is fetched from its own origin, so a group can relay what others wrote but cannot
//! forge it.

use std::sync::Arc;

use super::{Error, Federation, Result};
use portico_activitystreams::activity::{Activity, Kind};
use portico_activitystreams::note;
use portico_activitystreams::value::{self, Object};
use portico_domain::model::StatusId;
use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::urls::same_origin;
use portico_service::publishing::{boosts, quotes, statuses};

/// Minimum interval between two fetches of a post that a group reports as edited, in seconds.
const PAUSE: i64 = 60;

impl Federation {
    /// Handles an Announce. The boosted object is known or fetched from its own origin; of an embedded
    /// object, only the id is used.
    pub(super) async fn announce(
        self: &Arc<Self>,
        actor: &Account,
        activity: &Activity,
        document: &Object,
    ) -> Result<()> {
        if let Some(inner) = activity.embedded()
            && let Some(kind) = Kind::of(inner)
        {
            return self.passed_on(actor, activity, document, kind, inner).await;
        }
        match activity.object_id() {
            Some(id) => self.boost(actor, activity, document, id).await,
            None => Ok(()),
        }
    }

    async fn boost(
        self: &Arc<Self>,
        actor: &Account,
        activity: &Activity,
        document: &Object,
        id: &str,
    ) -> Result<()> {
        let boosted = match self.known_status(Some(id)).await? {
            Some(status) => status,
            None if same_origin(id, self.instance.urls.origin()) => return Ok(()),
            None => match self.fetch_note(id, 0).await? {
                Some(status) => status,
                None => return Ok(()),
            },
        };
        let published = value::moment(document, "published").unwrap_or_else(|| self.now());
        Ok(boosts::receive(&self.instance, actor, boosted, &activity.id, published).await?)
    }

    /// Handles an activity that a group announces. A relayed Like or Undo cannot be verified anywhere, so it
    /// is ignored.
    async fn passed_on(
        self: &Arc<Self>,
        group: &Account,
        activity: &Activity,
        document: &Object,
        kind: Kind,
        inner: &Object,
    ) -> Result<()> {
        if group.kind != ActorKind::Group {
            return Err(Error::permanent("only a group announces activities"));
        }
        let Some(id) = value::first_reference(inner, "object") else { return Ok(()) };
        if matches!(kind, Kind::Create | Kind::Update) && self.says_itself(kind, inner).await? {
            return self.boost(group, activity, document, id).await;
        }
        match kind {
            Kind::Create => self.boost(group, activity, document, id).await,
            Kind::Update => self.look_again(id).await,
            Kind::Delete => self.look_whether_gone(group, id).await,
            Kind::Announce => Err(Error::permanent("the Announce contains another Announce")),
            _ => Ok(()),
        }
    }

    /// Applies a relayed activity directly if it carries a valid proof of its author. Returns whether it did.
    async fn says_itself(self: &Arc<Self>, kind: Kind, inner: &Object) -> Result<bool> {
        if inner.get("proof").is_none() {
            return Ok(false);
        }
        let handed = Activity::read(inner)?;
        if same_origin(&handed.actor, self.instance.urls.origin()) {
            // A local author's activity is known here already, unless the author has undone it.
            return Ok(false);
        }
        let Some(signer) = self.proven_author(inner, &handed.actor).await? else { return Ok(false) };
        let author = self.account(&signer.actor_uri).await?;
        if author.suspended_at.is_some() {
            return Err(portico_domain::policy::Refusal::Suspended.into());
        }
        match kind {
            Kind::Create => self.create(&author, &handed, None, None).await?,
            _ => self.update(&author, &handed, None, None).await?,
        }
        Ok(true)
    }

    /// Fetches a post again after a group reported an edit.
    async fn look_again(&self, id: &str) -> Result<()> {
        let Some((status, author)) = self.foreign_status(id).await? else { return Ok(()) };
        let (mark, now) = (format!("again {id}"), self.now());
        if self.fruitless.has(&mark, now) {
            return Ok(());
        }
        self.fruitless.keep(&mark, now.plus_seconds(PAUSE), now);
        let object = match self.dereference(id).await {
            Ok(object) if note::is_shown(&object) => object,
            Ok(_) => return Ok(()),
            Err(error) if error.is_nothing() => return Ok(()),
            Err(error) => return Err(error),
        };
        let read = note::read(&object)?;
        if read.author != author.uri {
            return Err(Error::permanent("the author of the post has changed"));
        }
        let edit = self.remote_status(&author, &read, None).await?;
        statuses::receive_edit(&self.instance, &author, edit).await?;
        if read.quote.is_some() {
            quotes::enqueue_verification(&self.instance, &read.uri, 0).await?;
        }
        tracing::debug!(%status, "status.edit_fetched");
        Ok(())
    }

    /// Handles a Delete that a group announces. If the post's own host confirms it, the post is deleted;
    /// otherwise only the group's boost is undone.
    async fn look_whether_gone(&self, group: &Account, id: &str) -> Result<()> {
        if let Some((_, author)) = self.foreign_status(id).await? {
            match self.dereference(id).await {
                Err(Error::Gone) => return Ok(statuses::receive_delete(&self.instance, &author, id).await?),
                Ok(object) if value::is_a(&object, "Tombstone") => {
                    return Ok(statuses::receive_delete(&self.instance, &author, id).await?);
                }
                Err(error) if error.is_temporary() => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
        match self.known_status(Some(id)).await? {
            Some(status) => Ok(boosts::receive_undo(&self.instance, group, None, Some(status)).await?),
            None => Ok(()),
        }
    }

    /// Returns a known remote status and its author.
    async fn foreign_status(&self, id: &str) -> Result<Option<(StatusId, Account)>> {
        let uri = id.to_owned();
        let found = self.instance.store.read(move |reader| {
            let Some(status) = reader.find_status_by_uri(&uri)?.filter(|status| !status.local) else {
                return Ok::<_, Error>(None);
            };
            Ok(reader.find_account(status.account_id)?.map(|author| (status.id, author)))
        });
        found.await
    }
}
