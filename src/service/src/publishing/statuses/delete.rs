//! Deleting a status.

use crate::instance::Instance;
use crate::lookup;
use crate::social::groups;
use crate::{Error, Result};
use portico_domain::model::account::Account;
use portico_domain::model::event::Event;
use portico_domain::model::status::Status;
use portico_domain::model::view::{SourceView, StatusView};
use portico_domain::model::{Reach, StatusId};
use portico_domain::policy::interaction;
use portico_store::Tx;

/// Deletes the caller's own status, here and on other hosts. Returns its last view and source, for "delete
/// and redraft"; its media can be attached again for a day.
pub async fn delete(instance: &Instance, me: &Account, id: StatusId) -> Result<(StatusView, SourceView)> {
    erase(instance, me, id, false).await
}

/// Does the same as [`delete`], and also deletes the media.
pub async fn delete_with_media(
    instance: &Instance,
    me: &Account,
    id: StatusId,
) -> Result<(StatusView, SourceView)> {
    erase(instance, me, id, true).await
}

async fn erase(
    instance: &Instance,
    me: &Account,
    id: StatusId,
    media_too: bool,
) -> Result<(StatusView, SourceView)> {
    let me = me.clone();
    instance
        .store
        .write(move |tx| {
            let status = tx.find_status(id)?.ok_or(Error::NotFound("status"))?;
            interaction::may_delete(me.id, &status)?;
            let view = lookup::load_status_view(tx, me.id, id)?;
            let source = SourceView {
                content_type: tx.content_type_of(id)?,
                id,
                text: status.source.clone().unwrap_or_default(),
                spoiler_text: status.spoiler_text.clone(),
            };
            if media_too {
                tx.delete_media_of(id)?;
            }
            remove(tx, &me, &status)?;
            Ok((view, source))
        })
        .await
}

/// Deletes a local status for an administrator.
pub async fn delete_by_operator(instance: &Instance, id: StatusId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            let status = tx.find_status(id)?.filter(|s| s.local).ok_or(Error::NotFound("status"))?;
            let author = tx.find_account(status.account_id)?.ok_or(Error::NotFound("account"))?;
            tx.delete_media_of(id)?;
            remove(tx, &author, &status)
        })
        .await
}

fn remove(tx: &mut Tx<'_>, author: &Account, status: &Status) -> Result<()> {
    groups::relay_deletion(tx, status)?;
    tx.delete_status(status, &author.uri)?;
    let event = match status.boost_of {
        Some(boosted) => Event::Unboosted {
            account: author.id,
            boost: status.id,
            uri: status.uri.clone(),
            status: boosted,
        },
        None => Event::StatusDeleted {
            account: author.id,
            status: status.id,
            uri: status.uri.clone(),
            public: status.reach == Reach::Public,
        },
    };
    if status.reach != Reach::Instance {
        tx.emit(&event)?;
    }
    Ok(())
}
