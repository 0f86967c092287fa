//! Circles: named sets of people, here and elsewhere, that somebody addresses posts to. A circle is its owner's
//! alone; its members learn of it only by the posts that are addressed to them.
//!
//! A post is addressed to whoever is in the circle at that moment. Who comes later does not get what was posted
//! before; who is taken out keeps what they got, with its edits and its deletion, and gets nothing new.

use super::{Error, Result, Viewer, accounts, setting, text};
use crate::instance::Instance;
use crate::model::account::Account;
use crate::model::circle::{Addressed, Circle};
use crate::model::page::{Page, PageRequest};
use crate::model::peer::FederationMode;
use crate::model::status::Status;
use crate::model::{AccountId, CircleId, Reach, StatusId};
use crate::policy::reach::host_allowed;
use crate::service::statuses::seen;
use crate::store::{Reader, Tx};

/// How many circles an account may have.
const MAX_CIRCLES: usize = 100;
/// How many people a circle may have: each is an address on every post. More people are a group.
pub const MAX_MEMBERS: usize = 100;
/// How long a title may be, in characters.
const MAX_TITLE: usize = 100;

fn own(reader: &mut Reader<'_>, me: AccountId, id: CircleId) -> Result<Circle> {
    reader.find_circle(me, id)?.ok_or(Error::NotFound("circle"))
}

fn titled(title: &str) -> Result<String> {
    let title = text::clean_line(title, MAX_TITLE);
    if title.is_empty() { Err(Error::invalid("Title can't be blank")) } else { Ok(title) }
}

/// One's circles.
pub async fn all(instance: &Instance, me: AccountId) -> Result<Vec<Circle>> {
    instance.store.read(move |reader| Ok(reader.list_circles(me)?)).await
}

/// One of one's circles.
///
/// # Errors
/// `NotFound` for any other.
pub async fn show(instance: &Instance, me: AccountId, id: CircleId) -> Result<Circle> {
    instance.store.read(move |reader| own(reader, me, id)).await
}

/// Makes a circle.
///
/// # Errors
/// `Invalid` without a title, or when there are enough.
pub async fn create(instance: &Instance, me: AccountId, title: &str) -> Result<Circle> {
    let title = titled(title)?;
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

/// Gives a circle another name.
///
/// # Errors
/// `NotFound` if it is not one's own, `Invalid` without a title.
pub async fn rename(instance: &Instance, me: AccountId, id: CircleId, title: &str) -> Result<Circle> {
    let title = titled(title)?;
    instance
        .store
        .write(move |tx| {
            let circle = own(tx, me, id)?;
            tx.rename_circle(id, &title)?;
            Ok(Circle { title: title.clone(), ..circle })
        })
        .await
}

/// Deletes a circle. What was addressed to it stays where it is.
///
/// # Errors
/// `NotFound` if it is not one's own.
pub async fn delete(instance: &Instance, me: AccountId, id: CircleId) -> Result<()> {
    instance
        .store
        .write(move |tx| if tx.delete_circle(me, id)? { Ok(()) } else { Err(Error::NotFound("circle")) })
        .await
}

/// Who is in a circle.
///
/// # Errors
/// `NotFound` if it is not one's own.
pub async fn members(
    instance: &Instance,
    me: AccountId,
    id: CircleId,
    request: PageRequest,
) -> Result<Page<Account>> {
    instance
        .store
        .read(move |reader| {
            own(reader, me, id)?;
            let ids = reader.circle_member_page(id, &request)?;
            Ok(reader.accounts_of_page(&ids)?)
        })
        .await
}

/// Puts people into a circle; who is in it already stays. They are not told.
///
/// # Errors
/// `NotFound` if the circle is not one's own, or somebody cannot be addressed; `Invalid` when it is full.
pub async fn add(instance: &Instance, me: AccountId, id: CircleId, people: Vec<AccountId>) -> Result<Circle> {
    let mode = instance.settings.federation;
    instance
        .store
        .write(move |tx| {
            own(tx, me, id)?;
            for person in people.iter().take(MAX_MEMBERS + 1) {
                if !may_be_addressed(tx, mode, me, *person)? || *person == me {
                    return Err(Error::NotFound("account"));
                }
                tx.insert_circle_member(id, *person)?;
            }
            if tx.list_circle_members(id)?.len() > MAX_MEMBERS {
                return Err(Error::invalid(format!("A circle can have {MAX_MEMBERS} people")));
            }
            own(tx, me, id)
        })
        .await
}

/// Puts somebody into a circle by their handle; who is not known yet is looked up at their host.
///
/// # Errors
/// As [`add`]; `NotFound` also for a handle that leads to nobody.
pub async fn add_by_handle(instance: &Instance, me: AccountId, id: CircleId, handle: &str) -> Result<Circle> {
    let found = match accounts::lookup(instance, Viewer::Staff(me), handle).await {
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

/// Takes people out of a circle. They keep what they got.
///
/// # Errors
/// `NotFound` if it is not one's own.
pub async fn remove(
    instance: &Instance,
    me: AccountId,
    id: CircleId,
    people: Vec<AccountId>,
) -> Result<Circle> {
    instance
        .store
        .write(move |tx| {
            own(tx, me, id)?;
            tx.delete_circle_members(id, &people)?;
            own(tx, me, id)
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

/// Whom a post to a circle is addressed to now: whoever is in it and can still be addressed.
///
/// # Errors
/// `NotFound` if it is not one's own, `Invalid` when nobody is left in it.
pub(super) fn to_address(
    tx: &mut Tx<'_>,
    mode: FederationMode,
    me: AccountId,
    id: CircleId,
) -> Result<Vec<AccountId>> {
    let circle = own(tx, me, id)?;
    let mut people = Vec::new();
    for member in tx.list_circle_members(id)? {
        if may_be_addressed(tx, mode, me, member)? {
            people.push(member);
        }
    }
    if people.is_empty() {
        return Err(Error::invalid(format!("Nobody is in the circle “{}”", circle.title)));
    }
    Ok(people)
}

/// Everybody who got a post that was addressed to people whom it does not name, its author among them; none where
/// that is not for this person to know, or not known for sure: of a post from elsewhere, only its own server knows
/// to whom it went.
pub(super) fn everybody_who_got(
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

/// Whom an answer is addressed to that goes to everybody who got what it answers: them, as far as they can still be
/// addressed, and nobody else, by name or otherwise.
///
/// # Errors
/// `Invalid` where it is not known who got it, and for an answer that names somebody else.
pub(super) fn to_answer(
    tx: &mut Tx<'_>,
    mode: FederationMode,
    me: AccountId,
    answered: StatusId,
    named: &[AccountId],
) -> Result<Vec<AccountId>> {
    let status = tx.find_status(answered)?.ok_or(Error::NotFound("status"))?;
    let Some(everybody) = everybody_who_got(tx, me, &status)? else {
        return Err(Error::invalid("It is not known here to whom what this answers was addressed"));
    };
    if named.iter().any(|id| *id != me && !everybody.contains(id)) {
        return Err(Error::invalid("The answer names somebody to whom what it answers was not addressed"));
    }
    let mut people = Vec::new();
    for person in everybody.into_iter().filter(|person| *person != me) {
        if may_be_addressed(tx, mode, me, person)? {
            people.push(person);
        }
    }
    Ok(people)
}

/// Whom a post is addressed to without naming them. Everybody who sees the post may know, since their
/// servers are told; the circle itself is for its owner.
///
/// # Errors
/// `NotFound` for what the viewer may not see.
pub async fn addressed(instance: &Instance, me: AccountId, id: StatusId) -> Result<Addressed> {
    let (viewer, setting) = (Viewer::Staff(me), setting(instance));
    instance
        .store
        .read(move |reader| {
            seen(reader, &viewer, &setting, id)?;
            let mut people = Vec::new();
            for account in reader.list_silent(id)? {
                people.extend(reader.find_account(account)?);
            }
            Ok(Addressed { circle: reader.circle_of(me, id)?, people })
        })
        .await
}
