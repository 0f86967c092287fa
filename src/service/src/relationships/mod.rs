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

pub(super) use block::begin as begin_block;
pub use block::{block, unblock};
pub use follow::{FollowOptions, follow, follow_sister, unfollow};
pub(super) use follow::{begin, draft, end};
pub(super) use list::one;
pub use list::{
    Fellows, between, blocks, count_follow_requests, follow_requests, followers, following, mutes,
};
pub(super) use moving::take_along;
pub use mute::{mute, unmute};
pub use receive::{
    receive_accept, receive_block, receive_follow, receive_reject, receive_unblock, receive_unfollow,
};
pub use reconcile::reconcile;
pub use request::{authorize, reject, remove_follower};
pub(super) use request::{let_all_in, let_in, turn_away};

use super::{Error, Result};
use portico_domain::model::AccountId;
use portico_domain::model::account::Account;
use portico_domain::model::notification::SeveranceCause;
use portico_domain::model::relationship::FollowState;
use portico_store::{Reader, Tx};

/// Ends the follows between a local account and all accounts of a host, in both directions.
pub(super) fn end_bonds_with_host(tx: &mut Tx<'_>, me: &Account, domain: &str) -> Result<()> {
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
        let target = other(tx, id)?;
        follow::end(tx, me.id, &target)?;
    }
    for id in followers {
        let follower = other(tx, id)?;
        request::turn_away(tx, me.id, &follower)?;
    }
    Ok(())
}

/// Whether one account follows another with an accepted follow.
fn is_follow(tx: &mut Tx<'_>, one: AccountId, other: AccountId) -> Result<bool> {
    Ok(tx.find_follow_between(one, other)?.is_some_and(|follow| follow.state == FollowState::Accepted))
}

/// Loads the other account of a relationship; never the instance actor.
pub(super) fn other(reader: &mut Reader<'_>, id: AccountId) -> Result<Account> {
    reader.find_account(id)?.filter(|account| !account.is_instance_actor).ok_or(Error::NotFound("account"))
}
