//! Pictures, films and sounds: which formats are taken, how they are made harmless, and where files are kept.
//!
//! [`sniff`] detects a format by its first bytes; [`picture`] and [`gif`] decode and write anew; [`container`] reads
//! films and sounds; [`media_store`] keeps files in a folder or a bucket.

mod bucket;
pub mod container;
pub mod gif;
pub mod media_store;
pub mod picture;
pub mod sniff;

pub use media_store::MediaStore;
pub use sniff::{FORMATS, Format};
