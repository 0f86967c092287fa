//! Key rotation for local accounts.

use crate::instance::Instance;
use crate::{Error, Result};
use portico_domain::model::AccountId;
use portico_domain::model::event::Event;
use portico_domain::model::keys::KeyPair;

/// How long replaced keys stay published, in seconds: signed activities may still be in transit or forwarded
/// by other servers.
const OVERLAP: i64 = 48 * 3600;

/// The fate of replaced keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldKeys {
    /// They sign nothing more, but stay published for two days so that earlier signatures verify.
    Fade,
    /// They are deleted at once, with those that are fading, because they may be compromised.
    Drop,
}

/// Replaces all keys of a local account with a new pair, and federates the change. The new key has a new id,
/// so that peers do not use a cached key.
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
