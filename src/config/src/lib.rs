//! Configuration: `portico.toml` and `PORTICO_*` variables, read once at start into typed, validated
//! settings.
//!
//! No other module reads the environment. Every error names the key, the value and the valid values.
//!
//! Each section of the file is a struct, in a file of its own: `server`, `network`, `log`, `instance`
//! with `about`, `media`, `reach`, `translation` and `mail`. A field of such a struct is a key. Its
//! name, type, default, check and doc comment are everything that the reader, the environment variables, the
//! reference page and the JSON schema need (`keys`).

mod about;
mod catalogue;
mod database;
mod domain;
mod environment;
mod error;
mod file;
mod instance;
mod keys;
mod log;
mod mail;
mod media;
mod network;
mod people;
mod reach;
mod reference;
mod server;
mod translation;
mod unknown;
mod values;
pub mod write;

pub use about::{About, Document};
pub use database::DatabaseUrl;
pub use error::Error;
pub use file::load;
pub use instance::InstanceSettings;
pub use log::{LogFormat, LogSettings};
pub use mail::MailSettings;
pub use media::{Bucket, BucketAccess, MediaPlace};
pub use network::NetworkSettings;
pub use reference::{reference, schema};
pub use server::Settings;
pub use translation::TranslationSettings;

#[cfg(test)]
mod tests;
