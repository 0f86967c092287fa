//! The database: one query layer over SQLite and PostgreSQL. (being built)

/// What can go wrong below.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database is overloaded or shutting down; try again.
    #[error("the database is busy")]
    Busy,
    /// A constraint refused the write.
    #[error("conflict with {constraint}")]
    Conflict {
        /// The constraint's name, as far as the database tells it.
        constraint: String,
    },
    /// A stored value does not make sense.
    #[error("the stored {what} does not make sense")]
    Corrupt {
        /// Which value.
        what: &'static str,
    },
    /// Anything else.
    #[error("database: {0}")]
    Backend(String),
}

/// One instance's database.
#[derive(Clone)]
pub struct Store {}
