//! What can go wrong below a service.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// What the store answers instead of a result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database is overloaded or shutting down; try again.
    #[error("the database is busy")]
    Busy,
    /// A constraint refused the write.
    #[error("conflict with {constraint}")]
    Conflict {
        /// The constraint, as far as the database tells it.
        constraint: String,
    },
    /// A stored value does not make sense.
    #[error("the stored {what} does not make sense")]
    Corrupt {
        /// Which value.
        what: &'static str,
    },
    /// Anything else, in the database's own words.
    #[error("database: {0}")]
    Backend(String),
}

impl Error {
    /// Whether the same call may well succeed in a moment.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Busy)
    }
}

/// What the store answers.
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
