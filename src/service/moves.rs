//! Moving: an account becomes another, and those who follow it come along.
//!
//! An account says which others are its own (its aliases) and which one it has become. Both accounts must say
//! so, each in its own document, before anybody is taken along.

use super::{Error, Result, Viewer, accounts, relationships, setting};
use crate::instance::Instance;
use crate::model::account::Account;
use crate::model::errand::Errand;
use crate::model::event::Event;
use crate::model::{AccountId, FollowId};
use crate::policy::moving::{Stay, may_move};

/// How many aliases an account may have.
pub const MAX_ALIASES: usize = 10;

/// Takes in that a remote account has become another. The edge has read both documents a moment ago, and
/// the old one names the new.
///
/// # Errors
/// `Invalid` with the reason if it may not.
pub async fn receive(instance: &Instance, from: AccountId, to: AccountId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            let from = tx.find_account(from)?.ok_or(Error::NotFound("account"))?;
            let to = tx.find_account(to)?.ok_or(Error::NotFound("account"))?;
            may_move(&from, &to, tx.now()).map_err(said)?;
            tx.set_moved(from.id)?;
            Ok(tx.send_on(&Errand::TakeAlong { from: from.id, to: to.id, after: None })?)
        })
        .await
}

fn said(stay: Stay) -> Error {
    Error::invalid(stay.to_string())
}

/// Takes the next followers of an account along, and puts the rest off to the next errand.
///
/// # Errors
/// Any database error; it can be done again.
pub async fn take_along(
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
            if let Some(last) = relationships::take_along(tx, mode, &old, &new, after)? {
                tx.send_on(&Errand::TakeAlong { from, to, after: Some(last) })?;
            }
            Ok(())
        })
        .await
}

/// Says that another account is one's own, too: by its address or actor id.
///
/// # Errors
/// `NotFound`, or `Invalid` for oneself or one too many.
pub async fn add_alias(instance: &Instance, me: AccountId, address: &str) -> Result<Account> {
    let other = find(instance, address).await?;
    change(instance, me, move |account| {
        if other.id == account.id {
            return Err(said(Stay::Itself));
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

/// Says so no longer; without the alias, nothing happens.
pub async fn remove_alias(instance: &Instance, me: AccountId, address: &str) -> Result<Account> {
    let known = find(instance, address).await.map(|account| account.uri).ok();
    let address = address.to_owned();
    change(instance, me, move |account| {
        account.also_known_as.retain(|alias| *alias != address && Some(alias) != known.as_ref());
        Ok(())
    })
    .await
}

/// The other accounts of somebody, as far as they are known here.
#[derive(Debug, Clone)]
pub struct Own {
    /// Those it names as its own: their ids, and what is known of them.
    pub aliases: Vec<(String, Option<Account>)>,
    /// The one it has moved to.
    pub moved_to: Option<(String, Option<Account>)>,
}

/// The other accounts of a local account.
///
/// # Errors
/// `NotFound`, or any database error.
pub async fn own(instance: &Instance, me: AccountId) -> Result<Own> {
    instance
        .store
        .read(move |reader| {
            let account = reader.find_account(me)?.ok_or(Error::NotFound("account"))?;
            let mut known = |uri: &String| Ok::<_, Error>((uri.clone(), reader.find_account_by_uri(uri)?));
            let aliases = account.also_known_as.iter().map(&mut known).collect::<Result<_>>()?;
            Ok(Own { aliases, moved_to: account.moved_to.as_ref().map(known).transpose()? })
        })
        .await
}

/// What a move would be: where to, and how many would be told.
#[derive(Debug, Clone)]
pub struct Prospect {
    /// The new account.
    pub to: Account,
    /// How many follow the old one.
    pub followers: i64,
}

/// Whether a local account may move to another now, and what that would be. Nothing is changed.
///
/// # Errors
/// As [`begin`].
pub async fn prospect(instance: &Instance, me: AccountId, address: &str) -> Result<Prospect> {
    let to = afresh(instance, address).await?;
    instance
        .store
        .read(move |reader| {
            let from = reader.find_account(me)?.ok_or(Error::NotFound("account"))?;
            let to = reader.find_account(to)?.ok_or(Error::NotFound("account"))?;
            may_move(&from, &to, reader.now()).map_err(said)?;
            Ok(Prospect { to, followers: from.followers_count })
        })
        .await
}

/// The account behind an address; if it lives elsewhere, as its document is now.
async fn afresh(instance: &Instance, address: &str) -> Result<AccountId> {
    let to = find(instance, address).await?;
    if let (Some(remote), false) = (instance.remote.get(), to.is_local()) {
        remote.refresh_now(to.id).await?;
    }
    Ok(to.id)
}

/// Moves a local account to another, which must name it as its own: its followers are told and taken along,
/// and nobody can follow it any more. The new account is read afresh if it lives elsewhere.
///
/// # Errors
/// `NotFound`, or `Invalid` with the reason if it may not move.
pub async fn begin(instance: &Instance, me: AccountId, address: &str) -> Result<Account> {
    let to = afresh(instance, address).await?;
    instance
        .store
        .write(move |tx| {
            let mut from = tx.find_account(me)?.ok_or(Error::NotFound("account"))?;
            let to = tx.find_account(to)?.ok_or(Error::NotFound("account"))?;
            may_move(&from, &to, tx.now()).map_err(said)?;
            from.moved_to = Some(to.uri.clone());
            tx.update_account(&from)?;
            tx.set_moved(me)?;
            let at = tx.now();
            tx.emit(&Event::ProfileUpdated { account: me, at })?;
            tx.emit(&Event::Moved { account: me, at })?;
            tx.send_on(&Errand::TakeAlong { from: me, to: to.id, after: None })?;
            Ok(from)
        })
        .await
}

/// Takes the redirect of a local account away: it can be followed again. Followers do not come back.
pub async fn take_back(instance: &Instance, me: AccountId) -> Result<Account> {
    change(instance, me, |account| {
        account.moved_to = None;
        Ok(())
    })
    .await
}

/// The account that another has become, if it is known here, says so itself, and the viewer may know of it.
pub async fn destination(instance: &Instance, viewer: Viewer, of: &Account) -> Result<Option<Account>> {
    let Some(uri) = of.moved_to.clone() else { return Ok(None) };
    let (setting, old) = (setting(instance), of.uri.clone());
    instance
        .store
        .read(move |reader| {
            let found = reader.find_account_by_uri(&uri)?.filter(|new| new.claims(&old));
            let found = found.into_iter().collect();
            Ok(accounts::those_seen(reader, &viewer, &setting, found)?.pop())
        })
        .await
}

/// Changes a local account, and tells others if that changed anything.
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

/// The account behind an address or actor id, asked for at its host if need be.
async fn find(instance: &Instance, address: &str) -> Result<Account> {
    let typed = address.trim().to_owned();
    let parts = accounts::parts(&typed, instance.urls.domain());
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
            Some(super::ports::Found::Account(id)) => id,
            _ => return Err(Error::NotFound("account")),
        },
    };
    let found = instance.store.read(move |reader| reader.find_account(id)).await?;
    found.ok_or(Error::NotFound("account"))
}
