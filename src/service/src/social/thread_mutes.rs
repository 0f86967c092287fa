//! Thread mutes: a muted thread causes no notifications.

use crate::instance::Instance;
use crate::lookup;
use crate::{Error, Result, setting};
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, StatusId};

/// Mutes the thread of a status, or unmutes it if `muted` is false.
pub async fn set_muted(instance: &Instance, me: AccountId, id: StatusId, muted: bool) -> Result<StatusView> {
    let setting = setting(instance);
    instance
        .store
        .write(move |tx| {
            let (id, _) = lookup::find_visible_original(tx, me, &setting, id)?;
            let status = tx.find_status(id)?.ok_or(Error::NotFound("status"))?;
            if muted {
                tx.mute_thread(me, status.conversation_id)?;
            } else {
                tx.unmute_thread(me, status.conversation_id)?;
            }
            lookup::load_status_view(tx, me, id)
        })
        .await
}
