//! Lists: people whose posts one reads by themselves.

use super::{Error, Result, Viewer, setting, text};
use crate::instance::Instance;
use crate::model::account::Account;
use crate::model::list::{List, RepliesPolicy};
use crate::model::page::{Page, PageRequest};
use crate::model::relationship::FollowState;
use crate::model::{AccountId, ListId};
use crate::policy::reach::scope;
use crate::service::timelines::StatusPage;
use crate::store::{Reader, Tx};

/// How many lists an account may have.
const MAX_LISTS: usize = 100;
/// How long a title may be, in characters.
const MAX_TITLE: usize = 256;
/// How many accounts one call may name.
const MOST: usize = 500;

/// What somebody wants of a list; what is not said stays, or is the usual.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// What it is called.
    pub title: Option<String>,
    /// Which answers it shows.
    pub replies: Option<RepliesPolicy>,
    /// Whether its members' posts are kept out of home.
    pub exclusive: Option<bool>,
}

fn own(reader: &mut Reader<'_>, me: AccountId, id: ListId) -> Result<List> {
    reader.find_list(me, id)?.ok_or(Error::NotFound("list"))
}

fn titled(wish: &Wish) -> Result<Option<String>> {
    let Some(title) = &wish.title else { return Ok(None) };
    let title = text::clean_line(title, MAX_TITLE);
    if title.is_empty() { Err(Error::invalid("Title can't be blank")) } else { Ok(Some(title)) }
}

/// One's lists.
pub async fn all(instance: &Instance, me: AccountId) -> Result<Vec<List>> {
    instance.store.read(move |reader| Ok(reader.list_lists(me)?)).await
}

/// One of one's lists.
///
/// # Errors
/// `NotFound` for any other.
pub async fn show(instance: &Instance, me: AccountId, id: ListId) -> Result<List> {
    instance.store.read(move |reader| own(reader, me, id)).await
}

/// One's lists on which an account is.
pub async fn with(instance: &Instance, me: AccountId, member: AccountId) -> Result<Vec<List>> {
    instance.store.read(move |reader| Ok(reader.lists_with(me, member)?)).await
}

/// Makes a list.
///
/// # Errors
/// `Invalid` without a title, or when there are enough.
pub async fn create(instance: &Instance, me: AccountId, wish: Wish) -> Result<List> {
    let title = titled(&wish)?.ok_or_else(|| Error::invalid("Title can't be blank"))?;
    instance
        .store
        .write(move |tx| {
            if tx.list_lists(me)?.len() >= MAX_LISTS {
                return Err(Error::invalid("You have reached the maximum number of lists"));
            }
            let list = List {
                id: tx.next_id(),
                title: title.clone(),
                replies: wish.replies.unwrap_or_default(),
                exclusive: wish.exclusive.unwrap_or(false),
            };
            tx.insert_list(me, &list)?;
            Ok(list)
        })
        .await
}

/// Changes a list.
///
/// # Errors
/// `NotFound`, or `Invalid` for an empty title.
pub async fn change(instance: &Instance, me: AccountId, id: ListId, wish: Wish) -> Result<List> {
    let title = titled(&wish)?;
    instance
        .store
        .write(move |tx| {
            let mut list = own(tx, me, id)?;
            if let Some(title) = &title {
                list.title.clone_from(title);
            }
            list.replies = wish.replies.unwrap_or(list.replies);
            list.exclusive = wish.exclusive.unwrap_or(list.exclusive);
            tx.update_list(&list)?;
            Ok(list)
        })
        .await
}

/// Deletes a list.
///
/// # Errors
/// `NotFound` if it is not one's own.
pub async fn delete(instance: &Instance, me: AccountId, id: ListId) -> Result<()> {
    instance
        .store
        .write(move |tx| if tx.delete_list(me, id)? { Ok(()) } else { Err(Error::NotFound("list")) })
        .await
}

/// Who is on a list.
///
/// # Errors
/// `NotFound` if it is not one's own.
pub async fn members(
    instance: &Instance,
    me: AccountId,
    id: ListId,
    request: PageRequest,
) -> Result<Page<Account>> {
    instance
        .store
        .read(move |reader| {
            own(reader, me, id)?;
            let ids = reader.list_member_page(id, &request)?;
            Ok(reader.accounts_of_page(&ids)?)
        })
        .await
}

/// Puts accounts on a list: only such as one follows, or oneself.
///
/// # Errors
/// `NotFound` if the list is not one's own, or somebody is not followed; `Invalid` for one who is on it.
pub async fn add(instance: &Instance, me: AccountId, id: ListId, members: Vec<AccountId>) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            own(tx, me, id)?;
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

/// Takes accounts off a list.
///
/// # Errors
/// `NotFound` if the list is not one's own.
pub async fn remove(instance: &Instance, me: AccountId, id: ListId, members: Vec<AccountId>) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            own(tx, me, id)?;
            Ok(tx.delete_list_members(id, &members)?)
        })
        .await
}

/// What the members of a list have posted and boosted.
///
/// # Errors
/// `NotFound` if the list is not one's own.
pub async fn timeline(
    instance: &Instance,
    me: AccountId,
    id: ListId,
    request: PageRequest,
) -> Result<StatusPage> {
    let scope = scope(&Viewer::Staff(me), &setting(instance));
    instance
        .store
        .read(move |reader| {
            let list = own(reader, me, id)?;
            let page = reader.list_page(me, &list, &scope, &request)?;
            let views = reader.status_views(Some(me), &page.items)?;
            Ok(page.with_items(views))
        })
        .await
}
