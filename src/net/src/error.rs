//! The ways in which a request to another host fails, by what the caller can do about it.

/// Why a request to another host failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It may work later: the network, an overloaded peer.
    #[error("temporary: {why}")]
    Temporary {
        /// The cause.
        why: String,
        /// The seconds after which the peer wants to be asked again.
        retry_after: Option<u64>,
    },
    /// The peer says that the resource existed and is gone: 410.
    #[error("gone")]
    Gone,
    /// The peer says that the resource does not exist, or that we may not see it: 404.
    #[error("not there")]
    Absent,
    /// It will never work: malformed, not allowed, or against the protocol.
    #[error("permanent: {0}")]
    Permanent(String),
}

/// The result of a request to another host.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure that may pass.
    pub fn temporary(why: impl Into<String>) -> Self {
        Self::Temporary { why: why.into(), retry_after: None }
    }

    /// A failure that never passes.
    pub fn permanent(why: impl Into<String>) -> Self {
        Self::Permanent(why.into())
    }

    /// Whether another try may help.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Temporary { .. })
    }
}
