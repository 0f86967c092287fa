//! Pictures, films and sounds: which formats are taken, how they are made harmless, and where files are kept.
//!
//! [`sniff`] detects a format by its first bytes; [`picture`] and [`gif`] decode and write anew; [`container`] and
//! [`sound`] blank the metadata of films and sounds in place and read their properties; [`media_store`] keeps
//! files in a folder or a bucket.

mod bucket;
pub mod container;
mod folder;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod gif;
pub mod media_store;
pub mod picture;
pub mod sniff;
pub mod sound;
mod span;
mod webm;

pub use media_store::MediaStore;
pub use sniff::{FORMATS, Format};
