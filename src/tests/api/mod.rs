//! The client API, called in process.

mod about;
mod abuse;
mod accounts;
mod admin;
mod curation;
mod directory;
mod emojis;
pub mod media;
mod notices;
mod notifications;
mod oauth;
mod polls;
mod quotes;
mod reports;
mod requests;
mod scheduled;
mod search;
mod severances;
mod statuses;
pub(crate) mod streaming;
mod timelines;
