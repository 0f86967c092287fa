//! The client API, called in process.

mod abuse;
mod oauth;
mod requests;
mod statuses;
mod timelines;
