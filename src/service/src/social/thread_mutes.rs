//! Thread mutes: a muted thread causes no notifications.

use crate::instance::Instance;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, StatusId};
use portico_domain::policy::reach;

/// Mutes the thread of a status, or unmutes it if `muted` is false.
pub async fn set_muted(instance: &Instance, me: AccountId, id: StatusId, muted: bool) -> Result<StatusView> {
    let setting = setting(instance);
    instance
        .store
        .write(move |tx| {
            let viewer = Viewer::Local(me);
            let (id, facts) = tx.facts_of_original(&viewer, id)?.ok_or(Error::NotFound("status"))?;
            reach::may_see(&viewer, &setting, &facts)?;
            let status = tx.find_status(id)?.ok_or(Error::NotFound("status"))?;
            if muted {
                tx.mute_thread(me, status.conversation_id)?;
            } else {
                tx.unmute_thread(me, status.conversation_id)?;
            }
            tx.status_view(Some(me), id)?.ok_or(Error::NotFound("status"))
        })
        .await
}
