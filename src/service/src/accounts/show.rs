//! Account lookup with visibility checks. On a company's instance, anonymous visitors see no accounts.

use std::collections::HashSet;

use crate::instance::Instance;
use crate::people::{self, Giving};
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::AccountId;
use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::agreement_grants::{GrantSet, PeerStanding};
use portico_domain::model::peer::Tier;
use portico_domain::policy::peering::{AccountFacts, may_see_account};
use portico_domain::policy::reach::Setting;
use portico_store::Reader;

/// Returns an account by its id. Its profile fields include the attributes that the viewer may see.
///
/// # Errors
/// `NotFound` also for an account that the viewer may not see.
pub async fn get(instance: &Instance, viewer: Viewer, id: AccountId) -> Result<Account> {
    let giving = Giving::of(instance);
    instance
        .store
        .read(move |reader| {
            let account = seen(reader, &viewer, &giving.setting, id)?;
            dressed(reader, &viewer, &giving, account)
        })
        .await
}

fn dressed(reader: &mut Reader<'_>, viewer: &Viewer, giving: &Giving, account: Account) -> Result<Account> {
    people::with_rows(reader, viewer, giving, vec![account])?.pop().ok_or(Error::NotFound("account"))
}

/// Returns accounts by their ids, in this order, without those that are missing or hidden from the viewer.
pub async fn show_many(instance: &Instance, viewer: Viewer, ids: Vec<AccountId>) -> Result<Vec<Account>> {
    let giving = Giving::of(instance);
    instance
        .store
        .read(move |reader| {
            let raw: Vec<i64> = ids.iter().map(|id| id.0).collect();
            let mut found = reader.accounts_by_id(&raw)?;
            let accounts = raw.iter().filter_map(|id| found.remove(id)).collect();
            let seen = those_seen(reader, &viewer, &giving.setting, accounts)?;
            people::with_rows(reader, &viewer, &giving, seen)
        })
        .await
}

/// Finds an account by an address as users type it: `user`, `@user`, `user@this.host`, `user@other.host`.
/// Does not fetch anything. Its profile fields include the attributes that the viewer may see.
///
/// # Errors
/// `NotFound` also for an account that the viewer may not see.
pub async fn lookup(instance: &Instance, viewer: Viewer, address: &str) -> Result<Account> {
    let giving = Giving::of(instance);
    let account = plain(instance, viewer.clone(), address).await?;
    instance.store.read(move |reader| dressed(reader, &viewer, &giving, account.clone())).await
}

async fn plain(instance: &Instance, viewer: Viewer, address: &str) -> Result<Account> {
    let setting = setting(instance);
    let (username, domain) = parts(address, instance.urls.domain()).ok_or(Error::NotFound("account"))?;
    instance
        .store
        .read(move |reader| {
            let found = reader.find_account_by_handle(&username, domain.as_deref())?;
            judge(reader, &viewer, &setting, found.ok_or(Error::NotFound("account"))?)
        })
        .await
}

/// Splits an address into name and host; no host for a local account.
pub(crate) fn parts(address: &str, own: &str) -> Option<(String, Option<String>)> {
    let address = address.trim().trim_start_matches('@');
    let (username, domain) = match address.split_once('@') {
        Some((username, domain)) => (username, Some(domain.to_lowercase())),
        None => (address, None),
    };
    let sound = |part: &str| {
        !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || c.is_control() || c == '/' || c == '@')
    };
    if !sound(username) || domain.as_deref().is_some_and(|domain| !sound(domain)) {
        return None;
    }
    Some((username.to_owned(), domain.filter(|domain| domain != own)))
}

/// Finds an account by its id, if the viewer may see it.
pub(crate) fn seen(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    setting: &Setting,
    id: AccountId,
) -> Result<Account> {
    let account = reader.find_account(id)?.ok_or(Error::NotFound("account"))?;
    judge(reader, viewer, setting, account)
}

/// Returns the account if the viewer may see it. Instance actors are always hidden.
fn judge(reader: &mut Reader<'_>, viewer: &Viewer, setting: &Setting, account: Account) -> Result<Account> {
    those_seen(reader, viewer, setting, vec![account])?.pop().ok_or(Error::NotFound("account"))
}

/// Returns the hidden groups among these accounts that the viewer may not see.
fn secrets_among(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    accounts: &[Account],
) -> Result<HashSet<AccountId>> {
    let groups = accounts.iter().filter(|account| account.kind == ActorKind::Group);
    let groups: Vec<i64> = groups.map(|account| account.id.0).collect();
    if groups.is_empty() {
        return Ok(HashSet::new());
    }
    let who = match viewer {
        Viewer::Local(id) | Viewer::Actor { id, .. } => Some(*id),
        Viewer::Anonymous | Viewer::Host { .. } => None,
    };
    Ok(reader.hidden_groups_among(who, &groups)?)
}

/// Removes the hidden groups that the viewer may not see.
pub(crate) fn without_secrets(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    mut accounts: Vec<Account>,
) -> Result<Vec<Account>> {
    let secret = secrets_among(reader, viewer, &accounts)?;
    accounts.retain(|account| !secret.contains(&account.id));
    Ok(accounts)
}

/// Filters accounts by what the viewer may see, and keeps their order. Runs a fixed number of queries.
pub(crate) fn those_seen(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    setting: &Setting,
    accounts: Vec<Account>,
) -> Result<Vec<Account>> {
    let domains: Vec<String> = accounts.iter().filter_map(|account| account.domain.clone()).collect();
    let standings = reader.standings_of(&domains)?;
    let ids: Vec<i64> = accounts.iter().map(|account| account.id.0).collect();
    let blockers = match viewer {
        Viewer::Actor { id, .. } => reader.blocks_between(*id, &ids)?.1,
        Viewer::Anonymous | Viewer::Local(_) | Viewer::Host { .. } => HashSet::new(),
    };
    let secret = secrets_among(reader, viewer, &accounts)?;
    let may_see = |account: &Account| {
        let host = account.domain.as_ref();
        let there = host
            .map(|host| standings.get(host).copied().unwrap_or(PeerStanding::without_agreement(Tier::Open)));
        let facts = AccountFacts {
            tier: there.map(|there| there.tier),
            takes: there.map_or(GrantSet::ALL, |there| there.grants.takes),
            suspended: account.suspended_at.is_some(),
            blocks_viewer: blockers.contains(&account.id.0),
            own: viewer.local_account() == Some(account.id),
        };
        let shown = !account.is_instance_actor && !secret.contains(&account.id);
        shown && may_see_account(viewer, setting, &facts).is_ok()
    };
    Ok(accounts.into_iter().filter(may_see).collect())
}

/// Finds an account by its address for its profile page.
///
/// # Errors
/// `NotFound` also for a suspended account, and for one that the viewer may not see.
pub async fn for_page(instance: &Instance, viewer: Viewer, address: &str) -> Result<Account> {
    let account = plain(instance, viewer, address).await?;
    if account.suspended_at.is_none() { Ok(account) } else { Err(Error::NotFound("account")) }
}

/// Finds an account by its actor id, without a visibility check. Used by federation.
pub async fn by_uri(instance: &Instance, uri: &str) -> Result<Account> {
    let uri = uri.to_owned();
    let found = instance.store.read(move |reader| reader.find_account_by_uri(&uri)).await?;
    found.ok_or(Error::NotFound("account"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_in_several_forms() {
        let local = Some(("alice".to_owned(), None));
        for typed in ["alice", "@alice", " @alice@acme.example", "alice@ACME.example"] {
            assert_eq!(parts(typed, "acme.example"), local, "{typed}");
        }
        let remote = Some(("bob".to_owned(), Some("far.example:8443".to_owned())));
        assert_eq!(parts("@bob@Far.example:8443", "acme.example"), remote);
        for bad in ["", "@", "a b", "alice@", "alice@x@y", "alice@x/y"] {
            assert_eq!(parts(bad, "acme.example"), None, "{bad:?}");
        }
    }
}
