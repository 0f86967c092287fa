//! Use cases, a file per noun. A service asks policy for every decision and writes through the store in
//! one transaction; it knows neither HTTP nor ActivityStreams.

pub mod error;
pub mod ports;

pub use error::{Error, Result};
