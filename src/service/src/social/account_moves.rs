//! Account moves: an account redirects to another, and its followers are moved along.
//!
//! An account lists its other accounts (aliases) and the account that it has moved to. Both accounts must
//! confirm this in their own actor documents before any follower is moved.

use crate::instance::Instance;
use crate::lookup;
use crate::social::relationships;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::account::Account;
use portico_domain::model::event::Event;
use portico_domain::model::remote_task::RemoteTask;
use portico_domain::model::{AccountId, FollowId};
use portico_domain::policy::moving::{MoveRefusal, may_move};

/// Maximum number of aliases of an account.
pub const MAX_ALIASES: usize = 10;

/// Applies a remote account's move. The caller has just fetched both actor documents, and the old one names
/// the new one.
///
/// # Errors
/// `Invalid` with the reason if the move is not allowed.
pub async fn receive(instance: &Instance, from: AccountId, to: AccountId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            let from = tx.find_account(from)?.ok_or(Error::NotFound("account"))?;
            let to = tx.find_account(to)?.ok_or(Error::NotFound("account"))?;
            may_move(&from, &to, tx.now()).map_err(move_refusal)?;
            tx.set_moved(from.id)?;
            Ok(tx.enqueue_remote_task(&RemoteTask::TakeAlong { from: from.id, to: to.id, after: None })?)
        })
        .await
}

fn move_refusal(stay: MoveRefusal) -> Error {
    Error::invalid(stay.to_string())
}

/// Moves the next chunk of followers, and enqueues the rest as another remote task. Safe to run twice.
pub async fn move_followers(
    instance: &Instance,
    from: AccountId,
    to: AccountId,
    after: Option<FollowId>,
) -> Result<()> {
    let mode = instance.settings.federation;
    instance
        .store
        .write(move |tx| {
            let (Some(old), Some(new)) = (tx.find_account(from)?, tx.find_account(to)?) else {
                return Ok(());
            };
            if let Some(last) = relationships::move_followers(tx, mode, &old, &new, after)? {
                tx.enqueue_remote_task(&RemoteTask::TakeAlong { from, to, after: Some(last) })?;
            }
            Ok(())
        })
        .await
}

/// Adds an alias, given by address or actor id.
///
/// # Errors
/// `Invalid` for the account itself, or if there are too many aliases.
pub async fn add_alias(instance: &Instance, me: AccountId, address: &str) -> Result<Account> {
    let other = find(instance, address).await?;
    change(instance, me, move |account| {
        if other.id == account.id {
            return Err(move_refusal(MoveRefusal::Itself));
        }
        if account.also_known_as.len() >= MAX_ALIASES {
            return Err(Error::invalid(format!("An account has at most {MAX_ALIASES} aliases")));
        }
        if !account.claims(&other.uri) {
            account.also_known_as.push(other.uri.clone());
        }
        Ok(())
    })
    .await
}

/// Removes an alias; does nothing if there is no such alias.
pub async fn remove_alias(instance: &Instance, me: AccountId, address: &str) -> Result<Account> {
    let known = find(instance, address).await.map(|account| account.uri).ok();
    let address = address.to_owned();
    change(instance, me, move |account| {
        account.also_known_as.retain(|alias| *alias != address && Some(alias) != known.as_ref());
        Ok(())
    })
    .await
}

/// The other accounts of a local account, as far as they are known here.
#[derive(Debug, Clone)]
pub struct LinkedAccounts {
    /// The aliases: their actor ids, and their accounts if known.
    pub aliases: Vec<(String, Option<Account>)>,
    /// The account that it has moved to.
    pub moved_to: Option<(String, Option<Account>)>,
}

/// Returns the aliases and the move target of a local account.
pub async fn linked_accounts(instance: &Instance, me: AccountId) -> Result<LinkedAccounts> {
    instance
        .store
        .read(move |reader| {
            let account = reader.find_account(me)?.ok_or(Error::NotFound("account"))?;
            let mut known = |uri: &String| Ok::<_, Error>((uri.clone(), reader.find_account_by_uri(uri)?));
            let aliases = account.also_known_as.iter().map(&mut known).collect::<Result<_>>()?;
            Ok(LinkedAccounts { aliases, moved_to: account.moved_to.as_ref().map(known).transpose()? })
        })
        .await
}

/// A preview of a move.
#[derive(Debug, Clone)]
pub struct MovePreview {
    /// The new account.
    pub to: Account,
    /// The number of followers of the old account.
    pub followers: i64,
}

/// Checks whether a local account may move to another now, and previews the move. Changes nothing.
///
/// # Errors
/// As [`start`].
pub async fn preview(instance: &Instance, me: AccountId, address: &str) -> Result<MovePreview> {
    let to = fetch_again(instance, address).await?;
    instance
        .store
        .read(move |reader| {
            let from = reader.find_account(me)?.ok_or(Error::NotFound("account"))?;
            let to = reader.find_account(to)?.ok_or(Error::NotFound("account"))?;
            may_move(&from, &to, reader.now()).map_err(move_refusal)?;
            Ok(MovePreview { to, followers: from.followers_count })
        })
        .await
}

/// Finds the account behind an address, and re-fetches its actor document if it is remote.
async fn fetch_again(instance: &Instance, address: &str) -> Result<AccountId> {
    let to = find(instance, address).await?;
    if let (Some(remote), false) = (instance.remote.get(), to.is_local()) {
        remote.refresh_now(to.id).await?;
    }
    Ok(to.id)
}

/// Moves a local account to another, which must list it as an alias. Its followers are notified and moved
/// along, and it can no longer be followed. A remote target is re-fetched first.
///
/// # Errors
/// `Invalid` with the reason if the move is not allowed.
pub async fn start(instance: &Instance, me: AccountId, address: &str) -> Result<Account> {
    let to = fetch_again(instance, address).await?;
    instance
        .store
        .write(move |tx| {
            let mut from = tx.find_account(me)?.ok_or(Error::NotFound("account"))?;
            let to = tx.find_account(to)?.ok_or(Error::NotFound("account"))?;
            may_move(&from, &to, tx.now()).map_err(move_refusal)?;
            from.moved_to = Some(to.uri.clone());
            tx.update_account(&from)?;
            tx.set_moved(me)?;
            let at = tx.now();
            tx.emit(&Event::ProfileUpdated { account: me, at })?;
            tx.emit(&Event::Moved { account: me, at })?;
            tx.enqueue_remote_task(&RemoteTask::TakeAlong { from: me, to: to.id, after: None })?;
            Ok(from)
        })
        .await
}

/// Removes the redirect of a local account, so that it can be followed again. Followers do not come back.
pub async fn cancel(instance: &Instance, me: AccountId) -> Result<Account> {
    change(instance, me, |account| {
        account.moved_to = None;
        Ok(())
    })
    .await
}

/// Returns the account that another has moved to, if it is known here, confirms the move, and the viewer may
/// see it.
pub async fn destination(instance: &Instance, viewer: Viewer, of: &Account) -> Result<Option<Account>> {
    let Some(uri) = of.moved_to.clone() else { return Ok(None) };
    let (setting, old) = (setting(instance), of.uri.clone());
    instance
        .store
        .read(move |reader| {
            let found = reader.find_account_by_uri(&uri)?.filter(|new| new.claims(&old));
            let found = found.into_iter().collect();
            Ok(lookup::filter_visible_accounts(reader, &viewer, &setting, found)?.pop())
        })
        .await
}

/// Changes a local account, and emits a profile update if anything changed.
async fn change(
    instance: &Instance,
    me: AccountId,
    how: impl Fn(&mut Account) -> Result<()> + Send + Sync + 'static,
) -> Result<Account> {
    instance
        .store
        .write(move |tx| {
            let before = tx.find_account(me)?.filter(Account::is_local).ok_or(Error::NotFound("account"))?;
            let mut account = before.clone();
            how(&mut account)?;
            if account != before {
                tx.update_account(&account)?;
                let at = tx.now();
                tx.emit(&Event::ProfileUpdated { account: me, at })?;
            }
            Ok(account)
        })
        .await
}

/// Finds an account by address or actor id, fetching it from its host if needed.
async fn find(instance: &Instance, address: &str) -> Result<Account> {
    let typed = address.trim().to_owned();
    let parts = lookup::split_address(&typed, instance.urls.domain());
    let names = parts.clone();
    let known = instance.store.read(move |reader| {
        let by_url = reader.find_account_by_url(&typed)?;
        Ok::<_, Error>(match (by_url, &names) {
            (Some(found), _) => Some(found),
            (None, Some((name, host))) => reader.find_account_by_handle(name, host.as_deref())?,
            (None, None) => None,
        })
    });
    if let Some(known) = known.await? {
        return Ok(known);
    }
    let remote = instance.remote.get().ok_or(Error::NotFound("account"))?;
    let id = match parts {
        Some((name, Some(host))) => remote.account_by_handle(&name, &host).await?,
        Some((_, None)) => return Err(Error::NotFound("account")),
        None => match remote.by_url(address.trim()).await? {
            Some(crate::ports::RemoteObject::Account(id)) => id,
            _ => return Err(Error::NotFound("account")),
        },
    };
    let found = instance.store.read(move |reader| reader.find_account(id)).await?;
    found.ok_or(Error::NotFound("account"))
}
