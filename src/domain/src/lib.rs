//! The domain of Portico: plain types and pure decisions, without I/O.
//!
//! [`model`] holds the types that every other crate speaks in; [`policy`] decides who may see, do and receive;
//! [`cache`] is the bounded cache that the other crates share.
//! Nothing here knows a database, HTTP or ActivityStreams.

pub mod cache;
pub mod model;
pub mod policy;
