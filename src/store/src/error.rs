//! Errors of the store.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database is overloaded or shutting down; try again.
    #[error("the database is busy")]
    Busy,
    /// A constraint rejected the write.
    #[error("conflict with {constraint}")]
    Conflict {
        /// The name of the constraint, or the database's message.
        constraint: String,
    },
    /// A stored value is invalid.
    #[error("invalid stored value: {what}")]
    Corrupt {
        /// The kind of value.
        what: &'static str,
    },
    /// Any other error, with the database's message.
    #[error("database: {0}")]
    Backend(String),
}

impl Error {
    /// Returns whether the same call may succeed if it is retried soon.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Busy)
    }
}

/// The result of a store operation. Any query may fail with the database's error; `# Errors` sections name
/// only other errors.
pub type Result<T> = std::result::Result<T, Error>;

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::DatabaseError(kind, info) => match kind {
                DatabaseErrorKind::UniqueViolation
                | DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::NotNullViolation
                | DatabaseErrorKind::CheckViolation => Self::Conflict {
                    constraint: info.constraint_name().unwrap_or_else(|| info.message()).to_owned(),
                },
                DatabaseErrorKind::SerializationFailure => Self::Busy,
                _ if info.message().contains("deadlock detected") => Self::Busy,
                _ if info.message().contains("database is locked") => Self::Busy,
                _ => Self::Backend(info.message().to_owned()),
            },
            other => Self::Backend(other.to_string()),
        }
    }
}
