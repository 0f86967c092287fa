//! `[log]`: the log lines of the process.

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tracing_subscriber::EnvFilter;

use crate::keys::{self, Section};
use crate::values::{Choices, OneOf, described};

/// The log settings.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct LogSettings {
    /// The log filter: a level (`error`, `warn`, `info`, `debug`, `trace`), or directives such as
    /// `info,portico::federation=debug`.
    #[serde(default = "usual_filter", with = "LogDirectives")]
    #[schemars(extend("x-variable" = "PORTICO_LOG"))]
    pub filter: String,
    /// The log format: `human`, or `json` with one object per line.
    #[serde(default, with = "OneOf::<LogFormat>")]
    pub format: LogFormat,
}

impl Section for LogSettings {
    const TABLE: &'static str = "log";
    const PATH: &'static str = "log.";
}

impl Default for LogSettings {
    fn default() -> Self {
        keys::defaults()
    }
}

fn usual_filter() -> String {
    "info".to_owned()
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// Human-readable text.
    #[default]
    Human,
    /// One JSON object per line.
    Json,
}

impl Choices for LogFormat {
    type Value = Self;
    const WORDS: &'static [(&'static str, Self)] = &[("human", Self::Human), ("json", Self::Json)];
}

/// A filter in the syntax of tracing-subscriber's `EnvFilter`.
struct LogDirectives;

impl LogDirectives {
    fn deserialize<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
        let filter = String::deserialize(value)?;
        let level = |word: &str| ["off", "error", "warn", "info", "debug", "trace"].contains(&word);
        // A lone word that is not a level would be read as a target, and silence everything else.
        let sound = filter.split(',').all(|part| part.contains('=') || level(part.trim()));
        if sound && EnvFilter::try_new(&filter).is_ok() {
            return Ok(filter);
        }
        Err(D::Error::custom(format!(
            "is {filter:?}; it must be a level (error, warn, info, debug, trace), or directives such as \
             \"info,portico::federation=debug\""
        )))
    }

    fn serialize<S: Serializer>(value: &str, to: S) -> Result<S::Ok, S::Error> {
        value.serialize(to)
    }
}

described!(LogDirectives, { "type": "string" });
