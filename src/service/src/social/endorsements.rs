//! Endorsements: accounts that an account features on its profile.

use crate::instance::Instance;
use crate::social::relationships;
use crate::{Error, Result, Viewer, lookup, setting};
use portico_domain::model::AccountId;
use portico_domain::model::account::Account;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::relationship::{FollowState, Relationship};

/// Endorses an account, or removes the endorsement.
///
/// # Errors
/// `Invalid` if the caller does not follow the account.
pub async fn set(
    instance: &Instance,
    me: AccountId,
    target: AccountId,
    endorsed: bool,
) -> Result<Relationship> {
    instance
        .store
        .write(move |tx| {
            let target = relationships::find_other(tx, target)?;
            let follow = tx.find_follow_between(me, target.id)?;
            if endorsed && follow.is_none_or(|follow| follow.state != FollowState::Accepted) {
                return Err(Error::invalid("You must be already following the person you want to endorse"));
            }
            tx.set_endorsed(me, target.id, endorsed)?;
            relationships::load_relationship(tx, me, target.id)
        })
        .await
}

/// Lists the accounts that an account endorses, as far as the viewer may see them.
pub async fn list(
    instance: &Instance,
    viewer: Viewer,
    account: AccountId,
    request: PageRequest,
) -> Result<Page<Account>> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            lookup::find_visible_account(reader, &viewer, &setting, account)?;
            let ids = reader.endorsement_page(account, &request)?;
            let page = reader.accounts_of_page(&ids)?;
            let shown = lookup::filter_visible_accounts(reader, &viewer, &setting, page.items.clone())?;
            Ok(page.with_items(shown))
        })
        .await
}
