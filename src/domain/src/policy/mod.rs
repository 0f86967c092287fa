//! Pure decisions: who may see, receive and do what. No I/O, no clock, no database: a decision depends only
//! on the facts passed in.
//!
//! - [`reach`]: who may see or receive a status (the only place that decides it); [`audience_limits`]: comparison of
//!   audiences
//! - [`interaction`]: actions on a visible status; [`quotes`]: quoting
//! - [`peering`]: visible and followable accounts across hosts; [`exposure`]: how much of an actor others
//!   get
//! - [`profiles`]: visible profile attributes
//! - [`previews`]: links that may be looked up
//! - [`must_reads`], [`answers`] and [`praise`]: annotations of a status; [`delegates`]: posting for others
//! - [`moving`]: account moves; [`moderation`]: actions on accounts
//! - [`refusal`](Refusal): every reason for a refusal

pub mod agreements;
pub mod answers;
pub mod audience_limits;
pub mod bots;
pub mod consent;
pub mod delegates;
pub mod department_mentions;
pub mod digests;
pub mod exposure;
pub mod filters;
pub mod groups;
pub mod interaction;
pub mod moderation;
pub mod moving;
pub mod must_reads;
pub mod notifications;
pub mod peering;
pub mod praise;
pub mod previews;
pub mod profiles;
pub mod quotes;
pub mod reach;
mod refusal;
pub mod syndication;

pub use refusal::Refusal;
