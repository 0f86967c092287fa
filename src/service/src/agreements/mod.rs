//! Agreements with partners: administrators of both sides propose, accept and end them, and they decide what
//! users may exchange.
//!
//! ```text
//! propose ─ Offer ─► (other side) accept ─ Accept ─► in force on both ─ end, stop, end date ─► over
//! ```
//!
//! A text is in force here once this instance's administrator has agreed and the other side's signed
//! acceptance is known: for the proposing side when the Accept arrives, for the accepting side at once.
//! The grants in the `StoredGrants` are what is enforced.

mod change;
mod follows;
mod force;
mod receive;
mod show;
mod tell;
mod text;

pub use change::{accept, end, keep_failure, keep_proof, propose, reject, set, stop};
pub(crate) use change::{before_tier, expire};
pub(crate) use follows::{check_follower, check_following};
pub use receive::{admit, receive_accept, receive_offer, receive_reject, receive_undo};
pub(crate) use show::in_force;
pub use show::{Dealings, Explanation, explain, in_words, list, show, term_in_words};
pub use tell::{Matters, matters};
pub use text::{Draft, digest};
