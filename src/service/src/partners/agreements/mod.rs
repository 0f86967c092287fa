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

mod activation;
mod change;
mod document;
mod follows;
mod notify;
mod receive;
mod show;

pub use change::{accept, end, propose, record_failure, record_proof, reject, set, stop};
pub(crate) use change::{expire, prepare_tier_change};
pub use document::{AgreementDraft, digest};
pub(crate) use follows::{check_follower, check_following};
pub use notify::{PendingAgreements, count_pending};
pub use receive::{admit, receive_accept, receive_offer, receive_reject, receive_undo};
pub(crate) use show::in_force;
pub use show::{AgreementHistory, RuleExplanation, describe_period, describe_terms, explain, list, show};
