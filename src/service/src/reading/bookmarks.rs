//! Bookmarks: statuses that an account saves privately. They are never federated.

use crate::instance::Instance;
use crate::lookup;
use crate::{Result, setting};
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, StatusId};

/// Bookmarks a status. Idempotent.
///
/// # Errors
/// `NotFound` for a status that the account may not see.
pub async fn add(instance: &Instance, me: AccountId, id: StatusId) -> Result<StatusView> {
    let setting = setting(instance);
    instance
        .store
        .write(move |tx| {
            let (id, _) = lookup::find_visible_original(tx, me, &setting, id)?;
            tx.insert_bookmark(me, id)?;
            lookup::load_status_view(tx, me, id)
        })
        .await
}

/// Removes a bookmark. Idempotent.
///
/// # Errors
/// `NotFound` for a status that the account may not see.
pub async fn remove(instance: &Instance, me: AccountId, id: StatusId) -> Result<StatusView> {
    let setting = setting(instance);
    instance
        .store
        .write(move |tx| {
            let (id, _) = lookup::find_visible_original(tx, me, &setting, id)?;
            tx.delete_bookmark(me, id)?;
            lookup::load_status_view(tx, me, id)
        })
        .await
}
