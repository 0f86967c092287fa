//! The client API, called in process.

mod abuse;
mod accounts;
mod curation;
mod media;
mod notices;
mod notifications;
mod oauth;
mod polls;
mod quotes;
mod requests;
mod search;
mod statuses;
mod streaming;
mod timelines;
