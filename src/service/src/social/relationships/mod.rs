//! Relationships between two accounts: follows and requests, blocks and mutes.
//!
//! Between two local accounts everything happens in one transaction. For a remote account an event is
//! emitted, which federation turns into an activity; activities from remote accounts arrive through
//! [`receive`].

mod block;
mod follow;
mod list;
mod moving;
mod mute;
mod receive;
mod reconcile;
mod request;

pub(crate) use block::begin as begin_block;
pub use block::{block, unblock};
pub use follow::{FollowOptions, follow, follow_company_peer, unfollow};
pub(crate) use follow::{begin, draft, end};
pub(crate) use list::load_relationship;
pub use list::{
    FollowPage, between, blocks, count_follow_requests, follow_requests, followers, following, mutes,
};
pub(crate) use moving::move_followers;
pub use mute::{mute, unmute};
pub use receive::{
    receive_accept, receive_block, receive_follow, receive_reject, receive_unblock, receive_unfollow,
};
pub use reconcile::reconcile;
pub(crate) use request::{accept_all_requests, accept_request, reject_request};
pub use request::{authorize, reject, remove_follower};

use crate::{Error, Result};
use portico_domain::model::AccountId;
use portico_domain::model::account::Account;
use portico_domain::model::notification::SeveranceCause;
use portico_domain::model::relationship::FollowState;
use portico_store::{Reader, Tx};

/// Ends the follows between a local account and all accounts of a host, in both directions.
pub(crate) fn end_bonds_with_host(tx: &mut Tx<'_>, me: &Account, domain: &str) -> Result<()> {
    let (followers, followed) = tx.list_relations_with_host(me.id, domain)?;
    let (mut lost, mut left) = (0, 0);
    for id in &followers {
        lost += i64::from(is_follow(tx, *id, me.id)?);
    }
    for id in &followed {
        left += i64::from(is_follow(tx, me.id, *id)?);
    }
    tx.insert_severance(me.id, SeveranceCause::DomainBlock, domain, lost, left)?;
    for id in followed {
        let target = find_other(tx, id)?;
        follow::end(tx, me.id, &target)?;
    }
    for id in followers {
        let follower = find_other(tx, id)?;
        request::reject_request(tx, me.id, &follower)?;
    }
    Ok(())
}

/// Whether one account follows another with an accepted follow.
fn is_follow(tx: &mut Tx<'_>, one: AccountId, other: AccountId) -> Result<bool> {
    Ok(tx.find_follow_between(one, other)?.is_some_and(|follow| follow.state == FollowState::Accepted))
}

/// Loads the other account of a relationship; never the instance actor.
pub(crate) fn find_other(reader: &mut Reader<'_>, id: AccountId) -> Result<Account> {
    reader.find_account(id)?.filter(|account| !account.is_instance_actor).ok_or(Error::NotFound("account"))
}
