//! The client API, called in process.

mod oauth;
mod requests;
mod statuses;
mod timelines;
