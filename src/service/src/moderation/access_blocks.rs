//! Access blocks: e-mail domains and addresses that cannot get an account, and networks whose requests are
//! refused.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use ipnet::IpNet;

use crate::access::secrets;
use crate::instance::Instance;
use crate::{Error, Result};
use portico_domain::model::moderation::Moderator;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::{EntryId, Timestamp};
use portico_domain::policy::moderation::{Power, may};
use portico_store::Reader;

pub use portico_store::{EmailDomain, EmailHash, IpBlock};

/// The severity of an IP block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::EnumString)]
pub enum IpBlockSeverity {
    /// Sign-ups from the network need approval. Open sign-up does not exist here, so the block is only
    /// recorded.
    #[strum(serialize = "sign_up_requires_approval")]
    Approval,
    /// Sign-ups from the network are refused. Like `Approval`, it is only recorded.
    #[strum(serialize = "sign_up_block")]
    SignUp,
    /// Every request from the network is refused.
    #[strum(serialize = "no_access")]
    NoAccess,
}

impl IpBlockSeverity {
    /// Returns the name used in the API and the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Maximum number of networks that can be blocked at once.
const MOST_NETWORKS: i64 = 10_000;
/// Seconds for which the list of blocked networks is cached; another node or a command may change it.
const BELIEVED: i64 = 10;
/// Maximum duration of a temporary block, in seconds: ten years.
const LONGEST: i64 = 315_360_000;
/// Maximum length of a comment, in characters.
const MAX_COMMENT: usize = 500;

/// Cache of the networks whose requests are refused.
#[derive(Debug, Default)]
pub struct IpBlockCache(RwLock<Option<Arc<CachedIpBlocks>>>);

#[derive(Debug)]
struct CachedIpBlocks {
    read_at: Timestamp,
    networks: Vec<(IpNet, Option<Timestamp>)>,
}

/// Returns whether requests from an address are refused. If the list cannot be read, the address is let in:
/// the request will fail anyway, and a database fault must not lock users out.
pub async fn is_address_blocked(instance: &Instance, address: IpAddr) -> bool {
    let now = instance.now();
    let fresh =
        |known: &Arc<CachedIpBlocks>| (0..BELIEVED * 1000).contains(&(now.millis() - known.read_at.millis()));
    let at_hand = instance.shut_out.0.read().unwrap_or_else(PoisonError::into_inner).clone();
    let known = match at_hand.filter(fresh) {
        Some(known) => known,
        None => match instance.store.read(move |reader| load(reader, now)).await {
            Ok(known) => {
                let known = Arc::new(known);
                *instance.shut_out.0.write().unwrap_or_else(PoisonError::into_inner) =
                    Some(Arc::clone(&known));
                known
            }
            Err(error) => {
                tracing::warn!(%error, "ip_blocks.read_failed");
                return false;
            }
        },
    };
    let lasts = |ends: &Option<Timestamp>| ends.is_none_or(|ends| ends > now);
    known.networks.iter().any(|(network, ends)| network.contains(&address) && lasts(ends))
}

fn load(reader: &mut Reader<'_>, read_at: Timestamp) -> portico_store::Result<CachedIpBlocks> {
    let rows = reader.list_blocked_networks(IpBlockSeverity::NoAccess.as_str(), MOST_NETWORKS)?;
    let networks = rows.into_iter().filter_map(|(ip, ends)| Some((ip.parse().ok()?, ends))).collect();
    Ok(CachedIpBlocks { read_at, networks })
}

fn clear_cache(instance: &Instance) {
    *instance.shut_out.0.write().unwrap_or_else(PoisonError::into_inner) = None;
}

/// Lists IP blocks, newest first.
pub async fn ip_blocks(instance: &Instance, by: &Moderator, page: PageRequest) -> Result<Page<IpBlock>> {
    may(by.role, Power::Blocks)?;
    Ok(instance.store.read(move |reader| reader.ip_block_page(&page)).await?)
}

/// Returns one IP block.
pub async fn find_ip_block(instance: &Instance, by: &Moderator, id: EntryId) -> Result<IpBlock> {
    may(by.role, Power::Blocks)?;
    let found = instance.store.read(move |reader| reader.find_ip_block(id)).await?;
    found.ok_or(Error::NotFound("IP block"))
}

/// Changes to an IP block; absent fields keep their value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IpBlockChange {
    /// An IP address or a network in CIDR notation.
    pub ip: Option<String>,
    /// The severity.
    pub severity: Option<IpBlockSeverity>,
    /// The reason.
    pub comment: Option<String>,
    /// Seconds from now until the block ends; 0 for never.
    pub expires_in: Option<i64>,
}

/// Blocks a network.
///
/// # Errors
/// `Invalid` if a `no_access` block would contain `caller`, the moderator's own address.
pub async fn block_address(
    instance: &Instance,
    by: &Moderator,
    change: IpBlockChange,
    caller: IpAddr,
) -> Result<IpBlock> {
    let now = instance.now();
    let blank = IpBlock {
        id: instance.ids.next(now),
        ip: String::new(),
        severity: String::new(),
        comment: String::new(),
        created_at: now,
        expires_at: None,
    };
    save(instance, by, blank, change, caller).await
}

/// Changes an IP block.
///
/// # Errors
/// `Invalid` if a `no_access` block would contain `caller`, the moderator's own address.
pub async fn change_ip_block(
    instance: &Instance,
    by: &Moderator,
    id: EntryId,
    change: IpBlockChange,
    caller: IpAddr,
) -> Result<IpBlock> {
    let known = find_ip_block(instance, by, id).await?;
    save(instance, by, known, change, caller).await
}

async fn save(
    instance: &Instance,
    by: &Moderator,
    known: IpBlock,
    change: IpBlockChange,
    caller: IpAddr,
) -> Result<IpBlock> {
    may(by.role, Power::Blocks)?;
    let typed = change.ip.unwrap_or(known.ip);
    let network = network(&typed).ok_or_else(|| Error::invalid("Ip is not an address or a network"))?;
    let severity = match change.severity {
        Some(severity) => severity,
        None => {
            known.severity.parse::<IpBlockSeverity>().map_err(|_| Error::invalid("Severity is missing"))?
        }
    };
    if severity == IpBlockSeverity::NoAccess && network.contains(&caller) {
        return Err(Error::invalid("Ip is your own: you would lock yourself out"));
    }
    let comment = change.comment.unwrap_or(known.comment);
    if comment.chars().count() > MAX_COMMENT {
        return Err(Error::invalid(format!("Comment is longer than {MAX_COMMENT} characters")));
    }
    let expires_at = match change.expires_in {
        None => known.expires_at,
        Some(seconds) if seconds > 0 => Some(instance.now().plus_seconds(seconds.min(LONGEST))),
        Some(_) => None,
    };
    let block = IpBlock {
        ip: network.to_string(),
        severity: severity.as_str().to_owned(),
        comment,
        expires_at,
        ..known
    };
    let (by, saved) = (by.clone(), block.clone());
    let wrote = instance.store.write(move |tx| {
        tx.save_ip_block(&saved)?;
        let note = format!("{} {}", saved.severity, saved.comment);
        tx.log(&by, "block address", &saved.ip, None, note.trim_end())?;
        Ok::<_, Error>(())
    });
    wrote.await.map_err(|error| as_invalid(error, "Ip is blocked already"))?;
    clear_cache(instance);
    Ok(block)
}

/// Parses a network and normalises it to its first address and prefix length.
fn network(typed: &str) -> Option<IpNet> {
    let typed = typed.trim();
    let network = typed.parse::<IpNet>().ok().or_else(|| typed.parse::<IpAddr>().ok().map(IpNet::from))?;
    Some(network.trunc())
}

/// Lifts an IP block.
pub async fn lift_ip_block(instance: &Instance, by: &Moderator, id: EntryId) -> Result<IpBlock> {
    let block = find_ip_block(instance, by, id).await?;
    let (by, ip) = (by.clone(), block.ip.clone());
    instance
        .store
        .write(move |tx| {
            tx.delete_ip_block(id)?;
            tx.log(&by, "unblock address", &ip, None, "")?;
            Ok::<_, Error>(())
        })
        .await?;
    clear_cache(instance);
    Ok(block)
}

/// Turns a database conflict into an `Invalid` error with this text.
fn as_invalid(error: Error, fault: &str) -> Error {
    match error {
        Error::Internal(portico_store::Error::Conflict { .. }) => Error::invalid(fault),
        other => other,
    }
}

/// Lists blocked e-mail domains, newest first.
pub async fn email_domain_blocks(
    instance: &Instance,
    by: &Moderator,
    page: PageRequest,
) -> Result<Page<EmailDomain>> {
    may(by.role, Power::Blocks)?;
    Ok(instance.store.read(move |reader| reader.email_domain_page(&page)).await?)
}

/// Returns one blocked e-mail domain.
pub async fn email_domain_block(instance: &Instance, by: &Moderator, id: EntryId) -> Result<EmailDomain> {
    may(by.role, Power::Blocks)?;
    let found = instance.store.read(move |reader| reader.find_email_domain(id)).await?;
    found.ok_or(Error::NotFound("e-mail domain block"))
}

/// Blocks an e-mail domain and its subdomains: no account can be created with an address there.
pub async fn block_email_domain(instance: &Instance, by: &Moderator, domain: &str) -> Result<EmailDomain> {
    may(by.role, Power::Blocks)?;
    let domain = domain.trim().trim_start_matches('@').trim_end_matches('.').to_lowercase();
    let sound = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '-');
    if domain.is_empty() || domain.len() > 253 || !domain.chars().all(sound) {
        return Err(Error::invalid("Domain is not a domain name"));
    }
    let now = instance.now();
    let block = EmailDomain { id: instance.ids.next(now), domain, created_at: now };
    let (by, saved) = (by.clone(), block.clone());
    let wrote = instance.store.write(move |tx| {
        tx.insert_email_domain(&saved)?;
        tx.log(&by, "block e-mail domain", &saved.domain, None, "")?;
        Ok::<_, Error>(())
    });
    wrote.await.map_err(|error| as_invalid(error, "Domain is blocked already"))?;
    Ok(block)
}

/// Unblocks an e-mail domain.
pub async fn lift_email_domain_block(
    instance: &Instance,
    by: &Moderator,
    id: EntryId,
) -> Result<EmailDomain> {
    let block = email_domain_block(instance, by, id).await?;
    let (by, domain) = (by.clone(), block.domain.clone());
    instance
        .store
        .write(move |tx| {
            tx.delete_email_domain(id)?;
            tx.log(&by, "unblock e-mail domain", &domain, None, "")?;
            Ok::<_, Error>(())
        })
        .await?;
    Ok(block)
}

/// Hashes the canonical form of an e-mail address, so that all spellings of one mailbox match: lower case,
/// without dots in the local part and without a `+` suffix.
pub fn canonical_hash(email: &str) -> String {
    let email = email.trim().to_lowercase();
    let (name, domain) = email.split_once('@').unwrap_or((&email, ""));
    let name = name.split('+').next().unwrap_or_default().replace('.', "");
    secrets::hash(&format!("{name}@{domain}"))
}

/// Lists blocked e-mail addresses, newest first.
pub async fn email_blocks(instance: &Instance, by: &Moderator, page: PageRequest) -> Result<Page<EmailHash>> {
    may(by.role, Power::Blocks)?;
    Ok(instance.store.read(move |reader| reader.email_hash_page(&page)).await?)
}

/// Returns one blocked e-mail address.
pub async fn find_email_block(instance: &Instance, by: &Moderator, id: EntryId) -> Result<EmailHash> {
    may(by.role, Power::Blocks)?;
    let found = instance.store.read(move |reader| reader.find_email_hash(id)).await?;
    found.ok_or(Error::NotFound("e-mail block"))
}

/// Returns the block that matches an e-mail address, if any.
pub async fn test_email(instance: &Instance, by: &Moderator, email: &str) -> Result<Option<EmailHash>> {
    may(by.role, Power::Blocks)?;
    let hash = canonical_hash(email);
    Ok(instance.store.read(move |reader| reader.find_email_by_hash(&hash)).await?)
}

/// Blocks an e-mail address by its hash: no account can be created with it.
pub async fn block_email(instance: &Instance, by: &Moderator, hash: &str) -> Result<EmailHash> {
    may(by.role, Power::Blocks)?;
    let hash = hash.trim().to_lowercase();
    if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Error::invalid("Canonical email hash is not a SHA-256 in hexadecimal"));
    }
    let block = EmailHash { id: instance.ids.next(instance.now()), hash };
    let (by, saved) = (by.clone(), block.clone());
    let wrote = instance.store.write(move |tx| {
        tx.insert_email_hash(&saved)?;
        tx.log(&by, "block e-mail address", &saved.hash, None, "")?;
        Ok::<_, Error>(())
    });
    wrote.await.map_err(|error| as_invalid(error, "Canonical email hash is blocked already"))?;
    Ok(block)
}

/// Unblocks an e-mail address.
pub async fn lift_email_block(instance: &Instance, by: &Moderator, id: EntryId) -> Result<EmailHash> {
    let block = find_email_block(instance, by, id).await?;
    let (by, hash) = (by.clone(), block.hash.clone());
    instance
        .store
        .write(move |tx| {
            tx.delete_email_hash(id)?;
            tx.log(&by, "unblock e-mail address", &hash, None, "")?;
            Ok::<_, Error>(())
        })
        .await?;
    Ok(block)
}

/// Returns the reasons why an account cannot be created with an e-mail address; empty if it can.
pub(crate) fn email_faults(reader: &mut Reader<'_>, email: &str) -> Result<Vec<String>> {
    let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
    let mut above: Vec<&str> = vec![domain];
    above.extend(domain.match_indices('.').filter_map(|(at, _)| domain.get(at + 1..)));
    let blocked = reader.is_email_domain_blocked(&above)?
        || reader.find_email_by_hash(&canonical_hash(email))?.is_some();
    Ok(if blocked { vec!["the e-mail address is blocked here".to_owned()] } else { Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_of_writing_an_address_are_one() {
        let plain = canonical_hash("alice@acme.example");
        for written in ["Alice@Acme.Example", "a.l.i.c.e@acme.example", " alice+news@acme.example "] {
            assert_eq!(canonical_hash(written), plain, "{written}");
        }
        assert_ne!(canonical_hash("alice@acme2.example"), plain);
    }

    #[test]
    fn networks_are_kept_by_their_first_address() {
        for (typed, kept) in [
            ("192.0.2.7", "192.0.2.7/32"),
            (" 192.0.2.7/24", "192.0.2.0/24"),
            ("2001:db8::1", "2001:db8::1/128"),
            ("2001:db8::1/64", "2001:db8::/64"),
        ] {
            assert_eq!(network(typed).unwrap().to_string(), kept);
        }
        assert!(["", "acme.example", "192.0.2.7/33", "1.2.3"].into_iter().all(|bad| network(bad).is_none()));
    }
}
