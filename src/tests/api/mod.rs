//! The client API, called in process.

mod abuse;
mod accounts;
mod admin;
mod curation;
pub mod media;
mod notices;
mod notifications;
mod oauth;
mod polls;
mod reports;
mod requests;
mod search;
mod statuses;
mod streaming;
mod timelines;
