//! Digests by mail.

use schemars::JsonSchema;
use serde::Serialize;

use crate::service::digests::Choice;

/// How often the caller is told by mail what they missed: Portico's own.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Digest {
    /// `daily`, `weekly` or `off`.
    period: &'static str,
    /// Whether this instance sends mail at all.
    available: bool,
}

impl Digest {
    /// Renders a choice.
    pub fn render(choice: Choice) -> Self {
        Self { period: choice.period.as_str(), available: choice.available }
    }
}
