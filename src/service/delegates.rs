//! Delegates: whom a person lets post and answer in their name, and the record of what they did.

use super::statuses::{self, NewStatus};
use super::{Error, Result, Viewer, setting};
use crate::instance::Instance;
use crate::model::account::Account;
use crate::model::delegation::{DelegatedPost, Delegation, DelegationView};
use crate::model::page::{Page, PageRequest};
use crate::model::view::StatusView;
use crate::model::{AccountId, Reach, StatusId, Timestamp};
use crate::policy::delegates::{Deed, is_in_force, may_appoint, may_speak};
use crate::policy::moderation::{Power, may};
use crate::policy::reach::{self, Setting};
use crate::store::{Reader, Tx};

/// How many delegates a person may have.
const MOST: usize = 20;

/// What somebody lets a delegate do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appointment {
    /// Whether they may post.
    pub may_post: bool,
    /// Whether they may answer.
    pub may_answer: bool,
    /// Until when; none until it is taken back.
    pub until: Option<Timestamp>,
}

/// Whether an account is a person here who can sign in.
fn is_active(reader: &mut Reader<'_>, account: &Account) -> Result<bool> {
    let user = reader.find_user_by_account(account.id)?;
    Ok(account.is_local()
        && account.suspended_at.is_none()
        && user.is_some_and(|user| user.disabled_at.is_none()))
}

/// Makes somebody one's delegate, in place of what they were before.
///
/// # Errors
/// `NotFound` for an unknown account, `Refused` for oneself and people from elsewhere, `Invalid` for one who may do
/// nothing, for an end that is over, and for too many.
pub async fn appoint(
    instance: &Instance,
    me: AccountId,
    delegate: AccountId,
    wish: Appointment,
) -> Result<DelegationView> {
    instance
        .store
        .write(move |tx| {
            let account = tx.find_account(delegate)?.ok_or(Error::NotFound("account"))?;
            may_appoint(me, delegate, is_active(tx, &account)?)?;
            if !wish.may_post && !wish.may_answer {
                return Err(Error::invalid("A delegate has to be allowed something"));
            }
            if wish.until.is_some_and(|until| until <= tx.now()) {
                return Err(Error::invalid("Until must be in the future"));
            }
            let others = tx.list_delegates(me)?.iter().filter(|view| view.account.id != delegate).count();
            if others >= MOST {
                return Err(Error::invalid(format!("You cannot have more than {MOST} delegates")));
            }
            let delegation = Delegation {
                leader_id: me,
                delegate_id: delegate,
                may_post: wish.may_post,
                may_answer: wish.may_answer,
                until: wish.until,
                created_at: tx.now(),
            };
            tx.set_delegation(&delegation)?;
            Ok(DelegationView { delegation, account })
        })
        .await
}

/// Takes a delegation back, at once; without one, nothing happens.
pub async fn dismiss(instance: &Instance, me: AccountId, delegate: AccountId) -> Result<()> {
    instance.store.write(move |tx| Ok(tx.delete_delegation(me, delegate).map(drop)?)).await
}

/// One's delegates, those whose time is over left out.
pub async fn list(instance: &Instance, me: AccountId) -> Result<Vec<DelegationView>> {
    instance
        .store
        .read(move |reader| {
            let (found, now) = (reader.list_delegates(me)?, reader.now());
            Ok(in_force(found, now))
        })
        .await
}

/// In whose name one may do something now.
pub async fn leaders(instance: &Instance, me: AccountId) -> Result<Vec<DelegationView>> {
    instance
        .store
        .read(move |reader| {
            let mut leaders = Vec::new();
            let (found, now) = (reader.list_leaders(me)?, reader.now());
            for view in in_force(found, now) {
                if is_active(reader, &view.account)? {
                    leaders.push(view);
                }
            }
            Ok(leaders)
        })
        .await
}

fn in_force(mut found: Vec<DelegationView>, now: Timestamp) -> Vec<DelegationView> {
    found.retain(|view| is_in_force(&view.delegation, now));
    found
}

/// A page of what was posted in one's name; of somebody else's, for moderators.
///
/// # Errors
/// `Refused` for somebody else's record.
pub async fn record(
    instance: &Instance,
    me: AccountId,
    leader: AccountId,
    request: PageRequest,
) -> Result<Page<DelegatedPost>> {
    instance
        .store
        .read(move |reader| {
            if me != leader {
                let user = reader.find_user_by_account(me)?.ok_or(Error::NotFound("user"))?;
                may(user.role, Power::People)?;
            }
            Ok(reader.delegated_page(leader, &request)?)
        })
        .await
}

/// Posts in the name of `leader`. The answer shows the post as its delegate sees it.
///
/// # Errors
/// `Refused` without a delegation that covers it, and for what would go to named people alone; as
/// [`statuses::post`] for the rest.
pub async fn post(
    instance: &Instance,
    me: AccountId,
    leader: AccountId,
    new: NewStatus,
) -> Result<StatusView> {
    let (account, new) = in_name_of(instance, me, leader, new).await?;
    statuses::post(instance, &account, new).await
}

/// Whom a post in the name of `leader` would reach.
///
/// # Errors
/// As [`post`].
pub async fn preview(
    instance: &Instance,
    me: AccountId,
    leader: AccountId,
    new: NewStatus,
) -> Result<statuses::Preview> {
    let (account, new) = in_name_of(instance, me, leader, new).await?;
    statuses::preview(instance, &account, new).await
}

/// The leader, and what is to be posted in their name; who asks without any delegation learns nothing of them.
async fn in_name_of(
    instance: &Instance,
    me: AccountId,
    leader: AccountId,
    new: NewStatus,
) -> Result<(Account, NewStatus)> {
    let (setting, wanted) = (setting(instance), [new.in_reply_to, new.quoted]);
    let found = instance.store.read(move |reader| {
        let delegation = reader.find_delegation(leader, me)?;
        for id in wanted.into_iter().flatten() {
            may_read(reader, &setting, me, id)?;
        }
        let account = reader.find_account(leader)?.filter(|_| delegation.is_some());
        Ok::<_, Error>(account)
    });
    let account = found.await?.ok_or(Error::Refused(super::Refusal::Delegation))?;
    Ok((account, NewStatus { posted_by: Some(me), ..new }))
}

/// Whether `delegate` may post this in the name of `leader` now: with a delegation, and without reading anything by
/// it, for what is answered or quoted must be theirs to see, too.
pub(super) fn check(
    tx: &mut Tx<'_>,
    setting: &Setting,
    leader: &Account,
    delegate: AccountId,
    new: &NewStatus,
    reach: Reach,
) -> Result<()> {
    if !is_active(tx, leader)? {
        return Err(super::Refusal::Delegation.into());
    }
    // What the delegate may not see is not there, whatever else is wrong.
    for id in [new.in_reply_to, new.quoted].into_iter().flatten() {
        may_read(tx, setting, delegate, id)?;
    }
    let found = tx.find_delegation(leader.id, delegate)?;
    let deed = if new.in_reply_to.is_some() { Deed::Answer } else { Deed::Post };
    Ok(may_speak(leader.id, delegate, found.as_ref(), deed, reach, tx.now())?)
}

fn may_read(reader: &mut Reader<'_>, setting: &Setting, delegate: AccountId, id: StatusId) -> Result<()> {
    let viewer = Viewer::Staff(delegate);
    let (_, facts) = reader.facts_of_original(&viewer, id)?.ok_or(Error::NotFound("status"))?;
    Ok(reach::may_see(&viewer, setting, &facts)?)
}
