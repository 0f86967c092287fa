//! Sessions: a browser that is signed in.

use super::{Timestamp, UserId};

/// How long a session lives without being used: 14 days.
pub const LIFETIME_SECONDS: i64 = 14 * 24 * 60 * 60;

/// A browser that is signed in. Its secret is known to the browser alone; the store holds a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the secret in the browser's cookie, hex.
    pub token_hash: String,
    /// Who is signed in.
    pub user_id: UserId,
    /// The secret that every form of this session must carry.
    pub csrf: String,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it stops working, unless it is used before.
    pub expires_at: Timestamp,
}
