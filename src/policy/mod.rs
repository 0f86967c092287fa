//! Pure decisions: who may see, receive and do what. No I/O, no clock, no database: facts in, answer out.
//!
//! [`reach`] is the only place that knows who may see or receive a status; [`interaction`] says what one
//! may do with it; [`peering`] who may be seen and followed from where; [`exposure`] how much of an actor
//! others get, and [`profiles`] which part of what people tell of their work; [`previews`] which links are
//! looked up; [`quotes`] who may quote; [`moving`] who may become another; [`moderation`] who may do something
//! about whom;
//! [`refusal`](Refusal) names every reason to say no.

pub mod consent;
pub mod exposure;
pub mod filters;
pub mod interaction;
pub mod moderation;
pub mod moving;
pub mod notices;
pub mod peering;
pub mod previews;
pub mod profiles;
pub mod quotes;
pub mod reach;
mod refusal;

pub use refusal::Refusal;
