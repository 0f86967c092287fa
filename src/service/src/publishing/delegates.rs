//! Delegates: people who may post and reply in another person's name, and the record of what they posted.

use crate::instance::Instance;
use crate::lookup;
use crate::publishing::statuses::NewStatus;
use crate::{Error, Result, setting};
use portico_domain::model::account::Account;
use portico_domain::model::delegation::{DelegatedPost, Delegation, DelegationView};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::{AccountId, Reach, StatusId, Timestamp};
use portico_domain::policy::delegates::{DelegatedAction, is_in_force, may_appoint, may_speak};
use portico_domain::policy::moderation::{Power, may};
use portico_domain::policy::reach::Setting;
use portico_store::{Reader, Tx};

/// The maximum number of delegates of a person.
const MOST: usize = 20;

/// The rights of a delegate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DelegationInput {
    /// Whether they may post.
    pub may_post: bool,
    /// Whether they may reply.
    pub may_answer: bool,
    /// The end; `None` until it is revoked.
    pub until: Option<Timestamp>,
}

/// Returns whether an account is a local person who can sign in.
fn is_active(reader: &mut Reader<'_>, account: &Account) -> Result<bool> {
    let user = reader.find_user_by_account(account.id)?;
    Ok(account.is_local()
        && account.suspended_at.is_none()
        && user.is_some_and(|user| user.disabled_at.is_none()))
}

/// Appoints a delegate, or replaces their rights.
///
/// # Errors
/// `Refused` for oneself and for an account that cannot sign in here; `Invalid` without any right, for an end
/// in the past, and at the limit of delegates.
pub async fn appoint(
    instance: &Instance,
    me: AccountId,
    delegate: AccountId,
    input: DelegationInput,
) -> Result<DelegationView> {
    instance
        .store
        .write(move |tx| {
            let account = tx.find_account(delegate)?.ok_or(Error::NotFound("account"))?;
            may_appoint(me, delegate, is_active(tx, &account)?)?;
            if !input.may_post && !input.may_answer {
                return Err(Error::invalid("A delegate must be allowed to post or reply"));
            }
            if input.until.is_some_and(|until| until <= tx.now()) {
                return Err(Error::invalid("Until must be in the future"));
            }
            let others = tx.list_delegates(me)?.iter().filter(|view| view.account.id != delegate).count();
            if others >= MOST {
                return Err(Error::invalid(format!("You cannot have more than {MOST} delegates")));
            }
            let delegation = Delegation {
                leader_id: me,
                delegate_id: delegate,
                may_post: input.may_post,
                may_answer: input.may_answer,
                until: input.until,
                created_at: tx.now(),
            };
            tx.set_delegation(&delegation)?;
            Ok(DelegationView { delegation, account })
        })
        .await
}

/// Revokes a delegation. Idempotent.
pub async fn dismiss(instance: &Instance, me: AccountId, delegate: AccountId) -> Result<()> {
    instance.store.write(move |tx| Ok(tx.delete_delegation(me, delegate).map(drop)?)).await
}

/// Lists the account's delegates, without expired ones.
pub async fn list(instance: &Instance, me: AccountId) -> Result<Vec<DelegationView>> {
    instance
        .store
        .read(move |reader| {
            let (found, now) = (reader.list_delegates(me)?, reader.now());
            Ok(filter_in_force(found, now))
        })
        .await
}

/// Lists the people in whose name the account may act now.
pub async fn leaders(instance: &Instance, me: AccountId) -> Result<Vec<DelegationView>> {
    instance
        .store
        .read(move |reader| {
            let mut leaders = Vec::new();
            let (found, now) = (reader.list_leaders(me)?, reader.now());
            for view in filter_in_force(found, now) {
                if is_active(reader, &view.account)? {
                    leaders.push(view);
                }
            }
            Ok(leaders)
        })
        .await
}

fn filter_in_force(mut found: Vec<DelegationView>, now: Timestamp) -> Vec<DelegationView> {
    found.retain(|view| is_in_force(&view.delegation, now));
    found
}

/// Returns a page of the posts made in a person's name; moderators may see any person's.
///
/// # Errors
/// `Refused` for another person's record without the right.
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

/// Returns the leader's account and the post to make in their name. Without any delegation the error reveals
/// nothing about the leader.
///
/// # Errors
/// `Refused` without any delegation, and if the delegate may not see the post that is replied to or quoted.
/// The transaction that posts checks the rights of the delegation with [`check`].
pub(crate) async fn resolve(
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
    let account = found.await?.ok_or(Error::Refused(crate::Refusal::Delegation))?;
    Ok((account, NewStatus { posted_by: Some(me), ..new }))
}

/// Checks whether `delegate` may post this in the name of `leader` now. The delegate must be able to see the
/// post that is replied to or quoted, so that a delegation gives no read access.
pub(crate) fn check(
    tx: &mut Tx<'_>,
    setting: &Setting,
    leader: &Account,
    delegate: AccountId,
    new: &NewStatus,
    reach: Reach,
) -> Result<()> {
    if !is_active(tx, leader)? {
        return Err(crate::Refusal::Delegation.into());
    }
    // Checked first, so that a post the delegate may not see always looks missing.
    for id in [new.in_reply_to, new.quoted].into_iter().flatten() {
        may_read(tx, setting, delegate, id)?;
    }
    let found = tx.find_delegation(leader.id, delegate)?;
    let deed = if new.in_reply_to.is_some() { DelegatedAction::Answer } else { DelegatedAction::Post };
    Ok(may_speak(leader.id, delegate, found.as_ref(), deed, reach, tx.now())?)
}

fn may_read(reader: &mut Reader<'_>, setting: &Setting, delegate: AccountId, id: StatusId) -> Result<()> {
    lookup::find_visible_original(reader, delegate, setting, id)?;
    Ok(())
}
