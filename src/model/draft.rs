//! Drafts: what somebody has begun to write and not posted. Nobody else sees them.

use super::media::Media;
use super::{AccountId, DraftId, Timestamp};

/// How many drafts one person may have.
pub const MOST: i64 = 200;

/// Something that somebody has begun to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Our id.
    pub id: DraftId,
    /// Whose it is.
    pub account_id: AccountId,
    /// What is written, as `service::drafts` wrote it.
    pub draft: String,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was last saved.
    pub updated_at: Timestamp,
    /// What is to be attached, in this order.
    pub media: Vec<Media>,
}
