//! Pictures, films and sounds: which formats are taken, how they are made harmless, and where files are kept.
//!
//! [`sniff`] tells a format by its bytes; [`picture`] and [`gif`] decode and write anew; [`container`] reads films and
//! sounds; [`depot`] keeps files in a folder or a bucket.

mod bucket;
pub mod container;
pub mod depot;
pub mod gif;
pub mod picture;
pub mod sniff;

pub use depot::Depot;
pub use sniff::{FORMATS, Format};
