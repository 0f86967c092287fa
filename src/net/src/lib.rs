//! Outgoing network access: the one guarded HTTP client for all requests to other hosts.
//!
//! [`guard`] checks each URL before use and each address that its name resolves to; [`client`] connects
//! nowhere else, checks every redirect, and limits time and size.

pub mod client;
pub mod error;
pub mod guard;
mod resolver;
pub mod signature_schemes;

pub use client::{DocumentKind, Fetched, HttpReply, Net};
pub use error::{Error, Result};
pub use guard::{Guard, NotAllowed};
