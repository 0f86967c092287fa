//! Pure decisions: who may see, receive and do what. No I/O, no clock, no database: facts in, answer out.
//!
//! [`reach`] is the only place that knows who may see or receive a status, [`extent`] how far one goes beside
//! another; [`interaction`] says what one
//! may do with it; [`peering`] who may be seen and followed from where; [`exposure`] how much of an actor
//! others get, and [`profiles`] which part of what people tell of their work; [`previews`] which links are
//! looked up; [`quotes`] who may quote; [`must_reads`] who must read what; [`delegates`] who may speak for
//! whom; [`answers`] and [`praise`] which answer was accepted and whose praise shows; [`moving`] who may become another; [`moderation`] who may do something
//! about whom;
//! [`refusal`](Refusal) names every reason to say no.

pub mod agreements;
pub mod answers;
pub mod bots;
pub mod calling;
pub mod carrying;
pub mod consent;
pub mod delegates;
pub mod digests;
pub mod exposure;
pub mod extent;
pub mod filters;
pub mod groups;
pub mod interaction;
pub mod moderation;
pub mod moving;
pub mod must_reads;
pub mod notices;
pub mod peering;
pub mod praise;
pub mod previews;
pub mod profiles;
pub mod quotes;
pub mod reach;
mod refusal;

pub use refusal::Refusal;
