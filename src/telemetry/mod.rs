//! Structured logs to standard error, and the admin listener's health and metrics.
//!
//! Secrets never get here: types that hold one have no `Debug`, or one that hides it, and no request body,
//! query or header is logged.

pub mod admin;
pub mod requests;

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{LogFormat, LogSettings};

/// Begins logging for the whole process. A second call changes nothing.
pub fn init(settings: &LogSettings) {
    let filter = EnvFilter::try_new(&settings.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let colours = std::io::stderr().is_terminal();
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
    // A process that logs already goes on as it does.
    let _ = match settings.format {
        LogFormat::Human => registry.with(layer.with_target(false)).try_init(),
        LogFormat::Json => registry.with(layer.json().with_current_span(true).flatten_event(true)).try_init(),
    };
}
