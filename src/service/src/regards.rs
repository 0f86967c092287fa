//! Private notes on accounts, endorsements and personal domain blocks; familiar followers and the directory.

use super::relationships::{self, end_bonds_with_host};
use super::{Error, Result, Viewer, accounts, setting};
use crate::instance::Instance;
use portico_domain::model::AccountId;
use portico_domain::model::account::Account;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::relationship::{FollowState, Relationship};

pub use portico_store::DirectoryOrder;

/// Maximum length of a note, in characters.
const MAX_NOTE: usize = 2_000;
/// Maximum number of familiar followers returned per account.
const MOST_FAMILIAR: usize = 50;

/// Sets the private note on an account; an empty text removes it.
pub async fn note(
    instance: &Instance,
    me: AccountId,
    target: AccountId,
    comment: &str,
) -> Result<Relationship> {
    let comment = comment.trim().to_owned();
    if comment.chars().count() > MAX_NOTE {
        return Err(Error::invalid(format!("Comment is too long (maximum is {MAX_NOTE} characters)")));
    }
    instance
        .store
        .write(move |tx| {
            let target = relationships::other(tx, target)?;
            tx.set_account_note(me, target.id, &comment)?;
            relationships::one(tx, me, target.id)
        })
        .await
}

/// Endorses an account, or removes the endorsement.
///
/// # Errors
/// `Invalid` if the caller does not follow the account.
pub async fn endorse(
    instance: &Instance,
    me: AccountId,
    target: AccountId,
    endorsed: bool,
) -> Result<Relationship> {
    instance
        .store
        .write(move |tx| {
            let target = relationships::other(tx, target)?;
            let follow = tx.find_follow_between(me, target.id)?;
            if endorsed && follow.is_none_or(|follow| follow.state != FollowState::Accepted) {
                return Err(Error::invalid("You must be already following the person you want to endorse"));
            }
            tx.set_endorsed(me, target.id, endorsed)?;
            relationships::one(tx, me, target.id)
        })
        .await
}

/// Lists the accounts that an account endorses, as far as the viewer may see them.
pub async fn endorsements(
    instance: &Instance,
    viewer: Viewer,
    account: AccountId,
    request: PageRequest,
) -> Result<Page<Account>> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            accounts::seen(reader, &viewer, &setting, account)?;
            let ids = reader.endorsement_page(account, &request)?;
            let page = reader.accounts_of_page(&ids)?;
            let shown = accounts::those_seen(reader, &viewer, &setting, page.items.clone())?;
            Ok(page.with_items(shown))
        })
        .await
}

/// Lists the hosts that the account blocks.
pub async fn shunned(instance: &Instance, me: AccountId, request: PageRequest) -> Result<Page<String>> {
    instance.store.read(move |reader| Ok(reader.domain_block_page(me, &request)?)).await
}

/// Blocks a host for one account: its content and notifications are hidden, and follows in both directions
/// end.
///
/// # Errors
/// `Invalid` if the name is not a host.
pub async fn shun(instance: &Instance, me: &Account, domain: &str) -> Result<()> {
    let domain = host(domain)?;
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
pub async fn unshun(instance: &Instance, me: AccountId, domain: &str) -> Result<()> {
    let domain = host(domain)?;
    instance.store.write(move |tx| Ok(tx.set_domain_blocked(me, &domain, false)?)).await
}

fn host(domain: &str) -> Result<String> {
    let domain = domain.trim().trim_end_matches('.').to_lowercase();
    let sound = !domain.is_empty()
        && domain.len() <= 253
        && domain.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '-' | ':' | '_'));
    if sound { Ok(domain) } else { Err(Error::invalid("Domain is not a valid domain name")) }
}

/// Returns, for each account in order, its followers that the caller also follows.
pub async fn familiar(
    instance: &Instance,
    me: AccountId,
    ids: Vec<AccountId>,
) -> Result<Vec<(AccountId, Vec<Account>)>> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            let viewer = Viewer::Local(me);
            let raw: Vec<i64> = ids.iter().map(|id| id.0).collect();
            let known = reader.accounts_by_id(&raw)?;
            let known = accounts::those_seen(reader, &viewer, &setting, known.into_values().collect())?;
            // An account that hides its followers has no familiar followers either.
            let open: Vec<i64> = known
                .iter()
                .filter(|account| !account.hide_collections)
                .map(|account| account.id.0)
                .collect();
            let found = reader.familiar_followers(me, &open, MOST_FAMILIAR)?;
            let everybody: Vec<i64> = found.values().flatten().copied().collect();
            let people = reader.accounts_by_id(&everybody)?;
            let of = |id: &AccountId| {
                let followers = found.get(&id.0).into_iter().flatten();
                (*id, followers.filter_map(|follower| people.get(follower).cloned()).collect())
            };
            let is_known = |id: &&AccountId| known.iter().any(|account| account.id == **id);
            Ok(ids.iter().filter(is_known).map(of).collect())
        })
        .await
}

/// Dismisses a suggestion. Ignores an unknown account.
pub async fn dismiss(instance: &Instance, me: AccountId, target: AccountId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            if tx.find_account(target)?.is_some() {
                tx.dismiss_suggestion(me, target)?;
            }
            Ok(())
        })
        .await
}

/// Lists the directory of the instance and the company; empty for an anonymous visitor who may not see it.
pub async fn directory(
    instance: &Instance,
    viewer: Viewer,
    order: DirectoryOrder,
    local_only: bool,
    limit: i64,
    offset: i64,
) -> Result<Vec<Account>> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            let found = reader.directory(order, local_only, limit, offset)?;
            accounts::those_seen(reader, &viewer, &setting, found)
        })
        .await
}
