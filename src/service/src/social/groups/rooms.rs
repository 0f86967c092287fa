//! Rooms: groups into which staff invite individual guests from any server until a date. A guest gets the
//! posts of the room and may post in it. They get nothing else from this instance, and no other account of
//! their server gets anything because of them.

use super::{find_group, load_managed};
use crate::instance::Instance;
use crate::lookup;
use crate::publishing::system_messages::{self, MessageWriter};
use crate::{Error, Result};
use portico_domain::model::account::Account;
use portico_domain::model::event::Event;
use portico_domain::model::group::Guest;
use portico_domain::model::peer::Tier;
use portico_domain::model::{AccountId, Timestamp};
use portico_domain::policy::Refusal;
use portico_domain::policy::groups as policy;
use portico_store::{Reader, Tx};

/// The maximum length of a guest's stay, in seconds: a leap year.
const LONGEST: i64 = 366 * 24 * 3600;
/// How long moderators still see a stay after its end, in seconds.
const REMEMBERED: i64 = 30 * 24 * 3600;

/// A guest as the moderators of the room see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestView {
    /// The guest's account.
    pub account: Account,
    /// The account of the sponsor, who invited them.
    pub sponsor: Option<Account>,
    /// The end of the stay, and whether the guest has accepted.
    pub guest: Guest,
}

/// Invites a guest into a room, or changes the end of their stay; `me` becomes the sponsor. The guest gets a
/// direct post from the room, and accepts by following the room or by replying.
///
/// # Errors
/// `Refused` for an account that may not invite guests, for a banned guest, and for a blocked server;
/// `Invalid` for an end date out of range, and for an account of this instance or of another one of the company.
pub async fn invite_guest(
    instance: &Instance,
    me: &Account,
    id: AccountId,
    address: &str,
    until: Timestamp,
) -> Result<GuestView> {
    let now = instance.now();
    if until <= now || until > now.plus_seconds(LONGEST) {
        return Err(Error::invalid("A guest's stay must end in the future, within a year from now"));
    }
    let sponsors = instance.settings.room_sponsors;
    let my = me.id;
    instance
        .store
        .read(move |reader| {
            let view = load_managed(reader, my, id)?;
            policy::may_moderate(view.role)?;
            let user = reader.find_user_by_account(my)?.ok_or(Error::NotFound("user"))?;
            Ok::<_, Error>(policy::may_sponsor(&view.group, user.role, sponsors)?)
        })
        .await?;
    let outsider = fetch_guest(instance, address).await?;
    let (me, writer) = (me.clone(), MessageWriter::new(instance));
    instance
        .store
        .write(move |tx| {
            let (room, group) = find_group(tx, id)?;
            let tier = tx.tier_of_account(&outsider)?;
            let Some(tier) = tier.filter(|tier| *tier != Tier::Company) else {
                return Err(Error::invalid("Invite colleagues as members, not as guests"));
            };
            portico_domain::policy::reach::may_be_guest(tier)?;
            if tx.is_blocked_between(id, outsider.id)? {
                return Err(Refusal::Blocked.into());
            }
            let before = tx.find_guest(id, outsider.id)?;
            let accepted_at = before.as_ref().and_then(|guest| guest.accepted_at);
            let guest = Guest {
                group: group.id,
                account: outsider.id,
                sponsor: me.id,
                until,
                accepted_at,
                created_at: before.map_or(tx.now(), |guest| guest.created_at),
            };
            tx.set_guest(&guest)?;
            if accepted_at.is_none() {
                let words = format!(
                    "{} invites you to the room {} until {}. Follow {} or reply to this post to join. You will then get the posts in the room, and its members will see your replies.",
                    system_messages::mention(&me),
                    room.name(),
                    format_day(until),
                    system_messages::mention(&room)
                );
                system_messages::write_message(tx, &writer, &room, &outsider, &words, &[&me, &room])?;
            }
            Ok(GuestView { account: outsider.clone(), sponsor: Some(me.clone()), guest })
        })
        .await
}

fn format_day(at: Timestamp) -> String {
    at.rfc3339().chars().take(10).collect()
}

/// Finds the account of a guest, fetching it from its server if it is unknown. The tier of that server does
/// not matter.
async fn fetch_guest(instance: &Instance, address: &str) -> Result<Account> {
    let own = instance.urls.domain().to_owned();
    let (name, domain) = lookup::split_address(address, &own).ok_or(Error::NotFound("account"))?;
    let host = domain.ok_or_else(|| Error::invalid("Invite colleagues as members, not as guests"))?;
    let remote = instance.remote.get().ok_or(Error::Unavailable("federation"))?;
    let id = remote.guest_by_handle(&name, &host).await?;
    let found = instance.store.read(move |reader| reader.find_account(id)).await?;
    found.ok_or(Error::NotFound("account"))
}

/// Lists the guests of a room, including open invitations and stays that ended in the last 30 days.
///
/// # Errors
/// `Refused` unless `me` is a moderator.
pub async fn guests(instance: &Instance, me: AccountId, id: AccountId) -> Result<Vec<GuestView>> {
    instance
        .store
        .read(move |reader| {
            policy::may_moderate(load_managed(reader, me, id)?.role)?;
            let all = reader.list_guests(id)?;
            let ids: Vec<i64> = all.iter().flat_map(|guest| [guest.account.0, guest.sponsor.0]).collect();
            let accounts = reader.accounts_by_id(&ids)?;
            let view = |guest: Guest| {
                Some(GuestView {
                    account: accounts.get(&guest.account.0)?.clone(),
                    sponsor: accounts.get(&guest.sponsor.0).cloned(),
                    guest,
                })
            };
            Ok(all.into_iter().filter_map(view).collect())
        })
        .await
}

/// Ends a guest's stay: the server sends and serves them nothing more.
///
/// # Errors
/// `Refused` unless `me` is a moderator.
pub async fn end_guest(instance: &Instance, me: AccountId, id: AccountId, who: AccountId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            policy::may_moderate(load_managed(tx, me, id)?.role)?;
            if tx.delete_guest(id, who)? { Ok(()) } else { Err(Error::NotFound("guest")) }
        })
        .await
}

/// Handles a remote account's follow of a local account. If that is a room with an invitation for them,
/// accepts the follow and makes them a guest. Returns whether it did.
pub async fn receive_guest(instance: &Instance, actor: &Account, room: AccountId, uri: &str) -> Result<bool> {
    let (actor, uri) = (actor.id, uri.to_owned());
    instance
        .store
        .write(move |tx| {
            if !welcome(tx, room, actor)? {
                return Ok(false);
            }
            tx.emit(&Event::GuestAnswered { guest: actor, room, follow: uri.clone(), welcome: true })?;
            Ok(true)
        })
        .await
}

/// Returns whether an account is a guest of a room. An open invitation counts as accepted from now on, unless the
/// account has become one of the company, whose accounts are members, not guests.
pub(super) fn welcome(tx: &mut Tx<'_>, room: AccountId, who: AccountId) -> Result<bool> {
    let Some(guest) = find_present(tx, room, who)? else { return Ok(false) };
    if guest.accepted_at.is_none() {
        let account = tx.find_account(who)?.ok_or(Error::NotFound("account"))?;
        if tx.tier_of_account(&account)? == Some(Tier::Company) {
            return Ok(false);
        }
        let accepted_at = Some(tx.now());
        tx.set_guest(&Guest { accepted_at, ..guest })?;
    }
    Ok(true)
}

/// Returns whether an account is a guest who has accepted and whose stay has not ended.
pub(super) fn is_present(reader: &mut Reader<'_>, room: AccountId, who: AccountId) -> Result<bool> {
    Ok(find_present(reader, room, who)?.is_some_and(|guest| guest.accepted_at.is_some()))
}

fn find_present(reader: &mut Reader<'_>, room: AccountId, who: AccountId) -> Result<Option<Guest>> {
    let now = reader.now();
    Ok(reader.find_guest(room, who)?.filter(|guest| guest.until > now))
}

/// Rejects the follow of a guest who may follow nothing but their rooms.
pub async fn turn_guest_away(
    instance: &Instance,
    actor: &Account,
    target: AccountId,
    uri: &str,
) -> Result<()> {
    let (guest, follow) = (actor.id, uri.to_owned());
    instance
        .store
        .write(move |tx| {
            Ok(tx.emit(&Event::GuestAnswered {
                guest,
                room: target,
                follow: follow.clone(),
                welcome: false,
            })?)
        })
        .await
}

/// Removes a guest who leaves the room. Returns whether they were one.
pub async fn receive_leave(instance: &Instance, actor: &Account, room: AccountId) -> Result<bool> {
    let actor = actor.id;
    instance.store.write(move |tx| Ok(tx.delete_guest(room, actor)?)).await
}

/// Deletes stays that ended more than 30 days ago.
pub(crate) fn forget_old_guests(tx: &mut Tx<'_>) -> Result<()> {
    let then = tx.now().plus_seconds(-REMEMBERED);
    Ok(tx.forget_guests(then)?)
}
