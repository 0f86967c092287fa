//! Bookmarks: statuses that an account saves privately. They are never federated.

use crate::instance::Instance;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, StatusId};
use portico_domain::policy::reach;

/// Bookmarks a status. Idempotent.
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
            reach::may_see(&viewer, &setting, &facts)?;
            tx.insert_bookmark(me, id)?;
            tx.status_view(Some(me), id)?.ok_or(Error::NotFound("status"))
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
            let viewer = Viewer::Local(me);
            let (id, facts) = tx.facts_of_original(&viewer, id)?.ok_or(Error::NotFound("status"))?;
            tx.delete_bookmark(me, id)?;
            reach::may_see(&viewer, &setting, &facts)?;
            tx.status_view(Some(me), id)?.ok_or(Error::NotFound("status"))
        })
        .await
}
