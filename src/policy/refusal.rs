//! Every reason to say no.

use crate::model::delivery::HostRule;

/// Why a decision was no. The edge decides how much of it to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// The viewer may not know that it exists.
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
    /// It belongs to somebody else.
    #[error("only its author may do this")]
    NotYours,
    /// An account cannot do this to itself.
    #[error("an account cannot do this to itself")]
    Yourself,
    /// Their role does not allow it.
    #[error("the role does not allow this")]
    Role,
    /// Its author has not agreed to this.
    #[error("its author has not agreed to this")]
    Consent,
    /// Nobody has let them speak in this name.
    #[error("there is no delegation for this")]
    Delegation,
    /// The account is suspended or moved away.
    #[error("the account is suspended or has moved")]
    Suspended,
}

impl Refusal {
    /// The rule that keeps something from a host, in the words of the delivery log.
    pub const fn host_rule(self) -> HostRule {
        match self {
            Self::Host => HostRule::Host,
            Self::Agreement => HostRule::Agreement,
            _ => HostRule::Reach,
        }
    }
}
