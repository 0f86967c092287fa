//! The client API, called in process.

mod abuse;
mod accounts;
mod oauth;
mod requests;
mod statuses;
mod timelines;
