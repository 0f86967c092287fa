//! Rooms: groups into which staff invite single outsiders, from any server, until a date. A guest gets what is
//! posted to the room and posts into it; nothing else of the instance is theirs, and nobody else of their server
//! gets anything on their account.

use super::{own, plain};
use crate::instance::Instance;
use crate::model::account::Account;
use crate::model::event::Event;
use crate::model::group::Guest;
use crate::model::{AccountId, Timestamp};
use crate::policy::Refusal;
use crate::policy::groups as policy;
use crate::service::letters::{self, Pen};
use crate::service::{Error, Result, accounts};
use crate::store::{Reader, Tx};

/// How long somebody may be a guest, in seconds: a year, as people count it.
const LONGEST: i64 = 366 * 24 * 3600;
/// How long after its end a stay is still shown to those who look after the room, in seconds.
const REMEMBERED: i64 = 30 * 24 * 3600;

/// A guest as those who look after the room are shown them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestView {
    /// Who.
    pub account: Account,
    /// Who answers for them.
    pub sponsor: Option<Account>,
    /// Until when, and whether they accepted.
    pub guest: Guest,
}

/// Invites an outsider into a room, or says anew until when they may stay; whoever invites answers for them. They
/// are told by a direct post of the room's, and accept by following the room or by writing to it.
///
/// # Errors
/// `NotFound` for a room or an address that is not there; `Refused` for who may not, and for somebody who is banned
/// or whose server is blocked; `Invalid` for a date that does not do, and for colleagues, who become members.
pub async fn invite_guest(
    instance: &Instance,
    me: &Account,
    id: AccountId,
    address: &str,
    until: Timestamp,
) -> Result<GuestView> {
    let now = instance.now();
    if until <= now || until > now.plus_seconds(LONGEST) {
        return Err(Error::invalid("A guest stays until a date that is to come, a year from now at most"));
    }
    let sponsors = instance.settings.room_sponsors;
    let my = me.id;
    instance
        .store
        .read(move |reader| {
            let view = own(reader, my, id)?;
            policy::may_moderate(view.role)?;
            let user = reader.find_user_by_account(my)?.ok_or(Error::NotFound("user"))?;
            Ok::<_, Error>(policy::may_sponsor(&view.group, user.role, sponsors)?)
        })
        .await?;
    let outsider = meet(instance, address).await?;
    let (me, pen) = (me.clone(), Pen::of(instance));
    instance
        .store
        .write(move |tx| {
            let (room, group) = plain(tx, id)?;
            let Some(tier) = tx.tier_of_account(&outsider)? else {
                return Err(Error::invalid("Colleagues are invited as members"));
            };
            crate::policy::reach::may_be_guest(tier)?;
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
                    "{} invites you into the room {} until {}. Follow {} or answer this post to come in; then you get what is posted in the room, and your answers are seen by those in it.",
                    letters::address(&me),
                    room.name(),
                    day(until),
                    letters::address(&room)
                );
                letters::write(tx, &pen, &room, &outsider, &words, &[&me, &room])?;
            }
            Ok(GuestView { account: outsider.clone(), sponsor: Some(me.clone()), guest })
        })
        .await
}

fn day(at: Timestamp) -> String {
    at.rfc3339().chars().take(10).collect()
}

/// The outsider with this address: known, or looked up at their server, whatever that is to us.
async fn meet(instance: &Instance, address: &str) -> Result<Account> {
    let own = instance.urls.domain().to_owned();
    let (name, domain) = accounts::parts(address, &own).ok_or(Error::NotFound("account"))?;
    let host = domain.ok_or_else(|| Error::invalid("Colleagues are invited as members"))?;
    let remote = instance.remote.get().ok_or_else(|| Error::Upstream(host.clone()))?;
    let id = remote.guest_by_handle(&name, &host).await?;
    let found = instance.store.read(move |reader| reader.find_account(id)).await?;
    found.ok_or(Error::NotFound("account"))
}

/// The guests of a room, also those who have not answered yet or whose time was over lately.
///
/// # Errors
/// `NotFound`; `Refused` for who does not look after it.
pub async fn guests(instance: &Instance, me: AccountId, id: AccountId) -> Result<Vec<GuestView>> {
    instance
        .store
        .read(move |reader| {
            policy::may_moderate(own(reader, me, id)?.role)?;
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

/// Ends somebody's stay: nothing more is sent to them or served.
///
/// # Errors
/// `NotFound`; `Refused` for who does not look after the room.
pub async fn end_guest(instance: &Instance, me: AccountId, id: AccountId, who: AccountId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            policy::may_moderate(own(tx, me, id)?.role)?;
            if tx.delete_guest(id, who)? { Ok(()) } else { Err(Error::NotFound("guest")) }
        })
        .await
}

/// Takes in that an outsider follows an account of ours: a room that has invited them takes them in as a guest,
/// and says so. Answers whether it was that.
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

/// Whether somebody is a guest of a room now; whoever was only invited is one from now on.
pub(super) fn welcome(tx: &mut Tx<'_>, room: AccountId, who: AccountId) -> Result<bool> {
    let Some(guest) = current(tx, room, who)? else { return Ok(false) };
    if guest.accepted_at.is_none() {
        let accepted_at = Some(tx.now());
        tx.set_guest(&Guest { accepted_at, ..guest })?;
    }
    Ok(true)
}

/// Whether somebody is a guest of a room who has come in, and whose time is not over.
pub(super) fn is_present(reader: &mut Reader<'_>, room: AccountId, who: AccountId) -> Result<bool> {
    Ok(current(reader, room, who)?.is_some_and(|guest| guest.accepted_at.is_some()))
}

fn current(reader: &mut Reader<'_>, room: AccountId, who: AccountId) -> Result<Option<Guest>> {
    let now = reader.now();
    Ok(reader.find_guest(room, who)?.filter(|guest| guest.until > now))
}

/// Takes in that an outsider who may have nothing else follows somebody of ours: they are refused.
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

/// A guest leaves a room.
pub async fn receive_leave(instance: &Instance, actor: &Account, room: AccountId) -> Result<bool> {
    let actor = actor.id;
    instance.store.write(move |tx| Ok(tx.delete_guest(room, actor)?)).await
}

/// Whether somebody is a guest of any room now, or invited into one.
pub async fn is_guest_anywhere(instance: &Instance, who: AccountId) -> Result<bool> {
    instance.store.read(move |reader| Ok(!reader.rooms_of_guest(who)?.is_empty())).await
}

/// Forgets stays that were over long ago.
pub(in crate::service) fn forget_old_guests(tx: &mut Tx<'_>) -> Result<()> {
    let then = tx.now().plus_seconds(-REMEMBERED);
    Ok(tx.forget_guests(then)?)
}
