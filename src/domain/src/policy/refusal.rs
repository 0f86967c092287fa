//! The reasons for refusals.

use crate::model::delivery::HostRule;

/// The reason for a refusal. The edge decides how much of it to reveal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// The viewer must not know that it exists.
    #[error("not visible to the viewer")]
    Hidden,
    /// One of the two blocks the other.
    #[error("one of the two accounts blocks the other")]
    Blocked,
    /// The host's tier or the federation mode forbids it.
    #[error("the host may not take part")]
    Host,
    /// The agreement with the host does not grant it.
    #[error("the agreement with the host does not allow this")]
    Agreement,
    /// The reach of the status forbids it.
    #[error("its reach does not allow this")]
    Reach,
    /// It belongs to another account.
    #[error("only its author may do this")]
    NotYours,
    /// An account cannot do this to itself.
    #[error("an account cannot do this to itself")]
    Yourself,
    /// The role does not permit it.
    #[error("the role does not allow this")]
    Role,
    /// The author has not agreed to it.
    #[error("its author has not agreed to this")]
    Consent,
    /// There is no delegation for it.
    #[error("there is no delegation for this")]
    Delegation,
    /// The account is suspended or moved away.
    #[error("the account is suspended or has moved")]
    Suspended,
}

impl Refusal {
    /// Returns the rule that withholds a delivery from a host, for the delivery log.
    pub const fn host_rule(self) -> HostRule {
        match self {
            Self::Host => HostRule::Host,
            Self::Agreement => HostRule::Agreement,
            _ => HostRule::Reach,
        }
    }
}
