//! New keys for accounts of this instance.

use crate::instance::Instance;
use crate::model::AccountId;
use crate::model::event::Event;
use crate::service::{Error, Result};
use crate::store::KeyPair;

/// Gives a local account a new key pair in place of all its keys, and tells those who follow it. The key has a
/// new id, so that nobody takes it for the old one.
///
/// # Errors
/// `NotFound` for an account that is not of this instance.
pub async fn replace_keys(
    instance: &Instance,
    account: AccountId,
    public_pem: String,
    private_pem: String,
) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            let own = tx.find_account(account)?.filter(|account| account.is_local());
            let own = own.ok_or(Error::NotFound("account"))?;
            let now = tx.now();
            let uri = format!("{}#key-{}", own.uri, now.millis());
            let (public_pem, private_pem) = (public_pem.clone(), private_pem.clone());
            tx.delete_own_keys(account)?;
            tx.insert_key_pair(account, &KeyPair { uri, public_pem, private_pem })?;
            tx.emit(&Event::ProfileUpdated { account, at: now })?;
            Ok(())
        })
        .await
}
