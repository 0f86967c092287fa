//! The errors of use cases, by meaning.

use portico_domain::policy::Refusal;

/// The error of a service function.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not exist, or the viewer may not see it.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// It existed and was deleted.
    #[error("{0} is gone")]
    Gone(&'static str),
    /// Policy refused the action.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// The input is invalid; each fault is one sentence for the user.
    #[error("invalid: {}", .0.join(", "))]
    Invalid(Vec<String>),
    /// It conflicts with the current state.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// A rate or quantity limit was exceeded.
    #[error("too many requests; try again in {retry_after} seconds")]
    TooMany {
        /// Seconds until a retry makes sense.
        retry_after: u64,
    },
    /// Sign-in failed. The same error for an unknown name and a wrong password.
    #[error("the sign-in name or the password is wrong")]
    SignIn,
    /// A remote server did not respond as expected. Contains the name of the server.
    #[error("unexpected response from {0}")]
    Upstream(String),
    /// A part of this instance cannot do its work now, such as federation while the process stops.
    #[error("{0} is not available")]
    Unavailable(&'static str),
    /// An internal error.
    #[error("internal: {0}")]
    Internal(#[from] portico_store::Error),
}

impl Error {
    /// Creates an `Invalid` error with one fault.
    pub fn invalid(fault: impl Into<String>) -> Self {
        Self::Invalid(vec![fault.into()])
    }
}

/// The result of a service function.
pub type Result<T> = std::result::Result<T, Error>;
