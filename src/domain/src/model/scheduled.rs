//! Scheduled posts.

use super::media::Media;
use super::{AccountId, ScheduledId, Timestamp};

/// The minimum delay of a scheduled post, in seconds from now.
pub const SOONEST: i64 = 300;
/// The maximum delay of a scheduled post, in seconds.
pub const LATEST: i64 = 5 * 365 * 24 * 3600;
/// The maximum number of scheduled posts of one account.
pub const MOST: i64 = 300;
/// The maximum number of scheduled posts of one account for one day.
pub const MOST_A_DAY: i64 = 25;

/// A scheduled post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    /// The local id.
    pub id: ScheduledId,
    /// The account of the author.
    pub account_id: AccountId,
    /// When it will be posted.
    pub scheduled_at: Timestamp,
    /// The content, as serialised by `service::scheduled`.
    pub draft: String,
    /// The idempotency key of the request.
    pub idempotency_key: Option<String>,
    /// The attachments, in order.
    pub media: Vec<Media>,
}
