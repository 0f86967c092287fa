//! Agreements with partners: proposed, accepted and ended by administrators of both sides, and what they mean
//! for what people do.
//!
//! ```text
//!  propose ─ Offer ─► (other side) accept ─ Accept ─► in force on both ─ end, stop, its date ─► over
//! ```
//!
//! A text is in force here when this instance's administrator has said yes and the other's signed yes is known:
//! for whoever proposes with the Accept, for whoever accepts at once. What is enforced is the `PactRow`.

mod change;
mod follows;
mod force;
mod receive;
mod show;
mod tell;
mod text;

pub use change::{accept, end, keep_failure, keep_proof, propose, reject, set, stop};
pub(in crate::service) use change::{before_tier, expire};
pub(in crate::service) use follows::{check_follower, check_following};
pub use receive::{Reference, admit, receive_accept, receive_offer, receive_reject, receive_undo};
pub(in crate::service) use show::in_force;
pub use show::{Dealings, Explanation, explain, in_words, list, show, term_in_words};
pub use tell::{Matters, matters};
pub use text::{Draft, digest};
