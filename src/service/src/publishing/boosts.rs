//! Boosts: sharing a status with one's followers. A boost never widens: it has the reach of the status it
//! boosts.

use crate::instance::Instance;
use crate::lookup;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::account::Account;
use portico_domain::model::event::Event;
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::status::Status;
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, StatusId, Timestamp};
use portico_domain::policy::{Refusal, interaction};
use portico_store::Tx;

/// Boosts a status. Idempotent. Returns the boost.
///
/// # Errors
/// `NotFound` for a status that the account may not see, `Refused` for one that it may not boost.
pub async fn add(instance: &Instance, me: &Account, id: StatusId) -> Result<StatusView> {
    let (me, setting, urls) = (me.clone(), setting(instance), instance.urls.clone());
    instance
        .store
        .write(move |tx| {
            let viewer = Viewer::Local(me.id);
            let (id, facts) = tx.facts_of_original(&viewer, id)?.ok_or(Error::NotFound("status"))?;
            interaction::may_boost(&viewer, &setting, &facts)?;
            if let Some(boost) = tx.find_boost(me.id, id)? {
                return lookup::load_status_view(tx, me.id, boost.id);
            }
            let boosted = tx.find_status(id)?.ok_or(Error::NotFound("status"))?;
            if crate::access::bots::limit_reach(tx, &me, boosted.reach, &[])? != boosted.reach {
                return Err(Refusal::Reach.into());
            }
            let boost_id: StatusId = tx.next_id();
            let uri = urls.announce(&me.username, boost_id);
            let boost = Status { local: true, ..new_boost(boost_id, uri, me.id, &boosted, tx.now()) };
            insert_boost(tx, &boost, &boosted)?;
            tx.emit(&Event::Boosted { status: boost.id })?;
            lookup::load_status_view(tx, me.id, boost.id)
        })
        .await
}

/// Removes a boost. Idempotent. Returns the status that was boosted.
///
/// # Errors
/// `NotFound` for a status that the account may not see.
pub async fn remove(instance: &Instance, me: &Account, id: StatusId) -> Result<StatusView> {
    let (me, setting) = (me.clone(), setting(instance));
    instance
        .store
        .write(move |tx| {
            // The response contains the status, so the viewer must be allowed to see it.
            let (id, facts) = lookup::find_visible_original(tx, me.id, &setting, id)?;
            if let Some(boost) = tx.find_boost(me.id, id)? {
                tx.delete_status(&boost, &me.uri)?;
                tx.withdraw_notification(facts.author, NotificationKind::Boost, me.id, Some(id))?;
                tx.emit(&Event::Unboosted { account: me.id, boost: boost.id, uri: boost.uri, status: id })?;
            }
            lookup::load_status_view(tx, me.id, id)
        })
        .await
}

/// Stores a remote boost. `uri` is the id of the Announce. Does nothing if it exists, was undone before, or
/// its status is unknown.
///
/// # Errors
/// `Refused` when the actor may not boost the status, or its host may not federate.
pub async fn receive(
    instance: &Instance,
    actor: &Account,
    boosted: StatusId,
    uri: &str,
    published: Timestamp,
) -> Result<()> {
    let (actor, uri, setting) = (actor.clone(), uri.to_owned(), setting(instance));
    let noise = instance.rng.noise();
    instance
        .store
        .write(move |tx| {
            if tx.has_tombstone(&uri, &actor.uri)? || tx.find_boost(actor.id, boosted)?.is_some() {
                return Ok(());
            }
            let Some(original) = tx.find_status(boosted)? else { return Ok(()) };
            if original.boost_of.is_some() {
                return Ok(());
            }
            let viewer = tx.viewer_of(&actor)?;
            let facts = tx.reach_facts(&viewer, boosted)?.ok_or(Error::NotFound("status"))?;
            interaction::may_relay(&viewer, &setting, &facts)?;
            let published = published.min(tx.now());
            let id = tx.free_status_id(published, noise)?;
            let boost = new_boost(id, uri.clone(), actor.id, &original, published);
            insert_boost(tx, &boost, &original)
        })
        .await
}

/// Handles the Undo of an Announce, by the Announce's id or else by actor and status. An Undo that arrives
/// first leaves a tombstone.
pub async fn receive_undo(
    instance: &Instance,
    actor: &Account,
    uri: Option<&str>,
    boosted: Option<StatusId>,
) -> Result<()> {
    let (actor, uri) = (actor.clone(), uri.map(ToOwned::to_owned));
    instance
        .store
        .write(move |tx| {
            let by_uri = match &uri {
                Some(uri) => tx.find_status_by_uri(uri)?,
                None => None,
            };
            let boost = match (by_uri, boosted) {
                (Some(boost), _) => Some(boost),
                (None, Some(boosted)) => tx.find_boost(actor.id, boosted)?,
                (None, None) => None,
            };
            match boost.filter(|boost| boost.account_id == actor.id && boost.boost_of.is_some()) {
                Some(boost) => {
                    if let Some(original) = boost.boost_of.map(|id| tx.find_status(id)).transpose()?.flatten()
                    {
                        let author = original.account_id;
                        tx.withdraw_notification(
                            author,
                            NotificationKind::Boost,
                            actor.id,
                            Some(original.id),
                        )?;
                    }
                    tx.delete_status(&boost, &actor.uri)?;
                }
                None => {
                    if let Some(uri) = &uri {
                        tx.insert_tombstone(uri, &actor.uri)?;
                    }
                }
            }
            Ok(())
        })
        .await
}

/// Builds the row of a boost: without content, and with the reach of the status it boosts.
pub(crate) fn new_boost(id: StatusId, uri: String, by: AccountId, of: &Status, at: Timestamp) -> Status {
    Status {
        boost_of: Some(of.id),
        partner: of.partner.clone(),
        group: of.group,
        listed: of.listed,
        ..Status::new(id, uri, by, of.reach, at)
    }
}

fn insert_boost(tx: &mut Tx<'_>, boost: &Status, boosted: &Status) -> Result<()> {
    if tx.insert_status(boost, &[])? {
        // A group that relays a post does not notify its author.
        if boosted.group != Some(boost.account_id) {
            tx.notify(boosted.account_id, NotificationKind::Boost, boost.account_id, Some(boosted.id))?;
        }
        crate::publishing::fan_out::begin(tx, boost)?;
    }
    Ok(())
}
