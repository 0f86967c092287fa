//! Peers: what each remote host is to us, set by administrators.

use super::{Error, Result};
use crate::instance::Instance;
use crate::model::peer::{Host, Tier};

/// Every host that has a tier, by name.
///
/// # Errors
/// Any database error.
pub async fn list(instance: &Instance) -> Result<Vec<Host>> {
    Ok(instance.store.read(|reader| reader.list_hosts()).await?)
}

/// Sets what a host is to us. From then on it decides everything: what is sent, what is shown, what is
/// taken in.
///
/// # Errors
/// `Invalid` for a name that is no host, or our own.
pub async fn set_tier(instance: &Instance, domain: &str, tier: Tier, note: &str) -> Result<Host> {
    let domain = domain.trim().trim_end_matches('.').to_lowercase();
    if domain == instance.settings.domain {
        return Err(Error::invalid(format!("{domain} is this instance itself")));
    }
    let sound = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | ':');
    if domain.is_empty() || domain.len() > 259 || !domain.chars().all(sound) {
        return Err(Error::invalid(format!(
            "{domain:?} must be a host name, such as social.partner.example"
        )));
    }
    let note = note.to_owned();
    instance
        .store
        .write(move |tx| {
            tx.set_tier(&domain, tier, &note)?;
            tx.find_host(&domain)?.ok_or(Error::NotFound("host"))
        })
        .await
}
