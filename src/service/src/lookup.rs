//! Loads statuses and accounts for a viewer, with the visibility check. Most use cases begin here.

use std::collections::HashSet;

use crate::{Error, Result, Viewer};
use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::agreement_grants::{GrantSet, PeerStanding};
use portico_domain::model::peer::Tier;
use portico_domain::model::status::Status;
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, StatusId};
use portico_domain::policy::peering::{AccountFacts, may_see_account};
use portico_domain::policy::reach::{self, ReachFacts, Setting};
use portico_store::Reader;

/// Loads a status, if the viewer may see it and, for a boost, the boosted status.
pub(crate) fn find_visible_status(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    setting: &Setting,
    id: StatusId,
) -> Result<Status> {
    let facts = reader.reach_facts(viewer, id)?.ok_or(Error::NotFound("status"))?;
    reach::may_see(viewer, setting, &facts)?;
    let status = reader.find_status(id)?.ok_or(Error::NotFound("status"))?;
    if let Some(boosted) = status.boost_of {
        let facts = reader.reach_facts(viewer, boosted)?.ok_or(Error::NotFound("status"))?;
        reach::may_see(viewer, setting, &facts)?;
    }
    Ok(status)
}

/// Finds the status with this id, or the one that the boost with this id boosts, if a local account may see it.
pub(crate) fn find_visible_original(
    reader: &mut Reader<'_>,
    me: AccountId,
    setting: &Setting,
    id: StatusId,
) -> Result<(StatusId, ReachFacts)> {
    let viewer = Viewer::Local(me);
    let (id, facts) = reader.facts_of_original(&viewer, id)?.ok_or(Error::NotFound("status"))?;
    reach::may_see(&viewer, setting, &facts)?;
    Ok((id, facts))
}

/// Loads a status as a local account sees it. The caller has checked that the account may see it.
pub(crate) fn load_status_view(reader: &mut Reader<'_>, me: AccountId, id: StatusId) -> Result<StatusView> {
    reader.status_view(Some(me), id)?.ok_or(Error::NotFound("status"))
}

/// Splits an address into name and host; no host for a local account.
pub(crate) fn split_address(address: &str, own: &str) -> Option<(String, Option<String>)> {
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
pub(crate) fn find_visible_account(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    setting: &Setting,
    id: AccountId,
) -> Result<Account> {
    let account = reader.find_account(id)?.ok_or(Error::NotFound("account"))?;
    check_visible(reader, viewer, setting, account)
}

/// Returns the account if the viewer may see it. Instance actors are always hidden.
pub(crate) fn check_visible(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    setting: &Setting,
    account: Account,
) -> Result<Account> {
    filter_visible_accounts(reader, viewer, setting, vec![account])?.pop().ok_or(Error::NotFound("account"))
}

/// Returns the hidden groups among these accounts that the viewer may not see.
fn hidden_groups_among(
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
pub(crate) fn without_hidden_groups(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    mut accounts: Vec<Account>,
) -> Result<Vec<Account>> {
    let secret = hidden_groups_among(reader, viewer, &accounts)?;
    accounts.retain(|account| !secret.contains(&account.id));
    Ok(accounts)
}

/// Loads the facts that decide how much of each account the viewer may see, in the order of the accounts. Runs a
/// fixed number of queries.
pub(crate) fn account_facts(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    accounts: &[Account],
) -> Result<Vec<AccountFacts>> {
    let domains: Vec<String> = accounts.iter().filter_map(|account| account.domain.clone()).collect();
    let standings = reader.standings_of(&domains)?;
    let ids: Vec<i64> = accounts.iter().map(|account| account.id.0).collect();
    let blockers = match viewer {
        Viewer::Actor { id, .. } => reader.blocks_between(*id, &ids)?.1,
        Viewer::Anonymous | Viewer::Local(_) | Viewer::Host { .. } => HashSet::new(),
    };
    let facts = |account: &Account| {
        let host = account.domain.as_ref();
        let there = host
            .map(|host| standings.get(host).copied().unwrap_or(PeerStanding::without_agreement(Tier::Open)));
        AccountFacts {
            tier: there.map(|there| there.tier),
            takes: there.map_or(GrantSet::ALL, |there| there.grants.takes),
            suspended: account.suspended_at.is_some(),
            blocks_viewer: blockers.contains(&account.id.0),
            own: viewer.local_account() == Some(account.id),
        }
    };
    Ok(accounts.iter().map(facts).collect())
}

/// Filters accounts by what the viewer may see, and keeps their order. Runs a fixed number of queries.
pub(crate) fn filter_visible_accounts(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    setting: &Setting,
    accounts: Vec<Account>,
) -> Result<Vec<Account>> {
    let facts = account_facts(reader, viewer, &accounts)?;
    let secret = hidden_groups_among(reader, viewer, &accounts)?;
    let may_see = |(account, facts): (Account, AccountFacts)| {
        let shown = !account.is_instance_actor && !secret.contains(&account.id);
        (shown && may_see_account(viewer, setting, &facts).is_ok()).then_some(account)
    };
    Ok(accounts.into_iter().zip(facts).filter_map(may_see).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_in_several_forms() {
        let local = Some(("alice".to_owned(), None));
        for typed in ["alice", "@alice", " @alice@acme.example", "alice@ACME.example"] {
            assert_eq!(split_address(typed, "acme.example"), local, "{typed}");
        }
        let remote = Some(("bob".to_owned(), Some("far.example:8443".to_owned())));
        assert_eq!(split_address("@bob@Far.example:8443", "acme.example"), remote);
        for bad in ["", "@", "a b", "alice@", "alice@x@y", "alice@x/y"] {
            assert_eq!(split_address(bad, "acme.example"), None, "{bad:?}");
        }
    }
}
