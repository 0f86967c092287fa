//! The store: migrations, and the two implementations of visibility.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod carried;
mod migrations;
mod payloads;
pub(crate) mod visible;
mod writer;
