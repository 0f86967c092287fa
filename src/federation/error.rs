//! What can go wrong between servers, by what the workers do about it: try again, or give up.

use crate::policy::Refusal;
use crate::{service, store};

/// Why something with another server did not come about.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It may work later: the network, an overloaded peer, our own database.
    #[error("temporary: {why}")]
    Temporary {
        /// What happened.
        why: String,
        /// The seconds after which the peer wants to be asked again.
        retry_after: Option<u64>,
    },
    /// The peer says that there was such a thing, and is no more: 410.
    #[error("gone")]
    Gone,
    /// The peer says that there is no such thing, or that it is not for us: 404.
    #[error("not there")]
    Absent,
    /// It will never work: malformed, forged, or against the protocol.
    #[error("permanent: {0}")]
    Permanent(String),
    /// Policy says no.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
}

/// What federation answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Something that may work later.
    pub fn temporary(why: impl Into<String>) -> Self {
        Self::Temporary { why: why.into(), retry_after: None }
    }

    /// Something that never will.
    pub fn permanent(why: impl Into<String>) -> Self {
        Self::Permanent(why.into())
    }

    /// Whether the peer says that there is nothing, for whatever reason.
    pub const fn is_nothing(&self) -> bool {
        matches!(self, Self::Gone | Self::Absent)
    }

    /// Whether another try may help.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Temporary { .. })
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Conflict { .. } | store::Error::Corrupt { .. } => {
                Self::permanent(error.to_string())
            }
            store::Error::Busy | store::Error::Backend(_) => Self::temporary(error.to_string()),
        }
    }
}

impl From<service::Error> for Error {
    fn from(error: service::Error) -> Self {
        match error {
            service::Error::Refused(why) => Self::Refused(why),
            service::Error::Gone(_) => Self::Gone,
            service::Error::Internal(cause) => cause.into(),
            // A conflict is with somebody who does the same at this moment: next time it is there.
            service::Error::Upstream(_) | service::Error::Conflict(_) => Self::temporary(error.to_string()),
            service::Error::TooMany { retry_after } => {
                Self::Temporary { why: error.to_string(), retry_after: Some(retry_after) }
            }
            service::Error::NotFound(_) | service::Error::Invalid(_) | service::Error::SignIn => {
                Self::permanent(error.to_string())
            }
        }
    }
}
