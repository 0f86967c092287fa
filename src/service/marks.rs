//! What marks a post out, when it is posted and when it comes in: that it must be read, who posts it for whom, whom it
//! praises, which answer was accepted. Each has a file of its own; here they come together.

use super::statuses::NewStatus;
use super::{Result, answers, delegates, must_reads, praise};
use crate::model::account::Account;
use crate::model::marks::{Announcers, RemoteMarks, Require};
use crate::model::status::Status;
use crate::model::{AccountId, Reach};
use crate::policy::reach::Setting;
use crate::store::Tx;

/// The marks of a new post, checked.
#[derive(Debug, Default)]
pub(super) struct Checked {
    require: Option<Require>,
    /// Whom it praises.
    pub praised: Vec<AccountId>,
}

/// Whether a post may be marked as wanted, and posted by whoever posts it.
pub(super) fn check(
    tx: &mut Tx<'_>,
    setting: &Setting,
    announcers: &Announcers,
    me: &Account,
    new: &NewStatus,
    reach: Reach,
) -> Result<Checked> {
    if let Some(delegate) = new.posted_by {
        delegates::check(tx, setting, me, delegate, new, reach)?;
    }
    let require = match &new.must_read {
        Some(require) => Some(must_reads::check(tx, announcers, me, require, reach)?),
        None => None,
    };
    Ok(Checked { require, praised: praise::check(tx, me.id, &new.praise)? })
}

/// Marks a new post.
pub(super) fn begin(tx: &mut Tx<'_>, status: &Status, new: &NewStatus, checked: Checked) -> Result<()> {
    if let Some(delegate) = new.posted_by {
        tx.record_delegated(status.id, status.account_id, delegate, new.in_reply_to.is_some())?;
    }
    praise::begin(tx, status.id, &checked.praised)?;
    match checked.require {
        Some(require) => must_reads::begin(tx, status.id, require),
        None => Ok(()),
    }
}

/// Takes in the marks of a new post from elsewhere; `news` if people are to be told of it.
pub(super) fn take(
    tx: &mut Tx<'_>,
    author: &Account,
    status: &Status,
    said: &RemoteMarks,
    named: &[AccountId],
    news: bool,
) -> Result<()> {
    let tier = tx.tier_of_account(author)?;
    if let Some(required) = &said.must_read {
        must_reads::take(tx, tier, status, required, news)?;
    }
    if let Some(accepted) = &said.accepted {
        answers::take(tx, status, Some(accepted))?;
    }
    praise::take(tx, tier, author.id, status.id, &said.praised, named)
}

/// Takes in how the marks of a post from elsewhere have changed. Whom it praises does not.
pub(super) fn change(tx: &mut Tx<'_>, author: &Account, status: &Status, said: &RemoteMarks) -> Result<()> {
    let tier = tx.tier_of_account(author)?;
    must_reads::change(tx, tier, status, said.must_read.as_ref())?;
    answers::take(tx, status, said.accepted.as_deref())
}
