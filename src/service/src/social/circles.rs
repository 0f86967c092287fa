//! Circles: private, named sets of local and remote accounts to which the owner addresses posts. Members
//! learn of a circle only through the posts addressed to them.
//!
//! A post goes to the members at the time of posting. New members do not get earlier posts. Removed members
//! keep earlier posts, with their edits and deletions, and get nothing new.

use crate::instance::Instance;
use crate::lookup;
use crate::people::accounts;
use crate::{Error, Result, Viewer, setting};
use lookup::find_visible_status;
use portico_domain::model::account::Account;
use portico_domain::model::circle::{Addressed, Circle};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::peer::FederationMode;
use portico_domain::model::status::Status;
use portico_domain::model::{AccountId, CircleId, Reach, StatusId};
use portico_domain::policy::reach::host_allowed;
use portico_store::{Reader, Tx};

/// The maximum number of circles of an account.
const MAX_CIRCLES: usize = 100;
/// The maximum number of members of a circle. Every post carries one address for each member; larger
/// audiences need a group.
pub const MAX_MEMBERS: usize = 100;
/// The maximum length of a title, in characters.
const MAX_TITLE: usize = 100;

fn find_own(reader: &mut Reader<'_>, me: AccountId, id: CircleId) -> Result<Circle> {
    reader.find_circle(me, id)?.ok_or(Error::NotFound("circle"))
}

fn clean_title(title: &str) -> Result<String> {
    let title = portico_html::clean_line(title, MAX_TITLE);
    if title.is_empty() { Err(Error::invalid("Title can't be blank")) } else { Ok(title) }
}

/// Lists the account's circles.
pub async fn list_all(instance: &Instance, me: AccountId) -> Result<Vec<Circle>> {
    instance.store.read(move |reader| Ok(reader.list_circles(me)?)).await
}

/// Returns a circle of the account.
pub async fn show(instance: &Instance, me: AccountId, id: CircleId) -> Result<Circle> {
    instance.store.read(move |reader| find_own(reader, me, id)).await
}

/// Creates a circle.
pub async fn create(instance: &Instance, me: AccountId, title: &str) -> Result<Circle> {
    let title = clean_title(title)?;
    instance
        .store
        .write(move |tx| {
            if tx.list_circles(me)?.len() >= MAX_CIRCLES {
                return Err(Error::invalid("You have reached the maximum number of circles"));
            }
            let circle = Circle { id: tx.next_id(), account_id: me, title: title.clone(), members: 0 };
            tx.insert_circle(&circle)?;
            Ok(circle)
        })
        .await
}

/// Renames a circle.
pub async fn rename(instance: &Instance, me: AccountId, id: CircleId, title: &str) -> Result<Circle> {
    let title = clean_title(title)?;
    instance
        .store
        .write(move |tx| {
            let circle = find_own(tx, me, id)?;
            tx.rename_circle(id, &title)?;
            Ok(Circle { title: title.clone(), ..circle })
        })
        .await
}

/// Deletes a circle. Posts addressed to it stay with their recipients.
pub async fn delete(instance: &Instance, me: AccountId, id: CircleId) -> Result<()> {
    instance
        .store
        .write(move |tx| if tx.delete_circle(me, id)? { Ok(()) } else { Err(Error::NotFound("circle")) })
        .await
}

/// Returns a page of a circle's members.
pub async fn members(
    instance: &Instance,
    me: AccountId,
    id: CircleId,
    request: PageRequest,
) -> Result<Page<Account>> {
    instance
        .store
        .read(move |reader| {
            find_own(reader, me, id)?;
            let ids = reader.circle_member_page(id, &request)?;
            Ok(reader.accounts_of_page(&ids)?)
        })
        .await
}

/// Adds accounts to a circle. Existing members stay, and no account is notified.
///
/// # Errors
/// `NotFound` also for an account that cannot be addressed; `Invalid` when the circle is full.
pub async fn add(instance: &Instance, me: AccountId, id: CircleId, people: Vec<AccountId>) -> Result<Circle> {
    let mode = instance.settings.federation;
    instance
        .store
        .write(move |tx| {
            find_own(tx, me, id)?;
            for person in people.iter().take(MAX_MEMBERS + 1) {
                if !may_be_addressed(tx, mode, me, *person)? || *person == me {
                    return Err(Error::NotFound("account"));
                }
                tx.insert_circle_member(id, *person)?;
            }
            if tx.list_circle_members(id)?.len() > MAX_MEMBERS {
                return Err(Error::invalid(format!("A circle cannot have more than {MAX_MEMBERS} people")));
            }
            find_own(tx, me, id)
        })
        .await
}

/// Adds an account to a circle by its handle. Fetches unknown accounts from their host.
///
/// # Errors
/// As [`add`]; `NotFound` also for an unknown handle.
pub async fn add_by_handle(instance: &Instance, me: AccountId, id: CircleId, handle: &str) -> Result<Circle> {
    let found = match accounts::lookup(instance, Viewer::Local(me), handle).await {
        Ok(account) => account.id,
        Err(Error::NotFound(_)) => {
            let (name, host) =
                handle.trim().trim_start_matches('@').split_once('@').ok_or(Error::NotFound("account"))?;
            let remote = instance.remote.get().ok_or(Error::NotFound("account"))?;
            remote.account_by_handle(name, host).await?
        }
        Err(error) => return Err(error),
    };
    add(instance, me, id, vec![found]).await
}

/// Removes accounts from a circle. They keep the posts they already have.
pub async fn remove(
    instance: &Instance,
    me: AccountId,
    id: CircleId,
    people: Vec<AccountId>,
) -> Result<Circle> {
    instance
        .store
        .write(move |tx| {
            find_own(tx, me, id)?;
            tx.delete_circle_members(id, &people)?;
            find_own(tx, me, id)
        })
        .await
}

fn may_be_addressed(tx: &mut Tx<'_>, mode: FederationMode, me: AccountId, person: AccountId) -> Result<bool> {
    let Some(account) = tx.find_account(person)? else { return Ok(false) };
    let allowed = match tx.tier_of_account(&account)? {
        Some(tier) => host_allowed(mode, tier).is_ok(),
        None => true,
    };
    Ok(allowed && account.suspended_at.is_none() && !tx.is_blocked_between(me, person)?)
}

/// Returns the current recipients of a post to a circle: the members who can still be addressed.
///
/// # Errors
/// `Invalid` if no member can be addressed.
pub(crate) fn list_addressees(
    tx: &mut Tx<'_>,
    mode: FederationMode,
    me: AccountId,
    id: CircleId,
) -> Result<Vec<AccountId>> {
    let circle = find_own(tx, me, id)?;
    let mut people = Vec::new();
    for member in tx.list_circle_members(id)? {
        if may_be_addressed(tx, mode, me, member)? {
            people.push(member);
        }
    }
    if people.is_empty() {
        return Err(Error::invalid(format!("The circle “{}” has no recipients", circle.title)));
    }
    Ok(people)
}

/// Returns every recipient of a direct post with unnamed recipients, including its author. `None` if `me` is
/// not a recipient, or for a remote post, whose full recipient list only its own server knows.
pub(crate) fn list_recipients(
    reader: &mut Reader<'_>,
    me: AccountId,
    status: &Status,
) -> Result<Option<Vec<AccountId>>> {
    if !status.local || !status.addressed || status.reach != Reach::Direct {
        return Ok(None);
    }
    let mut everybody = reader.list_addressed(status.id)?;
    if !everybody.contains(&status.account_id) {
        everybody.push(status.account_id);
    }
    Ok(Some(everybody).filter(|everybody| everybody.contains(&me)))
}

/// Returns the recipients of a reply to everyone who got the original post: those who can still be addressed.
/// The reply cannot add recipients by mentioning them.
///
/// # Errors
/// `Invalid` if the recipients of the original are unknown, or if the reply mentions another account.
pub(crate) fn list_reply_addressees(
    tx: &mut Tx<'_>,
    mode: FederationMode,
    me: AccountId,
    answered: StatusId,
    named: &[AccountId],
) -> Result<Vec<AccountId>> {
    let status = tx.find_status(answered)?.ok_or(Error::NotFound("status"))?;
    let Some(everybody) = list_recipients(tx, me, &status)? else {
        return Err(Error::invalid("The recipients of the post that you reply to are not known here"));
    };
    if named.iter().any(|id| *id != me && !everybody.contains(id)) {
        return Err(Error::invalid("The reply mentions someone who did not get the post that you reply to"));
    }
    let mut people = Vec::new();
    for person in everybody.into_iter().filter(|person| *person != me) {
        if may_be_addressed(tx, mode, me, person)? {
            people.push(person);
        }
    }
    Ok(people)
}

/// Returns the recipients of a post that its text does not name. Every viewer of the post may see them, since
/// remote servers get the list too; only the owner sees the circle itself.
///
/// # Errors
/// `NotFound` for a status that the viewer may not see.
pub async fn show_addressed(instance: &Instance, me: AccountId, id: StatusId) -> Result<Addressed> {
    let (viewer, setting) = (Viewer::Local(me), setting(instance));
    instance
        .store
        .read(move |reader| {
            find_visible_status(reader, &viewer, &setting, id)?;
            let mut people = Vec::new();
            for account in reader.list_silent(id)? {
                people.extend(reader.find_account(account)?);
            }
            Ok(Addressed { circle: reader.circle_of(me, id)?, people })
        })
        .await
}
