//! Favourites (likes) of statuses.

use crate::instance::Instance;
use crate::lookup;
use crate::publishing::must_reads;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::account::Account;
use portico_domain::model::event::Event;
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, StatusId};
use portico_domain::policy::interaction;

/// Favourites a status. Idempotent.
///
/// # Errors
/// `NotFound` for a status that the account may not see.
pub async fn add(instance: &Instance, me: AccountId, id: StatusId) -> Result<StatusView> {
    let setting = setting(instance);
    instance
        .store
        .write(move |tx| {
            let viewer = Viewer::Local(me);
            let (id, facts) = tx.facts_of_original(&viewer, id)?.ok_or(Error::NotFound("status"))?;
            interaction::may_favourite(&viewer, &setting, &facts)?;
            if let Some(favourite) = tx.insert_favourite(me, id, None)? {
                tx.notify(facts.author, NotificationKind::Favourite, me, Some(id))?;
                tx.emit(&Event::Favourited { account: me, favourite, status: id })?;
                // A favourite on a must-read status marks it as read; peers derive the same from the Like.
                must_reads::record_receipt(tx, me, id, facts.author)?;
            }
            lookup::load_status_view(tx, me, id)
        })
        .await
}

/// Removes a favourite. Idempotent.
///
/// # Errors
/// `NotFound` for a status that the account may not see.
pub async fn remove(instance: &Instance, me: AccountId, id: StatusId) -> Result<StatusView> {
    let setting = setting(instance);
    instance
        .store
        .write(move |tx| {
            // The response contains the status, so the viewer must be allowed to see it.
            let (id, facts) = lookup::find_visible_original(tx, me, &setting, id)?;
            if let Some(favourite) = tx.delete_favourite(me, id)? {
                tx.withdraw_notification(facts.author, NotificationKind::Favourite, me, Some(id))?;
                tx.emit(&Event::Unfavourited { account: me, favourite, status: id })?;
            }
            lookup::load_status_view(tx, me, id)
        })
        .await
}

/// Stores a remote favourite. `uri` is the id of the Like. Does nothing if it exists, or was undone before it
/// arrived.
///
/// # Errors
/// `Refused` when the actor may not see or favourite the status.
pub async fn receive(instance: &Instance, actor: &Account, status: StatusId, uri: &str) -> Result<()> {
    let (actor, uri, setting) = (actor.clone(), uri.to_owned(), setting(instance));
    instance
        .store
        .write(move |tx| {
            if tx.has_tombstone(&uri, &actor.uri)? {
                return Ok(());
            }
            let viewer = tx.viewer_of(&actor)?;
            let Some((id, facts)) = tx.facts_of_original(&viewer, status)? else { return Ok(()) };
            interaction::may_favourite(&viewer, &setting, &facts)?;
            if tx.insert_favourite(actor.id, id, Some(&uri))?.is_some() {
                tx.notify(facts.author, NotificationKind::Favourite, actor.id, Some(id))?;
                must_reads::record_receipt(tx, actor.id, id, facts.author)?;
            }
            Ok(())
        })
        .await
}

/// Handles the Undo of a Like, by the Like's id if it is known, else by actor and status. An Undo that
/// arrives before its Like leaves a tombstone.
pub async fn receive_undo(
    instance: &Instance,
    actor: &Account,
    uri: Option<&str>,
    status: Option<StatusId>,
) -> Result<()> {
    let (actor, uri) = (actor.clone(), uri.map(ToOwned::to_owned));
    instance
        .store
        .write(move |tx| {
            let by_uri = match &uri {
                Some(uri) => tx.find_favourite_by_uri(uri)?.filter(|(account, _)| *account == actor.id),
                None => None,
            };
            let status = by_uri.map(|(_, status)| status).or(status);
            let gone = match status {
                Some(status) => tx.delete_favourite(actor.id, status)?.is_some(),
                None => false,
            };
            match (gone, status, &uri) {
                (true, Some(id), _) => {
                    if let Some(found) = tx.find_status(id)? {
                        tx.withdraw_notification(
                            found.account_id,
                            NotificationKind::Favourite,
                            actor.id,
                            Some(id),
                        )?;
                    }
                }
                (_, _, Some(uri)) => tx.insert_tombstone(uri, &actor.uri)?,
                _ => {}
            }
            Ok(())
        })
        .await
}
