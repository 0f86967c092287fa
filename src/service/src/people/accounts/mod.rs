//! Accounts: lookup, one's own profile, and updates from remote actor documents.

mod keys;
mod profile;
mod receive;
mod show;

pub use keys::{OldKeys, replace_keys};
pub use profile::{MAX_DISPLAY_NAME, MAX_FIELD, MAX_FIELDS, MAX_NOTE, ProfileChange, update_profile};
pub use receive::{receive, receive_deletion, receive_departure};
pub use show::{find_by_uri, find_for_page, get, lookup, show_many};

use crate::instance::Instance;
use crate::{Error, Result};
use portico_domain::model::account::Account;

/// Returns whether a local account was erased, so that only its name is left.
pub async fn is_erased(instance: &Instance, account: &Account) -> Result<bool> {
    if account.suspended_at.is_none() || !account.is_local() {
        return Ok(false);
    }
    let id = account.id;
    let left = instance.store.read(move |reader| {
        Ok::<_, Error>(reader.find_user_by_account(id)?.is_none() && reader.find_group(id)?.is_none())
    });
    left.await
}
