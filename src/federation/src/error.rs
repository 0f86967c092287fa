//! Errors in communication with other servers, sorted by what a worker does about them: retry or give up.

use portico_domain::policy::Refusal;

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

impl From<portico_net::Error> for Error {
    fn from(error: portico_net::Error) -> Self {
        match error {
            portico_net::Error::Temporary { why, retry_after } => Self::Temporary { why, retry_after },
            portico_net::Error::Gone => Self::Gone,
            portico_net::Error::Absent => Self::Absent,
            portico_net::Error::Permanent(why) => Self::Permanent(why),
        }
    }
}

impl From<portico_activitystreams::Malformed> for Error {
    fn from(error: portico_activitystreams::Malformed) -> Self {
        Self::permanent(error.to_string())
    }
}

impl From<portico_store::Error> for Error {
    fn from(error: portico_store::Error) -> Self {
        match error {
            portico_store::Error::Conflict { .. } | portico_store::Error::Corrupt { .. } => {
                Self::permanent(error.to_string())
            }
            portico_store::Error::Busy | portico_store::Error::Backend(_) => {
                Self::temporary(error.to_string())
            }
        }
    }
}

impl From<portico_service::Error> for Error {
    fn from(error: portico_service::Error) -> Self {
        match error {
            portico_service::Error::Refused(why) => Self::Refused(why),
            portico_service::Error::Gone(_) => Self::Gone,
            portico_service::Error::Internal(cause) => cause.into(),
            // A conflict comes from a concurrent identical operation: on a retry, its result is there.
            portico_service::Error::Upstream(_)
            | portico_service::Error::Unavailable(_)
            | portico_service::Error::Conflict(_) => Self::temporary(error.to_string()),
            portico_service::Error::TooMany { retry_after } => {
                Self::Temporary { why: error.to_string(), retry_after: Some(retry_after) }
            }
            portico_service::Error::NotFound(_)
            | portico_service::Error::Invalid(_)
            | portico_service::Error::SignIn => Self::permanent(error.to_string()),
        }
    }
}
