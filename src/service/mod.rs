//! Use cases, a file per noun. A service asks policy for every decision and writes through the store in
//! one transaction; it knows neither HTTP nor ActivityStreams.

pub mod apps;
pub mod error;
pub mod figures;
pub mod markers;
pub mod passwords;
pub mod ports;
pub mod preferences;
pub mod secrets;
pub mod sessions;
pub mod sign_in;
pub mod tokens;
pub mod users;

pub use error::{Error, Result};
