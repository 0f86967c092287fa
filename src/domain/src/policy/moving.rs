//! Decides whether an account may move to another.

use crate::model::Timestamp;
use crate::model::account::Account;

/// The minimum time between two moves of an account, in seconds.
pub const COOLDOWN: i64 = 7 * 24 * 3600;

/// The reason for which an account may not move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum MoveRefusal {
    /// Both are the same account.
    #[error("an account cannot move to itself")]
    Itself,
    /// The other account does not list this one as an alias.
    #[error("the new account does not list the old one as an alias (alsoKnownAs)")]
    Unclaimed,
    /// The other account is suspended or has itself moved.
    #[error("the new account is suspended, or has itself moved")]
    Away,
    /// It has moved recently.
    #[error("the account has moved in the last seven days")]
    TooSoon,
}

/// Checks whether `from` may move to `to`, by the stored state of both.
pub fn may_move(from: &Account, to: &Account, now: Timestamp) -> Result<(), MoveRefusal> {
    if from.id == to.id || to.is_instance_actor {
        Err(MoveRefusal::Itself)
    } else if !to.claims(&from.uri) {
        Err(MoveRefusal::Unclaimed)
    } else if to.is_away() {
        Err(MoveRefusal::Away)
    } else if from.moved_at.is_some_and(|moved| moved.plus_seconds(COOLDOWN) > now) {
        Err(MoveRefusal::TooSoon)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::AccountId;

    fn account(id: i64) -> Account {
        Account::new(
            AccountId(id),
            &format!("u{id}"),
            format!("https://a.example/{id}"),
            Timestamp::from_millis(0),
        )
    }

    proptest! {
        /// No account moves without the new account's alias, to a suspended or moved account, or twice in a
        /// week.
        #[test]
        fn s21_only_what_both_agree_on_moves(
            same: bool, claimed: bool, suspended: bool, moved: bool, since in prop::option::of(0_i64..2 * COOLDOWN),
        ) {
            let now = Timestamp::from_millis(10_000_000_000_000);
            let from = Account { moved_at: since.map(|seconds| now.plus_seconds(-seconds)), ..account(1) };
            let to = Account {
                also_known_as: if claimed { vec![from.uri.clone()] } else { vec!["https://a.example/9".to_owned()] },
                suspended_at: suspended.then_some(now),
                moved_to: moved.then(|| "https://b.example/".to_owned()),
                ..account(if same { 1 } else { 2 })
            };
            let rested = since.is_none_or(|seconds| seconds >= COOLDOWN);
            let good = !same && claimed && !suspended && !moved && rested;
            prop_assert_eq!(may_move(&from, &to, now).is_ok(), good);
        }
    }
}
