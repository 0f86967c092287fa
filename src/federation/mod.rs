//! The ActivityPub edge: what is said to other servers, and what is believed of what they say.
//!
//! ```text
//! peers ─► routes ─► inbox ─► (table) ─► inbound ─► services
//!             └────► documents, discovery                │
//!                                                     events
//! peers ◄─ delivery ◄─ (table) ◄─ outbound ◄────────────┘
//! ```
//!
//! Wire words (Note, Like, Announce) live in `protocol` and nowhere else; everything that leaves this room
//! is a model type. Every request to the outside goes through [`net`], which guards each address; every
//! claim from the outside goes through [`signatures`], [`json`] and the origin rules of `fetch` before a
//! service hears of it. Queries of the tables of inbox and deliveries are this room's business; what an
//! activity may change is for the services.

pub mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod json;
pub mod net;
pub mod proofs;
pub mod signatures;

mod agreements;
mod backfill;
mod boosts;
mod collections;
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
mod moves;
mod outbound;
mod pins;
mod protocol;
mod quotes;
mod remote;
mod routes;
mod runs;
mod signers;
mod sisters;
mod terms;
mod threads;
mod translator;
mod undo;
mod viewer;
mod workers;

pub use edge::Federation;
pub use error::{Error, Result};
pub use outbound::{Speaker, publish};
pub use routes::{Federations, router};
