//! Browser sessions.

use super::{Timestamp, UserId};

/// The lifetime of an unused session: 14 days.
pub const LIFETIME_SECONDS: i64 = 14 * 24 * 60 * 60;

/// A session of a signed-in browser. Only the browser knows its secret; the store holds a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The SHA-256 of the secret in the browser's cookie, in hexadecimal.
    pub token_hash: String,
    /// The signed-in user.
    pub user_id: UserId,
    /// The CSRF token that every form of this session must carry.
    pub csrf: String,
    /// When the user signed in.
    pub created_at: Timestamp,
    /// When it expires; each use extends it.
    pub expires_at: Timestamp,
}
