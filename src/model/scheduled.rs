//! Posts that wait for their moment.

use super::media::Media;
use super::{AccountId, ScheduledId, Timestamp};

/// How soon a post can be scheduled, in seconds from now: sooner than that it had better be posted.
pub const SOONEST: i64 = 300;
/// How far ahead a post can be scheduled, in seconds.
pub const LATEST: i64 = 5 * 365 * 24 * 3600;
/// How many posts one person may have waiting.
pub const MOST: i64 = 300;
/// How many of them for one day.
pub const MOST_A_DAY: i64 = 25;

/// A post that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    /// Our id.
    pub id: ScheduledId,
    /// Whose it is.
    pub account_id: AccountId,
    /// When it is to be posted.
    pub scheduled_at: Timestamp,
    /// What is to be posted, as `service::scheduled` wrote it.
    pub draft: String,
    /// The key it was sent with.
    pub idempotency_key: Option<String>,
    /// What is to be attached, in this order.
    pub media: Vec<Media>,
}
