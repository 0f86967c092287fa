//! The ActivityPub edge: exchanges activities and documents with other servers.
//!
//! ```text
//! peers ─► routes ─► inbox ─► (table) ─► inbound ─► activities ─► services
//!             └────► documents, discovery              objects      │
//!                                                                events
//! peers ◄─ delivery ◄─ (table) ◄─ outbound ◄───────────────────────┘
//! ```
//!
//! Wire types (Note, Like, Announce) are confined to `portico_activitystreams`; everything that leaves this crate is a
//! model type. Every outgoing request goes through `portico_net`, which checks each address. All incoming data passes
//! `portico_http_signatures`, the strict JSON reader and the origin rules of `fetch` before it reaches a service. This
//! crate queries the inbox and delivery tables itself; the services decide what an activity may change.

pub mod error;
pub mod library;
pub mod objects;

mod activities;
mod agreement_filter;
mod agreements;
mod backfill;
mod batching;
mod company_peers;
mod context;
mod conversations;
mod delivery;
mod directory;
mod discovery;
mod documents;
mod fetch;
mod followers;
mod forwarding;
mod inbound;
mod inbox;
mod key_resolver;
mod missing_parents;
mod outbound;
mod pins;
mod proofs;
mod quotes;
mod remote_fetch;
mod remote_tasks;
mod requester;
mod routes;
mod translator;
mod workers;

pub use context::Federation;
pub use error::{Error, Result};
pub use routes::{Federations, router};
