//! Whether an account may become another.

use crate::model::Timestamp;
use crate::model::account::Account;

/// How long an account stays where it has moved to, in seconds: its followers are taken along once in that time.
pub const COOLDOWN: i64 = 7 * 24 * 3600;

/// Why an account does not become another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Stay {
    /// The two are one.
    #[error("an account cannot move to itself")]
    Itself,
    /// The other account does not say that this one is its own.
    #[error("the new account does not name the old one as its own (alsoKnownAs)")]
    Unclaimed,
    /// The other account is suspended or has itself moved.
    #[error("the new account is suspended, or has itself moved")]
    Away,
    /// It has moved lately.
    #[error("the account has moved in the last seven days")]
    TooSoon,
}

/// May `from` become `to`, as both are known now?
///
/// # Errors
/// [`Stay`], if not.
pub fn may_move(from: &Account, to: &Account, now: Timestamp) -> Result<(), Stay> {
    if from.id == to.id || to.is_instance_actor {
        Err(Stay::Itself)
    } else if !to.claims(&from.uri) {
        Err(Stay::Unclaimed)
    } else if to.is_away() {
        Err(Stay::Away)
    } else if from.moved_at.is_some_and(|moved| moved.plus_seconds(COOLDOWN) > now) {
        Err(Stay::TooSoon)
    } else {
        Ok(())
    }
}
