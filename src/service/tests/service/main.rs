//! Services with a real store, on both databases.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod accounts;
mod digests;
mod notifications;
mod people;
mod reach;
mod receive;
mod relationships;
mod search;
