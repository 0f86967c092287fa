//! Personal blocks of whole hosts.

use crate::instance::Instance;
use crate::social::relationships::end_bonds_with_host;
use crate::{Error, Result};
use portico_domain::model::AccountId;
use portico_domain::model::account::Account;
use portico_domain::model::page::{Page, PageRequest};

/// Lists the hosts that the account blocks.
pub async fn list(instance: &Instance, me: AccountId, request: PageRequest) -> Result<Page<String>> {
    instance.store.read(move |reader| Ok(reader.domain_block_page(me, &request)?)).await
}

/// Blocks a host for one account: its content and notifications are hidden, and follows in both directions
/// end.
///
/// # Errors
/// `Invalid` if the name is not a host.
pub async fn block(instance: &Instance, me: &Account, domain: &str) -> Result<()> {
    let domain = parse_host(domain)?;
    let me = me.clone();
    instance
        .store
        .write(move |tx| {
            tx.set_domain_blocked(me.id, &domain, true)?;
            end_bonds_with_host(tx, &me, &domain)
        })
        .await
}

/// Unblocks a host for one account.
///
/// # Errors
/// `Invalid` if the name is not a host.
pub async fn unblock(instance: &Instance, me: AccountId, domain: &str) -> Result<()> {
    let domain = parse_host(domain)?;
    instance.store.write(move |tx| Ok(tx.set_domain_blocked(me, &domain, false)?)).await
}

fn parse_host(domain: &str) -> Result<String> {
    let domain = domain.trim().trim_end_matches('.').to_lowercase();
    let sound = !domain.is_empty()
        && domain.len() <= 253
        && domain.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '-' | ':' | '_'));
    if sound { Ok(domain) } else { Err(Error::invalid("Domain is not a valid domain name")) }
}
