//! Relationships of a viewer, and lists of followers, followed, blocked and muted accounts.

use crate::instance::Instance;
use crate::lookup;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::AccountId;
use portico_domain::model::Timestamp;
use portico_domain::model::account::Account;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::relationship::{Follow, FollowState, Relationship};
use portico_store::{Reader, Side};

/// A page of accounts, with the total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowPage {
    /// The page.
    pub page: Page<Account>,
    /// The total.
    pub total: i64,
}

/// Returns the viewer's relationships to accounts, in their order; leaves out unknown ones. Takes a fixed
/// number of queries.
pub async fn between(
    instance: &Instance,
    viewer: AccountId,
    ids: Vec<AccountId>,
) -> Result<Vec<Relationship>> {
    instance.store.read(move |reader| load_relationships(reader, viewer, &ids)).await
}

/// Returns the viewer's relationship to one account.
pub(crate) fn load_relationship(
    reader: &mut Reader<'_>,
    viewer: AccountId,
    id: AccountId,
) -> Result<Relationship> {
    load_relationships(reader, viewer, &[id])?.pop().ok_or(Error::NotFound("account"))
}

fn load_relationships(
    reader: &mut Reader<'_>,
    viewer: AccountId,
    ids: &[AccountId],
) -> Result<Vec<Relationship>> {
    let raw: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let known = reader.accounts_by_id(&raw)?;
    let (by, of) = reader.follows_between(viewer, &raw)?;
    let (blocking, blocked_by) = reader.blocks_between(viewer, &raw)?;
    let mutes = reader.mutes_of(viewer, &raw)?;
    let notes = reader.find_account_notes(viewer, &raw)?;
    let endorsed = reader.endorsed_among(viewer, &raw)?;
    let shunned = reader.list_blocked_domains(viewer)?;
    let in_force = |follow: Option<&Follow>| follow.is_some_and(|f| f.state == FollowState::Accepted);
    let waits = |follow: Option<&Follow>| follow.is_some_and(|f| f.state == FollowState::Pending);
    let relationship = |id: &i64| {
        let (mine, theirs, mute) = (by.get(id), of.get(id), mutes.get(id));
        Relationship {
            id: AccountId(*id),
            following: in_force(mine),
            showing_boosts: in_force(mine) && mine.is_some_and(|follow| follow.show_boosts),
            notifying: in_force(mine) && mine.is_some_and(|follow| follow.notify),
            followed_by: in_force(theirs),
            blocking: blocking.contains(id),
            blocked_by: blocked_by.contains(id),
            muting: mute.is_some(),
            muting_notifications: mute.is_some_and(|mute| mute.hide_notifications),
            muting_expires_at: mute.and_then(|mute| mute.expires_at),
            requested: waits(mine),
            requested_by: waits(theirs),
            domain_blocking: known
                .get(id)
                .and_then(|account| account.domain.as_ref())
                .is_some_and(|domain| shunned.contains(domain)),
            endorsed: endorsed.contains(id),
            note: notes.get(id).cloned().unwrap_or_default(),
            languages: mine.and_then(|follow| follow.languages.clone()),
        }
    };
    Ok(raw.iter().filter(|id| known.contains_key(id)).map(relationship).collect())
}

/// Lists the followers of an account. If it hides its follows, only the account itself sees them.
pub async fn followers(
    instance: &Instance,
    viewer: Viewer,
    account: AccountId,
    request: PageRequest,
) -> Result<FollowPage> {
    list_follows(instance, viewer, account, Side::Followers, request).await
}

/// Lists the accounts that an account follows. If it hides its follows, only the account itself sees them.
pub async fn following(
    instance: &Instance,
    viewer: Viewer,
    account: AccountId,
    request: PageRequest,
) -> Result<FollowPage> {
    list_follows(instance, viewer, account, Side::Following, request).await
}

async fn list_follows(
    instance: &Instance,
    viewer: Viewer,
    account: AccountId,
    side: Side,
    request: PageRequest,
) -> Result<FollowPage> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            let account = lookup::find_visible_account(reader, &viewer, &setting, account)?;
            let own = viewer.local_account() == Some(account.id);
            let total = match side {
                Side::Following => account.following_count,
                _ => account.followers_count,
            };
            if (account.hide_collections || account.suspended_at.is_some()) && !own {
                return Ok(FollowPage { page: Page::from_rows(&request, Vec::new()), total: 0 });
            }
            let ids = reader.follow_page(account.id, side, &request)?;
            let page = reader.accounts_of_page(&ids)?;
            let shown = lookup::filter_visible_accounts(reader, &viewer, &setting, page.items.clone())?;
            Ok(FollowPage { page: page.with_items(shown), total })
        })
        .await
}

/// Lists the accounts that request to follow the caller.
pub async fn follow_requests(
    instance: &Instance,
    me: AccountId,
    request: PageRequest,
) -> Result<Page<Account>> {
    instance
        .store
        .read(move |reader| {
            let ids = reader.follow_page(me, Side::Requests, &request)?;
            Ok(reader.accounts_of_page(&ids)?)
        })
        .await
}

/// Counts the follow requests to the caller.
pub async fn count_follow_requests(instance: &Instance, me: AccountId) -> Result<i64> {
    instance.store.read(move |reader| Ok(reader.count_follow_requests(me)?)).await
}

/// Lists the accounts that the caller blocks.
pub async fn blocks(instance: &Instance, me: AccountId, request: PageRequest) -> Result<Page<Account>> {
    instance
        .store
        .read(move |reader| {
            let ids = reader.block_page(me, &request)?;
            Ok(reader.accounts_of_page(&ids)?)
        })
        .await
}

/// Lists the accounts that the caller mutes, each with the end of the mute.
pub async fn mutes(
    instance: &Instance,
    me: AccountId,
    request: PageRequest,
) -> Result<Page<(Account, Option<Timestamp>)>> {
    instance
        .store
        .read(move |reader| {
            let ids = reader.mute_page(me, &request)?;
            let raw: Vec<i64> = ids.items.iter().map(|id| id.0).collect();
            let ends = reader.mutes_of(me, &raw)?;
            let accounts = reader.accounts_of_page(&ids)?;
            let end = |account: &Account| ends.get(&account.id.0).and_then(|mute| mute.expires_at);
            let muted = accounts.items.iter().map(|account| (account.clone(), end(account))).collect();
            Ok(accounts.with_items(muted))
        })
        .await
}
