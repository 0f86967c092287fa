//! Profiles: an account as somebody is shown its page.

use super::{Error, Result, Viewer};
use crate::instance::Instance;
use crate::model::account::Account;

/// The account behind a handle, for its page. `domain` is none for one of this instance. Strangers see
/// profiles only if the instance has public pages, and only its own.
///
/// # Errors
/// `NotFound` for an account that is not there, is suspended, or is not for this viewer.
pub async fn show(
    instance: &Instance,
    viewer: &Viewer,
    username: &str,
    domain: Option<&str>,
) -> Result<Account> {
    let domain = domain.map(str::to_lowercase).filter(|domain| *domain != instance.settings.domain);
    let may_look = match viewer {
        Viewer::Staff(_) => true,
        Viewer::Anonymous => instance.settings.public_pages && domain.is_none(),
        Viewer::Host { .. } | Viewer::Actor { .. } => false,
    };
    if !may_look {
        return Err(Error::NotFound("account"));
    }
    let username = username.to_owned();
    let find = move |reader: &mut crate::store::Reader<'_>| {
        Ok::<_, Error>(reader.find_account_by_handle(&username, domain.as_deref())?)
    };
    let found = instance.store.read(find).await?;
    found
        .filter(|account| account.suspended_at.is_none() && !account.is_instance_actor)
        .ok_or(Error::NotFound("account"))
}
