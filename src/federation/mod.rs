//! The ActivityPub edge: what is said to other servers, and what is believed of what they say.
//!
//! Wire words (Note, Like, Announce) live in [`protocol`] and nowhere else; everything that leaves this
//! room is a model type. Every request to the outside goes through [`net`], which guards each address;
//! every claim from the outside goes through [`signatures`], [`json`] and the origin rules of
//! [`protocol::origin`] before a service hears of it.

pub mod error;
pub mod json;
pub mod net;
pub(crate) mod protocol;
pub mod signatures;

pub use error::{Error, Result};
