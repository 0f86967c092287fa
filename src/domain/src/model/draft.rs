//! Drafts: posts that are not published yet, visible only to their author.

use super::media::Media;
use super::{AccountId, DraftId, Timestamp};

/// The maximum number of drafts of one account.
pub const MOST: i64 = 200;

/// A post that is not published yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The local id.
    pub id: DraftId,
    /// The account of the author.
    pub account_id: AccountId,
    /// The content, as serialised by `service::drafts`.
    pub draft: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last saved.
    pub updated_at: Timestamp,
    /// The attachments, in order.
    pub media: Vec<Media>,
}
