//! The database of an instance.

use std::path::{Path, PathBuf};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::values::described;

/// The database of an instance.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL connection string.
    Postgres(String),
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres:(hidden)"),
        }
    }
}

impl Default for DatabaseUrl {
    fn default() -> Self {
        Self::Sqlite(PathBuf::new())
    }
}

impl<'de> Deserialize<'de> for DatabaseUrl {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        let text = String::deserialize(value)?;
        match text.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            Some(("postgres" | "postgresql", rest)) if rest.len() > 2 && rest.starts_with("//") => {
                Ok(Self::Postgres(text))
            }
            _ => {
                // Without the whole value: a mistyped URL may contain a password.
                let start = text.split(':').next().unwrap_or_default();
                Err(D::Error::custom(format!(
                    "starts with {start:?}; it must be \"sqlite:PATH\" or \"postgres://USER@HOST/NAME\""
                )))
            }
        }
    }
}

described!(DatabaseUrl, { "type": "string" });

impl DatabaseUrl {
    /// Lets a relative path start at `folder`.
    pub(crate) fn start_at(&mut self, folder: &Path) {
        if let Self::Sqlite(path) = self {
            *path = folder.join(&*path);
        }
    }
}
