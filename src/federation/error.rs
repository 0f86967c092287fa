//! Errors in communication with other servers, sorted by what a worker does about them: retry or give up.

use crate::policy::Refusal;
use crate::{service, store};

/// Why an operation with another server failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// May succeed later: a network failure, an overloaded peer, our own database.
    #[error("temporary: {why}")]
    Temporary {
        /// The cause.
        why: String,
        /// The peer's Retry-After, in seconds.
        retry_after: Option<u64>,
    },
    /// The peer reports that the object was deleted (410).
    #[error("gone")]
    Gone,
    /// The peer reports that the object does not exist or is not for us (404).
    #[error("not found")]
    Absent,
    /// Will never succeed: malformed, forged, or against the protocol.
    #[error("permanent: {0}")]
    Permanent(String),
    /// A policy forbids it.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
}

/// The result of a federation operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Creates a temporary error.
    pub fn temporary(why: impl Into<String>) -> Self {
        Self::Temporary { why: why.into(), retry_after: None }
    }

    /// Creates a permanent error.
    pub fn permanent(why: impl Into<String>) -> Self {
        Self::Permanent(why.into())
    }

    /// Whether the peer reports that the object is deleted or absent.
    pub const fn is_nothing(&self) -> bool {
        matches!(self, Self::Gone | Self::Absent)
    }

    /// Whether a retry may succeed.
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
            // A conflict comes from a concurrent identical operation: on a retry, its result is there.
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
