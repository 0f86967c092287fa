//! What can go wrong in a use case, by meaning.

use crate::policy::Refusal;
use crate::store;

/// What a service answers instead of a result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or the viewer may not know of it.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// There was such a thing.
    #[error("{0} is gone")]
    Gone(&'static str),
    /// Policy said no.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// The input does not do; each fault is a sentence for the person who typed it.
    #[error("invalid: {}", .0.join(", "))]
    Invalid(Vec<String>),
    /// It contradicts what is there.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// Too often; try again after so many seconds.
    #[error("too many requests; try again in {retry_after} seconds")]
    TooMany {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// Sign-in failed: unknown name or wrong password, never told apart.
    #[error("the sign-in name or the password is wrong")]
    SignIn,
    /// A remote host did not answer as it should.
    #[error("{0} did not answer as it should")]
    Upstream(String),
    /// A fault of ours.
    #[error("internal: {0}")]
    Internal(#[from] store::Error),
}

impl Error {
    /// One fault of the input.
    pub fn invalid(fault: impl Into<String>) -> Self {
        Self::Invalid(vec![fault.into()])
    }
}

/// What services answer.
pub type Result<T> = std::result::Result<T, Error>;
