//! Use cases, a module per noun, in groups. A service asks policy for every decision and writes through the store in one
//! transaction; it knows neither HTTP nor ActivityStreams.

pub mod about;
pub mod access;
pub mod error;
pub mod instance;
pub mod instance_stats;
mod lookup;
pub mod maintenance;
pub mod moderation;
pub mod partners;
pub mod people;
pub mod ports;
pub mod publishing;
pub mod reading;
pub mod setup;
pub mod social;

pub use error::{Error, Result};
pub use portico_domain::policy::Refusal;
pub use portico_domain::policy::reach::{Asked, Viewer};

use crate::instance::Instance;
use portico_domain::policy::reach::Setting;

/// Returns the settings of an instance that policy needs for its decisions.
pub fn setting(instance: &Instance) -> Setting {
    Setting { mode: instance.settings.federation, public_pages: instance.settings.public_pages }
}
