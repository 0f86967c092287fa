//! Account lookup with visibility checks. On a company's instance, anonymous visitors see no accounts.

use crate::instance::Instance;
use crate::lookup::{check_visible, filter_visible_accounts, find_visible_account, split_address};
use crate::people::profiles::{self, ProfileVisibility};
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::AccountId;
use portico_domain::model::account::Account;
use portico_store::Reader;

/// Returns an account by its id. Its profile fields include the attributes that the viewer may see.
///
/// # Errors
/// `NotFound` also for an account that the viewer may not see.
pub async fn get(instance: &Instance, viewer: Viewer, id: AccountId) -> Result<Account> {
    let visibility = ProfileVisibility::for_instance(instance);
    instance
        .store
        .read(move |reader| {
            let account = find_visible_account(reader, &viewer, &visibility.setting, id)?;
            with_profile_fields(reader, &viewer, &visibility, account)
        })
        .await
}

fn with_profile_fields(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    visibility: &ProfileVisibility,
    account: Account,
) -> Result<Account> {
    profiles::with_profile_fields(reader, viewer, visibility, vec![account])?
        .pop()
        .ok_or(Error::NotFound("account"))
}

/// Returns accounts by their ids, in this order, without those that are missing or hidden from the viewer.
pub async fn show_many(instance: &Instance, viewer: Viewer, ids: Vec<AccountId>) -> Result<Vec<Account>> {
    let visibility = ProfileVisibility::for_instance(instance);
    instance
        .store
        .read(move |reader| {
            let raw: Vec<i64> = ids.iter().map(|id| id.0).collect();
            let mut found = reader.accounts_by_id(&raw)?;
            let accounts = raw.iter().filter_map(|id| found.remove(id)).collect();
            let seen = filter_visible_accounts(reader, &viewer, &visibility.setting, accounts)?;
            profiles::with_profile_fields(reader, &viewer, &visibility, seen)
        })
        .await
}

/// Finds an account by an address as users type it: `user`, `@user`, `user@this.host`, `user@other.host`.
/// Does not fetch anything. Its profile fields include the attributes that the viewer may see.
///
/// # Errors
/// `NotFound` also for an account that the viewer may not see.
pub async fn lookup(instance: &Instance, viewer: Viewer, address: &str) -> Result<Account> {
    let visibility = ProfileVisibility::for_instance(instance);
    let account = find_by_address(instance, viewer.clone(), address).await?;
    instance
        .store
        .read(move |reader| with_profile_fields(reader, &viewer, &visibility, account.clone()))
        .await
}

async fn find_by_address(instance: &Instance, viewer: Viewer, address: &str) -> Result<Account> {
    let setting = setting(instance);
    let (username, domain) =
        split_address(address, instance.urls.domain()).ok_or(Error::NotFound("account"))?;
    instance
        .store
        .read(move |reader| {
            let found = reader.find_account_by_handle(&username, domain.as_deref())?;
            check_visible(reader, &viewer, &setting, found.ok_or(Error::NotFound("account"))?)
        })
        .await
}

/// Finds an account by its address for its profile page.
///
/// # Errors
/// `NotFound` also for a suspended account, and for one that the viewer may not see.
pub async fn find_for_page(instance: &Instance, viewer: Viewer, address: &str) -> Result<Account> {
    let account = find_by_address(instance, viewer, address).await?;
    if account.suspended_at.is_none() { Ok(account) } else { Err(Error::NotFound("account")) }
}

/// Finds an account by its actor id, without a visibility check. Used by federation.
pub async fn find_by_uri(instance: &Instance, uri: &str) -> Result<Account> {
    let uri = uri.to_owned();
    let found = instance.store.read(move |reader| reader.find_account_by_uri(&uri)).await?;
    found.ok_or(Error::NotFound("account"))
}
