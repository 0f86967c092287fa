//! Followers of an account that the caller also follows.

use crate::instance::Instance;
use crate::{Result, Viewer, lookup, setting};
use portico_domain::model::AccountId;
use portico_domain::model::account::Account;

/// Maximum number of familiar followers returned per account.
const MOST_FAMILIAR: usize = 50;

/// Returns, for each account in order, its followers that the caller also follows.
pub async fn list(
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
            let known =
                lookup::filter_visible_accounts(reader, &viewer, &setting, known.into_values().collect())?;
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
