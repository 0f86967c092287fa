//! Pure decisions: who may see, receive and do what. No I/O, no clock, no database: facts in, answer out.
//!
//! [`reach`] is the only place that knows who may see or receive a status; [`interaction`] says what one
//! may do with it; [`quotes`] who may quote it; [`peering`] who may be seen and followed from where; [`refusal`](Refusal) names every
//! reason to say no.

pub mod consent;
pub mod filters;
pub mod interaction;
pub mod notices;
pub mod peering;
pub mod quotes;
pub mod reach;
mod refusal;

pub use refusal::Refusal;
