//! The only way out: one guarded HTTP client for everything that federation asks of other hosts.
//!
//! [`guard`] judges a URL before it is used and every address that its name resolves to; [`client`] never
//! connects anywhere else, checks each hop of a redirect again, and bounds time and size.

pub mod client;
pub mod forms;
pub mod guard;
mod resolver;

pub use client::{Accept, Answer, Fetched, Net, is_activity_json};
pub use guard::{Guard, NotAllowed, host_of, same_origin};
