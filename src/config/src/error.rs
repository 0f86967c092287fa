//! The reasons why a configuration is invalid.

use std::path::PathBuf;

/// The reason why the configuration is invalid: one line per problem.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error(
        "{path}: {cause}; set the file with --config or PORTICO_CONFIG, or create one with `portico init`"
    )]
    Unreadable {
        /// The path of the file.
        path: PathBuf,
        /// The system error.
        cause: std::io::Error,
    },
    /// The file is not valid TOML.
    #[error("{path}: {what}")]
    Malformed {
        /// The path of the file.
        path: PathBuf,
        /// The line and the error.
        what: String,
    },
    /// Invalid values. Each message names the key, the value and the valid values.
    #[error("{}", .0.join("\n"))]
    Wrong(Vec<String>),
}
