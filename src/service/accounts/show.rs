//! Finding accounts. Of a company's instance, visitors are shown none.

use crate::instance::Instance;
use crate::model::AccountId;
use crate::model::account::Account;
use crate::service::{Error, Result, Viewer};

fn admit(instance: &Instance, viewer: &Viewer) -> Result<()> {
    if *viewer == Viewer::Anonymous && !instance.settings.public_pages {
        return Err(Error::NotFound("account"));
    }
    Ok(())
}

/// The account with this id.
///
/// # Errors
/// `NotFound` if there is none, or the viewer may not know.
pub async fn get(instance: &Instance, viewer: Viewer, id: AccountId) -> Result<Account> {
    admit(instance, &viewer)?;
    let account = instance.store.read(move |reader| reader.find_account(id)).await?;
    shown(account)
}

fn shown(account: Option<Account>) -> Result<Account> {
    account.filter(|account| !account.is_instance_actor).ok_or(Error::NotFound("account"))
}

/// The accounts with these ids, in their order; unknown ones are left out.
///
/// # Errors
/// Any database error.
pub async fn show_many(instance: &Instance, viewer: Viewer, ids: Vec<AccountId>) -> Result<Vec<Account>> {
    if admit(instance, &viewer).is_err() {
        return Ok(Vec::new());
    }
    let raw: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let mut found = instance.store.read(move |reader| reader.accounts_by_id(&raw)).await?;
    let accounts = ids.iter().filter_map(|id| found.remove(&id.0));
    Ok(accounts.filter(|account| !account.is_instance_actor).collect())
}

/// The account behind an address as people write it: `user`, `@user`, `user@this.host`, `user@other.host`.
/// Nothing is fetched.
///
/// # Errors
/// `NotFound` if there is none, or the viewer may not know.
pub async fn lookup(instance: &Instance, viewer: Viewer, address: &str) -> Result<Account> {
    admit(instance, &viewer)?;
    let address = address.trim().trim_start_matches('@');
    let (username, domain) = match address.split_once('@') {
        Some((username, domain)) => (username, Some(domain.to_lowercase())),
        None => (address, None),
    };
    let (username, domain) =
        (username.to_owned(), domain.filter(|domain| domain != instance.urls.domain()));
    let found = instance
        .store
        .read(move |reader| reader.find_account_by_handle(&username, domain.as_deref()))
        .await?;
    shown(found)
}

/// The account behind an address, for its page. Strangers are shown this instance's own people alone.
///
/// # Errors
/// `NotFound` for an account that is not there, is suspended, or is not for this viewer.
pub async fn for_page(instance: &Instance, viewer: Viewer, address: &str) -> Result<Account> {
    let is_stranger = viewer == Viewer::Anonymous;
    let account = lookup(instance, viewer, address).await?;
    let is_shown = account.suspended_at.is_none() && (account.is_local() || !is_stranger);
    is_shown.then_some(account).ok_or(Error::NotFound("account"))
}

/// The account with this actor id, without asking who looks: for federation.
///
/// # Errors
/// `NotFound` if there is none.
pub async fn by_uri(instance: &Instance, uri: &str) -> Result<Account> {
    let uri = uri.to_owned();
    let found = instance.store.read(move |reader| reader.find_account_by_uri(&uri)).await?;
    found.ok_or(Error::NotFound("account"))
}
