//! E-mail digests.

use schemars::JsonSchema;
use serde::Serialize;

use portico_service::reading::digests::DigestSettings;

/// The frequency of the caller's e-mail digests of missed posts. An extension of Portico.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Digest {
    /// `daily`, `weekly` or `off`.
    period: &'static str,
    /// Whether this instance can send e-mail.
    available: bool,
}

impl Digest {
    /// Renders a choice.
    pub fn render(choice: DigestSettings) -> Self {
        Self { period: choice.period.as_str(), available: choice.available }
    }
}
