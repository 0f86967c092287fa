//! The ActivityPub edge: exchanges activities and documents with other servers.
//!
//! ```text
//! peers ─► routes ─► inbox ─► (table) ─► inbound ─► activities ─► services
//!             └────► documents, discovery              objects      │
//!                                                                events
//! peers ◄─ delivery ◄─ (table) ◄─ outbound ◄───────────────────────┘
//! ```
//!
//! Wire types (Note, Like, Announce) are confined to `protocol`; everything that leaves this room is a model
//! type. Every outgoing request goes through [`net`], which checks each address. All incoming data passes
//! [`signatures`], [`json`] and the origin rules of `fetch` before it reaches a service. This room queries
//! the inbox and delivery tables itself; the services decide what an activity may change.

pub mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod library;
pub mod objects;
pub mod proofs;

mod activities;
mod agreements;
mod backfill;
mod conversations;
mod copies;
mod delivery;
mod directory;
mod discovery;
mod documents;
mod edge;
mod errands;
mod fetch;
mod followers;
mod forwarding;
mod inbound;
mod inbox;
mod memory;
mod outbound;
mod pins;
mod quotes;
mod remote;
mod routes;
mod runs;
mod signers;
mod sisters;
mod terms;
mod threads;
mod translator;
mod viewer;
mod workers;

pub use edge::Federation;
pub use error::{Error, Result};
pub use routes::{Federations, router};
