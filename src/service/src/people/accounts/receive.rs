//! Stores remote accounts from their actor documents. The caller has fetched the document from its origin.

use crate::instance::Instance;
use crate::people::profiles;
use crate::social::groups;
use crate::{Error, Result};
use portico_domain::model::account::{Account, ActorKind, RemoteActor};
use portico_domain::model::peer::Tier;
use portico_domain::model::profile::Attributes;
use portico_domain::model::remote_task::RemoteTask;
use portico_domain::model::{AccountId, Timestamp};
use portico_domain::policy::Refusal;
use portico_domain::policy::profiles::believed;

/// Creates or updates the account of an actor document. The actor id decides which: if another actor used the
/// handle before, this is a new account without the old one's relationships.
///
/// # Errors
/// `Refused` for an actor id or a handle of this instance, `Gone` for a deleted actor.
pub async fn receive(instance: &Instance, mut actor: RemoteActor) -> Result<Account> {
    let own = instance.urls.domain();
    actor.domain = actor.domain.to_lowercase();
    let id_host = host_of(&actor.uri).ok_or_else(|| Error::invalid("the actor id is not a URL"))?;
    if actor.domain == own || id_host == own {
        return Err(Refusal::NotYours.into());
    }
    match store(instance, actor.clone(), id_host.clone()).await {
        // Another transaction inserted the actor at the same time and has committed, so that this one finds
        // its row.
        Err(Error::Conflict(_)) => store(instance, actor, id_host).await,
        stored => stored,
    }
}

async fn store(instance: &Instance, actor: RemoteActor, id_host: String) -> Result<Account> {
    instance
        .store
        .write(move |tx| {
            if tx.has_tombstone(&actor.uri, &actor.uri)? {
                return Err(Error::Gone("account"));
            }
            let known = tx.find_account_by_uri(&actor.uri)?;
            let mut actor = actor.clone();
            let host = known.as_ref().and_then(|known| known.domain.clone());
            let attributes = take_attributes(tx.tier_of(host.as_ref().unwrap_or(&actor.domain))?, &mut actor);
            let account = match &known {
                Some(known) => {
                    let agreed = known.domain.clone().filter(|_| actor.domain == id_host);
                    // A handle on a host other than the id's was confirmed by both hosts (WebFinger). The
                    // document alone cannot confirm or revoke it.
                    Account {
                        domain: agreed.or(Some(actor.domain.clone())),
                        ..updated_account(known.clone(), &actor, tx.now())
                    }
                }
                None => updated_account(new_account(tx.next_id(), &actor, tx.now()), &actor, tx.now()),
            };
            if known.is_some() {
                tx.update_account(&account)?;
            } else if !tx.insert_account(&account)? {
                return Err(Error::Conflict("another request is storing the same actor"));
            } else if account.endpoints.featured.is_some() && account.suspended_at.is_none() {
                tx.enqueue_remote_task(&RemoteTask::Pins { account: account.id })?;
            }
            tx.replace_keys(account.id, &actor.keys)?;
            profiles::receive(tx, &account, attributes)?;
            if actor.kind == ActorKind::Group {
                groups::receive(tx, &account, actor.group_audience)?;
            }
            groups::profile_changed(tx, account.id)?;
            if account.suspended_at.is_some() && known.is_some_and(|known| known.suspended_at.is_none()) {
                tx.end_streams_of(&account)?;
            }
            Ok(account)
        })
        .await
}

/// Returns the profile attributes of a document. From a host whose attributes are not trusted, they are kept
/// as plain profile fields.
fn take_attributes(tier: Tier, actor: &mut RemoteActor) -> Attributes {
    if believed(tier) && actor.kind == ActorKind::Person && !actor.suspended {
        return std::mem::take(&mut actor.attributes);
    }
    actor.fields.append(&mut actor.repeated_rows);
    Attributes::default()
}

/// Suspends a remote account that its host reports as departed, until its origin says otherwise.
pub async fn receive_departure(instance: &Instance, uri: &str) -> Result<()> {
    let uri = uri.to_owned();
    instance
        .store
        .write(move |tx| {
            let known = tx.find_account_by_uri(&uri)?;
            let Some(account) = known.filter(|it| !it.is_local() && it.suspended_at.is_none()) else {
                return Ok(());
            };
            profiles::receive(tx, &account, Attributes::default())?;
            tx.update_account(&Account {
                suspended_at: Some(tx.now()),
                suspended_by_origin: true,
                ..account
            })?;
            Ok(())
        })
        .await
}

/// Returns the host of a URL, with a non-default port.
fn host_of(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let name = url.host_str()?;
    Some(url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}")))
}

fn new_account(id: AccountId, actor: &RemoteActor, now: Timestamp) -> Account {
    Account {
        domain: Some(actor.domain.clone()),
        kind: actor.kind,
        endpoints: actor.endpoints.clone(),
        ..Account::new(id, &actor.username, actor.uri.clone(), actor.published.unwrap_or(now).min(now))
    }
}

/// Applies an actor document to an account.
fn updated_account(known: Account, actor: &RemoteActor, now: Timestamp) -> Account {
    // An actor document cannot lift a suspension by a local administrator.
    let (suspended_at, suspended_by_origin) = match (known.suspended_at, actor.suspended) {
        (None, true) => (Some(now), true),
        (Some(_), false) if known.suspended_by_origin => (None, false),
        (at, _) => (at, known.suspended_by_origin),
    };
    Account {
        username: actor.username.clone(),
        domain: Some(actor.domain.clone()),
        url: actor.url.clone(),
        kind: actor.kind,
        display_name: actor.display_name.clone(),
        note: actor.note.clone(),
        fields: actor.fields.clone(),
        emojis: actor.emojis.clone(),
        also_known_as: actor.also_known_as.clone(),
        moved_to: actor.moved_to.clone(),
        avatar_url: actor.avatar_url.clone(),
        header_url: actor.header_url.clone(),
        locked: actor.locked,
        discoverable: actor.discoverable,
        indexable: actor.indexable,
        endpoints: actor.endpoints.clone(),
        fetched_at: Some(now),
        suspended_at,
        suspended_by_origin,
        ..known
    }
}

/// Deletes a remote account with its posts and relationships. A tombstone keeps its id from coming back.
pub async fn receive_deletion(instance: &Instance, uri: &str) -> Result<()> {
    let uri = uri.to_owned();
    instance
        .store
        .write(move |tx| {
            let Some(account) = tx.find_account_by_uri(&uri)?.filter(|account| !account.is_local()) else {
                return Ok(());
            };
            tx.uncount_follows(account.id)?;
            tx.delete_account(account.id)?;
            tx.insert_tombstone(&uri, &uri)?;
            Ok(())
        })
        .await
}
