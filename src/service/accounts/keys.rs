//! New keys for accounts of this instance.

use crate::instance::Instance;
use crate::model::AccountId;
use crate::model::event::Event;
use crate::service::{Error, Result};
use crate::store::KeyPair;

/// How long keys that were replaced are published beside the new ones, in seconds: what they signed may still be
/// on its way, or with somebody who hands it on.
const OVERLAP: i64 = 48 * 3600;

/// What becomes of the keys that new ones replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldKeys {
    /// They sign nothing more, and what they signed can be verified for two days.
    Fade,
    /// They are gone at once, with those that were fading: somebody else may have them.
    Drop,
}

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
    old: OldKeys,
) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            let own = tx.find_account(account)?.filter(|account| account.is_local());
            let own = own.ok_or(Error::NotFound("account"))?;
            let now = tx.now();
            let uri = format!("{}#key-{}", own.uri, now.millis());
            let (public_pem, private_pem) = (public_pem.clone(), private_pem.clone());
            match old {
                OldKeys::Fade => tx.retire_own_keys(account, now.plus_seconds(OVERLAP))?,
                OldKeys::Drop => tx.delete_own_keys(account)?,
            }
            tx.insert_key_pair(account, &KeyPair { uri, public_pem, private_pem })?;
            tx.emit(&Event::ProfileUpdated { account, at: now })?;
            Ok(())
        })
        .await
}
