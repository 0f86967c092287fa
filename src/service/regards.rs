//! What people think of others: private notes, endorsements, hosts they shun; and whom they may want to know.

use super::relationships::{self, end_bonds_with_host};
use super::{Error, Result, Viewer, accounts, setting};
use crate::instance::Instance;
use crate::model::AccountId;
use crate::model::account::Account;
use crate::model::page::{Page, PageRequest};
use crate::model::relationship::{FollowState, Relationship};

pub use crate::store::DirectoryOrder;

/// How long a note may be, in characters.
const MAX_NOTE: usize = 2_000;
/// How many familiar followers are named of an account.
const MOST_FAMILIAR: usize = 50;

/// Notes something of an account, for one's own eyes; an empty text takes the note away.
///
/// # Errors
/// `NotFound`, or `Invalid` for one that is too long.
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
            tx.set_note(me, target.id, &comment)?;
            relationships::one(tx, me, target.id)
        })
        .await
}

/// Endorses somebody whom one follows, or no longer.
///
/// # Errors
/// `NotFound`, or `Invalid` for one whom one does not follow.
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

/// Whom an account endorses, as far as the viewer may know them.
///
/// # Errors
/// `NotFound` for an account that the viewer may not know.
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

/// The hosts that one shuns.
pub async fn shunned(instance: &Instance, me: AccountId, request: PageRequest) -> Result<Page<String>> {
    instance.store.read(move |reader| Ok(reader.shunned_page(me, &request)?)).await
}

/// Shuns a host: nothing from there is shown or told any more, and follows either way end.
///
/// # Errors
/// `Invalid` for what is no host.
pub async fn shun(instance: &Instance, me: &Account, domain: &str) -> Result<()> {
    let domain = host(domain)?;
    let me = me.clone();
    instance
        .store
        .write(move |tx| {
            tx.set_shunned(me.id, &domain, true)?;
            end_bonds_with_host(tx, &me, &domain)
        })
        .await
}

/// No longer shuns a host.
///
/// # Errors
/// `Invalid` for what is no host.
pub async fn unshun(instance: &Instance, me: AccountId, domain: &str) -> Result<()> {
    let domain = host(domain)?;
    instance.store.write(move |tx| Ok(tx.set_shunned(me, &domain, false)?)).await
}

fn host(domain: &str) -> Result<String> {
    let domain = domain.trim().trim_end_matches('.').to_lowercase();
    let sound = !domain.is_empty()
        && domain.len() <= 253
        && domain.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '-' | ':' | '_'));
    if sound { Ok(domain) } else { Err(Error::invalid("Domain is not a valid domain name")) }
}

/// For each of some accounts, in their order, those of its followers whom one follows oneself.
pub async fn familiar(
    instance: &Instance,
    me: AccountId,
    ids: Vec<AccountId>,
) -> Result<Vec<(AccountId, Vec<Account>)>> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            let viewer = Viewer::Staff(me);
            let raw: Vec<i64> = ids.iter().map(|id| id.0).collect();
            let known = reader.accounts_by_id(&raw)?;
            let known = accounts::those_seen(reader, &viewer, &setting, known.into_values().collect())?;
            // Who hides their followers hides these as well.
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

/// Waves a suggestion off.
///
/// # Errors
/// Any database error; an account that is not there was never suggested.
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

/// The people of the instance and of the company; nobody, for a visitor of a company's instance.
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
