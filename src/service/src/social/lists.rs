//! Lists: sets of followed accounts with a timeline of their own.

use crate::instance::Instance;
use crate::reading::timelines::StatusViewPage;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::account::Account;
use portico_domain::model::list::{List, RepliesPolicy};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::relationship::FollowState;
use portico_domain::model::{AccountId, ListId};
use portico_domain::policy::reach::scope;
use portico_store::{Reader, Tx};

/// The maximum number of lists of an account.
const MAX_LISTS: usize = 100;
/// The maximum length of a title, in characters.
const MAX_TITLE: usize = 256;
/// The maximum number of accounts in one request.
const MOST: usize = 500;

/// The input to create or change a list. `None` means the default for a new list, and unchanged otherwise.
#[derive(Debug, Clone, Default)]
pub struct ListInput {
    /// The title.
    pub title: Option<String>,
    /// Which replies it shows.
    pub replies: Option<RepliesPolicy>,
    /// Whether its members' posts are left out of the home timeline.
    pub exclusive: Option<bool>,
}

fn find_own(reader: &mut Reader<'_>, me: AccountId, id: ListId) -> Result<List> {
    reader.find_list(me, id)?.ok_or(Error::NotFound("list"))
}

fn clean_title(input: &ListInput) -> Result<Option<String>> {
    let Some(title) = &input.title else { return Ok(None) };
    let title = portico_html::clean_line(title, MAX_TITLE);
    if title.is_empty() { Err(Error::invalid("Title can't be blank")) } else { Ok(Some(title)) }
}

/// Lists the account's lists.
pub async fn list_all(instance: &Instance, me: AccountId) -> Result<Vec<List>> {
    instance.store.read(move |reader| Ok(reader.list_lists(me)?)).await
}

/// Returns a list of the account.
pub async fn show(instance: &Instance, me: AccountId, id: ListId) -> Result<List> {
    instance.store.read(move |reader| find_own(reader, me, id)).await
}

/// Lists the account's lists that contain `member`.
pub async fn list_containing(instance: &Instance, me: AccountId, member: AccountId) -> Result<Vec<List>> {
    instance.store.read(move |reader| Ok(reader.lists_with(me, member)?)).await
}

/// Creates a list.
pub async fn create(instance: &Instance, me: AccountId, input: ListInput) -> Result<List> {
    let title = clean_title(&input)?.ok_or_else(|| Error::invalid("Title can't be blank"))?;
    instance
        .store
        .write(move |tx| {
            if tx.list_lists(me)?.len() >= MAX_LISTS {
                return Err(Error::invalid("You have reached the maximum number of lists"));
            }
            let list = List {
                id: tx.next_id(),
                title: title.clone(),
                replies: input.replies.unwrap_or_default(),
                exclusive: input.exclusive.unwrap_or(false),
            };
            tx.insert_list(me, &list)?;
            Ok(list)
        })
        .await
}

/// Changes a list.
pub async fn change(instance: &Instance, me: AccountId, id: ListId, input: ListInput) -> Result<List> {
    let title = clean_title(&input)?;
    instance
        .store
        .write(move |tx| {
            let mut list = find_own(tx, me, id)?;
            if let Some(title) = &title {
                list.title.clone_from(title);
            }
            list.replies = input.replies.unwrap_or(list.replies);
            list.exclusive = input.exclusive.unwrap_or(list.exclusive);
            tx.update_list(&list)?;
            Ok(list)
        })
        .await
}

/// Deletes a list.
pub async fn delete(instance: &Instance, me: AccountId, id: ListId) -> Result<()> {
    instance
        .store
        .write(move |tx| if tx.delete_list(me, id)? { Ok(()) } else { Err(Error::NotFound("list")) })
        .await
}

/// Returns a page of the members of a list.
pub async fn members(
    instance: &Instance,
    me: AccountId,
    id: ListId,
    request: PageRequest,
) -> Result<Page<Account>> {
    instance
        .store
        .read(move |reader| {
            find_own(reader, me, id)?;
            let ids = reader.list_member_page(id, &request)?;
            Ok(reader.accounts_of_page(&ids)?)
        })
        .await
}

/// Adds accounts to a list: only accounts that `me` follows, or `me`. Ignores accounts above the limit.
///
/// # Errors
/// `NotFound` also for an account that is not followed; `Invalid` for one that is on the list already.
pub async fn add(instance: &Instance, me: AccountId, id: ListId, members: Vec<AccountId>) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            find_own(tx, me, id)?;
            for member in members.iter().take(MOST) {
                if !may_be_listed(tx, me, *member)? {
                    return Err(Error::NotFound("account"));
                }
                if !tx.insert_list_member(id, *member)? {
                    return Err(Error::invalid("Account has already been taken"));
                }
            }
            Ok(())
        })
        .await
}

fn may_be_listed(tx: &mut Tx<'_>, me: AccountId, member: AccountId) -> Result<bool> {
    let follow = tx.find_follow_between(me, member)?;
    Ok(member == me || follow.is_some_and(|follow| follow.state == FollowState::Accepted))
}

/// Removes accounts from a list.
pub async fn remove(instance: &Instance, me: AccountId, id: ListId, members: Vec<AccountId>) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            find_own(tx, me, id)?;
            Ok(tx.delete_list_members(id, &members)?)
        })
        .await
}

/// Returns a page of the posts and boosts of a list's members.
pub async fn timeline(
    instance: &Instance,
    me: AccountId,
    id: ListId,
    request: PageRequest,
) -> Result<StatusViewPage> {
    let scope = scope(&Viewer::Local(me), &setting(instance));
    instance
        .store
        .read(move |reader| {
            let list = find_own(reader, me, id)?;
            let page = reader.list_page(me, &list, &scope, &request)?;
            let views = reader.status_views(Some(me), &page.items)?;
            Ok(page.with_items(views))
        })
        .await
}
