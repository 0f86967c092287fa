//! Fan-out of new statuses into home timelines: the first chunk in the author's transaction, the rest as jobs
//! for authors with very many followers.

use crate::Result;
use crate::instance::Instance;
use portico_domain::model::live::Live;
use portico_domain::model::status::Status;
use portico_domain::model::{AccountId, StatusId};
use portico_store::Tx;

/// Starts the fan-out of a new status.
pub(crate) fn begin(tx: &mut Tx<'_>, status: &Status) -> Result<()> {
    if status.boost_of.is_none() {
        tx.publish(Live::Posted { status: status.id })?;
    }
    carry_on(tx, status, None)
}

fn carry_on(tx: &mut Tx<'_>, status: &Status, after: Option<AccountId>) -> Result<()> {
    let upto = tx.fan_out(status, after)?;
    tx.publish(Live::Homed { status: status.id, after, upto })?;
    if let Some(last) = upto {
        tx.enqueue_fan_out(status.id, Some(last))?;
    }
    Ok(())
}

/// Processes the next chunk of a job. Does nothing for a deleted status. A chunk may run twice.
pub async fn next_chunk(instance: &Instance, status: StatusId, after: Option<AccountId>) -> Result<()> {
    instance
        .store
        .write(move |tx| match tx.find_status(status)? {
            Some(status) => carry_on(tx, &status, after),
            None => Ok(()),
        })
        .await
}
