//! The error of every reader here.

/// A document that cannot be read as what it should be. Another try never helps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

impl Malformed {
    /// A document that is refused, and why.
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

/// The result of reading a document.
pub type Result<T, E = Malformed> = std::result::Result<T, E>;
