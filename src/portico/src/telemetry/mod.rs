//! Structured logs to standard error, and the admin listener's health and metrics.
//!
//! Logs never contain secrets: types that hold one have no `Debug`, or one that hides it, and request
//! bodies, queries and headers are not logged.

pub mod admin;
pub mod requests;

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use portico_config::{LogFormat, LogSettings};

/// The default levels of libraries: one logs every fetched URL at info, and those that read sounds log a line for
/// each fault in a file, of which an upload may have thousands. The operator's filter comes after it and may set
/// others.
const LIBRARY_FILTER: &str = "activitypub_federation=warn,lofty=off,ogg_pager=off";

/// Starts logging for the whole process. A second call has no effect.
pub fn init(settings: &LogSettings) {
    let filter = EnvFilter::try_new(format!("{LIBRARY_FILTER},{}", settings.filter))
        .unwrap_or_else(|_| EnvFilter::new(format!("{LIBRARY_FILTER},info")));
    let registry = tracing_subscriber::registry().with(filter);
    let colours = std::io::stderr().is_terminal();
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
    // If logging is already set up, it stays as it is.
    let _ = match settings.format {
        LogFormat::Human => registry.with(layer.with_target(false)).try_init(),
        LogFormat::Json => registry.with(layer.json().with_current_span(true).flatten_event(true)).try_init(),
    };
}
