//! Housekeeping: deletes expired data.

use crate::instance::Instance;
use crate::{Error, Result};

/// Retention periods, in seconds.
const IDEMPOTENCY_KEYS: i64 = 24 * 3600;
const TOMBSTONES: i64 = 90 * 24 * 3600;
const INBOX: i64 = 30 * 24 * 3600;

/// Trims home timelines and deletes expired sessions, codes and keys, old tombstones, and the log of old
/// incoming activities (which prevents replays for thirty days). Finishes interrupted work and starts due
/// digests. Safe to run at any time, on any node.
pub async fn run(instance: &Instance) -> Result<()> {
    crate::publishing::media::clean(instance).await?;
    crate::partners::peers::end_forgotten_follows(instance).await?;
    crate::partners::agreements::expire(instance).await?;
    crate::social::groups::refresh_rules(instance).await?;
    instance
        .store
        .write(|tx| {
            tx.reset_future_timestamps()?;
            tx.trim_homes()?;
            crate::publishing::cards::clean(tx)?;
            crate::publishing::translations::clean(tx)?;
            crate::social::groups::forget_old_guests(tx)?;
            tx.forget_before(
                tx.now().plus_seconds(-IDEMPOTENCY_KEYS),
                tx.now().plus_seconds(-TOMBSTONES),
                tx.now().plus_seconds(-INBOX),
            )?;
            Ok::<_, Error>(())
        })
        .await?;
    // Index posts from before search existed, in chunks, so that writers do not wait long.
    while instance.store.write(|tx| Ok::<_, Error>(tx.index_older()?)).await? {}
    // Index people from before the directory existed, and those of hosts that joined the company later.
    while instance.store.write(|tx| Ok::<_, Error>(tx.index_older_people()?)).await? {}
    instance.store.write(|tx| Ok::<_, Error>(tx.delete_unused_words()?)).await?;
    crate::reading::digests::begin_round(instance).await?;
    Ok(())
}
