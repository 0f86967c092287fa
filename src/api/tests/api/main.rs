//! The client API, called in process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod about;
mod abuse;
mod accounts;
mod admin;
mod agreements;
mod bots;
mod circles;
mod curation;
mod delegates;
mod departments;
mod directory;
mod drafts;
mod emojis;
mod first_day;
mod groups;
mod marks;
pub mod media;
mod must_reads;
mod notices;
mod notifications;
mod oauth;
mod polls;
mod quotes;
mod reaches;
mod reports;
mod requests;
mod scheduled;
mod search;
mod severances;
mod statuses;
pub(crate) mod streaming;
mod timelines;
