//! Annotations of a post, local or received: must-read, delegation, praise and accepted answer. Each has its
//! own module; this one combines them.

use crate::Result;
use crate::publishing::statuses::NewStatus;
use crate::publishing::{answers, delegates, must_reads, praise};
use portico_domain::model::account::Account;
use portico_domain::model::annotations::{Announcers, RemoteAnnotations, Require};
use portico_domain::model::status::Status;
use portico_domain::model::{AccountId, Reach};
use portico_domain::policy::reach::Setting;
use portico_store::Tx;

/// The validated annotations of a new post.
#[derive(Debug, Default)]
pub(crate) struct ValidatedAnnotations {
    require: Option<Require>,
    /// The praised accounts.
    pub praised: Vec<AccountId>,
}

/// Validates the requested annotations of a post, and the delegate who posts it.
pub(crate) fn check(
    tx: &mut Tx<'_>,
    setting: &Setting,
    announcers: &Announcers,
    me: &Account,
    new: &NewStatus,
    reach: Reach,
) -> Result<ValidatedAnnotations> {
    if let Some(delegate) = new.posted_by {
        delegates::check(tx, setting, me, delegate, new, reach)?;
    }
    let require = match &new.must_read {
        Some(require) => Some(must_reads::check(tx, announcers, me, require, reach)?),
        None => None,
    };
    Ok(ValidatedAnnotations { require, praised: praise::check(tx, me.id, &new.praise)? })
}

/// Writes the annotations of a new post.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    status: &Status,
    new: &NewStatus,
    checked: ValidatedAnnotations,
) -> Result<()> {
    if let Some(delegate) = new.posted_by {
        tx.record_delegated(status.id, status.account_id, delegate, new.in_reply_to.is_some())?;
    }
    praise::begin(tx, status.id, &checked.praised)?;
    match checked.require {
        Some(require) => must_reads::begin(tx, status.id, require),
        None => Ok(()),
    }
}

/// Applies the annotations of a new remote post; with `news`, notifies.
pub(crate) fn apply_remote(
    tx: &mut Tx<'_>,
    author: &Account,
    status: &Status,
    said: &RemoteAnnotations,
    named: &[AccountId],
    news: bool,
) -> Result<()> {
    let tier = tx.tier_of_account(author)?;
    if let Some(required) = &said.must_read {
        must_reads::apply_remote(tx, tier, status, required, news)?;
    }
    if let Some(accepted) = &said.accepted {
        answers::apply_remote(tx, status, Some(accepted))?;
    }
    praise::apply_remote(tx, tier, author.id, status.id, &said.praised, named)
}

/// Applies changed annotations of a remote post. Praise never changes.
pub(crate) fn apply_edit(
    tx: &mut Tx<'_>,
    author: &Account,
    status: &Status,
    said: &RemoteAnnotations,
) -> Result<()> {
    let tier = tx.tier_of_account(author)?;
    must_reads::apply_edit(tx, tier, status, said.must_read.as_ref())?;
    answers::apply_remote(tx, status, said.accepted.as_deref())
}
